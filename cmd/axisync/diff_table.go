package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/axisync/axisync/sinks/parquet/diff"
)

// firstRows keeps the first rows of a diff.
type firstRows struct {
	most int
	rows []shownRow
}

// shownRow is a row that outlives the comparison.
type shownRow struct {
	kind   diff.Kind
	key    string
	silent bool
	cells  []shownCell
}

type shownCell struct {
	column        int
	before, after *string
}

func (f *firstRows) add(r diff.Row) error {
	if len(f.rows) >= f.most {
		return nil
	}
	var key []string
	for _, k := range r.Key {
		key = append(key, oneLine(string(k)))
	}
	row := shownRow{kind: r.Kind, key: strings.Join(key, "  "), silent: r.Silent}
	for _, cell := range r.Cells {
		row.cells = append(row.cells, shownCell{cell.Column, textOf(cell.Before), textOf(cell.After)})
	}
	f.rows = append(f.rows, row)
	return nil
}

// showDiff tells a person what changed.
func showDiff(w painter, s *diff.Summary, first firstRows) {
	fmt.Fprintf(w, "%s   %s   %s -> %s\n", oneLine(s.After.Source), s.Table, sideText(s.Before), sideText(s.After))
	fmt.Fprintf(w, "%s rows -> %s   %s   %s   %s changed, %s unchanged\n", count(s.Before.Rows), count(s.After.Rows),
		w.green(count(s.Added)+" added"), w.red(count(s.Removed)+" removed"), count(s.Changed), count(s.Unchanged))
	if s.Silent != nil && *s.Silent > 0 {
		fmt.Fprintf(w, "%s of the changed rows have the SystemModstamp they had\n", count(*s.Silent))
	}
	showColumns(w, s)
	showShape(w, s)
	showWhere(w, "the added rows", s.AddedWhere)
	showWhere(w, "the removed rows", s.RemovedWhere)
	for _, c := range s.Columns {
		showWhere(w, "the changed "+oneLine(c.Name)+" values", c.Where)
	}
	showRows(w, s, first)
}

func sideText(s diff.Side) string {
	return fmt.Sprintf("%s (%s, %s)", s.Run, s.Kind, moment(s.ObservedAt))
}

// showColumns shows the columns that changed.
func showColumns(w painter, s *diff.Summary) {
	changed := slices.DeleteFunc(slices.Clone(s.Columns), func(c diff.Column) bool {
		return c.Changed == 0 && share(c.NullsBefore, s.Before.Rows) == share(c.NullsAfter, s.After.Rows)
	})
	if len(changed) == 0 {
		return
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "changed\tfilled\temptied\tnull before\tafter\t\tcolumn\n")
	for _, c := range changed {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t\t%s\n", count(c.Changed), count(c.Filled), count(c.Emptied),
			share(c.NullsBefore, s.Before.Rows), share(c.NullsAfter, s.After.Rows), oneLine(c.Name)+mostMoved(c))
	}
	table.Flush()
}

// mostMoved is the movement that most changes of a column share, if one does.
func mostMoved(c diff.Column) string {
	if len(c.Movements) == 0 || c.Changed < 5 || c.Movements[0].Rows*2 < c.Changed {
		return ""
	}
	m := c.Movements[0]
	return fmt.Sprintf("   %s of them %s -> %s", share(m.Rows, c.Changed), quotedOrNull(m.Before), quotedOrNull(m.After))
}

func share(n, of int64) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(of))
}

// showShape tells how the columns themselves differ.
func showShape(w painter, s *diff.Summary) {
	for _, r := range s.Renamed {
		fmt.Fprintf(w, "renamed   %s is now %s: the same in %s of %s rows\n", oneLine(r.From), oneLine(r.To), count(r.Same), count(r.Of))
	}
	if len(s.Gone) > 0 {
		fmt.Fprintf(w, "gone      %s\n", oneLine(strings.Join(s.Gone, ", ")))
	}
	if len(s.New) > 0 {
		fmt.Fprintf(w, "new       %s\n", oneLine(strings.Join(s.New, ", ")))
	}
	for _, c := range s.Columns {
		if c.TypeBefore != c.TypeAfter {
			fmt.Fprintf(w, "type      %s was %s, is %s\n", oneLine(c.Name), c.TypeBefore, c.TypeAfter)
		}
	}
}

func showWhere(w painter, what string, where []diff.Concentration) {
	for _, c := range where {
		fmt.Fprintf(w, "where     %.0f%% of %s have %s = %s, which %.1f%% of all have\n", 100*c.Share, what, oneLine(c.Column), quotedOrNull(c.Value), 100*c.Usual)
	}
}

// showRows shows the first rows, cell by cell.
func showRows(w painter, s *diff.Summary, first firstRows) {
	if len(first.rows) == 0 {
		return
	}
	fmt.Fprintln(w)
	for _, r := range first.rows {
		switch r.kind {
		case diff.Added:
			fmt.Fprintln(w, w.green("+ "+r.key))
		case diff.Removed:
			fmt.Fprintln(w, w.red("- "+r.key))
		default:
			fmt.Fprintln(w, "  "+r.key+map[bool]string{true: "   (silent)"}[r.silent])
		}
		for _, cell := range r.cells {
			fmt.Fprintf(w, "      %s  %s\n", oneLine(s.Columns[cell.column].Name), cellText(w, r.kind, cell))
		}
	}
	if more := s.Added + s.Removed + s.Changed - int64(len(first.rows)); more > 0 {
		fmt.Fprintf(w, "  ... %s rows more: --rows N, or --format csv\n", count(more))
	}
}

func cellText(w painter, kind diff.Kind, c shownCell) string {
	switch kind {
	case diff.Added:
		return w.green(quotedOrNull(c.after))
	case diff.Removed:
		return w.red(quotedOrNull(c.before))
	}
	return w.red(quotedOrNull(c.before)) + " -> " + w.green(quotedOrNull(c.after))
}

// quotedOrNull is a value; null is not the empty text.
func quotedOrNull(text *string) string {
	if text == nil {
		return "null"
	}
	return quotedText(*text)
}
