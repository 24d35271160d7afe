package parquet

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// DigestName names the digest of a table as it stands in manifests: the sum,
// modulo 2^128, of the 128-bit XXH3 (seed 0) of every row. A row is its cells in
// the order of the columns, each as the length of its text in bytes plus one (a
// varint, LEB128) and the text; a null is a single 0. Texts are those that were
// appended, also where the column is typed.
//
// A sum does not depend on the order of the rows nor on the number of buckets,
// and the digest of a table is the sum of those of its parts.
const DigestName = "xxh3-128-sum"

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

// digest is the digest of all rows.
func (r *rows) digest() digest {
	var sum digest
	row := make([]byte, 0, 1<<12)
	for i := range r.n {
		row = row[:0]
		for c := range r.columns {
			row = r.columns[c].appendCanonical(row, i)
		}
		hash := xxh3.Hash128(row)
		sum.add(digest{hash.Hi, hash.Lo})
	}
	return sum
}

// appendCanonical appends cell i as it goes into the digest.
func (t *texts) appendCanonical(row []byte, i int) []byte {
	start, end := t.ends[i]&^null, t.ends[i+1]
	if end&null != 0 {
		return append(row, 0)
	}
	if end-start < 0x7f {
		row = append(row, byte(end-start)+1)
	} else {
		row = binary.AppendUvarint(row, uint64(end-start)+1)
	}
	if end-start <= short && int(start)+short <= len(t.data) && len(row)+short <= cap(row) {
		return appendShort(row, t.data[start:start+short], int(end-start))
	}
	return append(row, t.data[start:end]...)
}
