package pipelines

import (
	"fmt"
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
	hidden   map[int]int // lines that hold a secret, and from which column
	problems Problems
}

// add notes a problem at a place; width is how many characters are marked.
func (r *reporter) add(at place, text, hint string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: at.line, Column: at.column, Text: text, Hint: hint, width: at.width})
}

// result is nil, or all problems in the order of the file; those that have no place in
// it, because something is missing, are the last.
func (r *reporter) result() error {
	if len(r.problems) == 0 {
		return nil
	}
	for i := range r.problems {
		p := &r.problems[i]
		if p.Line > 0 && p.Line <= len(r.lines) {
			p.excerpt = r.excerpt(p.Line)
			// A value that was looked up elsewhere may be longer than what stands here.
			p.width = min(p.width, len([]rune(p.excerpt))-p.Column+1)
		}
	}
	sort.SliceStable(r.problems, func(i, j int) bool {
		a, b := r.problems[i], r.problems[j]
		if a.Line == 0 || b.Line == 0 {
			return b.Line == 0 && a.Line > 0
		}
		return a.Line < b.Line || a.Line == b.Line && a.Column < b.Column
	})
	return r.problems
}

// place is where something stands in the file.
type place struct{ line, column, width int }
