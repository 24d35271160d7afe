package transform

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
)

// hitSchema is what DuckDB sees of an account that a customer may mean: its id,
// its match key, the hash of its id, and the place of its record, which holds
// the text desired for each axis.
var hitSchema = arrow.NewSchema([]arrow.Field{
	{Name: "id", Type: arrow.BinaryTypes.String},
	{Name: "key", Type: arrow.BinaryTypes.String},
	{Name: "hash", Type: arrow.PrimitiveTypes.Uint64},
	{Name: "hit", Type: arrow.PrimitiveTypes.Int64},
}, nil)

// hitRows is about how many rows a batch of hits has.
const hitRows = 8192

// hitReader lets the accounts pass that a customer may mean, narrow, and puts
// their wide rows into records. It counts all.
type hitReader struct {
	array.RecordReader
	wanted  *wanted
	records *records
	axes    []hitAxis
	key     int // the place of the match key
	rows    int64

	columns []*array.String
	builder *array.RecordBuilder
	batch   arrow.RecordBatch
	failed  error
}

// hitAxis is where the text of an axis comes from: the first of the columns that
// is not null.
type hitAxis []struct {
	column int
	kind   valueKind
}

// newHitReader reads accounts, which it does not release. The caller frees it.
func (e *Engine) newHitReader(ctx context.Context, accounts array.RecordReader) (*hitReader, error) {
	r := &hitReader{RecordReader: accounts, records: e.hits, columns: make([]*array.String, accounts.Schema().NumFields()),
		builder: array.NewRecordBuilder(connector.Memory, hitSchema)}
	place := func(property string) (int, error) {
		if at := accounts.Schema().FieldIndices(property); len(at) == 1 {
			return at[0], nil
		}
		return 0, fmt.Errorf("the accounts have no column %s", property)
	}
	var err error
	if r.key, err = place(e.rules.Key); err != nil {
		return nil, err
	}
	for _, axis := range e.rules.Axes {
		var from hitAxis
		for _, source := range axis.sources() {
			column, err := place(source.Property)
			if err != nil {
				return nil, err
			}
			from = append(from, struct {
				column int
				kind   valueKind
			}{column, kind(source.Type)})
		}
		r.axes = append(r.axes, from)
	}
	r.wanted, err = e.wantedKeys(ctx)
	return r, err
}

// wantedKeys are the candidates.
func (e *Engine) wantedKeys(ctx context.Context) (*wanted, error) {
	var winners int64
	if err := e.scalars(ctx, "SELECT count(*) FROM alias", &winners); err != nil {
		return nil, err
	}
	w := newWanted(e.customers + winners)
	add := func(batch arrow.RecordBatch) error {
		for _, column := range batch.Columns() {
			keys := column.(*array.String)
			for i := range keys.Len() {
				if keys.IsValid(i) {
					w.add(sinks.Hash(keys.Value(i)))
				}
			}
		}
		return nil
	}
	columns := strings.Join(e.keyColumns(), ", ")
	for first := int64(0); first < e.customers; first += windowRows { // a result is whole in memory before its first row
		if err := e.emit(ctx, fmt.Sprintf("SELECT %s FROM customer WHERE n BETWEEN %d AND %d", columns, first, first+windowRows-1), add); err != nil {
			return nil, err
		}
	}
	return w, e.emit(ctx, "SELECT winner FROM alias", add)
}

func (r *hitReader) Schema() *arrow.Schema          { return hitSchema }
func (r *hitReader) RecordBatch() arrow.RecordBatch { return r.batch }
func (r *hitReader) Record() arrow.RecordBatch      { return r.batch }
func (r *hitReader) Retain()                        {}

// Release does nothing: DuckDB releases a view as it likes.
func (r *hitReader) Release() {}

func (r *hitReader) free() {
	r.drop()
	r.builder.Release()
}

func (r *hitReader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

func (r *hitReader) Next() bool {
	r.drop()
	for r.failed == nil && r.builder.Field(0).Len() < hitRows && r.RecordReader.Next() {
		r.failed = r.take(r.RecordReader.RecordBatch())
	}
	if r.failed != nil || r.RecordReader.Err() != nil || r.builder.Field(0).Len() == 0 {
		return false
	}
	r.batch = r.builder.NewRecordBatch()
	return true
}

func (r *hitReader) Err() error {
	if r.failed != nil {
		return r.failed
	}
	return r.RecordReader.Err()
}

// take keeps those rows of a batch that a customer may mean.
func (r *hitReader) take(batch arrow.RecordBatch) error {
	r.rows += batch.NumRows()
	for i := range r.columns {
		r.columns[i] = batch.Column(i).(*array.String) // every column of connector.AccountSchema is
	}
	ids, keys := r.columns[0], r.columns[r.key]
	id, key := r.builder.Field(0).(*array.StringBuilder), r.builder.Field(1).(*array.StringBuilder)
	hash, hit := r.builder.Field(2).(*array.Uint64Builder), r.builder.Field(3).(*array.Int64Builder)
	for i := range keys.Len() {
		if keys.IsNull(i) || !r.wanted.has(sinks.Hash(keys.Value(i))) {
			continue
		}
		id.Append(ids.Value(i))
		key.Append(keys.Value(i))
		hash.Append(sinks.Hash(ids.Value(i)))
		hit.Append(r.records.begin())
		for _, axis := range r.axes {
			r.records.add(r.desired(axis, i))
		}
		if err := r.records.end(); err != nil {
			return err
		}
	}
	return nil
}

// desired is the canonical text of the first property of the axis that is not
// null.
func (r *hitReader) desired(axis hitAxis, row int) (text string, valid bool) {
	for _, from := range axis {
		if column := r.columns[from.column]; column.IsValid(row) {
			return from.kind.canonical(column.Value(row)), true
		}
	}
	return "", false
}
