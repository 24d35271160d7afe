package browser

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
	"github.com/axisync/axisync/sinks/parquet/diff/report"
)

// properties are the columns of the accounts, after the id.
var properties = []connector.Property{
	{Name: "Name", Type: "string"}, {Name: "Industry", Type: "picklist"}, {Name: "OwnerId", Type: "reference"},
	{Name: "AnnualRevenue", Type: "currency", Precision: 18, Scale: 2}, {Name: "Notes__c", Type: "textarea"}, {Name: "SystemModstamp", Type: "datetime"},
}

// account is what an account holds; nil is null.
type account map[string]string

// snapshot commits accounts by id.
func snapshot(t testing.TB, dir, run string, at time.Time, ids []string, of func(id string) account) *parquet.Reader {
	t.Helper()
	s, err := parquet.Create(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	schema := connector.AccountSchema(properties)
	table, err := s.Table("accounts", schema, parquet.TableOptions{Key: []string{connector.AccountID}, Rows: int64(len(ids)), Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, id := range ids {
		held := of(id)
		b.Field(0).(*array.StringBuilder).Append(id)
		for i, p := range properties {
			if value, has := held[p.Name]; has {
				b.Field(i + 1).(*array.StringBuilder).Append(value)
			} else {
				b.Field(i + 1).AppendNull()
			}
		}
	}
	record := b.NewRecordBatch()
	defer record.Release()
	if err := table.Append(record); err != nil {
		t.Fatal(err)
	}
	if err := table.Write(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), parquet.Manifest{RunID: run, Kind: "run", Source: "Salesforce - Accounts", Slug: "salesforce-accounts", ObservedAt: at, ProgramVersion: "test"}); err != nil {
		t.Fatal(err)
	}
	r, err := parquet.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// line is a line of the table, as it was told.
type line struct {
	kind, key, column string
	silent            bool
	before, after     *string
}

// written is a report, what was told to it, and the summary.
type written struct {
	path    string
	lines   []line
	summary *diff.Summary
}

// reported compares two snapshots and writes the report.
func reported(t testing.TB, before, after *parquet.Reader, options report.Options) written {
	t.Helper()
	w := written{path: filepath.Join(t.TempDir(), "changes.html")}
	file, err := os.Create(w.path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	was, now := before.Manifest(), after.Manifest()
	options.Table, options.Before, options.After = "accounts", was.RunID, now.RunID
	to, err := report.New(file, options)
	if err != nil {
		t.Fatal(err)
	}
	columns := diff.Columns(was.Tables["accounts"], now.Tables["accounts"], diff.Options{Table: "accounts"})
	w.summary, err = diff.Compare(t.Context(), before, after, diff.Options{Table: "accounts"}, func(r diff.Row) error {
		for _, cell := range r.Cells {
			w.lines = append(w.lines, line{r.Kind.String(), string(r.Key[0]), columns[cell.Column], r.Silent, textOf(cell.Before), textOf(cell.After)})
		}
		return to.Row(r)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := to.Close(w.summary); err != nil {
		t.Fatal(err)
	}
	return w
}

func textOf(v diff.Value) *string {
	if !v.Set {
		return nil
	}
	text := string(v.Text)
	return &text
}

func idOf(i int) string { return fmt.Sprintf("0015g%010dAAA", i) }

// days are two days of n accounts, all of which changed: their industry, their revenue
// and, of every second one, the SystemModstamp. Some came and some went. What is in
// hostile are the names of the first accounts, on both days by turns.
func days(t testing.TB, n int, hostile []string) (before, after *parquet.Reader) {
	t.Helper()
	var first, second []string
	for i := range n {
		if i%50 != 1 {
			first = append(first, idOf(i))
		}
		if i%50 != 2 {
			second = append(second, idOf(i))
		}
	}
	day := func(number int) func(string) account {
		return func(id string) account {
			var i int
			fmt.Sscanf(id, "0015g%010dAAA", &i)
			a := account{"Name": fmt.Sprintf("Account %d", i), "OwnerId": fmt.Sprintf("0055g%05dAAA", i%40), "SystemModstamp": "2026-11-22T06:00:00.000Z",
				"AnnualRevenue": fmt.Sprint(i%900*1000 + number), "Industry": fmt.Sprintf("Industry %d", (i+number)%30)}
			if i%2 == 1 && number == 1 {
				a["SystemModstamp"] = "2026-11-23T06:00:00.000Z"
			}
			if i%97 == number {
				delete(a, "Industry")
			}
			if i < 2*len(hostile) && i%50 > 2 {
				a["Name"] = hostile[(i+number)%len(hostile)]
			}
			return a
		}
	}
	dir := t.TempDir()
	return snapshot(t, filepath.Join(dir, "a"), "20261122-0600-aaaa", time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC), first, day(0)),
		snapshot(t, filepath.Join(dir, "b"), "20261123-0600-bbbb", time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC), second, day(1))
}
