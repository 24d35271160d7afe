package main

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/axisync/axisync/sinks/parquet/diff"
	"github.com/axisync/axisync/sinks/parquet/diff/report"
)

// plainly is a text with single spaces and one kind of arrow.
func plainly(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "→", "->")), " ")
}

// visibleText is what a page says, without its scripts and styles.
func visibleText(t *testing.T, page []byte) string {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for n := range root.Descendants() {
		if n.Type == html.TextNode && !slices.Contains([]string{"script", "style"}, n.Parent.Data) {
			said = append(said, n.Data)
		}
	}
	return plainly(strings.Join(said, " "))
}

// betweenWords are the ends of what belongs together in a line on a terminal.
var betweenWords = regexp.MustCompile(`  +|[()]| -> | rows |, `)

// Whatever the table on a terminal says of a diff, the page says in the same words.
func TestThePageSaysWhatTheTerminalSays(t *testing.T) {
	t.Parallel()
	silent, retail, owner := int64(1200), "Retail", "0055g00001AAA"
	where := []diff.Concentration{{Column: "OwnerId", Value: &owner, Rows: 910, Of: 1000, Share: 0.91, Usual: 0.031}}
	s := &diff.Summary{Table: "accounts", Key: []string{"Id"}, Added: 3000, Removed: 4, Changed: 5000, Unchanged: 70_000, Silent: &silent,
		Before: diff.Side{Run: "20261122-0600-aaaa", Kind: "plan", ObservedAt: time.Unix(1e9, 0), Rows: 75_004}, After: diff.Side{Run: "20261123-0600-bbbb", Kind: "run", ObservedAt: time.Unix(2e9, 0), Rows: 78_000},
		Columns: []diff.Column{
			{Name: "Industry", Changed: 5000, Filled: 1100, Emptied: 30, TypeBefore: "text", TypeAfter: "decimal(18,2)", NullsBefore: 40_000, NullsAfter: 39_000, Where: where,
				Movements: []diff.Movement{{Before: &retail, After: nil, Rows: 4000}}},
			{Name: "Phone\u202e", TypeBefore: "text", TypeAfter: "text", NullsBefore: 75_004}, {Name: "Same", TypeBefore: "text", TypeAfter: "text"},
		},
		Gone: []string{"Old", "Older"}, New: []string{"New"}, Renamed: []diff.Renamed{{From: "Old", To: "New", Same: 960, Of: 1000}}, AddedWhere: where, RemovedWhere: where}
	var terminal, page bytes.Buffer
	showDiff(painter{Writer: &terminal}, s, firstRows{})
	w, err := report.New(&page, report.Options{Table: "accounts", Bound: report.DefaultBound})
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range []struct {
		kind diff.Kind
		n    int64
	}{{diff.Added, s.Added}, {diff.Removed, s.Removed}, {diff.Changed, s.Changed}} {
		for range rows.n {
			if err := w.Row(diff.Row{Kind: rows.kind, Key: [][]byte{{}}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(s); err != nil {
		t.Fatal(err)
	}
	said, lines := visibleText(t, page.Bytes()), 0
	for line := range strings.Lines(terminal.String()) {
		for _, part := range betweenWords.Split(line, -1) {
			if part = plainly(part); part != "" {
				lines++
				if !strings.Contains(said, part) {
					t.Errorf("the page does not say %q", part)
				}
			}
		}
	}
	if lines < 40 {
		t.Errorf("the terminal said %d things only:\n%s", lines, terminal.String())
	}
}
