package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet/diff"
	"github.com/axisync/axisync/words"
)

const (
	movementsShown = 3  // of a snapshot; --json has ten
	valuesShown    = 10 // of the newest snapshot; --json has twenty
)

// showTrend tells a person how a property went.
func showTrend(w painter, t *pipelines.Trend) {
	fmt.Fprintf(w, "%s   property %s", t.Source, oneLine(t.Property))
	if len(t.Axes) > 0 {
		fmt.Fprintf(w, "   fills %s", oneLine(strings.Join(t.Axes, ", ")))
	}
	fmt.Fprintf(w, "\n%s of %s snapshots", count(int64(len(t.Snapshots))), count(int64(t.Found)))
	if t.LeftOut > 0 {
		fmt.Fprint(w, "; others by --last, --since and --until")
	}
	fmt.Fprintln(w)
	showWarnings(w, t.Warnings)
	showLines(w, t.Snapshots)
	fmt.Fprintln(w)
	writeLine(w, fmt.Sprintf(trendRow, "observed (UTC)", "run", "accounts", "null", "different", "changed", ""))
	kind := ""
	for i := range t.Snapshots {
		p := &t.Snapshots[i]
		showPoint(w, p)
		if p.Type != "" && kind != "" && p.Type != kind {
			fmt.Fprintf(w, "    its type was %s, is %s\n", kind, p.Type)
		}
		kind = cmp.Or(p.Type, kind)
	}
	showValues(w, t.Snapshots)
}

// trendRow is a line of the table of snapshots.
const trendRow = "%-17s %-18s %13s %7s %15s %11s   %s"

// writeLine writes a line without the blanks at its end.
func writeLine(w painter, line string) { fmt.Fprintln(w, strings.TrimRight(line, " ")) }

func showPoint(w painter, p *pipelines.Point) {
	at := p.Snapshot.ObservedAt.UTC().Format("2006-01-02 15:04")
	accounts, null, different, changed := "-", "-", "-", "-"
	if v := p.Values; v != nil {
		accounts, null, different = count(v.Rows), share(v.Nulls, v.Rows), differentText(v)
	}
	if p.Moved != nil {
		changed = count(p.Moved.Changed)
	}
	writeLine(w, fmt.Sprintf(trendRow, at, oneLine(p.Snapshot.Run), accounts, null, different, changed, pointText(p)))
	if p.Reason != "" {
		fmt.Fprintf(w, "    %s\n", w.red(oneLine(p.Reason)))
	}
	showMoved(w, p.Moved)
}

// pointText says which kind of snapshot it is.
func pointText(p *pipelines.Point) string {
	if p.Status == "unreadable" {
		return "cannot be read"
	}
	text := outcomeText(p.Snapshot)
	if guards := p.Snapshot.Guards; len(guards) > 0 && p.Snapshot.Outcome != "stopped" {
		text += " after it was stopped by " + guardsText(guards)
	}
	switch {
	case p.Status == "absent":
		text += ", without the property"
	case p.Misfits > 0:
		text += fmt.Sprintf(", %s values do not fit the type %s", count(p.Misfits), p.Type)
	}
	return text
}

func differentText(v *diff.Profile) string {
	if v.DistinctExact {
		return count(v.Distinct)
	}
	return "about " + count(rounded(v.Distinct))
}

// rounded is an estimate to three digits.
func rounded(n int64) int64 {
	unit := int64(1)
	for n/unit >= 1000 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

func showMoved(w painter, m *pipelines.Moved) {
	if m == nil {
		return
	}
	if m.Renamed != nil {
		fmt.Fprintf(w, "    %s was renamed to %s: the same in %s of %s accounts\n", oneLine(m.Renamed.From), oneLine(m.Renamed.To), count(m.Renamed.Same), count(m.Renamed.Of))
	}
	var parts []string
	for _, part := range []struct {
		n    int64
		word string
	}{{m.Added, "accounts came"}, {m.Removed, "went"}, {m.Filled, "were filled"}, {m.Emptied, "emptied"}} {
		if part.n > 0 {
			parts = append(parts, count(part.n)+" "+part.word)
		}
	}
	if len(parts) > 0 {
		fmt.Fprintf(w, "    %s\n", strings.Join(parts, ", "))
	}
	if len(m.Movements) == 0 && m.TooLowBy > 0 {
		fmt.Fprintf(w, "    too many different changes to tell the most frequent; none is on more than %s accounts\n", count(2*m.TooLowBy))
	}
	for i, move := range m.Movements[:min(len(m.Movements), movementsShown)] {
		if move.Rows == 1 && m.TooLowBy == 0 && m.Changed > movementsShown {
			if i == 0 {
				fmt.Fprintln(w, "    no two accounts changed in the same way")
			}
			break
		}
		fmt.Fprintf(w, "    %s -> %s  %s\n", w.red(cutOrNull(move.Before, move.BeforeCut)), w.green(cutOrNull(move.After, move.AfterCut)), accountsText(move.Rows, m.TooLowBy))
	}
}

// cutOrNull is a value of which the beginning alone may be there; null is not the empty
// text.
func cutOrNull(text *string, cut *diff.Cut) string {
	if text == nil || cut == nil {
		return quotedOrNull(text)
	}
	return words.QuotedOf(*text, cut.Length)
}

// accountsText is a number of accounts, which may be some more.
func accountsText(n, low int64) string {
	if n == 1 && low == 0 {
		return "1 account"
	}
	return words.Some(n, low) + " accounts"
}

// trendLine is a figure of all snapshots that were read.
type trendLine struct {
	name        string
	shares      bool
	values      []float64 // negative: unknown
	first, last string
}

// showLines shows how the figures went, with lines where there is a terminal.
func showLines(w painter, points []pipelines.Point) {
	lines := []trendLine{{name: "accounts"}, {name: "null", shares: true}, {name: "different"}}
	read := 0
	for _, p := range points {
		v := p.Values
		if v == nil {
			for i := range lines {
				lines[i].values = append(lines[i].values, -1)
			}
			continue
		}
		read++
		lines[0].add(float64(v.Rows), count(v.Rows))
		lines[1].add(float64(v.Nulls)/float64(max(v.Rows, 1)), share(v.Nulls, v.Rows))
		lines[2].add(float64(v.Distinct), differentText(v))
	}
	if read < 2 {
		return
	}
	fmt.Fprintln(w)
	for _, l := range lines {
		writeLine(w, fmt.Sprintf("%-10s %15s -> %-15s %s", l.name, l.first, l.last, w.line(l.values, l.span())))
	}
}

// leastSpan is by how much shares, or numbers by their greatest, have to differ to fill
// the height of a line.
const leastSpan = 0.01

func (l *trendLine) span() float64 {
	if l.shares {
		return leastSpan
	}
	return leastSpan * slices.Max(l.values)
}

func (l *trendLine) add(value float64, text string) {
	l.values = append(l.values, value)
	if l.last = text; l.first == "" {
		l.first = text
	}
}

// showValues shows the most frequent values of the newest snapshot that was read, and
// how their shares went.
func showValues(w painter, points []pipelines.Point) {
	newest := len(points) - 1
	for ; newest >= 0 && points[newest].Values == nil; newest-- {
	}
	if newest < 0 {
		return
	}
	v := points[newest].Values
	if v.Distinct == 0 {
		return
	}
	fmt.Fprintf(w, "\nthe most frequent values in %s\n", oneLine(points[newest].Snapshot.Run))
	if len(v.Top) == 0 {
		fmt.Fprintf(w, "    none is surely on more than %s accounts\n", count(v.TopTooLowBy))
	}
	for i, c := range v.Top[:min(len(v.Top), valuesShown)] {
		if c.Rows == 1 && v.Distinct > valuesShown {
			if i == 0 {
				fmt.Fprintln(w, "    none is on two accounts")
			}
			break
		}
		writeLine(w, fmt.Sprintf("    %-32s %18s %7s   %s", words.QuotedOf(c.Value, c.Length), accountsText(c.Rows, v.TopTooLowBy), share(c.Rows, v.Rows), w.line(sharesOf(points, c), leastSpan)))
	}
}

// sharesOf are the shares of a value in all snapshots; negative where it is not among
// the most frequent ones.
func sharesOf(points []pipelines.Point, value diff.Counted) []float64 {
	shares := make([]float64, len(points))
	for i, p := range points {
		shares[i] = -1
		if p.Values == nil {
			continue
		}
		for _, c := range p.Values.Top {
			if c.Value == value.Value && c.Cut == value.Cut {
				shares[i] = float64(c.Rows) / float64(p.Values.Rows)
			}
		}
	}
	return shares
}
