package peers_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

// snapshot is a committed snapshot and its folder.
type snapshot struct {
	*parquet.Reader
	dir string
}

// odd are texts as CRM data has them.
var odd = []string{"", " ", "N/A", "01234", "a\x00b", "日本 🏔", "é", "e\u0301", "line\r\nline\n", `"q", 'q'`, "NULL", "<b>", "\u200b", "1e5", strings.Repeat("long 🏔 ", 9_000), strings.Repeat("x", 129)}

// typed are properties of every type, with values of which the last few fit their type
// not at all.
var typed = []struct {
	connector.Property
	values []string
}{
	{connector.Property{Name: "Name", Type: "string", Length: 255}, odd},
	{connector.Property{Name: "Description", Type: "textarea", Length: 131_072}, odd},
	{connector.Property{Name: "Owner.Name", Type: "string", Length: 121}, odd},
	{connector.Property{Name: "Opens", Type: "time"}, []string{"10:00:00.000Z", "23:59:59.999Z"}},
	{connector.Property{Name: "Industry", Type: "picklist"}, []string{"Retail", "Banking", "Énergie", "Retail"}},
	{connector.Property{Name: "Is Partner", Type: "boolean"}, []string{"true", "false", "TRUE", "1"}},
	{connector.Property{Name: "Employees", Type: "int"}, []string{"0", "-12", "9223372036854775807", "-9223372036854775808", "1E3", "1.5", "many"}},
	{connector.Property{Name: "Renewal", Type: "date"}, []string{"2026-11-23", "1969-12-31", "1970-01-01", "1700-12-31", "0001-01-01", "9999-12-31", "2024-02-29", "2026-02-29", "23.11.2026"}},
	{connector.Property{Name: "Created", Type: "datetime"}, []string{"2026-11-23T06:00:00.000Z", "2026-11-23T06:00:00.123+0000", "2026-11-23T00:00:00.123456-0930", "1969-12-31T23:59:59.9Z",
		"0001-01-01T00:00:00.001Z", "9999-12-31T23:59:59.999999Z", "1700-01-01T00:00:00Z", "2026-11-23T06:00:00", "soon"}},
	{connector.Property{Name: "Stars", Type: "double", Precision: 1}, []string{"0", "-1", "5", "9", "-9", "10"}},
	{connector.Property{Name: "Discount", Type: "percent", Precision: 5, Scale: 2}, []string{"0", "-0.01", "12.5", "999.99", "-999.99", "1.25e1", "1000", "NaN"}},
	{connector.Property{Name: "Share", Type: "double", Precision: 9, Scale: 9}, []string{"0.000000001", "-0.999999999", "0.5", "1"}},
	{connector.Property{Name: "Revenue", Type: "currency", Precision: 18, Scale: 2}, []string{"9999999999999999.99", "-9999999999999999.99", "-0.01", "1.5E7", "10000000000000000"}},
	{connector.Property{Name: "Latitude", Type: "double", Precision: 18, Scale: 15}, []string{"48.856613", "-180", "0.000000000000001", "1000"}},
	{connector.Property{Name: "Serial", Type: "double", Precision: 19}, []string{"9999999999999999999", "-9999999999999999999", "0"}},
	{connector.Property{Name: "Wide", Type: "double", Precision: 38, Scale: 6}, []string{"12345678901234567890123456789012.123456", "-12345678901234567890123456789012.123456", "-0.000001", "0", "1e31", "1e32"}},
	{connector.Property{Name: "Tiny", Type: "double", Precision: 38, Scale: 38}, []string{"1e-38", "-1e-38", "0.99999999999999999999999999999999999999"}},
	{connector.Property{Name: "Unknown", Type: "double"}, []string{"1.10", "NaN", "-0"}},
	{connector.Property{Name: "Nothing", Type: "date"}, nil},
}

// everything is a snapshot with every type and every table.
func everything(t testing.TB) snapshot {
	t.Helper()
	dir := t.TempDir()
	s, err := parquet.Create(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	var properties []connector.Property
	for _, p := range typed {
		properties = append(properties, p.Property)
	}
	values := func(column string) []string {
		for _, p := range typed {
			if p.Name == column {
				return p.values
			}
		}
		return odd
	}
	axes := []string{"Salesforce_Industry", "Région 🏔", "a b.c", `"quoted"`}
	for name, table := range map[string]struct {
		schema *arrow.Schema
		parquet.TableOptions
	}{
		"accounts":  {connector.AccountSchema(properties), parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true}},
		"customers": {textSchema([]string{"customer_id"}, append([]string{"identifier"}, axes...)...), parquet.TableOptions{Key: []string{"customer_id"}}},
		"axes":      {textSchema([]string{"customer_id", "account_id"}, axes...), parquet.TableOptions{Key: []string{"customer_id"}}},
		"matches":   {transform.MatchesSchema(), parquet.TableOptions{Key: []string{"id", "side"}, IDs: []string{"account_id"}}},
		"changes":   {sinks.ChangeSchema(), parquet.TableOptions{Key: []string{"customer_id", "axis"}}},
		"kept":      {transform.KeptSchema(), parquet.TableOptions{Key: []string{"customer_id", "axis"}}},
	} {
		written, err := s.Table(name, table.schema, table.TableOptions)
		if err != nil {
			t.Fatal(err)
		}
		if err := written.Append(drawn(table.schema, 1000, values)); err != nil {
			t.Fatal(err)
		}
		if err := written.Write(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
	}
	written := committed(t, s, dir)
	for _, table := range []string{"accounts", "accounts_dirty", "customers", "axes", "matches", "changes", "kept"} {
		if written.Rows(table) == 0 {
			t.Fatalf("%s has no rows", table)
		}
	}
	return written
}

// drawn makes rows whose first cell is an id of its own and whose other cells are drawn
// from the values of their columns; of those that may be null a third is.
func drawn(schema *arrow.Schema, n int, values func(column string) []string) arrow.RecordBatch {
	random := rand.New(rand.NewPCG(5, 6))
	rows := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer rows.Release()
	for i := range n {
		rows.Field(0).(*array.StringBuilder).Append(fmt.Sprintf("0015g%010dAAF", i*7919))
		for c := 1; c < schema.NumFields(); c++ {
			from := values(schema.Field(c).Name)
			if len(from) == 0 || schema.Field(c).Nullable && random.IntN(3) == 0 {
				rows.Field(c).AppendNull()
				continue
			}
			rows.Field(c).(*array.StringBuilder).Append(from[random.IntN(len(from))])
		}
	}
	return rows.NewRecordBatch()
}

func textSchema(required []string, optional ...string) *arrow.Schema {
	var fields []arrow.Field
	for _, name := range required {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String})
	}
	for _, name := range optional {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true})
	}
	return arrow.NewSchema(fields, nil)
}

func committed(t testing.TB, s *parquet.Snapshot, dir string) snapshot {
	t.Helper()
	if err := s.Commit(t.Context(), parquet.Manifest{RunID: "20261123-0600-k3f9", Kind: "run", Slug: "accounts"}); err != nil {
		t.Fatal(err)
	}
	r, err := parquet.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return snapshot{r, dir}
}

// many is a snapshot of generated accounts, in more than one part of many pages.
func many(t testing.TB) snapshot {
	t.Helper()
	const n = 66_000
	dir := t.TempDir()
	s, err := parquet.Create(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	source := newAccounts(t, n)
	table, err := s.Table("accounts", source.schema, parquet.TableOptions{Key: []string{connector.AccountID}, Typed: true})
	if err != nil {
		t.Fatal(err)
	}
	source.each(n, func(batch arrow.RecordBatch) {
		if err == nil {
			err = table.Append(batch)
		}
	})
	if err == nil {
		err = table.Write(t.Context(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return committed(t, s, dir)
}
