package parquet

import (
	"bytes"
	"slices"
	"sync"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// repeated is the type of a column of text that is encoded with a dictionary. It
// makes the bytes that parquet-go's own type makes, and finds the place of a text
// in the dictionary, and the bounds of a page, at a fraction of its price.
// With a vocabulary the values of the column are codes, given as 32-bit numbers.
type repeated struct {
	pq.Type
	words *vocabulary // nil: the values are texts
	long  bool        // the texts are too long for bounds
	made  []*dictionary
}

func (r *repeated) NewDictionary(column, values int, data encoding.Values) pq.Dictionary {
	d := &dictionary{Dictionary: r.Type.NewDictionary(column, values, data), column: column, plain: r.Type, words: r.words, long: r.long}
	if r.words != nil {
		d.places = make([]int32, r.words.codes())
	}
	d.distinct = distincts.Get().(*distinct)
	r.made = append(r.made, d)
	return d
}

// free gives the memory of the dictionaries to those of the next part; they
// cannot be used any more.
func (r *repeated) free() {
	for _, d := range r.made {
		d.reset()
		distincts.Put(d.distinct)
		d.distinct = nil
	}
	r.made = nil
}

// distincts and pages keep memory from one part to the next: without them most of
// what the collector frees is theirs.
var (
	distincts = sync.Pool{New: func() any { return new(distinct) }}
	pages     = sync.Pool{New: func() any { return new([]int32) }}
)

// dictionary is the dictionary of one column of one row group. The texts that
// are inserted must stay as they are until Reset. The dictionary within stays
// empty.
type dictionary struct {
	pq.Dictionary
	column    int
	plain     pq.Type // of the texts
	long      bool    // the texts are too long for bounds
	*distinct         // by place
	last      int32   // the place that was found last

	words  *vocabulary // nil: what is inserted are texts
	places []int32     // by code, the place and one; 0 if it has none
}

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
	d.reset()
	clear(d.places)
	d.last = 0
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

// Insert sets indexes to the places of the values, which are texts, or codes if
// there is a vocabulary.
func (d *dictionary) Insert(indexes []int32, values []pq.Value) {
	if d.words != nil {
		for i := range values {
			indexes[i] = d.placeOf(uint16(values[i].Int32()))
		}
		return
	}
	for i := range values {
		text := values[i].ByteArray()
		if len(d.texts) == 0 || !bytes.Equal(text, d.texts[d.last]) {
			d.last = d.number(text)
		}
		indexes[i] = d.last
	}
}

// placeOf is the place of a code, which gets one if it has none yet.
func (d *dictionary) placeOf(code uint16) int32 {
	if place := d.places[code]; place != 0 {
		return place - 1
	}
	text, _ := d.words.at(code)
	d.texts, d.size = append(d.texts, text), d.size+int64(len(text))
	d.places[code] = int32(len(d.texts))
	return int32(len(d.texts)) - 1
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

func (p places) NewColumnIndexer(limit int) pq.ColumnIndexer {
	if p.dictionary.long {
		return anyText()
	}
	return p.Type.NewColumnIndexer(limit)
}

func (p places) NewColumnBuffer(column, values int) pq.ColumnBuffer {
	return &placesBuffer{ColumnBuffer: p.Type.NewColumnBuffer(column, 0), dictionary: p.dictionary, room: values}
}

// fewIndexes is how many indexes a page has room for at first: as many as it gets
// where the column may be null.
const fewIndexes = 1 << 15

// placesBuffer is a page that is being filled; the buffer in it stays empty.
type placesBuffer struct {
	pq.ColumnBuffer
	dictionary *dictionary
	indexes    []int32
	room       int      // how many indexes are expected
	pooled     *[]int32 // where the memory of indexes came from; nil if there is none yet
}

func (b *placesBuffer) Len() int         { return len(b.indexes) }
func (b *placesBuffer) Cap() int         { return cap(b.indexes) }
func (b *placesBuffer) NumValues() int64 { return int64(len(b.indexes)) }
func (b *placesBuffer) Size() int64      { return 4 * int64(len(b.indexes)) }
func (b *placesBuffer) Page() pq.Page    { return placesPage{b.ColumnBuffer.Page(), b} }

// Reset is called when the page is written.
func (b *placesBuffer) Reset() {
	if b.pooled == nil {
		return
	}
	*b.pooled = b.indexes[:0]
	pages.Put(b.pooled)
	b.indexes, b.pooled = nil, nil
}

func (b *placesBuffer) WriteValues(values []pq.Value) (int, error) {
	if b.pooled == nil {
		b.pooled = pages.Get().(*[]int32)
		b.indexes = slices.Grow((*b.pooled)[:0], max(b.room, fewIndexes))
	}
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
