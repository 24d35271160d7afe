package transform_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform"
)

// A first delivery writes a journal that is many times the memory of DuckDB: it is
// folded all the same, and every cell is known after it.
func TestALongJournalIsFolded(t *testing.T) {
	t.Parallel()
	const people, memory = 10000, 80 // MiB
	axes := make([]transform.Axis, 20)
	for i := range axes {
		axes[i] = transform.Axis{Name: fmt.Sprint("Axis ", i), State: transform.Usable, Merge: transform.Overwrite, OnEdit: transform.ReportEdits, Nulls: transform.ClearNulls,
			Properties: []transform.Source{{Property: "Industry", Type: "picklist"}}}
	}
	journal := filepath.Join(t.TempDir(), "journal.ndjson")
	file, err := os.Create(journal)
	must(t, err)
	w := bufio.NewWriter(file)
	at, seq := now.Add(-24*time.Hour).UnixMicro(), 0
	list := make([]customer, people)
	names := make([]string, len(axes))
	for i := range list {
		list[i] = customer{id: fmt.Sprintf("C-%07d", i), identifier: mixed, cells: map[string]any{}}
		for a, axis := range axes {
			names[a] = axis.Name
			list[i].cells[axis.Name] = "x"
			for _, kind := range []string{"sending", "accepted"} {
				seq++
				fmt.Fprintf(w, `{"seq":%d,"kind":%q,"customer_id":%q,"axis":%q,"at":%d,"before":"something that stood there before","before_type":null,"after":"x","now":null,"now_type":null,"code":null,"reason":null}`+"\n", seq, kind, list[i].id, axis.Name, at)
			}
		}
	}
	must(t, w.Flush())
	must(t, file.Close())
	ctx := context.Background()
	e, err := transform.Open(ctx, transform.Config{Dir: t.TempDir(), MemoryLimit: memory}, transform.Rules{Now: now, Key: connector.AccountID, KeyPrefix: "001", Settle: 15 * time.Minute, Axes: axes})
	must(t, err)
	t.Cleanup(func() { e.Close() })
	must(t, e.Customers(ctx, customerReader(t, now, names, list)))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	must(t, e.Acknowledgements(ctx, "", journal))
	_, err = e.Match(ctx, tableReader(t, connector.AccountSchema([]connector.Property{{Name: "Industry", Type: "picklist"}}), []string{mixed, "x"}))
	must(t, err)
	decisions, err := e.Decide(ctx, transform.Tables{})
	must(t, err)
	for _, d := range decisions {
		if d.Known != people || d.Cases["unchanged"] != people {
			t.Fatalf("%s: of %d cells %d are known: %v", d.Axis, people, d.Known, d.Cases)
		}
	}
}
