package parquet

import (
	"errors"
	"fmt"
	"io"
	"slices"

	pq "github.com/parquet-go/parquet-go"

	"github.com/axisync/axisync/sinks"
)

// Row is a row of a table, by the names of the columns; nil is null.
type Row map[string]*string

// Find gives the rows of a table whose id, the first column of its key, is key, in
// the order of the table: none if there is none. The cells are those that Read
// gives, of the columns that are named, all if none is. It reads one part: its footer
// with the indexes of pages in one read, the pages of the id that may hold the key in
// another, and then of every other column the pages of the rows found.
func (r *Reader) Find(table, key string, columns ...string) ([]Row, error) {
	t, ok := r.manifest.Tables[table]
	if !ok {
		return nil, fmt.Errorf("snapshot %s has no table %s", r.dir, table)
	}
	wanted, err := t.places(columns)
	if err != nil {
		return nil, fmt.Errorf("snapshot %s: table %s %w", r.dir, table, err)
	}
	part, place, err := r.partOf(t, key)
	if err != nil {
		return nil, Damaged(fmt.Errorf("snapshot %s: table %s: %w", r.dir, table, err))
	}
	rows, err := r.findInPart(t, part, search{place, []byte(key), wanted})
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
	if len(t.Key) == 0 || len(t.Files) != 1<<t.Depth {
		return File{}, 0, fmt.Errorf("its manifest names %d parts at the depth %d and the key %q", len(t.Files), t.Depth, t.Key)
	}
	place := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == t.Key[0] })
	if place < 0 {
		return File{}, 0, fmt.Errorf("it has no column %q, by which it is sorted", t.Key[0])
	}
	return t.Files[sinks.Bucket(sinks.Hash(key), t.Depth)], place, nil
}

// search is what is looked for in a part.
type search struct {
	place  int // of the column that holds the key
	key    []byte
	wanted []int // places of the columns of which cells are given
}

func (r *Reader) findInPart(t TableManifest, part File, s search) ([]Row, error) {
	opened, err := r.place.Open(r.ctx, part.Path, part.Bytes)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	file := &noted{File: opened}
	rows, err := findIn(file, t, part, s)
	return rows, inContent(file.cause(err))
}

func findIn(file io.ReaderAt, t TableManifest, part File, s search) ([]Row, error) {
	w, err := openWindow(file, part.Bytes)
	if err != nil {
		return nil, err
	}
	f, err := pq.OpenFile(w, part.Bytes, pq.SkipMagicBytes(true), pq.SkipPageIndex(true), pq.SkipBloomFilters(true), pq.ReadBufferSize(overread))
	if err != nil {
		return nil, err
	}
	var rows []Row
	for i, group := range f.RowGroups() {
		if len(group.ColumnChunks()) != len(t.Columns) {
			return nil, errors.New("it has other columns than its manifest says")
		}
		g := rowGroupOf{w, group, f.Metadata().RowGroups[i].Columns}
		found, err := g.span(s)
		if err == nil && found.n > 0 {
			rows, err = g.read(rows, found, s.wanted, t.Columns)
		}
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// unexpected: a column that ends before its rows is damaged.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
