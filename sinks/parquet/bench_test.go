package parquet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce/simulator/org"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// The sizes of the benchmarks; AXISYNC_BENCH_ROWS overrides the number of
// accounts.
const (
	benchAccounts  = 200_000
	benchCustomers = 60_000
	benchAxes      = 9
)

// BenchmarkAccounts stages, writes and commits a typed table of accounts with 15
// properties of a generated org. B/op says what goes through the heap, the
// metric MB/s counts the bytes of the cells.
func BenchmarkAccounts(b *testing.B) {
	schema, batches, bytes := accounts(b, benchRows(benchAccounts))
	stage(b, "accounts", schema, parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true}, batches, bytes)
}

// BenchmarkAccountsText does the same without types, as extract does.
func BenchmarkAccountsText(b *testing.B) {
	schema, batches, bytes := accounts(b, benchRows(benchAccounts))
	stage(b, "accounts", schema, parquet.TableOptions{Key: []string{connector.AccountID}}, batches, bytes)
}

// BenchmarkChanges does the same for a change set: nine axes of every customer,
// axis by axis, in the small batches in which DuckDB gives them.
func BenchmarkChanges(b *testing.B) {
	schema := sinks.ChangeSchema()
	batches, bytes := changes(schema, benchRows(benchCustomers))
	stage(b, "changes", schema, parquet.TableOptions{Key: []string{sinks.ColumnCustomerID, sinks.ColumnAxis}}, batches, bytes)
}

// BenchmarkRead reads a change set back, as a delivery does.
func BenchmarkRead(b *testing.B) {
	schema := sinks.ChangeSchema()
	batches, bytes := changes(schema, benchRows(benchCustomers))
	dir := b.TempDir()
	s := create(b, dir)
	table, err := s.Table("changes", schema, parquet.TableOptions{Key: []string{sinks.ColumnCustomerID, sinks.ColumnAxis}})
	if err != nil {
		b.Fatal(err)
	}
	for _, batch := range batches {
		if err := table.Append(batch); err != nil {
			b.Fatal(err)
		}
	}
	r := commit(b, s, dir, table)
	b.SetBytes(bytes)
	for b.Loop() {
		reader, err := r.Read("changes")
		if err != nil {
			b.Fatal(err)
		}
		var rows int64
		for reader.Next() {
			rows += reader.RecordBatch().NumRows()
		}
		if reader.Err() != nil || rows != r.Rows("changes") {
			b.Fatalf("%d rows, %v", rows, reader.Err())
		}
		reader.Release()
	}
	b.ReportMetric(float64(r.Rows("changes")*int64(b.N))/b.Elapsed().Seconds(), "rows/s")
}

func benchRows(usual int) int {
	if n, err := strconv.Atoi(os.Getenv("AXISYNC_BENCH_ROWS")); err == nil {
		return n
	}
	return usual
}

func stage(b *testing.B, name string, schema *arrow.Schema, options parquet.TableOptions, batches []arrow.RecordBatch, bytes int64) {
	dir := b.TempDir()
	var rows int64
	for _, batch := range batches {
		rows += batch.NumRows()
	}
	options.Rows = rows
	b.SetBytes(bytes)
	b.ReportAllocs()
	run := 0
	start := processorTime()
	for b.Loop() {
		run++
		s := create(b, filepath.Join(dir, strconv.Itoa(run)))
		table, err := s.Table(name, schema, options)
		if err != nil {
			b.Fatal(err)
		}
		for _, batch := range batches {
			if err := table.Append(batch); err != nil {
				b.Fatal(err)
			}
		}
		if err := table.Write(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
		if err := s.Commit(b.Context(), manifest()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processorTime()-start).Milliseconds())/float64(b.N), "cpu-ms/op")
	b.ReportMetric(float64(rows*int64(b.N))/b.Elapsed().Seconds(), "rows/s")
	r, err := parquet.Open(filepath.Join(dir, strconv.Itoa(run)))
	if err != nil {
		b.Fatal(err)
	}
	var size int64
	for _, file := range r.Manifest().Tables[name].Files {
		size += file.Bytes
	}
	b.ReportMetric(float64(size)/float64(rows), "file-B/row")
}

// accounts are the accounts of a generated org with 15 properties, in batches of
// 8192, and the number of bytes of their cells.
func accounts(b *testing.B, n int) (*arrow.Schema, []arrow.RecordBatch, int64) {
	view := org.New(org.Config{Seed: 1, Accounts: n})
	names := []string{"Name", "Type", "Industry", "Phone", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry", "Website",
		"AnnualRevenue", "NumberOfEmployees", "OwnerId", "Description", "CreatedDate", "Custom_Segment__c"}
	columns := make([]org.Column, len(names))
	properties := make([]connector.Property, len(names))
	for i, name := range names {
		var err error
		if columns[i], err = view.Schema().Column(name); err != nil {
			b.Fatal(err)
		}
		f := columns[i].Field
		properties[i] = connector.Property{Name: name, Type: f.Type, Length: f.Length, Precision: f.Precision, Scale: f.Scale}
	}
	schema := connector.AccountSchema(properties)
	var rows [][][]byte
	var batches []arrow.RecordBatch
	var row org.Row
	var bytes int64
	for i := range n {
		view.Load(&row, i)
		cells := [][]byte{[]byte(row.ID())}
		for c := range columns {
			cells = append(cells, columns[c].Append(nil, &row))
		}
		for _, cell := range cells {
			bytes += int64(len(cell))
		}
		if rows = append(rows, cells); len(rows) == 8192 || i == n-1 {
			batches = append(batches, bytesBatch(schema, rows))
			rows = rows[:0]
		}
	}
	return schema, batches, bytes
}

func bytesBatch(schema *arrow.Schema, rows [][][]byte) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, row := range rows {
		for i, cell := range row {
			if len(cell) == 0 {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).(*array.StringBuilder).BinaryBuilder.Append(cell)
			}
		}
	}
	return b.NewRecordBatch()
}

func changes(schema *arrow.Schema, customers int) ([]arrow.RecordBatch, int64) {
	var batches []arrow.RecordBatch
	var rows [][][]byte
	var bytes int64
	for axis := range benchAxes {
		name := []byte(fmt.Sprintf("Salesforce_726564_Property_%d__c", axis))
		for i := range customers {
			row := [][]byte{[]byte(fmt.Sprintf("C-%07d", i*7919%(customers+1))), name, nil, nil, []byte([]string{"Retail", "Banking and finance", "Paris", "2026-01-02"}[(i*31+axis)%4]), []byte("new")}
			if i%5 == 0 {
				row[2], row[5] = []byte(fmt.Sprintf("value %d", i%977)), []byte("foreign")
			}
			for _, cell := range row {
				bytes += int64(len(cell))
			}
			if rows = append(rows, row); len(rows) == 2048 || i == customers-1 {
				batches = append(batches, bytesBatch(schema, rows))
				rows = rows[:0]
			}
		}
	}
	return batches, bytes
}

// processorTime is the processor time this process took so far, in user mode.
func processorTime() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano())
}
