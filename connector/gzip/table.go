package gzip

import "math/bits"

// maxWidth is the bits of the longest code.
const maxWidth = 15

// build makes the table of the code in which symbol i, with entries[i], has a
// code of widths[i] bits, or none of 0. The first 1<<indexBits entries are
// indexed by the bits that come next, and behind them are the tables of those
// codes that are longer.
//
// It reports false for a code that has too many words or too few for their
// widths. As in zlib, a code without any word is taken, and so is a code of one
// word of one bit; what is no word in them has entries that are special.
func build(table []entry, indexBits uint, entries []entry, widths []uint8) bool {
	var sorted [288]uint16
	count, ok := sortByWidth(sorted[:], widths)
	if !ok {
		return incomplete(table[:1<<indexBits], entries, widths)
	}
	f := filler{table: table, indexBits: indexBits, entries: entries, symbols: sorted[:], count: count}
	if !f.short() {
		f.long()
	}
	return true
}

// sortByWidth sorts the symbols that have a code by its width and counts them;
// it reports whether the code is complete.
func sortByWidth(sorted []uint16, widths []uint8) (count [maxWidth + 1]int, complete bool) {
	for _, width := range widths {
		count[width&maxWidth]++
	}
	var next [maxWidth + 2]int
	space := 0 // of 1<<maxWidth
	for width := 1; width <= maxWidth; width++ {
		next[width+1] = next[width] + count[width]
		space += count[width] << (maxWidth - width)
	}
	if space != 1<<maxWidth {
		return count, false
	}
	for symbol, width := range widths {
		if width != 0 {
			sorted[next[width&maxWidth]] = uint16(symbol)
			next[width&maxWidth]++
		}
	}
	return count, true
}

// incomplete makes the table of a code of one word, or of none.
func incomplete(table, entries []entry, widths []uint8) bool {
	only := -1
	for symbol, width := range widths {
		if width != 0 {
			if width != 1 || only >= 0 {
				return false
			}
			only = symbol
		}
	}
	none := special
	if only >= 0 {
		none += 1<<widthShift + 1
	}
	for i := range table {
		if table[i] = none; only >= 0 && i&1 == 0 {
			table[i] = entries[only] + 1<<widthShift + 1
		}
	}
	return true
}

// filler fills a table with the words of a complete code, in their order. Words
// come highest bit first and are kept here as they index, first bit lowest; the
// one after a word is found by clearing its ones from the top and setting the
// zero that they end at.
type filler struct {
	table     []entry
	indexBits uint
	entries   []entry
	symbols   []uint16 // not yet in the table
	count     [maxWidth + 1]int

	word  int
	width uint // of word
}

// entry is that of the next symbol, with the bits of its word that are looked up.
func (f *filler) entry(width uint) entry {
	e := f.entries[f.symbols[0]]
	f.symbols = f.symbols[1:]
	return e + entry(width)<<widthShift + entry(width)
}

// next moves to the word after word, reporting false if there is none of its width
// or above.
func (f *filler) next() bool {
	ones := 1<<f.width - 1
	if f.word == ones {
		return false
	}
	top := 1 << (bits.Len(uint(f.word^ones)) - 1)
	f.word = f.word&(top-1) | top
	return true
}

// short enters the words that the index holds. The table grows with their width
// by doubling: what was entered holds whatever the next bit is. It reports
// whether these were all.
func (f *filler) short() bool {
	for f.width = 1; f.width <= f.indexBits; f.width++ {
		half := 1 << (f.width - 1)
		if f.width > 1 {
			copy(f.table[half:2*half], f.table[:half])
		}
		for range f.count[f.width] {
			f.table[f.word] = f.entry(f.width)
			if !f.next() {
				for end := 2 * half; end < 1<<f.indexBits; end *= 2 {
					copy(f.table[end:2*end], f.table[:end])
				}
				return true
			}
		}
	}
	return false
}

// long enters the words that the index does not hold, each in the table of those
// that begin like it.
func (f *filler) long() {
	index := 1<<f.indexBits - 1
	begin, end, first := 0, index+1, -1
	for {
		for f.count[f.width] == 0 {
			f.width++
		}
		if f.word&index != first {
			first = f.word & index
			size := f.linked()
			begin, end = end, end+1<<size
			f.table[first] = special | link | entry(begin)<<valueShift | entry(size)<<widthShift | entry(f.indexBits)
		}
		width := f.width - f.indexBits
		e := f.entry(width)
		for i := begin + f.word>>f.indexBits; i < end; i += 1 << width {
			f.table[i] = e
		}
		if !f.next() {
			return
		}
		f.count[f.width]--
	}
}

// linked is the bits that index a table which begins with the next word: it is as
// large as it takes to be full.
func (f *filler) linked() uint {
	size := f.width - f.indexBits
	for used := f.count[f.width]; used < 1<<size; {
		size++
		used = used<<1 + f.count[f.indexBits+size]
	}
	return size
}

// minBits is how many bits compress/flate waits for before it decodes a symbol,
// so that streams cut off are taken as far as there: as many as the shortest code
// has and the end of the block.
func minBits(widths []uint8) uint {
	shortest := uint8(0)
	for _, width := range widths {
		if width != 0 && (shortest == 0 || width < shortest) {
			shortest = width
		}
	}
	return uint(max(shortest, widths[256]))
}
