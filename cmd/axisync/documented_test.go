package main

import (
	"os"
	"os/exec"
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
// something. One that ends in & is at work until the script ends.
func documented(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: documented PAGE N")
	}
	content, err := os.ReadFile(filepath.Join(docs, args[0]))
	ts.Check(err)
	ran := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(content), -1) {
		for line := range strings.Lines(block[1]) {
			words, rest := shellWords(line)
			if len(words) == 0 {
				continue
			}
			ran++
			if file, ok := strings.CutSuffix(rest, "&"); ok {
				background(ts, words, strings.TrimSpace(strings.TrimPrefix(file, ">")))
				continue
			}
			if err := ts.Exec(words[0], words[1:]...); err != nil || ts.ReadFile("stdout") == "" {
				ts.Fatalf("%s: %v", line, err)
			}
		}
	}
	if args[1] != itoa(ran) {
		ts.Fatalf("%s has %d commands, want %s", args[0], ran, args[1])
	}
}

// background starts axisync with its output into a file, until the script ends.
func background(ts *testscript.TestScript, words []string, file string) {
	cmd := program(ts, words[1:]...)
	out, err := os.Create(ts.MkAbs(file))
	ts.Check(err)
	cmd.Stdout = out
	ts.Check(cmd.Start())
	ts.Check(out.Close())
	ts.Defer(func() { stop(cmd) })
}

func stop(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait() // it was interrupted
}

// shellWords are the words of a line as a shell has them, up to a comment or what is done
// with the command (a pipe, another file, the background), which is the rest.
func shellWords(line string) (words []string, rest string) {
	var word strings.Builder
	begun, quote := false, rune(0)
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for i, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			begun, quote = true, r
		case r == ' ' || r == '\t' || r == '\n':
			end()
		case r == '#' && !begun:
			return words, ""
		case strings.ContainsRune("|>&;<", r):
			end()
			return words, strings.TrimSpace(line[i:])
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	end()
	return words, ""
}
