package parquet

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// DigestName names the digest of a table as it stands in manifests: the sum,
// modulo 2^128, of a 128-bit hash of every row.
//
// The hash of a row is MurmurHash3_x64_128 (seed 0) of 16 bytes for every column,
// in the order of the columns: the 128-bit XXH3 (seed 0) of the text of the cell,
// its low half first, both halves little-endian; 16 zeros for a null. Of the two
// halves of the result the first, h1, is the high one of the number that is
// added. The digest is the sum as 32 hexadecimal digits. Texts are in UTF-8; where
// the column is typed they are those that Read gives back, so that a value has one
// digest in whatever notation it came; a text that does not fit its type counts as
// it is.
//
// A sum does not depend on the order of the rows nor on the number of buckets,
// and the digest of a table is the sum of those of its parts. The digest finds
// what differs by accident; it does not withstand somebody who wants two tables
// to have the same.
const DigestName = "murmur3-xxh3-128-sum-of-values"

// digest is a sum of row hashes.
type digest struct{ hi, lo uint64 }

func (d *digest) add(e digest) {
	var carry uint64
	d.lo, carry = bits.Add64(d.lo, e.lo, 0)
	d.hi, _ = bits.Add64(d.hi, e.hi, carry)
}

// String is 32 hexadecimal digits.
func (d digest) String() string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], d.hi)
	binary.BigEndian.PutUint64(b[8:], d.lo)
	return hex.EncodeToString(b[:])
}

// The constants of MurmurHash3_x64_128 (Austin Appleby, public domain).
const (
	murmurC1 = 0x87c37b91114253d5
	murmurC2 = 0x4cf5ad432745937f
)

// mixedCell is the hash of a cell as it goes into the hash of its row: the part
// of a step of MurmurHash3 that depends on the cell alone. Zeros stay zeros.
type mixedCell struct{ k1, k2 uint64 }

func mixCell(text []byte) mixedCell {
	hash := xxh3.Hash128(text)
	return mixedCell{bits.RotateLeft64(hash.Lo*murmurC1, 31) * murmurC2, bits.RotateLeft64(hash.Hi*murmurC2, 33) * murmurC1}
}

// rowHash is the state of MurmurHash3 over the cells of a row.
type rowHash struct{ h1, h2 uint64 }

func (h *rowHash) step(c mixedCell) {
	h1, h2 := h.h1^c.k1, h.h2^c.k2
	h.h1 = (bits.RotateLeft64(h1, 27)+h.h2)*5 + 0x52dce729
	h.h2 = (bits.RotateLeft64(h2, 31)+h.h1)*5 + 0x38495ab5
}

// finish is the hash of a row of the given number of cells.
func (h rowHash) finish(cells int) digest {
	h1, h2 := h.h1^uint64(16*cells), h.h2^uint64(16*cells)
	h1 += h2
	h2 += h1
	h1, h2 = finalMix(h1), finalMix(h2)
	h1 += h2
	return digest{hi: h1, lo: h2 + h1}
}

func finalMix(k uint64) uint64 {
	k = (k ^ k>>33) * 0xff51afd7ed558ccd
	k = (k ^ k>>33) * 0xc4ceb9fe1a85ec53
	return k ^ k>>33
}

// digestRows is how many rows are hashed column by column before the next: so few
// that their states stay in the cache of the processor.
const digestRows = 1024

// digest is the digest of all rows.
func (r *rows) digest(columns []column) digest {
	var sum digest
	var states [digestRows]rowHash
	for from := 0; from < r.n; from += digestRows {
		some := states[:min(digestRows, r.n-from)]
		clear(some)
		for i := range r.columns {
			r.columns[i].hashInto(some, from, &columns[i])
		}
		for _, state := range some {
			sum.add(state.finish(len(r.columns)))
		}
	}
	return sum
}

// hashInto adds the cells from a row on to the states of these rows.
func (t *texts) hashInto(states []rowHash, from int, c *column) {
	if t.coded {
		mixed := t.words.mixed
		for i, code := range t.codes[from : from+len(states)] {
			states[i].step(mixed[code])
		}
		return
	}
	var scratch [64]byte
	start := t.ends[from] &^ null
	for i, end := range t.ends[from+1 : from+1+len(states)] {
		if end&null != 0 {
			states[i].step(mixedCell{})
		} else {
			states[i].step(mixCell(c.canonical(t.data[start:end], scratch[:0])))
		}
		start = end &^ null
	}
}
