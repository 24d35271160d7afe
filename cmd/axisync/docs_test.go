package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/axisync/axisync/pipelines"
)

// pages are the README, the changelog and everything in docs, by their paths.
func pages(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"../README.md", "../CHANGELOG.md", "*.md", "*/*.md"} {
		found, err := filepath.Glob(filepath.Join(docs, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		for _, path := range found {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all[path] = string(content)
		}
	}
	return all
}

var (
	fence      = regexp.MustCompile("(?ms)^( *)```([a-z]*)[^\n]*\n(.*?)^ *```$")
	inlineCode = regexp.MustCompile("`([^`]+)`")
)

// prose is a page without its blocks of code.
func prose(page string) string { return fence.ReplaceAllString(page, "") }

// typable are the commands of axisync that a page says can be typed: the lines of its
// blocks and comments, and what is code in its sentences.
func typable(page string) []string {
	var commands []string
	for line := range strings.Lines(strings.ReplaceAll(page, "\\\n", " ")) {
		line = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(line), "$ "), "bin/")
		if strings.HasPrefix(line, "axisync ") {
			commands = append(commands, line)
		}
	}
	for _, code := range inlineCode.FindAllStringSubmatch(prose(page), -1) {
		if text := strings.Join(strings.Fields(code[1]), " "); strings.HasPrefix(text, "axisync ") {
			commands = append(commands, text)
		}
	}
	return commands
}

// sentence is a line of text that happens to begin with the name of the program.
var sentence = regexp.MustCompile(`^axisync (has|is|fills|reads|needs|takes|where|writes|works|remembers|tells)\b`)

// shortened is what the command line says of a command that is named without its
// arguments.
var shortened = regexp.MustCompile(`^[A-Z]+ is missing: |^flag needs an argument: `)

func TestTheCommandLineTakesWhatTheDocsSay(t *testing.T) {
	t.Parallel()
	checked := 0
	for path, page := range pages(t) {
		for _, command := range typable(page) {
			if sentence.MatchString(command) {
				continue
			}
			words, _ := shellWords(command)
			err := acceptsTyped(words[1:])
			if filepath.Base(path) == "CHANGELOG.md" && err != nil && shortened.MatchString(err.Error()) {
				err = nil
			}
			if err != nil {
				t.Errorf("%s: %s: %v", filepath.Base(path), command, err)
			}
			checked++
		}
	}
	if checked < 100 {
		t.Errorf("only %d commands were found", checked)
	}
}

// acceptsTyped is accepts, and refuses a command that does not exist.
func acceptsTyped(arguments []string) error {
	root := (&command{out: &checkedWriter{Writer: io.Discard}, errs: io.Discard}).root()
	root.InitDefaultCompletionCmd()
	found, rest, err := root.Find(arguments)
	if err != nil || slices.Contains(rest, "--help") || found.Name() == "completion" { // whose SHELL stands for one of four
		return err
	}
	if found.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return fmt.Errorf("%s has no command %s", found.CommandPath(), rest[0])
	}
	return accepts(arguments)
}

// Every command, and every flag that all of them have, is named in the docs.
func TestTheDocsNameEveryCommand(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for path, page := range pages(t) {
		if filepath.Base(path) != "CHANGELOG.md" {
			all.WriteString(page)
		}
	}
	root := (&command{out: &checkedWriter{Writer: io.Discard}, errs: io.Discard}).root()
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for _, child := range c.Commands() {
			if child.Hidden || child.Name() == "help" {
				continue
			}
			if !strings.Contains(all.String(), child.CommandPath()) {
				t.Errorf("%s is named nowhere", child.CommandPath())
			}
			walk(child)
		}
	}
	walk(root)
	root.PersistentFlags().VisitAll(func(f *pflag.Flag) {
		if !strings.Contains(all.String(), "--"+f.Name) {
			t.Errorf("--%s is named nowhere", f.Name)
		}
	})
}

var tableRow = regexp.MustCompile(`(?m)^\| *([^|]+?) *\| *([^|]+?) *\| *([^|]*?) *\|`)

var exitCodes = regexp.MustCompile(`^[0-9][0-9, ]*$`)

// section is what stands beneath a heading, up to the next.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, after, found := strings.Cut(page, "\n"+heading+"\n")
	if !found {
		t.Fatalf("there is no %q", heading)
	}
	before, _, _ := strings.Cut(after, "\n#")
	return before
}

// The table of exit codes is that of the program.
func TestDocumentedExitCodes(t *testing.T) {
	t.Parallel()
	meanings := map[string]string{"99": "nothing changed"}
	for code, meaning := range map[int]string{
		pipelines.ExitDone: "done", pipelines.ExitFailed: "failed", pipelines.ExitConfiguration: "configuration",
		pipelines.ExitAuthorization: "authentication", pipelines.ExitStopped: "stopped by a guard", pipelines.ExitRejects: "delivered, with new rejects",
	} {
		meanings[itoa(code)] = meaning
	}
	meanings[itoa(pipelines.ExitCode(interrupted{syscall.SIGINT}))+", "+itoa(pipelines.ExitCode(interrupted{syscall.SIGTERM}))] = "interrupted"
	all := pages(t)
	for path, heading := range map[string]string{"../README.md": "## Exit codes", "operations.md": "## What to do when"} {
		told := map[string]string{}
		for _, row := range tableRow.FindAllStringSubmatch(section(t, all[filepath.Join(docs, path)], heading), -1) {
			if exitCodes.MatchString(row[1]) {
				told[row[1]] = row[2]
			}
			if again := row[3] == "yes"; heading == "## Exit codes" && again != slices.Contains([]string{"1", "130, 143"}, row[1]) {
				t.Errorf("%s: try again: %q", row[1], row[3])
			}
		}
		for code, meaning := range meanings {
			if text, ok := told[code]; !ok || heading == "## Exit codes" && !strings.HasPrefix(text, meaning) {
				t.Errorf("%s: %s is %q, want %q", path, code, text, meaning)
			}
			delete(told, code)
		}
		if len(told) > 0 {
			t.Errorf("%s tells of %v", path, told)
		}
	}
}

// The guards, and the words of status, are those of the program.
func TestDocumentedWords(t *testing.T) {
	t.Parallel()
	page := pages(t)[filepath.Join(docs, "operations.md")]
	_, err := pipelines.ParseAllowance("none@20261123-0600-k3f7")
	_, names, _ := strings.Cut(err.Error(), "there are ")
	guards, status := section(t, page, "## Guards"), section(t, page, "## Status")
	for _, name := range strings.Split(names, ", ") {
		if !strings.Contains(guards, "| `"+name) && !strings.Contains(guards, ", `"+name) {
			t.Errorf("the guard %s is not told", name)
		}
	}
	words := []string{}
	for _, word := range []pipelines.StandingStatus{pipelines.Active, pipelines.Failing, pipelines.Blocked, pipelines.NeverRun, pipelines.Unreadable} {
		words = append(words, string(word))
	}
	for _, word := range []pipelines.WaitingFor{pipelines.WaitGuard, pipelines.WaitPlan, pipelines.WaitReconnect, pipelines.WaitConfiguration, pipelines.WaitProbe, pipelines.WaitRestore, pipelines.WaitRejects} {
		words = append(words, string(word))
	}
	for _, word := range words {
		if !strings.Contains(status, "\n| `"+word+"` |") {
			t.Errorf("the word %s is not told", word)
		}
	}
}

const (
	keysBegin = "<!-- axisync schema --markdown -->\n"
	keysEnd   = "<!-- end -->"
)

// The table of all keys is what the program prints.
func TestDocumentedKeys(t *testing.T) {
	t.Parallel()
	var printed strings.Builder
	if code := execute([]string{"schema", "--markdown"}, &printed, io.Discard); code != 0 {
		t.Fatalf("axisync schema --markdown: exit code %d", code)
	}
	path := filepath.Join(docs, "pipeline.md")
	page := pages(t)[path]
	before, after, found := strings.Cut(page, keysBegin)
	table, after, ends := strings.Cut(after, keysEnd)
	if !found || !ends {
		t.Fatal("the marks around the table are missing")
	}
	if table == printed.String() {
		return
	}
	if os.Getenv("AXISYNC_UPDATE") == "" {
		t.Fatal("docs/pipeline.md is not what axisync schema --markdown prints: run this test with AXISYNC_UPDATE=1")
	}
	if err := os.WriteFile(path, []byte(before+keysBegin+printed.String()+keysEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
