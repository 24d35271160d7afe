package parquet_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// TestFiltersTellTheBucket: whoever looks an id up by the filters alone finds its part,
// and reads few others; the filters stay small.
func TestFiltersTellTheBucket(t *testing.T) {
	t.Parallel()
	const n, lookUps = 40_000, 300
	for _, depth := range []int{0, 1, 3, 4} {
		schema := textSchema("Id", "Other?", "Axis")
		rows := make(cells, n)
		for i := range rows {
			rows[i] = []*string{text(fmt.Sprintf("0015g%010dAAF", i/2)), nil, text(fmt.Sprint(i % 2))} // every id twice
			if i%4 == 0 {
				rows[i][1] = text(fmt.Sprintf("C-%07d", i*7919%1_000_003))
			}
		}
		s := create(t, t.TempDir())
		table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id", "Axis"}, IDs: []string{"Other"}})
		if err != nil {
			t.Fatal(err)
		}
		table.SetDepth(depth)
		fill(t, table, schema, rows, 8192)
		r := commit(t, s, s.Dir(), table)
		ids, others := filtersOf(t, r, 0), filtersOf(t, r, 1)
		tried, alien, size := 0, 0, int64(0)
		for i := range lookUps {
			id := *rows[i*n/lookUps][0]
			for part, filter := range ids {
				passes := check(t, filter, id)
				if part == sinks.Bucket(sinks.Hash(id), depth) && !passes {
					t.Errorf("depth %d: the filter of part %d does not know %s", depth, part, id)
				}
				if passes {
					tried++
				}
				if check(t, others[part], fmt.Sprintf("absent %d", i)) {
					alien++
				}
			}
		}
		for part := range ids {
			size += ids[part].Size() + others[part].Size()
		}
		if tried > lookUps*3/2 || alien > lookUps*len(others)/20 {
			t.Errorf("depth %d: %d look-ups try %d parts, and %d for what is not there", depth, lookUps, tried, alien)
		}
		if most := int64(n / 2 * 3); size > most {
			t.Errorf("depth %d: the filters have %d bytes, more than %d", depth, size, most)
		}
		t.Logf("depth %d: %d look-ups try %d parts; %d bytes of filters", depth, lookUps, tried, size)
	}
}

// filtersOf are the filters of a column, part by part.
func filtersOf(t *testing.T, r *parquet.Reader, column int) (filters []pq.BloomFilter) {
	t.Helper()
	for _, part := range r.Manifest().Tables["t"].Files {
		f, err := os.Open(filepath.Join(r.Dir(), part.Path))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		opened, err := pq.OpenFile(f, part.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		filters = append(filters, opened.RowGroups()[0].ColumnChunks()[column].BloomFilter())
	}
	return filters
}

func check(t *testing.T, filter pq.BloomFilter, id string) bool {
	t.Helper()
	passes, err := filter.Check(pq.ValueOf(id))
	if err != nil {
		t.Fatal(err)
	}
	return passes
}
