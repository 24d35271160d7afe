package fincome

import (
	"bytes"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// batchRows is how many customers a batch holds at least, if there are as many.
const batchRows = 8192

// batchBytes ends a batch early, whatever its rows: the offsets of an Arrow
// text column have 31 bits.
const batchBytes = 32 << 20

// batch puts customers together, column by column.
type batch struct {
	builder              *array.RecordBuilder
	id, identifier, name *array.StringBuilder
	cells                []cell // one for each axis of the query
	rows, bytes          int
	sizes                []int // of the texts of each column in the batch before
}

// cell is where the value of one axis goes; nil builders for an unread axis.
type cell struct{ value, kind *array.StringBuilder }

func newBatch(schema *arrow.Schema, axes int) *batch {
	b := &batch{builder: array.NewRecordBuilder(connector.Memory, schema), cells: make([]cell, axes), sizes: make([]int, schema.NumFields())}
	column := func(name string) *array.StringBuilder {
		at := schema.FieldIndices(name)
		if len(at) == 0 {
			return nil
		}
		return b.builder.Field(at[0]).(*array.StringBuilder) // all columns of CustomerSchema are utf8
	}
	b.id, b.identifier, b.name = column(connector.CustomerID), column(connector.Identifier), column(connector.CustomerName)
	for i := range b.cells {
		b.cells[i] = cell{column(connector.ValueColumn(i)), column(connector.TypeColumn(i))}
	}
	return b
}

// begin makes room for a batch like the one before, so that nothing is moved
// while it is filled. It is called before the first customer of a batch.
func (b *batch) begin() {
	for i, field := range b.builder.Fields() {
		text := field.(*array.StringBuilder)
		text.Reserve(batchRows)
		text.ReserveData(b.sizes[i] + b.sizes[i]/8)
	}
}

// set gives the axis at place i its value for the customer that end will end.
// An axis that is not set is null.
func (b *batch) set(i int, value []byte, kind string) {
	c := b.cells[i]
	if c.value == nil {
		return
	}
	c.value.AppendNulls(b.rows - c.value.Len())
	c.value.BinaryBuilder.Append(value)
	if kind != "" {
		c.kind.AppendNulls(b.rows - c.kind.Len())
		c.kind.Append(kind)
	}
	b.bytes += len(value)
}

// call gives the customer that end will end its name.
func (b *batch) call(name []byte) {
	b.name.AppendNulls(b.rows - b.name.Len())
	b.name.BinaryBuilder.Append(name)
	b.bytes += len(name)
}

// end ends a customer. Its identifier is null unless it is identified.
func (b *batch) end(id, identifier []byte, identified bool) {
	b.id.BinaryBuilder.Append(id)
	if identified {
		b.identifier.AppendNulls(b.rows - b.identifier.Len())
		b.identifier.BinaryBuilder.Append(identifier)
	}
	b.rows++
	b.bytes += len(id) + len(identifier)
}

func (b *batch) full() bool { return b.rows >= batchRows || b.bytes >= batchBytes }

// take gives the batch out, to be released, and begins the next one.
func (b *batch) take() arrow.RecordBatch {
	for i, field := range b.builder.Fields() {
		text := field.(*array.StringBuilder)
		text.AppendNulls(b.rows - text.Len()) // those after the last value
		b.sizes[i] = text.DataLen()
	}
	b.rows, b.bytes = 0, 0
	return b.builder.NewRecordBatch()
}

// valid is s without bytes that are no UTF-8, which an Arrow text may not hold.
func valid(s []byte) []byte {
	if utf8.Valid(s) {
		return s
	}
	return bytes.ToValidUTF8(s, []byte("\ufffd"))
}
