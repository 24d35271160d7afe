package gzip

import "sync"

// entry is what a table says of the bits that index it:
//
//	bits 0-5    to drop: the code and, of a length or distance, its extra bits
//	bits 8-11   of these, the code; of a link, the bits that index the table it
//	            leads to
//	bits 16-31  a literal; a length or distance without its extra bits; where the
//	            table begins that a link leads to
//
// and these flags. An entry that is special and neither a link nor the end of
// the block is no code.
type entry uint32

const (
	endOfBlock entry = 1 << 12 // with special
	link       entry = 1 << 13 // with special
	special    entry = 1 << 14
	literal    entry = 1 << 15

	widthShift = 8
	valueShift = 16
)

// width is the bits of the code.
func (e entry) width() uint { return uint(e>>widthShift) & 15 }

// linked is where in its table the entry is that a link leads to; hold is the bits
// behind those that were looked up.
func (e entry) linked(hold uint64) int {
	return int(e>>valueShift) + int(hold&(1<<(e>>widthShift&15)-1))
}

// number is a length or distance; hold is its bits from the code on.
func (e entry) number(hold uint64) int {
	return int(e>>valueShift) + int(hold&(1<<(e&63)-1)>>(e>>widthShift&15))
}

// extra is the bits after the code.
func (e entry) extra() uint { return uint(e)&63 - e.width() }

// The bits that index a table, and the room for it and the tables its links lead
// to: at most 1,332 entries for 286 codes and 402 for 30 (zlib's enough.c tells
// how many), and powers of two, so that no index is ever outside.
const (
	litBits  = 10
	distBits = 8
	preBits  = 7
)

type (
	litTable  [2048]entry
	distTable [512]entry
	preTable  [1 << preBits]entry
)

// The entries of all symbols, without the widths of their codes.
var (
	litEntries  = makeLitEntries()
	distEntries = makeDistEntries()
	preEntries  = makePreEntries()
)

// makeLitEntries: RFC 1951 section 3.2.5. The last two are no symbols.
func makeLitEntries() (entries [288]entry) {
	for i := range 256 {
		entries[i] = literal | entry(i)<<valueShift
	}
	entries[256] = special | endOfBlock
	length := entry(3)
	for i := range 28 {
		extra := entry(max(0, i/4-1))
		entries[257+i] = length<<valueShift | extra
		length += 1 << extra
	}
	entries[285] = 258 << valueShift
	entries[286], entries[287] = special, special
	return entries
}

// makeDistEntries: RFC 1951 section 3.2.5. The last two are no symbols.
func makeDistEntries() (entries [32]entry) {
	distance := entry(1)
	for i := range 30 {
		extra := entry(max(0, i/2-1))
		entries[i] = distance<<valueShift | extra
		distance += 1 << extra
	}
	entries[30], entries[31] = special, special
	return entries
}

func makePreEntries() (entries [len(widthOrder)]entry) {
	for i := range entries {
		entries[i] = entry(i) << valueShift
	}
	return entries
}

// fixedMinBits is the shortest code of the fixed tables, that of the end.
const fixedMinBits = 7

type tables struct {
	lit litTable
	dst distTable
}

// fixedTables: RFC 1951 section 3.2.6.
var fixedTables = sync.OnceValue(func() *tables {
	var widths [len(litEntries)]uint8
	for i := range widths {
		switch {
		case i < 144, i >= 280:
			widths[i] = 8
		case i < 256:
			widths[i] = 9
		default:
			widths[i] = 7
		}
	}
	fixed := new(tables)
	build(fixed.lit[:], litBits, litEntries[:], widths[:])
	for i := range len(distEntries) {
		widths[i] = 5
	}
	build(fixed.dst[:], distBits, distEntries[:], widths[:len(distEntries)])
	return fixed
})
