package pipelines_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	pq "github.com/parquet-go/parquet-go"
)

// A run writes bloom filters on the ids by which people look rows up: engines other than
// this program find them in the files.
func TestRunWritesFiltersOfIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	snapshot := w.mustRun().Snapshot
	for table, want := range map[string][]string{"accounts": {"Id"}, "matches": {"account_id", "id"}, "axes": {"customer_id"}, "customers": {"customer_id"}, "changes": {"customer_id"}} {
		path := filepath.Join(snapshot, table, "part-00000.parquet")
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		f, err := pq.OpenFile(file, info.Size())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, chunk := range f.RowGroups()[0].ColumnChunks() {
			if filter := chunk.BloomFilter(); filter != nil && filter.Size() > 0 {
				got = append(got, f.Schema().Columns()[i][0])
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s has filters of %q, want %q", table, got, want)
		}
	}
}
