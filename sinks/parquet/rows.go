package parquet

import (
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// errBlock: what is read back from the spill file is not what was written.
var errBlock = errors.New("the spill file is damaged")

// rows are rows held in memory, column by column.
type rows struct {
	columns []texts
	n       int
}

// newRows are no rows, of a column for every vocabulary; a column without one is
// always plain.
func newRows(words []*vocabulary) *rows {
	r := &rows{columns: make([]texts, len(words))}
	for i := range words {
		r.columns[i].words = words[i]
	}
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
		size += r.columns[i].size()
	}
	return size
}

// appendBatch copies the rows of a batch.
func (r *rows) appendBatch(batch arrow.RecordBatch) error {
	for i := range r.columns {
		if err := r.columns[i].appendArray(batch.Column(i)); err != nil {
			return fmt.Errorf("column %d %w", i, err)
		}
	}
	r.n += int(batch.NumRows())
	return nil
}

// view makes r the rows of a batch. It may share their bytes and is not to be
// changed, but for another view.
func (r *rows) view(batch arrow.RecordBatch) error {
	for i := range r.columns {
		if err := r.columns[i].view(batch.Column(i)); err != nil {
			return fmt.Errorf("column %d %w", i, err)
		}
	}
	r.n = int(batch.NumRows())
	return nil
}

// appendRows copies the given rows of another, which has the same vocabularies.
func (r *rows) appendRows(from *rows, which []int32) error {
	for i := range r.columns {
		to, cells := &r.columns[i], &from.columns[i]
		for _, row := range which {
			if to.coded && cells.coded {
				to.codes = append(to.codes, cells.codes[row])
				continue
			}
			cell, valid := cells.at(int(row))
			if err := to.appendCell(cell, valid); err != nil {
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
