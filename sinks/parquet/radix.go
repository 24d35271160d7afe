package parquet

import (
	"math/bits"
	"slices"
)

// radixSort sorts entries by prefix, byte by byte from the last, stably, and gives
// back spare, which it may have replaced. Of the prefixes it leaves the bits in
// which they differ, which keeps their order: ids are digits and letters, and half
// of their bits are the same in all.
func radixSort(entries, spare []entry) []entry {
	if len(entries) <= fewEntries {
		sortFew(entries)
		return spare
	}
	width := squeeze(entries)
	var counts [8][256]int32
	for _, e := range entries {
		for i := range counts[:width] {
			counts[i][byte(e.prefix>>(8*i))]++
		}
	}
	spare = slices.Grow(spare[:0], len(entries))[:len(entries)]
	from, to := entries, spare
	for i := range counts[:width] {
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
	if width%2 == 1 {
		copy(entries, from)
	}
	return spare
}

// squeeze moves the bits in which prefixes differ together, and answers how many
// bytes they are.
func squeeze(entries []entry) int {
	varying := uint64(0)
	for _, e := range entries {
		varying |= e.prefix ^ entries[0].prefix
	}
	var masks [32]uint64 // of neighbouring bits
	var shifts [32]int   // how far these move
	runs, width := 0, 0
	for left := varying; left != 0; runs++ {
		start := bits.TrailingZeros64(left)
		size := bits.TrailingZeros64(^(left >> start))
		masks[runs] = (1<<size - 1) << start
		shifts[runs] = start - width
		left &^= masks[runs]
		width += size
	}
	for i := range entries {
		squeezed := uint64(0)
		for run, mask := range masks[:runs] {
			squeezed |= entries[i].prefix & mask >> (shifts[run] & 63)
		}
		entries[i].prefix = squeezed
	}
	return (width + 7) / 8
}

// fewEntries is how many entries are sorted by moving each to its place.
const fewEntries = 48

// sortFew sorts entries by prefix, stably.
func sortFew(entries []entry) {
	for i := 1; i < len(entries); i++ {
		e, at := entries[i], i
		for ; at > 0 && entries[at-1].prefix > e.prefix; at-- {
			entries[at] = entries[at-1]
		}
		entries[at] = e
	}
}
