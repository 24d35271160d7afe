package transform_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform"
)

// singleDay is a run over a list of two days ago. single is what a read of the
// customer alone shows now; nil: there is none. It gives the cases by axis, and
// who has to be read.
func singleDay(t *testing.T, saved, journal string, single map[string]any) (decisions []transform.AxisDecision, unjudged []string, memory string) {
	t.Helper()
	ctx := context.Background()
	other := "Salesforce_726564_Type"
	rules := transform.Rules{Now: now}
	for _, name := range []string{axisName, other} {
		rules.Axes = append(rules.Axes, transform.Axis{Name: name, State: transform.Usable, Nulls: transform.ClearNulls, Merge: transform.Overwrite, OnEdit: transform.ReportEdits,
			Properties: []transform.Source{{Property: "Industry", Type: "picklist"}}})
	}
	e, axes := open(t, rules), []string{axisName, other}
	must(t, e.Customers(ctx, customerReader(t, now.Add(-48*time.Hour), axes, []customer{{id: "C-1", identifier: mixed}})))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	must(t, e.Acknowledgements(ctx, saved, journal))
	unjudged, err := e.Unjudged(ctx)
	must(t, err)
	if single != nil {
		must(t, e.Observe(ctx, customerReader(t, now, axes, []customer{{id: "C-1", identifier: mixed, cells: single}})))
	}
	_, err = e.Match(ctx, tableReader(t, connector.AccountSchema([]connector.Property{{Name: "Industry", Type: "picklist"}}), []string{mixed, "x"}))
	must(t, err)
	decisions, err = e.Decide(ctx, transform.Tables{})
	must(t, err)
	memory = filepath.Join(t.TempDir(), "single.parquet")
	if _, err := e.SaveAcknowledgements(ctx, memory); err != nil {
		t.Fatal(err)
	}
	return decisions, unjudged, memory
}

// What a single read shows of any cell of its customer is newer than the file of
// days ago, also in the run after; and a write that it did not confirm is looked
// up again.
func TestASingleReadIsRemembered(t *testing.T) {
	t.Parallel()
	journal := journalOf(t, cellCase{name: "C-1", past: sent("", "x", time.Minute).then(sinks.Accepted, sinks.Value{})})
	decisions, unjudged, memory := singleDay(t, "", journal, map[string]any{axisName: nil, "Salesforce_726564_Type": "theirs"})
	if fmt.Sprint(unjudged) != "[C-1]" || decisions[0].Cases["pending"] != 1 || decisions[1].Cases["foreign"] != 1 {
		t.Fatalf("read %v, decided %v", unjudged, decisions)
	}
	decisions, unjudged, _ = singleDay(t, memory, "", nil)
	if fmt.Sprint(unjudged) != "[C-1]" {
		t.Errorf("in the next run %v is read", unjudged)
	}
	if decisions[1].Cases["foreign"] != 1 {
		t.Errorf("in the next run the other cell is decided as %v: what was seen of it is forgotten", decisions[1].Cases)
	}
}
