package transform_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/transform/recordid"
)

// TestCgoPointers takes the whole way through DuckDB with some thousand rows in
// and out. `make test` runs it again under GOEXPERIMENT=cgocheck2, which aborts
// the process when a buffer of the Go heap is handed to C.
func TestCgoPointers(t *testing.T) {
	ctx := context.Background()
	const accounts = 5000
	properties := []connector.Property{{Name: "Industry", Type: "picklist"}, {Name: "AnnualRevenue", Type: "currency"}}
	var rows [][]string
	var list []customer
	for i := range accounts {
		id := recordid.Full(fmt.Sprintf("0015f00000%05d", i))
		rows = append(rows, []string{id, fmt.Sprint("industry ", i%7), fmt.Sprintf("%d.50", i)})
		if i%3 == 0 {
			list = append(list, customer{id: fmt.Sprint("C-", i), identifier: id})
		}
	}
	e := open(t, transform.Rules{Axes: []transform.Axis{
		{Name: "A", State: transform.Usable, Merge: transform.Overwrite, Properties: []transform.Source{{Property: "Industry", Type: "picklist"}}},
		{Name: "B", State: transform.Usable, Merge: transform.Overwrite, Properties: []transform.Source{{Property: "AnnualRevenue", Type: "currency"}}},
	}})
	must(t, e.Customers(ctx, customerReader(t, time.Now(), []string{"A", "B"}, list)))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	must(t, e.Acknowledgements(ctx, "", ""))
	matching, err := e.Match(ctx, tableReader(t, connector.AccountSchema(properties), rows...))
	must(t, err)
	written := int64(0)
	decisions, err := e.Decide(ctx, transform.Tables{Changes: func(batch arrow.RecordBatch) error { written += batch.NumRows(); return nil }})
	must(t, err)
	if want := int64(len(list)); matching.Matched != want || written != 2*want || decisions[1].New != want {
		t.Errorf("matched %d, wrote %d cells of %d customers", matching.Matched, written, want)
	}
}
