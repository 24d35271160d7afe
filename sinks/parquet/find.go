package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pq "github.com/parquet-go/parquet-go"

	"github.com/axisync/axisync/sinks"
)

// findBuffer is how much of a column is read from disk at once by Find, beside
// the page that it needs.
const findBuffer = 1 << 12

// Row is a row of a table, by the names of the columns; nil is null.
type Row map[string]*string

// Find gives the rows of a table whose id, the first column of its key, is key, in
// the order of the table: none if there is none. The cells are those that Read
// gives, of all columns. It reads one part, of that one the pages of the id that
// may hold the key, and of the other columns the pages of the rows found.
func (r *Reader) Find(table, key string) ([]Row, error) {
	t, ok := r.manifest.Tables[table]
	if !ok {
		return nil, fmt.Errorf("snapshot %s has no table %s", r.dir, table)
	}
	part, place, err := r.partOf(t, key)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: table %s: %w", r.dir, table, err)
	}
	rows, err := r.findInPart(t, part, place, key)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: %s: %w", r.dir, part.Path, err)
	}
	return rows, nil
}

// partOf is the part in which the rows of a key lie, and the place of the column
// that holds it.
func (r *Reader) partOf(t TableManifest, key string) (File, int, error) {
	if r.manifest.BucketHash != sinks.HashName {
		return File{}, 0, fmt.Errorf("its parts are made by the hash %q, this program knows %s", r.manifest.BucketHash, sinks.HashName)
	}
	if len(t.Key) == 0 || t.Depth < 0 || t.Depth > 30 || len(t.Files) != 1<<t.Depth {
		return File{}, 0, fmt.Errorf("its manifest names %d parts at the depth %d and the key %q", len(t.Files), t.Depth, t.Key)
	}
	place := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == t.Key[0] })
	if place < 0 {
		return File{}, 0, fmt.Errorf("it has no column %q, by which it is sorted", t.Key[0])
	}
	return t.Files[sinks.Bucket(sinks.Hash(key), t.Depth)], place, nil
}

func (r *Reader) findInPart(t TableManifest, part File, place int, key string) ([]Row, error) {
	file, err := r.place.Open(r.ctx, part.Path, part.Bytes)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var input io.ReaderAt = file
	if r.watch != nil {
		input = r.watch(file)
	}
	f, err := pq.OpenFile(input, part.Bytes, pq.SkipPageIndex(true), pq.SkipBloomFilters(true), pq.ReadBufferSize(findBuffer))
	if err != nil {
		return nil, err
	}
	var rows []Row
	for _, group := range f.RowGroups() {
		if len(group.ColumnChunks()) != len(t.Columns) {
			return nil, errors.New("it has other columns than its manifest says")
		}
		found, err := span(group.ColumnChunks()[place], []byte(key), group.NumRows())
		if err == nil && found.n > 0 {
			rows, err = found.read(rows, t, group)
		}
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// rowSpan is some rows of a row group, next to each other.
type rowSpan struct {
	first int64
	n     int
}

// span finds the rows of a key in the column that holds it, which is sorted: it
// reads from the first page that may hold the key to the first greater one.
func span(keys pq.ColumnChunk, key []byte, rows int64) (rowSpan, error) {
	at, err := startOf(keys, key)
	if err != nil || at >= rows {
		return rowSpan{}, err
	}
	c := newCursor(keys)
	defer c.close()
	if err := c.pages.SeekToRow(at); err != nil {
		return rowSpan{}, err
	}
	found := rowSpan{}
	for at < rows {
		values, err := c.some(int(min(rows-at, chunk)))
		if err != nil {
			return rowSpan{}, unexpected(err)
		}
		for _, value := range values {
			switch order := bytes.Compare(value.ByteArray(), key); {
			case order > 0 && !value.IsNull():
				return found, nil
			case order == 0 && !value.IsNull():
				if found.n == 0 {
					found.first = at
				}
				found.n++
			}
			at++
		}
	}
	return found, nil
}

// startOf is the first row of the first page that may hold the key; the number of
// rows or more if none does. Its answer is 0 where the file has no index of its
// pages.
func startOf(chunk pq.ColumnChunk, key []byte) (int64, error) {
	bounds, err := chunk.ColumnIndex()
	if errors.Is(err, pq.ErrMissingColumnIndex) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	pages, err := chunk.OffsetIndex()
	if errors.Is(err, pq.ErrMissingOffsetIndex) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for i := range min(bounds.NumPages(), pages.NumPages()) { // they are few
		if bounds.NullPage(i) || bytes.Compare(bounds.MaxValue(i).ByteArray(), key) < 0 {
			continue
		}
		if bytes.Compare(bounds.MinValue(i).ByteArray(), key) > 0 {
			break
		}
		return pages.FirstRowIndex(i), nil
	}
	return chunk.NumValues(), nil
}

// read appends the rows of the span.
func (s rowSpan) read(rows []Row, t TableManifest, group pq.RowGroup) ([]Row, error) {
	from := len(rows)
	for range s.n {
		rows = append(rows, make(Row, len(t.Columns)))
	}
	for i, chunk := range group.ColumnChunks() {
		column, err := s.column(chunk)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", t.Columns[i].Name, unexpected(err))
		}
		texts := column.(*array.String)
		for row := range s.n {
			if texts.IsNull(row) {
				rows[from+row][t.Columns[i].Name] = nil
				continue
			}
			text := string([]byte(texts.Value(row))) // the column is freed
			rows[from+row][t.Columns[i].Name] = &text
		}
		column.Release()
	}
	return rows, nil
}

func (s rowSpan) column(chunk pq.ColumnChunk) (arrow.Array, error) {
	if _, err := chunk.OffsetIndex(); err != nil && !errors.Is(err, pq.ErrMissingOffsetIndex) {
		return nil, err
	}
	c := newCursor(chunk)
	defer c.close()
	if err := c.pages.SeekToRow(s.first); err != nil {
		return nil, err
	}
	return c.read(s.n)
}

// unexpected: a column that ends before its rows is damaged.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
