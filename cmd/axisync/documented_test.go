package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

var shellBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

// docs is the folder of the pages, from where the tests begin.
var docs = func() string {
	folder, err := filepath.Abs(filepath.Join("..", "..", "docs"))
	if err != nil {
		panic(err)
	}
	return folder
}()

// documented PAGE N: every line of the sh blocks of a page, which are N, succeeds and says
// something.
func documented(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: documented PAGE N")
	}
	content, err := os.ReadFile(filepath.Join(docs, args[0]))
	ts.Check(err)
	ran := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(content), -1) {
		for line := range strings.Lines(block[1]) {
			words := strings.Fields(line)
			if len(words) == 0 {
				continue
			}
			ran++
			if err := ts.Exec(words[0], words[1:]...); err != nil || ts.ReadFile("stdout") == "" {
				ts.Fatalf("%s: %v", line, err)
			}
		}
	}
	if args[1] != itoa(ran) {
		ts.Fatalf("%s has %d commands, want %s", args[0], ran, args[1])
	}
}
