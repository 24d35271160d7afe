package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading   = regexp.MustCompile(`(?m)^#+ +(.+)$`)
	ofProject = regexp.MustCompile(`^(docs|pipelines|cmd|connector|sinks|storage|transform|packaging|testdata|licences|durable|progress|words)/[\w./-]+$`)
)

// anchors are the names that GitHub gives to the headings of a page.
func anchors(page string) map[string]bool {
	all := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(prose(page), -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, found[1])
		if all[name] {
			name += "-1"
		}
		all[name] = true
	}
	return all
}

func TestLinksOfTheDocsLeadSomewhere(t *testing.T) {
	t.Parallel()
	all, checked := pages(t), 0
	for path, page := range all {
		for _, found := range link.FindAllStringSubmatch(prose(page), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			checked++
			file, anchor, _ := strings.Cut(found[1], "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(path), found[1], err)
			}
			if anchor != "" && !anchors(all[target])[anchor] {
				t.Errorf("%s: %s: there is no such heading", filepath.Base(path), found[1])
			}
		}
	}
	if checked < 40 {
		t.Errorf("only %d links were found", checked)
	}
}

// A file of the project that a page names is there.
func TestFilesThatTheDocsNameAreThere(t *testing.T) {
	t.Parallel()
	named := 0
	for path, page := range pages(t) {
		for _, code := range inlineCode.FindAllStringSubmatch(prose(page), -1) {
			if !ofProject.MatchString(code[1]) || strings.HasSuffix(path, "operations.md") { // where folders of the state have such names
				continue
			}
			named++
			if _, err := os.Stat(filepath.Join(docs, "..", code[1])); err != nil {
				t.Errorf("%s: %v", filepath.Base(path), err)
			}
		}
	}
	if named < 3 {
		t.Errorf("only %d files are named", named)
	}
}
