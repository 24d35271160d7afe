package parquet

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pq "github.com/parquet-go/parquet-go"
)

// Reader reads a committed snapshot. It holds nothing open; its methods may be
// called by several goroutines.
type Reader struct {
	dir      string
	manifest Manifest
}

// Open opens the snapshot in dir. The error is os.ErrNotExist when there is no
// manifest, hence no snapshot; a snapshot of which a file is missing or has
// another size than the manifest says is refused.
func Open(dir string) (*Reader, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	r := &Reader{dir: dir, manifest: m}
	for _, table := range m.Tables {
		for _, file := range table.Files {
			if err := r.verify(file); err != nil {
				return nil, fmt.Errorf("snapshot %s is damaged: %w", dir, err)
			}
		}
	}
	return r, nil
}

func (r *Reader) verify(file File) error {
	if !filepath.IsLocal(filepath.FromSlash(file.Path)) {
		return fmt.Errorf("its manifest names the file %q outside of it", file.Path)
	}
	info, err := os.Stat(r.path(file))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s is missing", file.Path) // not os.ErrNotExist: there is a manifest
	}
	if err != nil {
		return err
	}
	if info.Size() != file.Bytes {
		return fmt.Errorf("%s has %d bytes, its manifest says %d", file.Path, info.Size(), file.Bytes)
	}
	return nil
}

func (r *Reader) path(file File) string { return filepath.Join(r.dir, filepath.FromSlash(file.Path)) }

// Manifest says what the snapshot holds. It is not to be changed.
func (r *Reader) Manifest() Manifest { return r.manifest }

// Rows is the number of rows of a table, 0 if the snapshot has no such table.
func (r *Reader) Rows(table string) int64 { return r.manifest.Tables[table].Rows }

// Read streams the columns of a table, all if none is named, part by part, in
// batches of at most 8192 rows of utf8, in bounded memory. A typed column comes
// as canonical text: true and false, plain decimals, ISO dates, date-times in
// UTC with Z. The caller releases the reader.
func (r *Reader) Read(table string, columns ...string) (array.RecordReader, error) {
	t, ok := r.manifest.Tables[table]
	if !ok {
		return nil, fmt.Errorf("snapshot %s has no table %s", r.dir, table)
	}
	s := &stream{reader: r, table: t, name: table}
	for _, name := range columns {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("snapshot %s: table %s has no column %q", r.dir, table, name)
		}
		s.columns = append(s.columns, i)
	}
	if len(columns) == 0 {
		for i := range t.Columns {
			s.columns = append(s.columns, i)
		}
	}
	s.schema = t.schema(s.columns)
	return array.ReaderFromIter(s.schema, s.batches()), nil
}

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
