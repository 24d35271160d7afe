package transform_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform"
)

// keptDay decides one day of a customer whose cell was acknowledged as "a", and
// gives the rows of the cells that are kept.
func keptDay(t *testing.T, saved, journal string, at time.Time, identifier string, h any) (rows [][]string, decision transform.AxisDecision, memory string) {
	t.Helper()
	ctx := context.Background()
	e := open(t, transform.Rules{Now: at, Baseline: at.Add(-24 * time.Hour), Axes: []transform.Axis{{Name: axisName, State: transform.Usable, Merge: transform.Overwrite, OnEdit: transform.ReportEdits,
		Nulls: transform.ClearNulls, Properties: []transform.Source{{Property: "Industry", Type: "picklist"}}}}})
	list := []customer{{id: "C-1", identifier: identifier, cells: map[string]any{axisName: h}}, {id: "C-2", identifier: nobody, cells: map[string]any{axisName: "theirs"}}}
	must(t, e.Customers(ctx, customerReader(t, at, []string{axisName}, list)))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	must(t, e.Acknowledgements(ctx, saved, journal))
	_, err := e.Match(ctx, tableReader(t, connector.AccountSchema([]connector.Property{{Name: "Industry", Type: "picklist"}}), []string{mixed, "x"}))
	must(t, err)
	decisions, err := e.Decide(ctx, transform.Tables{Kept: collect(&rows)})
	must(t, err)
	memory = filepath.Join(t.TempDir(), "kept.parquet")
	if wrote, err := e.SaveAcknowledgements(ctx, memory); err != nil || !wrote {
		memory = saved
	}
	return rows, decisions[0], memory
}

// What is left of ours as it should not be is told every day, and since when.
func TestKeptCellsSaySinceWhen(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return now.Add(time.Duration(n) * 24 * time.Hour) }
	journal := journalOf(t, cellCase{name: "C-1", past: acked("a", sinks.Text("a"))})
	memory := ""
	for i, d := range []struct {
		identifier string
		h          any
		want       string // case, held, desired, acknowledged, day since
		since      int
		decision   transform.AxisDecision
	}{
		{nobody, "a", "unmatched a <null> a", 0, transform.AxisDecision{Stale: 1}},
		{nobody, "a", "unmatched a <null> a", 0, transform.AxisDecision{Stale: 1}},
		{mixed, "b", "changed_on_both_sides b x a", 2, transform.AxisDecision{Edited: 1, Contested: 1}},
		{mixed, "c", "changed_on_both_sides c x a", 2, transform.AxisDecision{Edited: 1}},
		{mixed, "a", "", 0, transform.AxisDecision{}}, // ours again: it is written
		{mixed, "b", "changed_on_both_sides b x a", 5, transform.AxisDecision{Edited: 1, Contested: 1}},
	} {
		rows, decision, next := keptDay(t, memory, journal, day(i), d.identifier, d.h)
		memory, journal = next, ""
		got := ""
		for _, row := range rows { // C-2 holds nothing of ours and is not told
			got = strings.Join([]string{row[2], row[3], row[5], row[6]}, " ")
			if want := day(d.since).UTC().Format(time.RFC3339); row[0] != "C-1" || row[7] != want {
				t.Errorf("day %d: %q, want C-1 since %s", i, row, want)
			}
		}
		if got != d.want || len(rows) > 1 {
			t.Errorf("day %d: kept %q, want %q", i, rows, d.want)
		}
		if decision.Stale != d.decision.Stale || decision.Edited != d.decision.Edited || decision.Contested != d.decision.Contested {
			t.Errorf("day %d: %+v, want %+v", i, decision, d.decision)
		}
	}
}
