package parquet

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// dirtyProperty and dirtyValue are columns of a dirty table, after the id.
const (
	dirtyProperty = "property"
	dirtyValue    = "value"
)

func dirtySchema(id string) *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{
		{Name: id, Type: arrow.BinaryTypes.String},
		{Name: dirtyProperty, Type: arrow.BinaryTypes.String},
		{Name: dirtyValue, Type: arrow.BinaryTypes.String},
	}, nil)
}

// arrayOf is a column in the given order. The caller releases it.
func arrayOf(t *texts, order []int32) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(len(order))
	b.ReserveData(len(t.data))
	for _, row := range order {
		if cell, valid := t.at(int(row)); valid {
			b.BinaryBuilder.Append(cell)
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray()
}
