package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/axisync/axisync/sinks/parquet/diff"
	"github.com/axisync/axisync/words"
)

//go:embed page
var files embed.FS

var (
	pages = template.Must(template.New("").Funcs(template.FuncMap{
		"count": words.Count, "share": words.Share, "moment": words.Moment, "name": words.Line,
		"some":   words.Some,
		"quoted": func(text *string) string { return words.QuotedOr(text, "null") },
		"list":   func(names []string) string { return words.Line(strings.Join(names, ", ")) },
	}).ParseFS(files, "page/*.html"))
	style  = template.CSS(source("page.css"))
	script = template.JS(source("values.js", "slices.js", "lines.js", "table.js", "detail.js", "page.js"))
	// policy lets the page have its own style and its own script, by what they are, and
	// nothing else: no request, no other script, no markup made of texts.
	policy = fmt.Sprintf("default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'",
		digest(string(style)), digest(string(script)))
)

// source is files one after the other, as they stand between the tags of an element.
func source(names ...string) string {
	var all bytes.Buffer
	for _, name := range names {
		content, err := files.ReadFile("page/" + name)
		if err != nil {
			panic(err) // the program was built without it
		}
		all.WriteByte('\n')
		all.Write(content)
	}
	return all.String()
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// page is what page.html shows.
type page struct {
	Options
	*diff.Summary
	Stamped bool  // the table has SystemModstamp
	Silent  int64 // 0 where it has not
	All     held
	Held    held
	Part    bool // not all rows are in the file
	Moved   []moved
	Types   []diff.Column
	Where   []where
	Facts   template.JS
	Script  template.JS
}

// moved is a column that changed.
type moved struct {
	diff.Column
	Place int // in diff.Summary.Columns
	// Other are changes from a value to another one. The bars are percentages of the
	// longest bar: x where each begins, and how wide it is.
	Other                                      int64
	OtherWide, FilledAt, FilledWide, EmptiedAt string
	EmptiedWide                                string
	Most                                       string
}

// where is what rows that differ have in common.
type where struct {
	Of, Column   string
	Value        *string
	Share, Usual string
}

func (w *Writer) page(s *diff.Summary) page {
	p := page{Options: w.options, Summary: s, Stamped: s.Silent != nil, All: w.all, Held: w.held, Part: w.full, Script: script}
	if p.Stamped {
		p.Silent = *s.Silent
	}
	p.Moved = movedOf(s)
	for _, c := range s.Columns {
		if c.TypeBefore != c.TypeAfter {
			p.Types = append(p.Types, c)
		}
	}
	add := func(of string, all []diff.Concentration) {
		for _, c := range all {
			p.Where = append(p.Where, where{of, c.Column, c.Value, fmt.Sprintf("%.0f%%", 100*c.Share), fmt.Sprintf("%.1f%%", 100*c.Usual)})
		}
	}
	add("the added rows", s.AddedWhere)
	add("the removed rows", s.RemovedWhere)
	for _, c := range s.Columns {
		add("the changed "+words.Line(c.Name)+" values", c.Where)
	}
	p.Facts = w.facts(s)
	return p
}

// movedOf are the columns that changed, or whose share of nulls did.
func movedOf(s *diff.Summary) []moved {
	var all []moved
	longest := int64(1)
	for i, c := range s.Columns {
		if s.Differs(c) {
			all = append(all, moved{Column: c, Place: i})
			longest = max(longest, c.Changed)
		}
	}
	for i := range all {
		m := &all[i]
		m.Other = m.Changed - m.Filled - m.Emptied
		part := func(n int64) string { return fmt.Sprintf("%.3f%%", 100*float64(n)/float64(longest)) }
		m.OtherWide, m.FilledWide, m.EmptiedWide = part(m.Other), part(m.Filled), part(m.Emptied)
		m.FilledAt, m.EmptiedAt = part(m.Other), part(m.Other+m.Filled)
		m.Most = mostMoved(m.Column)
	}
	return all
}

// Bars are the columns of the chart, the longest bar first.
func (p page) Bars() []moved {
	bars := slices.DeleteFunc(slices.Clone(p.Moved), func(m moved) bool { return m.Changed == 0 })
	slices.SortStableFunc(bars, func(a, b moved) int { return cmp.Compare(b.Changed, a.Changed) })
	return bars
}

// mostMoved is the movement that most changes of a column share, if one does, else how
// many movements are told.
func mostMoved(c diff.Column) string {
	if m, ok := c.Dominant(); ok {
		return fmt.Sprintf("%s of them %s → %s", words.Share(m.Rows, c.Changed), words.QuotedOr(m.Before, "null"), words.QuotedOr(m.After, "null"))
	}
	return fmt.Sprintf("%d listed", len(c.Movements))
}

// facts are what the script has to know.
func (w *Writer) facts(s *diff.Summary) template.JS {
	list := func(n int, text func(int) string) []byte {
		all := []byte{'['}
		for i := range n {
			all = appendJSON(comma(all, i), []byte(text(i)))
		}
		return append(all, ']')
	}
	return template.JS(fmt.Sprintf(`{"rows":%d,"lines":%d,"all":%d,"silent":%t,"key":%s,"columns":%s}`, w.held.Rows, w.held.Lines, w.all.Lines, s.Silent != nil,
		list(len(s.Key), func(i int) string { return s.Key[i] }), list(len(s.Columns), func(i int) string { return s.Columns[i].Name })))
}
