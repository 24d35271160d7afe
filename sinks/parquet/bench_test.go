package parquet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

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

// BenchmarkMatches does the same for matches: 1.2 rows an account, of which four
// columns come as dictionaries.
func BenchmarkMatches(b *testing.B) {
	schema, batches, bytes := matches(b, benchRows(benchAccounts), true)
	stage(b, "matches", schema, parquet.TableOptions{Key: []string{"id", "side"}}, batches, bytes)
}

// BenchmarkMatchesText does the same with all columns as texts.
func BenchmarkMatchesText(b *testing.B) {
	schema, batches, bytes := matches(b, benchRows(benchAccounts), false)
	stage(b, "matches", schema, parquet.TableOptions{Key: []string{"id", "side"}}, batches, bytes)
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
	b.ReportMetric(float64(rows*int64(b.N))/b.Elapsed().Seconds(), "rows/s")
	r, err := parquet.Open(b.Context(), filepath.Join(dir, strconv.Itoa(run)))
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
	source := newAccountSource(b, n)
	var batches []arrow.RecordBatch
	bytes := source.each(n, func(batch arrow.RecordBatch) { batches = append(batches, batch) })
	return source.schema, batches, bytes
}

// accountSource generates the accounts of an org.
type accountSource struct {
	view    *org.View
	columns []org.Column
	schema  *arrow.Schema
}

func newAccountSource(t testing.TB, n int) accountSource {
	t.Helper()
	s := accountSource{view: org.New(org.Config{Seed: 1, Accounts: n})}
	var properties []connector.Property
	for _, name := range []string{"Name", "Type", "Industry", "Phone", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry", "Website",
		"AnnualRevenue", "NumberOfEmployees", "OwnerId", "Description", "CreatedDate", "Custom_Segment__c"} {
		column, err := s.view.Schema().Column(name)
		if err != nil {
			t.Fatal(err)
		}
		f := column.Field
		s.columns = append(s.columns, column)
		properties = append(properties, connector.Property{Name: name, Type: f.Type, Length: f.Length, Precision: f.Precision, Scale: f.Scale})
	}
	s.schema = connector.AccountSchema(properties)
	return s
}

// each gives n accounts in batches, and answers how many bytes their cells have.
func (s accountSource) each(n int, visit func(arrow.RecordBatch)) int64 {
	var rows [][][]byte
	var row org.Row
	var bytes int64
	for i := range n {
		s.view.Load(&row, i)
		cells := [][]byte{[]byte(row.ID())}
		for c := range s.columns {
			cells = append(cells, s.columns[c].Append(nil, &row))
		}
		for _, cell := range cells {
			bytes += int64(len(cell))
		}
		if rows = append(rows, cells); len(rows) == 8192 || i == n-1 {
			visit(bytesBatch(s.schema, rows))
			rows = rows[:0]
		}
	}
	return bytes
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

// matches are the rows of so many accounts, then of a fifth as many customers, in
// batches of 2048, and the number of bytes of their cells. Of the columns side,
// verdict, reason and identifier dictionaries are made if coding is set.
func matches(b *testing.B, accounts int, coding bool) (*arrow.Schema, []arrow.RecordBatch, int64) {
	schema := textSchema("id", "side", "customer_id?", "account_id?", "verdict?", "reason?", "identifier?", "candidate?")
	verdicts := []string{"exact", "exact", "exact", "upgraded_15", "no_customer", "ambiguous"}
	var batches []arrow.RecordBatch
	var bytes int64
	var rows cells
	for i := range accounts + accounts/5 {
		verdict := verdicts[i*31%97%len(verdicts)]
		account, customer := fmt.Sprintf("0015g%010dAAF", i*7919%1_000_003), fmt.Sprintf("C-%07d", i*7919%(accounts/5+1))
		row := []*string{&account, text("account"), &customer, &account, &verdict, text("the reason of " + verdict), text("Salesforce_Account_Id"), nil}
		if i >= accounts {
			row[0], row[1] = &customer, text("customer")
		} else if verdict == "no_customer" {
			row[2], row[7] = nil, &customer
		}
		for _, cell := range row {
			if cell != nil {
				bytes += int64(len(*cell))
			}
		}
		if rows = append(rows, row); len(rows) < 2048 && i < accounts+accounts/5-1 {
			continue
		}
		batches = append(batches, enumerated(batch(schema, rows), func(column int) bool { return coding && (column == 1 || 4 <= column && column <= 6) }))
		rows = rows[:0]
	}
	return schema, batches, bytes
}

// enumerated makes dictionaries of columns of a batch, as DuckDB makes them of
// enumerations.
func enumerated(b arrow.RecordBatch, which func(column int) bool) arrow.RecordBatch {
	columns, fields := slices.Clone(b.Columns()), b.Schema().Fields()
	for i := range columns {
		if !which(i) {
			continue
		}
		fields[i].Type = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint8, ValueType: arrow.BinaryTypes.String}
		builder := array.NewBuilder(memory.DefaultAllocator, fields[i].Type)
		for row := range columns[i].Len() {
			if columns[i].IsNull(row) {
				builder.AppendNull()
			} else if err := builder.AppendValueFromString(columns[i].ValueStr(row)); err != nil {
				panic(err) // it fits
			}
		}
		columns[i] = builder.NewArray()
		builder.Release()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, b.NumRows())
}

func changes(schema *arrow.Schema, customers int) ([]arrow.RecordBatch, int64) {
	var batches []arrow.RecordBatch
	var rows [][][]byte
	var bytes int64
	for axis := range benchAxes {
		name := []byte(fmt.Sprintf("Salesforce_726564_Property_%d__c", axis))
		for i := range customers {
			row := [][]byte{[]byte(fmt.Sprintf("C-%07d", i*7919%(customers+1))), name, nil, nil, []byte([]string{"Retail", "Banking and finance", "Paris", "2026-01-02"}[(i*31+axis)%4]), []byte("new"), nil}
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

// BenchmarkRevision reads a table of which one row in a hundred has changed, with no
// other work.
func BenchmarkRevision(b *testing.B) {
	schema, rows := generated(200_000)
	base := write(b, b.TempDir(), schema, parquet.TableOptions{Key: []string{"Id"}, Rows: 200_000}, rows, 8192)
	for b.Loop() {
		v := revise(b, base, schema, b.TempDir())
		for i := 0; i < len(rows); i += 100 {
			feed(b, v.Put, schema, rows[i])
		}
		reader, err := v.Read()
		if err != nil {
			b.Fatal(err)
		}
		for reader.Next() {
		}
		if reader.Err() != nil {
			b.Fatal(reader.Err())
		}
		reader.Release()
		v.Close()
	}
	b.ReportMetric(float64(len(rows))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
