package parquet

import (
	"bytes"
	"math/bits"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/zeebo/xxh3"
)

// repeated is the type of a column of text that is encoded with a dictionary. It
// makes the bytes that parquet-go's own type makes, and finds the place of a text
// in the dictionary, and the bounds of a page, at a fraction of its price.
type repeated struct{ pq.Type }

func (r repeated) NewDictionary(column, values int, data encoding.Values) pq.Dictionary {
	return &dictionary{Dictionary: r.Type.NewDictionary(column, values, data), column: column, plain: r.Type}
}

// dictionary is the dictionary of one column of one row group. The texts that
// are inserted must stay as they are until Reset. The dictionary within stays
// empty.
type dictionary struct {
	pq.Dictionary
	column int
	plain  pq.Type  // of the texts
	texts  [][]byte // by place
	size   int64    // the bytes of the texts
	slots  []slot   // where the places are found: open addressing, at most half full
	last   int32    // the place that was found last
}

// slot is empty, or a place in the dictionary and the low half of the hash of the
// text there.
type slot struct {
	hash  uint32
	place int32 // and one; 0 if the slot is empty
}

// fewSlots is how many slots a dictionary begins with.
const fewSlots = 256

// mostBytes is the size of a dictionary at which parquet-go goes on without one.
const mostBytes = 1 << 30

func (d *dictionary) Type() pq.Type { return places{d.Dictionary.Type(), d} }

func (d *dictionary) Len() int { return len(d.texts) }

func (d *dictionary) Index(place int32) pq.Value { return pq.ByteArrayValue(d.texts[place]) }

// Size is the bytes of the texts. It does not tell when they are so many that
// parquet-go would do without the dictionary: the cells that are held at once are
// bounded as it is.
func (d *dictionary) Size() int64 { return min(mostBytes, d.size) }

func (d *dictionary) Reset() {
	clear(d.slots)
	d.texts, d.size, d.last = d.texts[:0], 0, 0
}

// Page is the texts by place.
func (d *dictionary) Page() pq.Page {
	flat, ends := make([]byte, 0, d.size), make([]uint32, 1, len(d.texts)+1)
	for _, text := range d.texts {
		flat = append(flat, text...)
		ends = append(ends, uint32(len(flat)))
	}
	return d.plain.NewPage(d.column, len(d.texts), encoding.ByteArrayValues(flat, ends))
}

// Insert sets indexes to the places of the values, which are texts.
func (d *dictionary) Insert(indexes []int32, values []pq.Value) {
	for i := range values {
		text := values[i].ByteArray()
		if len(d.texts) == 0 || !bytes.Equal(text, d.texts[d.last]) {
			d.last = d.place(text)
		}
		indexes[i] = d.last
	}
}

// place is the place of a text, which gets one if it has none yet.
func (d *dictionary) place(text []byte) int32 {
	if 2*len(d.texts) >= len(d.slots) {
		d.widen()
	}
	hash := uint32(xxh3.Hash(text))
	at := d.slot(hash)
	for d.slots[at].place != 0 {
		if s := d.slots[at]; s.hash == hash && bytes.Equal(text, d.texts[s.place-1]) {
			return s.place - 1
		}
		at = (at + 1) & (len(d.slots) - 1)
	}
	d.texts, d.size = append(d.texts, text), d.size+int64(len(text))
	d.slots[at] = slot{hash, int32(len(d.texts))}
	return int32(len(d.texts)) - 1
}

// slot is where the search for a hash begins.
func (d *dictionary) slot(hash uint32) int {
	return int(hash >> (32 - bits.TrailingZeros(uint(len(d.slots)))))
}

// widen doubles the slots.
func (d *dictionary) widen() {
	old := d.slots
	d.slots = make([]slot, max(fewSlots, 2*len(old)))
	for _, s := range old {
		if s.place == 0 {
			continue
		}
		at := d.slot(s.hash)
		for d.slots[at].place != 0 {
			at = (at + 1) & (len(d.slots) - 1)
		}
		d.slots[at] = s
	}
}

// bounds are the least and the greatest text of the given places, of which there
// is one at least.
func (d *dictionary) bounds(indexes []int32) (least, most pq.Value) {
	used := make([]bool, len(d.texts))
	for _, place := range indexes {
		used[place] = true
	}
	low, high := indexes[0], indexes[0]
	for place, is := range used {
		if !is {
			continue
		}
		if bytes.Compare(d.texts[place], d.texts[low]) < 0 {
			low = int32(place)
		}
		if bytes.Compare(d.texts[place], d.texts[high]) > 0 {
			high = int32(place)
		}
	}
	return d.Index(low), d.Index(high)
}

// places is the type of the data pages: places in a dictionary.
type places struct {
	pq.Type
	dictionary *dictionary
}

func (p places) NewColumnBuffer(column, values int) pq.ColumnBuffer {
	return &placesBuffer{ColumnBuffer: p.Type.NewColumnBuffer(column, 0), dictionary: p.dictionary, indexes: make([]int32, 0, values)}
}

// placesBuffer is a page that is being filled; the buffer in it stays empty.
type placesBuffer struct {
	pq.ColumnBuffer
	dictionary *dictionary
	indexes    []int32
}

func (b *placesBuffer) Len() int         { return len(b.indexes) }
func (b *placesBuffer) Cap() int         { return cap(b.indexes) }
func (b *placesBuffer) NumValues() int64 { return int64(len(b.indexes)) }
func (b *placesBuffer) Size() int64      { return 4 * int64(len(b.indexes)) }
func (b *placesBuffer) Reset()           { b.indexes = b.indexes[:0] }
func (b *placesBuffer) Page() pq.Page    { return placesPage{b.ColumnBuffer.Page(), b} }

func (b *placesBuffer) WriteValues(values []pq.Value) (int, error) {
	start := len(b.indexes)
	if cap(b.indexes)-start < len(values) {
		b.indexes = append(make([]int32, 0, 2*(start+len(values))), b.indexes...)
	}
	b.indexes = b.indexes[:start+len(values)]
	b.dictionary.Insert(b.indexes[start:], values)
	return len(values), nil
}

// placesPage is a page as it is written.
type placesPage struct {
	pq.Page
	buffer *placesBuffer
}

func (p placesPage) NumRows() int64        { return p.buffer.NumValues() }
func (p placesPage) NumValues() int64      { return p.buffer.NumValues() }
func (p placesPage) Size() int64           { return p.buffer.Size() }
func (p placesPage) Data() encoding.Values { return encoding.Int32Values(p.buffer.indexes) }

func (p placesPage) Bounds() (least, most pq.Value, ok bool) {
	if len(p.buffer.indexes) == 0 {
		return pq.Value{}, pq.Value{}, false
	}
	least, most = p.buffer.dictionary.bounds(p.buffer.indexes)
	return least, most, true
}
