package transform_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform"
)

// What is decided about a cell leaves nothing behind for the next: cells with a
// long past stand between cells without any.
func TestCellsAreDecidedByThemselves(t *testing.T) {
	t.Parallel()
	ctx, minute := context.Background(), time.Minute
	pasts := []struct {
		h    any
		past past
		want transform.Case
	}{
		{nil, nil, "new"},
		{"b", sent("b", "x", minute).then(sinks.Accepted, sinks.Value{}), "pending"},
		{nil, nil, "new"},
		{"b", sent("b", "x", minute), "unanswered"},
		{"y", nil, "foreign"},
		{"b", sent("b", "x", 24*time.Hour).then(sinks.Rejected, value("b")), "refused"},
		{nil, nil, "new"},
		{"x", sent("", "x", minute).then(sinks.Accepted, sinks.Value{}), "unchanged"},
		{"y", nil, "foreign"},
		{"x", nil, "unchanged"}, // adopted
		{nil, nil, "new"},
		{"a", acked("a", value("a")), "ours"},
		{"y", nil, "foreign"},
	}
	var list []customer
	var cells []cellCase
	want := map[transform.Case]int64{}
	for i, p := range pasts {
		list = append(list, customer{id: fmt.Sprint("C-", 1+i), identifier: mixed, cells: map[string]any{axisName: p.h}})
		cells = append(cells, cellCase{name: fmt.Sprint("C-", 1+i), past: p.past})
		want[p.want]++
	}
	e := open(t, transform.Rules{Now: now, Axes: []transform.Axis{{Name: axisName, State: transform.Usable, Merge: transform.Overwrite, OnEdit: transform.ReportEdits,
		Nulls: transform.ClearNulls, Properties: []transform.Source{{Property: "Industry", Type: "picklist"}}}}})
	must(t, e.Customers(ctx, customerReader(t, now, []string{axisName}, list)))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	must(t, e.Acknowledgements(ctx, "", journalOf(t, cells...)))
	_, err := e.Match(ctx, tableReader(t, connector.AccountSchema([]connector.Property{{Name: "Industry", Type: "picklist"}}), []string{mixed, "x"}))
	must(t, err)
	decisions, err := e.Decide(ctx, transform.Tables{})
	must(t, err)
	if got := fmt.Sprint(decisions[0].Cases); got != fmt.Sprint(want) {
		t.Errorf("cells by case: %s, want %s", got, fmt.Sprint(want))
	}
}
