package diff

import (
	"cmp"
	"maps"
	"slices"

	"github.com/axisync/axisync/sinks/parquet"
)

// frequentKept is how many values frequent keeps.
const frequentKept = 64

// frequent counts the most frequent values of many in bounded memory (Misra & Gries,
// "Finding repeated elements", 1982): exactly as long as there are frequentKept
// different ones at most, else up to n/(frequentKept+1) too low.
type frequent struct {
	n      int64
	counts map[string]int64
	lost   bool // counts are lower bounds
}

func (f *frequent) add(value []byte) {
	f.n++
	if _, has := f.counts[string(value)]; has || len(f.counts) < frequentKept {
		if f.counts == nil {
			f.counts = map[string]int64{}
		}
		f.counts[string(value)]++
		return
	}
	f.lost = true
	for value, count := range f.counts {
		if count == 1 {
			delete(f.counts, value)
			continue
		}
		f.counts[value] = count - 1
	}
}

type counted struct {
	value string
	count int64
}

// top are the most frequent values, n at most, the most frequent first.
func (f *frequent) top(n int) []counted {
	var all []counted
	for _, value := range slices.Sorted(maps.Keys(f.counts)) {
		all = append(all, counted{value, f.counts[value]})
	}
	slices.SortStableFunc(all, func(a, b counted) int { return cmp.Compare(b.count, a.count) })
	return all[:min(n, len(all))]
}

// packed is a value as bytes, null told apart from the empty text.
func packed(to []byte, v Value) []byte {
	if !v.Set {
		return append(to, 0)
	}
	return append(append(to, 1), v.Text...)
}

// packedCell is a cell as packed gives it.
func packedCell(to []byte, cells parquet.Cells, i int) []byte {
	if cells.Null(i) {
		return append(to, 0)
	}
	return cells.Append(append(to, 1), i)
}

// unpacked is a value that was packed.
func unpacked(s string) *string {
	if s[0] == 0 {
		return nil
	}
	text := s[1:]
	return &text
}
