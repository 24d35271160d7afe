package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/axisync/axisync/licences"
)

// writeNotices gathers the texts of licences and notices of all that is linked into the
// program on this system. A text that several modules share stands there once, below
// their names.
func writeNotices(root, to string) error {
	found, err := links(root, runtime.GOOS+"/"+runtime.GOARCH)
	if err != nil {
		return err
	}
	goFiles, err := goLicence()
	if err != nil {
		return err
	}
	texts := newTexts()
	for _, file := range goFiles {
		if err := texts.add("Go, its standard library and runtime", file); err != nil {
			return err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(found)) {
		files, err := found[path].legal()
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := texts.add(path+" "+found[path].version, file); err != nil {
				return err
			}
		}
	}
	var b bytes.Buffer
	b.WriteString("What is linked into axisync, and under which licences.\n\n")
	texts.write(&b)
	writeBundled(&b)
	return os.WriteFile(to, b.Bytes(), 0o644)
}

// texts are the distinct texts, in the order in which they came, with those they are of.
type texts struct {
	order []string
	of    map[string][]string
}

func newTexts() *texts { return &texts{of: map[string][]string{}} }

func (t *texts) add(name, file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(strings.ReplaceAll(string(content), "\r\n", "\n"))
	if _, known := t.of[text]; !known {
		t.order = append(t.order, text)
	}
	owner := fmt.Sprintf("%s (%s)", name, filepath.Base(file))
	if !slices.Contains(t.of[text], owner) {
		t.of[text] = append(t.of[text], owner)
	}
	return nil
}

func (t *texts) write(b *bytes.Buffer) {
	for _, text := range t.order {
		fmt.Fprintf(b, "%s\n%s\n\n%s\n\n", strings.Repeat("=", 80), strings.Join(t.of[text], "\n"), text)
	}
}

// writeBundled names the libraries inside DuckDB. Their texts are in DuckDB's repository,
// not in what it publishes for Go.
func writeBundled(b *bytes.Buffer) {
	b.WriteString(strings.Repeat("=", 80) + "\nInside DuckDB, whose archives for Go bring no texts of them along; the texts are at\nhttps://github.com/duckdb/duckdb, under the same paths:\n\n")
	for _, m := range licences.Bundled() {
		fmt.Fprintf(b, "%-40s %s\n", m.Path, m.Licence)
	}
}
