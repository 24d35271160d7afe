package diff

import (
	"cmp"
	"maps"
	"slices"

	"github.com/axisync/axisync/sinks/parquet"
)

// frequentKept is how many values frequent keeps where nothing else is said.
const frequentKept = 64

// frequent counts the most frequent values of many in bounded memory (Misra & Gries,
// "Finding repeated elements", 1982): exactly as long as what it keeps has room for all
// different ones, else up to low too low, which is n/(most+1) at most where values are
// short.
type frequent struct {
	most int   // different values that are kept; 0: frequentKept
	room int64 // bytes of them; 0: as many as they have
	n    int64 // values that were added
	low  int64 // by which counts may be too low

	counts map[string]*int64
	size   int64 // bytes of the values
}

// add counts a value. It is fresh where it was not kept before.
func (f *frequent) add(value []byte) (fresh bool) {
	f.n++
	if count := f.counts[string(value)]; count != nil {
		*count++
		return false
	}
	if f.fits(value) {
		if f.counts == nil {
			f.counts = map[string]*int64{}
		}
		count := int64(1)
		f.counts[string(value)] = &count
		f.size += int64(len(value))
		return true
	}
	f.low++
	for kept, count := range f.counts {
		if *count--; *count == 0 {
			delete(f.counts, kept)
			f.size -= int64(len(kept))
		}
	}
	return true
}

func (f *frequent) fits(value []byte) bool {
	most := cmp.Or(f.most, frequentKept)
	return len(f.counts) < most && (f.room == 0 || f.size+int64(len(value)) <= f.room)
}

type counted struct {
	value string
	count int64
}

// top are the most frequent values, n at most, the most frequent first.
func (f *frequent) top(n int) []counted {
	var all []counted
	for _, value := range slices.Sorted(maps.Keys(f.counts)) {
		all = append(all, counted{value, *f.counts[value]})
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
