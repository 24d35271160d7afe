package parquet

import (
	"bytes"
	"math/bits"

	"github.com/zeebo/xxh3"
)

// distinct numbers different texts in the order in which they are first seen.
// The texts must stay as they are.
type distinct struct {
	texts [][]byte // by number
	size  int64    // the bytes of the texts
	slots []slot   // where the numbers are found: open addressing, at most half full
}

// slot is empty, or the number of a text and the low half of its hash.
type slot struct {
	hash   uint32
	number int32 // and one; 0 if the slot is empty
}

// fewSlots is how many slots there are at first.
const fewSlots = 256

func (d *distinct) reset() {
	clear(d.slots)
	clear(d.texts)
	d.texts, d.size = d.texts[:0], 0
}

// find is the number of a text; if it has none, false and where to add it.
func (d *distinct) find(text []byte) (number int32, vacant slot, found bool) {
	hash := uint32(xxh3.Hash(text))
	if len(d.slots) == 0 {
		return 0, slot{hash: hash}, false
	}
	for at := d.slot(hash); d.slots[at].number != 0; at = (at + 1) & (len(d.slots) - 1) {
		if s := d.slots[at]; s.hash == hash && bytes.Equal(text, d.texts[s.number-1]) {
			return s.number - 1, slot{}, true
		}
	}
	return 0, slot{hash: hash}, false
}

// add gives a text that has no number the next; vacant is what find said of it.
func (d *distinct) add(text []byte, vacant slot) int32 {
	if 2*len(d.texts) >= len(d.slots) {
		d.widen()
	}
	d.texts, d.size = append(d.texts, text), d.size+int64(len(text))
	vacant.number = int32(len(d.texts))
	d.put(vacant)
	return vacant.number - 1
}

// number is the number of a text, which gets one if it has none yet.
func (d *distinct) number(text []byte) int32 {
	number, vacant, found := d.find(text)
	if found {
		return number
	}
	return d.add(text, vacant)
}

// slot is where the search for a hash begins.
func (d *distinct) slot(hash uint32) int {
	return int(hash >> (32 - bits.TrailingZeros(uint(len(d.slots)))))
}

// put fills the first empty slot from that of the hash on.
func (d *distinct) put(s slot) {
	at := d.slot(s.hash)
	for d.slots[at].number != 0 {
		at = (at + 1) & (len(d.slots) - 1)
	}
	d.slots[at] = s
}

// widen doubles the slots.
func (d *distinct) widen() {
	old := d.slots
	d.slots = make([]slot, max(fewSlots, 2*len(old)))
	for _, s := range old {
		if s.number != 0 {
			d.put(s)
		}
	}
}
