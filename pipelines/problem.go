package pipelines

import (
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// Problem is one thing wrong with a pipeline file.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0 when the problem has no place
	Text         string // what is wrong, lower case, no full stop
	Hint         string // what to do; may be empty
	excerpt      string
	width        int
}

// Problems are all things wrong with a pipeline file. It is a configuration
// error: nothing was contacted.
type Problems []Problem

// Error gives each problem with its line of the file, a mark below it, and what
// to do.
func (p Problems) Error() string {
	var b strings.Builder
	for _, problem := range p {
		b.WriteString(problem.String())
		b.WriteByte('\n')
	}
	noun := "problems"
	if len(p) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&b, "%d %s; nothing was contacted", len(p), noun)
	return b.String()
}

// String is the problem in one line, with its excerpt in two more when it has a
// place.
func (p Problem) String() string {
	if p.Line == 0 {
		return joined(p.File+": "+p.Text, p.Hint)
	}
	head := fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
	mark := strings.Repeat(" ", max(p.Column-1, 0)) + strings.Repeat("^", max(p.width, 1))
	if p.Hint != "" {
		mark += " " + p.Hint
	}
	return fmt.Sprintf("%s\n%5d | %s\n      | %s", head, p.Line, p.excerpt, mark)
}

func joined(text, hint string) string {
	if hint == "" {
		return text
	}
	return text + "; " + hint
}

// reporter gathers problems and knows the lines of the file.
type reporter struct {
	file     string
	lines    []string
	problems Problems
}

// add notes a problem at a place; width is how many characters are marked.
func (r *reporter) add(at place, text, hint string) {
	p := Problem{File: r.file, Line: at.line, Column: at.column, Text: text, Hint: hint, width: at.width}
	if at.line > 0 && at.line <= len(r.lines) {
		p.excerpt = masked(strings.ReplaceAll(r.lines[at.line-1], "\t", " "))
		// A value that was looked up elsewhere may be longer than what stands here.
		p.width = min(p.width, len([]rune(p.excerpt))-at.column+1)
	}
	r.problems = append(r.problems, p)
}

var secretLine = regexp.MustCompile(`(?i)((?:secret|key|token|passw|webhook)[^:]*:\s*)([^\s#].*)$`)

// What may hold a password or a token in an address: all up to the last @, also where
// the scheme is missing, and what follows the path.
var (
	userInfo  = regexp.MustCompile(`(?i)(://|(?:url|audience)["']?\s*:\s*["']?).*@`)
	afterPath = regexp.MustCompile(`(://[^\s?#]*[?#])\S+`)
)

// masked hides what may be a secret in a line that is shown: whatever follows a
// key that sounds like one, unless it says where the secret is.
func masked(line string) string {
	line = afterPath.ReplaceAllString(userInfo.ReplaceAllString(line, "$1...@"), "$1...")
	m := secretLine.FindStringSubmatchIndex(line)
	if m == nil || strings.HasPrefix(strings.Trim(line[m[4]:], `"'`), "${") {
		return line
	}
	return line[:m[4]] + "..."
}

// result is nil, or all problems in the order of the file.
func (r *reporter) result() error {
	if len(r.problems) == 0 {
		return nil
	}
	sort.SliceStable(r.problems, func(i, j int) bool {
		a, b := r.problems[i], r.problems[j]
		return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
	})
	return r.problems
}

// place is where something stands in the file.
type place struct{ line, column, width int }
