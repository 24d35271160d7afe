package parquet_test

import (
	"fmt"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// diffProperties are the columns of the accounts that are compared.
var diffProperties = []connector.Property{
	{Name: "Name", Type: "string"}, {Name: "Industry", Type: "picklist"}, {Name: "OwnerId", Type: "reference"}, {Name: "BillingCity", Type: "string"},
	{Name: "Phone", Type: "phone"}, {Name: "Website", Type: "url"}, {Name: "AnnualRevenue", Type: "currency", Precision: 18, Scale: 2},
	{Name: "NumberOfEmployees", Type: "int"}, {Name: "Active__c", Type: "boolean"}, {Name: "CreatedDate", Type: "datetime"}, {Name: "SystemModstamp", Type: "datetime"},
}

// compareSnapshot writes n accounts, of which one in a hundred is another on the second day.
func compareSnapshot(tb testing.TB, dir string, n, day int) *parquet.Reader {
	schema := connector.AccountSchema(diffProperties)
	s := create(tb, dir)
	table, err := s.Table("accounts", schema, parquet.TableOptions{Key: []string{connector.AccountID}, Rows: int64(n), Typed: true})
	if err != nil {
		tb.Fatal(err)
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	flush := func() {
		record := b.NewRecordBatch()
		if err := table.Append(record); err != nil {
			tb.Fatal(err)
		}
		record.Release()
	}
	for i := range n {
		benchAccount(b, i, day == 1 && i%100 == 7)
		if i%8192 == 8191 {
			flush()
		}
	}
	flush()
	return commit(tb, s, dir, table)
}

func benchAccount(b *array.RecordBuilder, i int, moved bool) {
	stamp := "2026-11-22T06:00:00.000Z"
	industry, employees := fmt.Sprintf("Industry %d", i%30), i%5000
	if moved {
		stamp, industry, employees = "2026-11-23T06:00:00.000Z", "None", employees+1
	}
	for column, value := range []string{fmt.Sprintf("0015g%010dAAA", i), fmt.Sprintf("Account of customer %d", i), industry, fmt.Sprintf("0055g%05dAAA", i%400), fmt.Sprintf("City %d", i%3000),
		fmt.Sprintf("+33 1 %08d", i*7%100000000), "https://www.example-" + strconv.Itoa(i) + ".com", fmt.Sprintf("%d.%02d", i%9000000, i%100), strconv.Itoa(employees), strconv.FormatBool(i%3 == 0),
		fmt.Sprintf("2024-%02d-%02dT10:%02d:00.000Z", 1+i%12, 1+i%28, i%60), stamp} {
		b.Field(column).(*array.StringBuilder).Append(value)
	}
}

// BenchmarkCompare compares two snapshots of accounts, of which one in a hundred has
// changed; the metric cpu-s is the CPU time of both threads.
func BenchmarkCompare(b *testing.B) {
	n := benchRows(benchAccounts)
	dir := b.TempDir()
	before, after := compareSnapshot(b, dir+"/a", n, 0), compareSnapshot(b, dir+"/b", n, 1)
	b.ReportAllocs()
	start := cpu()
	b.ResetTimer()
	for range b.N {
		changes := 0
		summary, err := diff.Compare(b.Context(), before, after, diff.Options{Table: "accounts"}, func(diff.Row) error { changes++; return nil })
		if err != nil || changes != (n+92)/100 || summary.Changed != int64(changes) {
			b.Fatalf("%v, %d changes", err, changes)
		}
	}
	b.ReportMetric((cpu()-start).Seconds()/float64(b.N), "cpu-s")
}

func cpu() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
