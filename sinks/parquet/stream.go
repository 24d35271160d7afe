package parquet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pq "github.com/parquet-go/parquet-go"
)

// stream is one pass over a table.
type stream struct {
	reader  *Reader
	table   TableManifest
	name    string
	columns []int // their places in the table
	schema  *arrow.Schema
}

func (s *stream) batches() iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		for _, file := range s.table.Files {
			if done, err := s.readPart(file, yield); done {
				return
			} else if err != nil {
				yield(nil, fmt.Errorf("snapshot %s: %s: %w", s.reader.dir, file.Path, err))
				return
			}
		}
	}
}

// readPart yields the batches of one part. It answers true when the consumer
// wants no more.
func (s *stream) readPart(part File, yield func(arrow.RecordBatch, error) bool) (bool, error) {
	file, err := os.Open(s.reader.path(part))
	if err != nil {
		return false, err
	}
	defer file.Close()
	f, err := pq.OpenFile(file, part.Bytes, pq.SkipPageIndex(true), pq.SkipBloomFilters(true), pq.ReadBufferSize(readBuffer))
	if err != nil {
		return false, err
	}
	if f.NumRows() != part.Rows {
		return false, fmt.Errorf("it has %d rows, its manifest says %d", f.NumRows(), part.Rows)
	}
	for _, group := range f.RowGroups() {
		done, err := s.readRowGroup(group, yield)
		if done || err != nil {
			return done, err
		}
	}
	return false, nil
}

func (s *stream) readRowGroup(group pq.RowGroup, yield func(arrow.RecordBatch, error) bool) (bool, error) {
	chunks := group.ColumnChunks()
	cursors := make([]*cursor, len(s.columns))
	for i, place := range s.columns {
		if place >= len(chunks) {
			return false, errors.New("it has fewer columns than its manifest says")
		}
		cursors[i] = newCursor(chunks[place])
		defer cursors[i].close()
	}
	for left := group.NumRows(); left > 0; {
		n := min(left, batchRows)
		batch, err := s.readBatch(cursors, int(n))
		if err != nil {
			return false, err
		}
		if !yield(batch, nil) {
			return true, nil
		}
		left -= n
	}
	return false, nil
}

func (s *stream) readBatch(cursors []*cursor, n int) (arrow.RecordBatch, error) {
	columns := make([]arrow.Array, 0, len(cursors))
	defer func() {
		for _, column := range columns {
			column.Release()
		}
	}()
	for _, c := range cursors {
		column, err := c.read(n)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
	}
	return array.NewRecordBatch(s.schema, columns, int64(n)), nil
}
