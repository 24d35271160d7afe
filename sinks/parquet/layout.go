package parquet

import (
	"bytes"

	pq "github.com/parquet-go/parquet-go"
)

const (
	// pageBytes is about the size of a page before it is compressed. Larger ones make
	// files a little smaller and reading a whole table a little faster, and whoever looks
	// one row up reads so much more of every column.
	pageBytes = 1 << 16
	// keyRows is how many rows the pages of an id have: Find reads one of them.
	keyRows = 1 << 10
	// boundedText is the longest text that may stand in the bounds of a column. The
	// footer has these in full, and nobody asks for what lies between two long texts.
	boundedText = 128
)

// layout is how a column of a part is written, beside its kind. It follows from the
// cells of the part alone, not from how they are held.
type layout struct {
	dictionary *repeated // nil if it has none
	long       bool      // it has no bounds
	step       int       // how many cells are handed to parquet-go at once
	rows       int       // at how many a page ends; 0 if at its size alone
}

// layoutOf plans a column. The id has no dictionary: to look one up would be to read
// the ids of all rows.
func (p *part) layoutOf(i int) layout {
	t, cells := p.table, &p.rows.columns[i]
	l := layout{step: chunk}
	if t.columns[i].kind == kindText {
		longest, all := cells.lengths()
		l.long = longest > boundedText && i != t.key[0]
		l.step = max(fewCells, min(chunk, pageBytes/4*len(p.order)/max(1, all)))
	}
	switch {
	case i == t.key[0]:
		l.rows = keyRows
	case t.columns[i].kind == kindText && p.repeats(i):
		l.dictionary = &repeated{long: l.long}
		if cells.coded {
			l.dictionary.words = t.words[i]
		}
	}
	return l
}

// fewCells are handed to parquet-go at once however long they are.
const fewCells = 8

// lengths are the bytes of the longest cell and of all.
func (t *texts) lengths() (longest, all int) {
	if t.coded {
		for _, code := range t.codes {
			word, _ := t.words.at(code)
			longest, all = max(longest, len(word)), all+len(word)
		}
		return longest, all
	}
	start := uint32(0)
	for _, end := range t.ends[1:] {
		longest, start = max(longest, int(end&^null-start)), end&^null
	}
	return longest, len(t.data)
}

// longText is the type of texts that are too long for bounds.
type longText struct{ pq.Type }

func (longText) NewColumnIndexer(int) pq.ColumnIndexer { return anyText() }

// anyText is an index of pages that may hold any text: to leave bounds out of an index
// would be to say that a page has none but empty texts.
func anyText() pq.ColumnIndexer {
	return &widest{least: []byte{}, most: bytes.Repeat([]byte{0xff}, 16)} // no UTF-8 is greater
}
