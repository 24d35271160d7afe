package parquet

import (
	"errors"
	"fmt"
	"io"
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

// partReader reads one part from its beginning to its end.
type partReader struct {
	stream  *stream
	part    File
	file    *os.File
	groups  []pq.RowGroup // that are not begun
	cursors []*cursor     // of the row group that is being read
	left    int64         // rows of it
}

// open opens a part, which the caller closes.
func (s *stream) open(part File) (*partReader, error) {
	file, err := s.reader.place.Fetch(s.reader.ctx, part.Path)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %s: %w", s.reader.dir, part.Path, err)
	}
	p := &partReader{stream: s, part: part, file: file}
	f, err := pq.OpenFile(file, part.Bytes, pq.SkipPageIndex(true), pq.SkipBloomFilters(true), pq.ReadBufferSize(readBuffer))
	if err == nil && f.NumRows() != part.Rows {
		err = fmt.Errorf("it has %d rows, its manifest says %d", f.NumRows(), part.Rows)
	}
	if err != nil {
		p.close()
		return nil, s.located(part, err)
	}
	p.groups = f.RowGroups()
	return p, nil
}

// located is an error of reading what a part holds.
func (s *stream) located(part File, err error) error {
	return fmt.Errorf("snapshot %s: %s: %w", s.reader.dir, part.Path, inContent(err))
}

// next is the next batch, which the caller releases; nil at the end.
func (p *partReader) next() (arrow.RecordBatch, error) {
	for p.left == 0 {
		if len(p.groups) == 0 {
			return nil, nil
		}
		if err := p.begin(p.groups[0]); err != nil {
			return nil, p.stream.located(p.part, err)
		}
		p.groups = p.groups[1:]
	}
	n := min(p.left, batchRows)
	batch, err := p.stream.readBatch(p.cursors, int(n))
	if err != nil {
		return nil, p.stream.located(p.part, err)
	}
	p.left -= n
	return batch, nil
}

// begin goes on with a row group.
func (p *partReader) begin(group pq.RowGroup) error {
	p.closeCursors()
	chunks := group.ColumnChunks()
	for _, place := range p.stream.columns {
		if place >= len(chunks) {
			return errors.New("it has fewer columns than its manifest says")
		}
		p.cursors = append(p.cursors, newCursor(chunks[place]))
	}
	p.left = group.NumRows()
	return nil
}

func (p *partReader) closeCursors() {
	for _, c := range p.cursors {
		c.close()
	}
	p.cursors = p.cursors[:0]
}

// close may be called of none.
func (p *partReader) close() {
	if p != nil {
		p.closeCursors()
		_ = p.file.Close() // it was only read
	}
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
