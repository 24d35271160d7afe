package parquet_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"github.com/axisync/axisync/sinks/parquet"
)

// TestBoundsOfPagesHold: no value of a page lies outside of what the index of pages says,
// whether the texts of its column are short or too long for bounds, with a dictionary or
// without.
func TestBoundsOfPagesHold(t *testing.T) {
	t.Parallel()
	schema, rows := generated(9_000)
	for i, row := range rows {
		row[2] = text(strings.Repeat(fmt.Sprint(i%3, " "), 40+i%3*100)) // repeated, of which one is long
	}
	s := create(t, t.TempDir())
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, table, schema, rows, 1000)
	r := commit(t, s, s.Dir(), table)
	file, err := os.Open(filepath.Join(r.Dir(), "t", "part-00000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	opened, err := pq.OpenFile(file, r.Manifest().Tables["t"].Files[0].Bytes)
	if err != nil {
		t.Fatal(err)
	}
	for i, chunk := range opened.RowGroups()[0].ColumnChunks() {
		bounds, err := chunk.ColumnIndex()
		if err != nil {
			t.Fatal(err)
		}
		if stands := opened.Metadata().RowGroups[0].Columns[i].MetaData.Statistics.MaxValue; (stands == nil) != (i >= 2) {
			t.Errorf("column %d: the footer has a bound of %d bytes", i, len(stands))
		}
		if pages := checkBounds(t, i, chunk.Pages(), bounds); pages != bounds.NumPages() || i != 1 && pages < 2 {
			t.Errorf("column %d: %d pages of %d are in the index", i, bounds.NumPages(), pages)
		}
	}
}

func checkBounds(t *testing.T, column int, pages pq.Pages, bounds pq.ColumnIndex) (read int) {
	t.Helper()
	defer pages.Close()
	for {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return read
		}
		if err != nil {
			t.Fatal(err)
		}
		values := make([]pq.Value, page.NumValues())
		if _, err := page.Values().ReadValues(values); err != nil && !errors.Is(err, io.EOF) {
			t.Fatal(err)
		}
		for _, v := range values {
			if !v.IsNull() && (bounds.NullPage(read) || bytes.Compare(v.ByteArray(), bounds.MinValue(read).ByteArray()) < 0 || bytes.Compare(v.ByteArray(), bounds.MaxValue(read).ByteArray()) > 0) {
				t.Fatalf("column %d, page %d: %.30q lies outside of %.30q and %.30q", column, read, v.ByteArray(), bounds.MinValue(read).ByteArray(), bounds.MaxValue(read).ByteArray())
			}
		}
		read++
		pq.Release(page)
	}
}
