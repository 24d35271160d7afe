package parquet_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/google/go-cmp/cmp"
	pq "github.com/parquet-go/parquet-go"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
)

// kinds is a property of every type, with texts as Salesforce writes them, the
// canonical text each must come back as, and those that do not fit.
var kinds = []struct {
	property connector.Property
	column   string // the type in the manifest
	fits     map[string]string
	dirty    []string
}{
	{connector.Property{Name: "String", Type: "string"}, "utf8", map[string]string{"": "", "01234": "01234", "a\x00": "a\x00", "🏔": "🏔"}, nil},
	{connector.Property{Name: "Time", Type: "time"}, "utf8", map[string]string{"10:00:00.000Z": "10:00:00.000Z"}, nil},
	{connector.Property{Name: "Boolean", Type: "boolean"}, "boolean", map[string]string{"true": "true", "false": "false"}, []string{"TRUE", "1", ""}},
	{connector.Property{Name: "Int", Type: "int"}, "int64",
		map[string]string{"0": "0", "-12": "-12", "9223372036854775807": "9223372036854775807", "-9223372036854775808": "-9223372036854775808", "1.0": "1", "1E3": "1000"},
		[]string{"1.5", "9223372036854775808", "-9223372036854775809", "x", "", "1 ", "1e", "--1", "0x1"}},
	{connector.Property{Name: "Date", Type: "date"}, "date",
		map[string]string{"2026-11-23": "2026-11-23", "1970-01-01": "1970-01-01", "1700-12-31": "1700-12-31", "2024-02-29": "2024-02-29", "4000-12-31": "4000-12-31"},
		[]string{"2026-02-29", "2026-1-2", "23.11.2026", "2026-13-01", "2026-00-01", "2026-01-00", ""}},
	{connector.Property{Name: "Datetime", Type: "datetime"}, "timestamp[us, UTC]", map[string]string{
		"2026-11-23T06:00:00.000Z": "2026-11-23T06:00:00Z", "2026-11-23T06:00:00.123+0000": "2026-11-23T06:00:00.123Z",
		"2026-11-23T06:00:00+01:00": "2026-11-23T05:00:00Z", "2026-11-23T00:00:00.123456-0930": "2026-11-23T09:30:00.123456Z",
		"1969-12-31T23:59:59.9Z": "1969-12-31T23:59:59.9Z", "2026-11-23T06:00:00.1234560Z": "2026-11-23T06:00:00.123456Z"},
		[]string{"2026-11-23T06:00:00", "2026-11-23 06:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T06:00:60Z", "2026-11-23T06:00:00.1234567Z", "2026-11-23T06:00:00.Z", "2026-11-23T06:00:00+1", ""}},
	{connector.Property{Name: "Percent", Type: "percent", Precision: 5, Scale: 2}, "decimal(5, 2)",
		map[string]string{"0": "0", "-0.0": "0", "12.5": "12.5", "999.99": "999.99", "-999.99": "-999.99", "1E2": "100", "1.25e1": "12.5", "0.10000": "0.1", ".5": "0.5", "5.": "5"},
		[]string{"1000", "0.001", "1E3", "NaN", "", ".", "1,5", "1e99999999999999999999"}},
	{connector.Property{Name: "Currency", Type: "currency", Precision: 18, Scale: 2}, "decimal(18, 2)",
		map[string]string{"9999999999999999.99": "9999999999999999.99", "-0.01": "-0.01", "1.5E7": "15000000", "1E15": "1000000000000000"},
		[]string{"10000000000000000", "0.005", "1E16"}},
	{connector.Property{Name: "Wide", Type: "double", Precision: 38, Scale: 6}, "decimal(38, 6)",
		map[string]string{"12345678901234567890123456789012.123456": "12345678901234567890123456789012.123456", "-12345678901234567890123456789012.123456": "-12345678901234567890123456789012.123456",
			"-0.000001": "-0.000001", "0": "0", "-0": "0", "1e31": "10000000000000000000000000000000"},
		[]string{"123456789012345678901234567890123", "0.0000001", "1e32"}},
	{connector.Property{Name: "Unknown", Type: "double"}, "utf8", map[string]string{"1.10": "1.10"}, nil},
}

// typedRows is one row for every text of every property, the others null.
func typedRows() (*arrow.Schema, cells) {
	var properties []connector.Property
	for _, k := range kinds {
		properties = append(properties, k.property)
	}
	var rows cells
	add := func(column int, value string) {
		row := make([]*string, len(kinds)+1)
		row[0], row[column+1] = text(fmt.Sprintf("%03d %s", column, value)), text(value)
		rows = append(rows, row)
	}
	for i, k := range kinds {
		for value := range k.fits {
			add(i, value)
		}
		for _, value := range k.dirty {
			add(i, value)
		}
	}
	return connector.AccountSchema(properties), rows
}

// typed writes typedRows.
func typed(t *testing.T) (string, *parquet.Reader) {
	t.Helper()
	schema, rows := typedRows()
	dir := t.TempDir()
	return dir, write(t, dir, schema, parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true}, rows, 7)
}

func TestTypesKeepValues(t *testing.T) {
	t.Parallel()
	_, r := typed(t)
	want, nulls := map[string]string{}, 0
	for i, k := range kinds {
		for value, canonical := range k.fits {
			want[fmt.Sprintf("%03d %s", i, value)] = canonical
		}
		nulls += len(k.dirty)
		if got := r.Manifest().Tables["t"].Columns[i+1]; got.Type != k.column || got.Metadata["salesforce.type"] != k.property.Type {
			t.Errorf("%s is %+v, want %s", k.property.Name, got, k.column)
		}
	}
	for _, row := range read(t, r, "t") {
		var found *string
		for _, cell := range row[1:] {
			if cell != nil {
				found = cell
			}
		}
		canonical, fits := want[*row[0]]
		switch {
		case found == nil && !fits:
			nulls--
		case found == nil || *found != canonical:
			t.Errorf("%q: got %s, want %q", *row[0], shown(found), canonical)
		}
	}
	if nulls != 0 {
		t.Errorf("%d more dirty cells than nulls", nulls)
	}
}

func TestWhatDoesNotFitIsKeptAsText(t *testing.T) {
	t.Parallel()
	_, r := typed(t)
	want := map[string]bool{}
	for i, k := range kinds {
		for _, value := range k.dirty {
			want[fmt.Sprintf("%03d %s|%s|%s", i, value, k.property.Name, value)] = true
		}
		if got := r.Manifest().Tables["t"].Dirty[k.property.Name]; got != int64(len(k.dirty)) {
			t.Errorf("%s: %d are counted, want %d", k.property.Name, got, len(k.dirty))
		}
	}
	got := map[string]bool{}
	for _, row := range read(t, r, "t_dirty") {
		got[*row[0]+"|"+*row[1]+"|"+*row[2]] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestArrowReadsTheSame reads the typed parts with arrow-go's own Parquet
// reader, which shares no code with the writer.
func TestArrowReadsTheSame(t *testing.T) {
	t.Parallel()
	dir, r := typed(t)
	f, err := os.Open(filepath.Join(dir, "t", "part-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table, err := pqarrow.ReadTable(context.Background(), f, nil, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	types := []string{"utf8", "utf8", "utf8", "bool", "int64", "date32", "timestamp[us, tz=UTC]", "decimal(5, 2)", "decimal(18, 2)", "decimal(38, 6)", "utf8"}
	ours := read(t, r, "t")
	for c, want := range types {
		if got := table.Schema().Field(c).Type.String(); got != want {
			t.Errorf("column %d is %s, want %s", c, got, want)
		}
		row := 0
		for _, chunk := range table.Column(c).Data().Chunks() {
			for i := range chunk.Len() {
				cell := ours[row][c]
				if chunk.IsNull(i) != (cell == nil) || cell != nil && canonical(chunk, i) != *cell {
					t.Errorf("row %d, column %d: arrow reads %q, we read %s", row, c, chunk.ValueStr(i), shown(cell))
				}
				row++
			}
		}
	}
}

func shown(cell *string) string {
	if cell == nil {
		return "null"
	}
	return strconv.Quote(*cell)
}

// canonical is a value of arrow's in our form of it.
func canonical(a arrow.Array, i int) string {
	switch a := a.(type) {
	case *array.Timestamp:
		return strings.Replace(strings.Replace(a.ValueStr(i), " ", "T", 1), "+0000", "Z", 1)
	case *array.Decimal128:
		text := a.Value(i).ToString(a.DataType().(*arrow.Decimal128Type).Scale)
		if strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		return text
	}
	return a.ValueStr(i)
}

// TestArrowReadsManyRows compares texts with many repeats, nulls and several
// pages, cell by cell.
func TestArrowReadsManyRows(t *testing.T) {
	t.Parallel()
	schema, rows := generated(20_000)
	dir := t.TempDir()
	r := write(t, dir, schema, parquet.TableOptions{Key: []string{"Id"}}, rows, 2048)
	ours := read(t, r, "t")
	f, err := file.OpenParquetFile(filepath.Join(dir, "t", "part-00000.parquet"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	reader, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := reader.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	for c := range 4 {
		if got := table.Schema().Field(c); got.Name != schema.Field(c).Name || got.Nullable != schema.Field(c).Nullable {
			t.Errorf("column %d is %v", c, got)
		}
		row := 0
		for _, chunk := range table.Column(c).Data().Chunks() {
			for i := range chunk.Len() {
				cell := ours[row][c]
				if chunk.IsNull(i) != (cell == nil) || cell != nil && chunk.ValueStr(i) != *cell {
					t.Fatalf("row %d, column %d: arrow reads %q, we read %s", row, c, chunk.ValueStr(i), shown(cell))
				}
				row++
			}
		}
		if row != len(rows) {
			t.Errorf("arrow reads %d rows", row)
		}
	}
}

// TestBoundsHoldForNegativeNumbers: engines skip pages by their bounds.
func TestBoundsHoldForNegativeNumbers(t *testing.T) {
	t.Parallel()
	dir, _ := typed(t)
	f, err := os.Open(filepath.Join(dir, "t", "part-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	opened, err := pq.OpenFile(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	least, most := "8000000000000000", "7fffffffffffffff" // of any two's complement of 16 bytes, loosely
	for i, chunk := range opened.RowGroups()[0].ColumnChunks() {
		if opened.Schema().Columns()[i][0] != "Wide" {
			continue
		}
		index, err := chunk.ColumnIndex()
		if err != nil {
			t.Fatal(err)
		}
		low, high := fmt.Sprintf("%x", index.MinValue(0).Bytes()), fmt.Sprintf("%x", index.MaxValue(0).Bytes())
		if low < least || high > most {
			t.Errorf("bounds %s and %s have the wrong sign", low, high)
		}
		if s := opened.Metadata().RowGroups[0].Columns[i].MetaData.Statistics; s.MinValue != nil || s.MaxValue != nil {
			t.Errorf("bounds of the column are written: %x, %x", s.MinValue, s.MaxValue)
		}
		return
	}
	t.Error("there is no column Wide")
}

func TestPartsTellTheirOrder(t *testing.T) {
	t.Parallel()
	dir, _ := typed(t)
	f, err := file.OpenParquetFile(filepath.Join(dir, "t", "part-00000.parquet"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sorting := f.MetaData().RowGroups[0].SortingColumns
	if len(sorting) != 1 || sorting[0].ColumnIdx != 0 || sorting[0].Descending {
		t.Errorf("got %v", sorting)
	}
}

func TestEmptyTableIsTyped(t *testing.T) {
	t.Parallel()
	schema, _ := typedRows()
	dir := t.TempDir()
	r := write(t, dir, schema, parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true}, nil, 1)
	if m := r.Manifest().Tables["t"]; len(m.Files) != 1 || m.Rows != 0 {
		t.Errorf("%+v", m)
	}
	f, err := file.OpenParquetFile(filepath.Join(dir, "t", "part-00000.parquet"), false)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.MetaData().Schema.Column(4).LogicalType().String(); f.NumRows() != 0 || !strings.Contains(got, "Int") {
		t.Errorf("%d rows, column 4 is %s", f.NumRows(), got)
	}
	if len(read(t, r, "t")) != 0 || len(read(t, r, "t_dirty")) != 0 {
		t.Error("there are rows")
	}
}

func TestNullsAreCounted(t *testing.T) {
	t.Parallel()
	s := create(t, t.TempDir())
	schema := textSchema("Id", "a?", "b?")
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, table, schema, cells{{text("1"), nil, text("")}, {text("2"), nil, nil}, {text("3"), text("x"), text("y")}}, 2)
	if diff := cmp.Diff(map[string]int64{"Id": 0, "a": 2, "b": 1}, table.Nulls()); diff != "" || table.Rows() != 3 {
		t.Errorf("%d rows (-want +got):\n%s", table.Rows(), diff)
	}
}
