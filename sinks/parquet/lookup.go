package parquet

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// rowSpan is some rows of a row group, next to each other.
type rowSpan struct{ first, n int64 }

// rowGroupOf is a row group in which rows are looked up.
type rowGroupOf struct {
	window *window
	group  pq.RowGroup
	chunks []format.ColumnChunk // where the columns stand in the file
}

// span finds the rows of a key in the column that holds it, which is sorted: it
// reads the pages that may hold the key.
func (g rowGroupOf) span(s search) (rowSpan, error) {
	keys := g.group.ColumnChunks()[s.place]
	may, err := g.mayHold(s.place, s.key)
	if err != nil || may.n == 0 {
		return rowSpan{}, err
	}
	if err := g.fetch(s.place, may); err != nil {
		return rowSpan{}, err
	}
	c := newCursor(keys)
	defer c.close()
	if err := c.pages.SeekToRow(may.first); err != nil {
		return rowSpan{}, err
	}
	found := rowSpan{}
	for at := may.first; at < may.first+may.n; {
		values, err := c.some(int(min(may.first+may.n-at, chunk)))
		if err != nil {
			return rowSpan{}, unexpected(err)
		}
		for _, value := range values {
			switch order := bytes.Compare(value.ByteArray(), s.key); {
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

// mayHold are the rows of the pages whose bounds say that they may hold a key: all
// where the file has no index of its pages.
func (g rowGroupOf) mayHold(place int, key []byte) (rowSpan, error) {
	all := rowSpan{0, g.group.NumRows()}
	at := &g.chunks[place]
	if at.ColumnIndexOffset == 0 || at.OffsetIndexOffset == 0 {
		return all, nil
	}
	if err := g.window.fetchBoth(columnIndexOf(at), offsetIndexOf(at)); err != nil {
		return rowSpan{}, err
	}
	bounds, err := g.group.ColumnChunks()[place].ColumnIndex()
	if err != nil {
		return rowSpan{}, err
	}
	pages, err := g.group.ColumnChunks()[place].OffsetIndex()
	if err != nil {
		return rowSpan{}, err
	}
	first, end := all.n, all.n
	for i := range min(bounds.NumPages(), pages.NumPages()) { // they are few
		if bounds.NullPage(i) || bytes.Compare(bounds.MaxValue(i).ByteArray(), key) < 0 {
			continue
		}
		if bytes.Compare(bounds.MinValue(i).ByteArray(), key) > 0 {
			end = pages.FirstRowIndex(i)
			break
		}
		first = min(first, pages.FirstRowIndex(i))
	}
	return rowSpan{first, max(0, end-first)}, nil
}

func columnIndexOf(c *format.ColumnChunk) between {
	return between{c.ColumnIndexOffset, c.ColumnIndexOffset + int64(c.ColumnIndexLength)}
}

func offsetIndexOf(c *format.ColumnChunk) between {
	return between{c.OffsetIndexOffset, c.OffsetIndexOffset + int64(c.OffsetIndexLength)}
}

// fetch holds the pages of a column in which some rows lie, and its dictionary.
func (g rowGroupOf) fetch(place int, rows rowSpan) error {
	stretches, err := g.stretches(nil, place, rows)
	if err != nil {
		return err
	}
	return g.window.fetchAll(stretches)
}

// stretches appends where the pages of a column stand in which some rows lie, and where
// its dictionary.
func (g rowGroupOf) stretches(all []between, place int, rows rowSpan) ([]between, error) {
	pages, err := g.group.ColumnChunks()[place].OffsetIndex()
	if errors.Is(err, pq.ErrMissingOffsetIndex) {
		return all, nil
	}
	if err != nil {
		return nil, err
	}
	first, last := 0, 0
	for i := range pages.NumPages() {
		if pages.FirstRowIndex(i) <= rows.first {
			first = i
		}
		if pages.FirstRowIndex(i) < rows.first+rows.n {
			last = i
		}
	}
	if pages.NumPages() == 0 {
		return all, nil
	}
	m := &g.chunks[place].MetaData
	data := between{pages.Offset(first), pages.Offset(last) + pages.CompressedPageSize(last)}
	if m.DictionaryPageOffset == 0 {
		return append(all, between{data.offset, min(data.end+overread, m.DataPageOffset+m.TotalCompressedSize)}), nil
	}
	end := m.DictionaryPageOffset + m.TotalCompressedSize
	data.end = min(data.end+overread, end)
	return append(all, between{m.DictionaryPageOffset, min(m.DataPageOffset+overread, end)}, data), nil
}

// read appends the rows of the span.
func (g rowGroupOf) read(rows []Row, found rowSpan, wanted []int, columns []Column) ([]Row, error) {
	if err := g.fetchColumns(wanted, found); err != nil {
		return nil, err
	}
	from := len(rows)
	for range found.n {
		rows = append(rows, make(Row, len(wanted)))
	}
	for _, place := range wanted {
		name := columns[place].Name
		column, err := g.column(place, found)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", name, unexpected(err))
		}
		texts := column.(*array.String)
		for i, row := range rows[from:] {
			if texts.IsNull(i) {
				row[name] = nil
				continue
			}
			text := string([]byte(texts.Value(i))) // the column is freed
			row[name] = &text
		}
		column.Release()
	}
	return rows, nil
}

// fetchColumns holds the pages of some rows of several columns.
func (g rowGroupOf) fetchColumns(wanted []int, rows rowSpan) error {
	if err := g.fetchIndexes(wanted); err != nil {
		return err
	}
	var all []between
	for _, place := range wanted {
		var err error
		if all, err = g.stretches(all, place, rows); err != nil {
			return err
		}
	}
	return g.window.fetchAll(all)
}

// fetchIndexes holds the indexes in which the pages of columns are found.
func (g rowGroupOf) fetchIndexes(wanted []int) error {
	all := between{g.window.size, 0}
	for _, place := range wanted {
		if index := offsetIndexOf(&g.chunks[place]); index.offset > 0 {
			all = between{min(all.offset, index.offset), max(all.end, index.end)}
		}
	}
	if all.end == 0 {
		return nil
	}
	return g.window.fetch(all.offset, all.end)
}

func (g rowGroupOf) column(place int, rows rowSpan) (arrow.Array, error) {
	c := newCursor(g.group.ColumnChunks()[place])
	defer c.close()
	if err := c.pages.SeekToRow(rows.first); err != nil {
		return nil, err
	}
	return c.read(int(rows.n))
}
