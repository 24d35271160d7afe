package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// exitRow is a row of the table of exit codes in the README.
var exitRow = regexp.MustCompile(`(?m)^\| ([0-9]+(?:, [0-9]+)*) \|`)

// documentedExits are the exit codes that the README lists, and the one that it tells to
// choose where nothing has changed.
func documentedExits(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(content), "\n## Exit codes\n")
	table, _, _ = strings.Cut(table, "\n## ")
	if !found {
		t.Fatal("the README has no table of exit codes")
	}
	var codes []string
	for _, row := range exitRow.FindAllStringSubmatch(table, -1) {
		codes = append(codes, strings.Split(row[1], ", ")...)
	}
	for _, chosen := range regexp.MustCompile("`--nothing-changed-exit-code ([0-9]+)`").FindAllStringSubmatch(table, -1) {
		codes = append(codes, chosen[1])
	}
	return codes
}

// helpedExits are the exit codes that axisync --help lists.
func helpedExits() []string {
	_, table, _ := strings.Cut((&command{}).root().Long, "Exit codes:\n")
	var codes []string
	for _, row := range regexp.MustCompile(`(?m)^  ([0-9]+(?:, [0-9]+)*) |--nothing-changed-exit-code ([0-9]+)`).FindAllStringSubmatch(table, -1) {
		codes = append(codes, strings.Split(row[1]+row[2], ", ")...)
	}
	return codes
}

// producedExits are the exit codes that the script exitcodes.txtar has the real program
// end with.
func producedExits(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "exitcodes.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, line := range regexp.MustCompile(`(?m)^(?:exits|stopped) ([0-9]+) axisync `).FindAllStringSubmatch(string(content), -1) {
		codes = append(codes, line[1])
	}
	return codes
}

// Every exit code that is documented is produced by the real program, and no other; README and --help list the same.
func TestEveryExitCodeIsProduced(t *testing.T) {
	t.Parallel()
	distinct := func(codes []string) string { slices.Sort(codes); return strings.Join(slices.Compact(codes), " ") }
	documented, helped, produced := distinct(documentedExits(t)), distinct(helpedExits()), distinct(producedExits(t))
	if documented != produced || helped != produced || produced != "0 1 130 143 2 3 4 5 99" {
		t.Errorf("the README lists %s, --help %s, the script produces %s", documented, helped, produced)
	}
}
