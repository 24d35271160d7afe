package parquet

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestRadixSortIsStable holds it against the sort of the library, for prefixes
// that differ in all bits, in few, in one and in none.
func TestRadixSortIsStable(t *testing.T) {
	t.Parallel()
	var spare []entry
	rapid.Check(t, func(t *rapid.T) {
		mask := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1, 1 << 63, 1<<63 | 1, ^uint64(0), 0x0f0f0f0f0f0f0f0f, 0x5555555555555555}), rapid.Uint64()).Draw(t, "mask")
		constant := rapid.Uint64().Draw(t, "constant") &^ mask
		var entries []entry
		for i, prefix := range rapid.SliceOfN(rapid.Uint64(), 0, 300).Draw(t, "prefixes") {
			entries = append(entries, entry{prefix&mask | constant, int32(i)})
		}
		want := slices.Clone(entries)
		slices.SortStableFunc(want, func(a, b entry) int { return cmp.Compare(a.prefix, b.prefix) })
		got := slices.Clone(entries)
		spare = radixSort(got, spare)
		for i := range want {
			if got[i].row != want[i].row {
				t.Fatalf("place %d has row %d, want %d", i, got[i].row, want[i].row)
			}
			if i > 0 && (got[i].prefix == got[i-1].prefix) != (want[i].prefix == want[i-1].prefix) {
				t.Fatalf("equal prefixes at place %d are not those that were", i)
			}
		}
	})
}
