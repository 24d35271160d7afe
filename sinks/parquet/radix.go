package parquet

import (
	"cmp"
	"slices"
)

// radixSort sorts entries by prefix, byte by byte from the last, stably, and gives
// back spare, which it may have replaced.
func radixSort(entries, spare []entry) []entry {
	if len(entries) < 256 {
		sortFew(entries)
		return spare
	}
	var counts [8][256]int32
	for _, e := range entries {
		for i := range counts {
			counts[i][byte(e.prefix>>(8*i))]++
		}
	}
	spare = slices.Grow(spare[:0], len(entries))[:len(entries)]
	from, to := entries, spare
	for i := range counts {
		if counts[i][byte(entries[0].prefix>>(8*i))] == int32(len(entries)) {
			continue // all have the same byte here
		}
		at := int32(0)
		for b, n := range counts[i] {
			counts[i][b] = at
			at += n
		}
		for _, e := range from {
			b := byte(e.prefix >> (8 * i))
			to[counts[i][b]] = e
			counts[i][b]++
		}
		from, to = to, from
	}
	copy(entries, from)
	return spare
}

// sortFew sorts entries by prefix, stably.
func sortFew(entries []entry) {
	if len(entries) > 24 {
		slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.prefix, b.prefix) })
		return
	}
	for i := 1; i < len(entries); i++ {
		e, at := entries[i], i
		for ; at > 0 && entries[at-1].prefix > e.prefix; at-- {
			entries[at] = entries[at-1]
		}
		entries[at] = e
	}
}
