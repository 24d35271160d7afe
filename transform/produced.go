package transform

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// produced is what readers have in common that make batches for DuckDB: their
// Next fills the builder and gives its rows out. (A reader made of an iterator
// cannot be read by DuckDB: a coroutine does not run on a thread that came in from
// C.) DuckDB releases a view as it likes, so Release does nothing: whoever made
// the reader frees it.
type produced struct {
	schema  *arrow.Schema
	builder *array.RecordBuilder
	batch   arrow.RecordBatch
	failed  error
}

func producing(schema *arrow.Schema) produced {
	return produced{schema: schema, builder: array.NewRecordBuilder(connector.Memory, schema)}
}

func (p *produced) Schema() *arrow.Schema          { return p.schema }
func (p *produced) RecordBatch() arrow.RecordBatch { return p.batch }
func (p *produced) Record() arrow.RecordBatch      { return p.batch }
func (p *produced) Retain()                        {}
func (p *produced) Release()                       {}

func (p *produced) free() {
	p.drop()
	p.builder.Release()
}

// drop releases the batch that was given out last.
func (p *produced) drop() {
	if p.batch != nil {
		p.batch.Release()
		p.batch = nil
	}
}

// give gives out the rows that were built; false: there are none.
func (p *produced) give() bool {
	if p.failed != nil || p.builder.Field(0).Len() == 0 {
		return false
	}
	p.batch = p.builder.NewRecordBatch()
	return true
}

// failure is what went wrong here, or in the reader behind.
func (p *produced) failure(behind array.RecordReader) error {
	if p.failed != nil {
		return p.failed
	}
	return behind.Err()
}
