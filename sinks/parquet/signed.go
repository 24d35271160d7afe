package parquet

import (
	"bytes"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// signed is a decimal in fixed bytes. parquet-go orders such bytes as if they
// had no sign, so that engines which skip pages by their bounds would skip wrong
// ones; the bounds written here are the widest there are. (The bounds of whole
// columns are left out for the same reason.)
type signed struct {
	pq.Type
	precision int
}

func (s signed) NewColumnIndexer(int) pq.ColumnIndexer {
	w := &widest{least: make([]byte, s.Length()), most: make([]byte, s.Length())}
	nines := number{digits: bytes.Repeat([]byte("9"), s.precision)}
	nines.wide(0, s.precision, w.most)
	nines.negative = true
	nines.wide(0, s.precision, w.least)
	return w
}

// widest is a pq.ColumnIndexer of bounds that hold for any value.
type widest struct {
	least, most []byte
	index       format.ColumnIndex
}

func (w *widest) Reset() { w.index = format.ColumnIndex{} }

func (w *widest) IndexPage(values, nulls int64, _, _ pq.Value) {
	onlyNulls := values == nulls
	w.index.NullPages = append(w.index.NullPages, onlyNulls)
	w.index.NullCounts = append(w.index.NullCounts, nulls)
	if onlyNulls {
		w.index.MinValues, w.index.MaxValues = append(w.index.MinValues, []byte{}), append(w.index.MaxValues, []byte{})
		return
	}
	w.index.MinValues, w.index.MaxValues = append(w.index.MinValues, w.least), append(w.index.MaxValues, w.most)
}

func (w *widest) ColumnIndex() format.ColumnIndex { return w.index }
