package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	pq "github.com/parquet-go/parquet-go"
)

// PartWalk is a part of a table that is read column by column, cell by cell, without
// making texts of what nobody asks for. It is used by one goroutine at a time.
type PartWalk struct {
	part *partReader
	rows int64
}

// Walk opens a part of a table, which the caller closes.
func (r *Reader) Walk(table string, part int) (*PartWalk, error) {
	t, ok := r.manifest.Tables[table]
	if !ok || part < 0 || part >= len(t.Files) {
		return nil, fmt.Errorf("snapshot %s has no part %d of a table %s", r.dir, part, table)
	}
	s := &stream{reader: r, table: t, name: table}
	p, err := s.open(t.Files[part])
	if err != nil {
		return nil, err
	}
	return &PartWalk{p, t.Files[part].Rows}, nil
}

// Rows is the number of rows of the part.
func (w *PartWalk) Rows() int64 { return w.rows }

// Close frees the file; the columns of the part are freed by themselves.
func (w *PartWalk) Close() { w.part.close() }

// Column begins at the first cell of a column, by its place in the table. The
// caller closes it.
func (w *PartWalk) Column(place int) *ColumnWalk {
	return &ColumnWalk{part: w.part, groups: w.part.groups, place: place}
}

// ColumnWalk gives the cells of a column of a part from the first to the last.
type ColumnWalk struct {
	part   *partReader
	groups []pq.RowGroup // that are not begun
	place  int
	cursor *cursor
}

// Next gives the next cells, at least one and n at most. They are valid until it
// is called again. Behind the last cell the error is io.ErrUnexpectedEOF: a file
// has as many rows as its manifest says.
func (c *ColumnWalk) Next(n int) (Cells, error) {
	for {
		if c.cursor == nil {
			if err := c.begin(); err != nil {
				return Cells{}, c.part.stream.located(c.part.part, err)
			}
		}
		values, err := c.cursor.some(n)
		if errors.Is(err, io.EOF) {
			c.cursor.close()
			c.cursor = nil
			continue
		}
		if err != nil {
			return Cells{}, c.part.stream.located(c.part.part, err)
		}
		return Cells{values, c.cursor.text}, nil
	}
}

// begin goes on with a row group.
func (c *ColumnWalk) begin() error {
	if len(c.groups) == 0 {
		return io.ErrUnexpectedEOF
	}
	chunks := c.groups[0].ColumnChunks()
	if c.place >= len(chunks) {
		return errors.New("it has fewer columns than its manifest says")
	}
	c.cursor, c.groups = newCursor(chunks[c.place]), c.groups[1:]
	return nil
}

// Close may be called twice.
func (c *ColumnWalk) Close() {
	if c.cursor != nil {
		c.cursor.close()
		c.cursor = nil
	}
}

// Cells are some cells of a column, next to each other.
type Cells struct {
	values []pq.Value
	text   func(text []byte, value pq.Value) []byte // nil for a column of text
}

// Len is the number of cells.
func (c Cells) Len() int { return len(c.values) }

// From are the cells from place i on.
func (c Cells) From(i int) Cells { return Cells{c.values[i:], c.text} }

// Null reports whether a cell is null.
func (c Cells) Null(i int) bool { return c.values[i].IsNull() }

// Append appends the canonical text of a cell, which is not null: see Reader.Read.
func (c Cells) Append(text []byte, i int) []byte {
	if c.text == nil {
		return append(text, c.values[i].ByteArray()...)
	}
	return c.text(text, c.values[i])
}

// Differ appends to places those of the first n cells in which c and d are not the
// same. Columns of one type (Column.Type) are compared by value, which is many times
// cheaper; for others use Append.
func (c Cells) Differ(d Cells, n int, places []int32) []int32 {
	if n == 0 {
		return places
	}
	a, b := c.values[:n], d.values[:n]
	kind := pq.ByteArray
	for i := range a { // a null has no kind of its own
		if !a[i].IsNull() {
			kind = a[i].Kind()
			break
		}
	}
	if kind == pq.ByteArray || kind == pq.FixedLenByteArray {
		for i := range a {
			if a[i].IsNull() != b[i].IsNull() || !bytes.Equal(a[i].ByteArray(), b[i].ByteArray()) {
				places = append(places, int32(i))
			}
		}
		return places
	}
	for i := range a {
		if a[i].IsNull() != b[i].IsNull() || !a[i].IsNull() && a[i].Uint64() != b[i].Uint64() {
			places = append(places, int32(i))
		}
	}
	return places
}
