package transform

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// comparedReader gives the keys of accounts in the form in which they are
// compared, as the only column. (A reader made of an iterator cannot be read by
// DuckDB: a coroutine does not run on a thread that came in from C.)
type comparedReader struct {
	array.RecordReader
	key     int
	rules   Rules
	builder *array.RecordBuilder
	batch   arrow.RecordBatch
}

var comparedSchema = arrow.NewSchema([]arrow.Field{{Name: "key", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)

// newComparedReader does not release accounts. The caller frees it.
func newComparedReader(accounts array.RecordReader, rules Rules) (*comparedReader, error) {
	at := accounts.Schema().FieldIndices(rules.Key)
	if len(at) != 1 {
		return nil, fmt.Errorf("the accounts have no column %s", rules.Key)
	}
	return &comparedReader{RecordReader: accounts, key: at[0], rules: rules, builder: array.NewRecordBuilder(connector.Memory, comparedSchema)}, nil
}

func (r *comparedReader) Schema() *arrow.Schema          { return comparedSchema }
func (r *comparedReader) RecordBatch() arrow.RecordBatch { return r.batch }
func (r *comparedReader) Record() arrow.RecordBatch      { return r.batch }
func (r *comparedReader) Retain()                        {}

// Release does nothing: DuckDB releases a view as it likes.
func (r *comparedReader) Release() {}

func (r *comparedReader) free() {
	r.drop()
	r.builder.Release()
}

func (r *comparedReader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

func (r *comparedReader) Next() bool {
	r.drop()
	if !r.RecordReader.Next() {
		return false
	}
	keys := r.RecordReader.RecordBatch().Column(r.key).(*array.String) // every column of connector.AccountSchema is
	b := r.builder.Field(0).(*array.StringBuilder)
	for i := range keys.Len() {
		if keys.IsNull(i) {
			b.AppendNull()
		} else {
			b.Append(r.rules.compared(keys.Value(i)))
		}
	}
	r.batch = r.builder.NewRecordBatch()
	return true
}
