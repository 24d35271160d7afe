package parquet

import (
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// errBlock: what is read back from the spill file is not what was written.
var errBlock = errors.New("the spill file is damaged")

// rows are rows held in memory, column by column.
type rows struct {
	columns []texts
	n       int
}

func newRows(columns int) *rows {
	r := &rows{columns: make([]texts, columns)}
	r.reset()
	return r
}

func (r *rows) reset() {
	r.n = 0
	for i := range r.columns {
		r.columns[i].reset()
	}
}

// size is about the memory of the rows in bytes.
func (r *rows) size() int {
	size := 0
	for i := range r.columns {
		size += len(r.columns[i].data) + 4*len(r.columns[i].ends)
	}
	return size
}

// appendBatch copies the rows of a batch whose columns are utf8.
func (r *rows) appendBatch(batch arrow.RecordBatch) error {
	for i := range r.columns {
		cells, err := textsOf(batch, i)
		if err != nil {
			return err
		}
		if err := r.columns[i].appendArray(cells); err != nil {
			return err
		}
	}
	r.n += int(batch.NumRows())
	return nil
}

// view makes r the rows of a batch whose columns are utf8. It shares their bytes
// and is not to be changed, but for another view.
func (r *rows) view(batch arrow.RecordBatch) error {
	for i := range r.columns {
		cells, err := textsOf(batch, i)
		if err != nil {
			return err
		}
		r.columns[i].view(cells)
	}
	r.n = int(batch.NumRows())
	return nil
}

func textsOf(batch arrow.RecordBatch, i int) (*array.String, error) {
	cells, ok := batch.Column(i).(*array.String)
	if !ok {
		return nil, fmt.Errorf("column %d is %s, want utf8", i, batch.Column(i).DataType())
	}
	return cells, nil
}

// appendRows copies the given rows of another.
func (r *rows) appendRows(from *rows, which []int32) error {
	for i := range r.columns {
		for _, row := range which {
			cell, valid := from.columns[i].at(int(row))
			if err := r.columns[i].appendCell(cell, valid); err != nil {
				return err
			}
		}
	}
	r.n += len(which)
	return nil
}

// decode appends the n rows of a block.
func (r *rows) decode(block []byte, n int) error {
	var err error
	for i := range r.columns {
		if block, err = r.columns[i].decode(block, n); err != nil {
			return err
		}
	}
	if len(block) > 0 {
		return errBlock
	}
	r.n += n
	return nil
}
