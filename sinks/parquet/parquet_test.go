package parquet_test

import (
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// inOrder is how a table must come back: by bucket, then by id.
func inOrder(rows cells) cells {
	depth := sinks.Depth(int64(len(rows)))
	sorted := slices.Clone(rows)
	slices.SortStableFunc(sorted, func(a, b []*string) int {
		x, y := sinks.Bucket(sinks.Hash(*a[0]), depth), sinks.Bucket(sinks.Hash(*b[0]), depth)
		if x != y {
			return x - y
		}
		if *a[0] < *b[0] {
			return -1
		}
		return 1
	})
	return sorted
}

func TestEveryCellComesBack(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 511, 512, 513, 70_000} {
		schema, rows := generated(n)
		r := write(t, filepath.Join(t.TempDir(), "run=1"), schema, parquet.TableOptions{Key: []string{"Id"}}, rows, 2048)
		if got := r.Rows("t"); got != int64(n) {
			t.Errorf("%d rows are counted, want %d", got, n)
		}
		if diff := cmp.Diff(inOrder(rows), read(t, r, "t")); diff != "" && n > 0 {
			t.Errorf("%d rows: (-want +got)\n%.2000s", n, diff)
		}
	}
}

func TestSameRowsMakeSameBytes(t *testing.T) {
	t.Parallel()
	schema, rows := generated(70_000)
	options := parquet.TableOptions{Key: []string{"Id"}}
	first, second := t.TempDir(), t.TempDir()
	write(t, first, schema, options, rows, 2048)
	shuffled := slices.Clone(rows)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	options.Rows = 40_000_000 // a wild guess changes nothing
	write(t, second, schema, options, shuffled, 7777)
	if a, b := files(t, first), files(t, second); !cmp.Equal(a, b) || len(a) != 3 {
		t.Errorf("%d and %d files that are not the same byte for byte", len(a), len(b))
	}
}
