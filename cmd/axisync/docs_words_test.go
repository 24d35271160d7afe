package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// sources are the Go files of the program, without its tests.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	root := filepath.Join(docs, "..")
	for _, folder := range []string{"cmd", "connector", "durable", "pipelines", "progress", "sinks", "storage", "transform", "words"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			content, err := os.ReadFile(path)
			all.Write(content)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

var (
	between    = regexp.MustCompile(`; | ?… ?`) // errors of a row, and what is left out in one
	inBrackets = regexp.MustCompile(`\([^)]*\)`)
	variable   = regexp.MustCompile(`AXISYNC_[A-Z_]+[A-Z]`)
	target     = regexp.MustCompile("(?:`|^)make ([a-z-]+)")
)

// What the page of errors explains is what the program says.
func TestDocumentedErrors(t *testing.T) {
	t.Parallel()
	code, checked := sources(t), 0
	explained := section(t, pages(t)[filepath.Join(docs, "connect.md")], "## What an error means")
	for _, row := range tableRow.FindAllStringSubmatch(explained, -1)[2:] { // below the heads
		for _, said := range between.Split(inBrackets.ReplaceAllString(row[1], ""), -1) {
			if said = strings.TrimSpace(said); !strings.Contains(code, said) {
				t.Errorf("the program does not say %q", said)
			}
			checked++
		}
	}
	if checked < 25 {
		t.Errorf("only %d errors were found", checked)
	}
}

// Variables of the environment and targets of make that the docs name exist, and the
// variables that the program looks at are named.
func TestDocumentedVariablesAndTargets(t *testing.T) {
	t.Parallel()
	code := sources(t)
	makefile, err := os.ReadFile(filepath.Join(docs, "..", "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	for path, page := range pages(t) {
		told.WriteString(page)
		for line := range strings.Lines(page) {
			for _, found := range target.FindAllStringSubmatch(line, -1) {
				if !strings.Contains(string(makefile), "\n"+found[1]+":") {
					t.Errorf("%s: there is no make %s", filepath.Base(path), found[1])
				}
			}
		}
		for _, name := range variable.FindAllString(page, -1) {
			if !strings.Contains(code, name) {
				t.Errorf("%s: %s is looked at nowhere", filepath.Base(path), name)
			}
		}
	}
	for _, name := range variable.FindAllString(code, -1) {
		if !strings.Contains(told.String(), name) {
			t.Errorf("%s is named nowhere", name)
		}
	}
}

// passing is what differs from one run of the demo to the next.
var passing = regexp.MustCompile(`\d{8}-\d{4}-[a-z0-9]{4}|\d+(\.\d+)?m?s\b|(/\S*/)?(snapshots|demo\.yaml)`)

// The plan that the README shows is the first one of the demo.
func TestReadmeShowsTheDemo(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if code := execute([]string{"demo", "--dir", t.TempDir()}, &out, io.Discard); code != 0 {
		t.Fatalf("axisync demo: exit code %d", code)
	}
	shown := passing.ReplaceAllString(out.String(), "...")
	page := pages(t)[filepath.Join(docs, "..", "README.md")]
	_, block, found := strings.Cut(page, "```text\nDemo - Accounts")
	if !found {
		t.Fatal("the README shows no demo")
	}
	block, _, _ = strings.Cut(block, "```\n")
	for line := range strings.Lines(passing.ReplaceAllString("Demo - Accounts"+block, "...")) {
		if !strings.Contains(shown, line) {
			t.Errorf("the demo does not show\n%s", line)
		}
	}
}
