package transform_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform"
)

// cell is what a customer holds: nil is an absent key, a string a text, typed
// anything else.
type typed struct{ text, kind string }

type customer struct {
	id, identifier string
	cells          map[string]any
	name           string
}

// customers is a connector.CustomerReader over customers in memory.
type customers struct {
	array.RecordReader
	at time.Time
}

func (c customers) Observed() time.Time { return c.at }
func (c customers) AxisNames() []string { return nil }

func customerReader(t testing.TB, at time.Time, axes []string, list []customer, unread ...string) connector.CustomerReader {
	t.Helper()
	read := func(axis string) bool {
		for _, name := range unread {
			if name == axis {
				return false
			}
		}
		return true
	}
	schema := connector.CustomerSchema(axes, read)
	b := array.NewRecordBuilder(connector.Memory, schema)
	defer b.Release()
	for _, c := range list {
		text := func(i int) *array.StringBuilder { return b.Field(i).(*array.StringBuilder) }
		text(0).Append(c.id)
		appendText(text(1), c.identifier)
		appendText(text(2), c.name)
		for i := 3; i < schema.NumFields(); i += 2 {
			switch v := c.cells[connector.AxisOf(schema.Field(i))].(type) {
			case nil:
				text(i).AppendNull()
				text(i + 1).AppendNull()
			case string:
				text(i).Append(v)
				text(i + 1).AppendNull()
			case typed:
				text(i).Append(v.text)
				text(i + 1).Append(v.kind)
			}
		}
	}
	return customers{oneBatch(t, b), at}
}

func oneBatch(t testing.TB, b *array.RecordBuilder) array.RecordReader {
	batch := b.NewRecordBatch()
	defer batch.Release()
	reader, err := array.NewRecordReader(b.Schema(), []arrow.RecordBatch{batch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(reader.Release)
	return reader
}

func appendText(b *array.StringBuilder, text string) {
	if text == "" {
		b.AppendNull()
	} else {
		b.Append(text)
	}
}

// tableReader is a reader over rows of texts; an empty text is null, and so is what
// a row lacks at its end.
func tableReader(t testing.TB, schema *arrow.Schema, rows ...[]string) array.RecordReader {
	t.Helper()
	b := array.NewRecordBuilder(connector.Memory, schema)
	defer b.Release()
	for _, row := range rows {
		for i := range schema.NumFields() {
			text := ""
			if i < len(row) {
				text = row[i]
			}
			appendText(b.Field(i).(*array.StringBuilder), text)
		}
	}
	return oneBatch(t, b)
}

func open(t testing.TB, rules transform.Rules) *transform.Engine {
	t.Helper()
	if rules.Key == "" {
		rules.Key, rules.KeyPrefix = connector.AccountID, "001"
	}
	if rules.Now.IsZero() {
		rules.Now = time.Unix(1_800_000_000, 0)
	}
	if rules.Settle == 0 {
		rules.Settle = 15 * time.Minute
	}
	e, err := transform.Open(context.Background(), transform.Config{Dir: t.TempDir()}, rules)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// collect gathers rows of texts; null is "<null>".
func collect(rows *[][]string) func(arrow.RecordBatch) error {
	return func(batch arrow.RecordBatch) error {
		for i := range int(batch.NumRows()) {
			row := make([]string, batch.NumCols())
			for j := range row {
				row[j] = "<null>"
				if batch.Column(j).IsValid(i) {
					row[j] = strings.Clone(batch.Column(j).ValueStr(i)) // the batch is gone after this call
				}
			}
			*rows = append(*rows, row)
		}
		return nil
	}
}
