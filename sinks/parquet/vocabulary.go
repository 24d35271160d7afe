package parquet

import (
	"bytes"
	"slices"
)

const (
	// mostCodes is how many different texts a column may have and be kept as codes.
	mostCodes = 4096
	// mostWords is how many bytes these texts may have.
	mostWords = 1 << 17
	// doubtful is how many different texts a column may have before it must prove
	// that they repeat: that it has provenBy times as many cells.
	doubtful = 1024
	provenBy = 4
	// wordChunk is how many bytes of texts are allocated at once.
	wordChunk = 1 << 12
)

// vocabulary is the different texts of a column of a table, by code: 1 is the
// text that came first, 0 stands for null. Codes depend on the order of arrival,
// so nothing that is written may.
type vocabulary struct {
	column   *column
	distinct distinct
	chunk    []byte      // the bytes of the texts that came last
	mixed    []mixedCell // by code, for the digest
	cells    int         // how many cells were offered
	full     bool        // the column is not kept as codes any more
	ranks    []uint16    // by code, the place in bytewise order; see ranked
}

func newVocabulary(c *column) *vocabulary {
	return &vocabulary{column: c, mixed: make([]mixedCell, 1, 8)}
}

// vocabularies are those of the columns of a table.
func vocabularies(columns []column) []*vocabulary {
	all := make([]*vocabulary, len(columns))
	for i := range all {
		all[i] = newVocabulary(&columns[i])
	}
	return all
}

// codes is how many codes there are, with that of null.
func (v *vocabulary) codes() int { return len(v.mixed) }

// at is the text of a code; false means null.
func (v *vocabulary) at(code uint16) ([]byte, bool) {
	if code == 0 {
		return nil, false
	}
	return v.distinct.texts[code-1], true
}

// code is the code of a text, of which a copy is kept if it is new. It answers
// false, and from then on the column is plain, when there are too many.
func (v *vocabulary) code(text []byte) (uint16, bool) {
	number, vacant, found := v.distinct.find(text)
	if found {
		return uint16(number) + 1, true
	}
	n := v.codes() // with this one, without null
	if n > mostCodes || v.distinct.size+int64(len(text)) > mostWords || n > doubtful && n*provenBy > v.cells {
		v.full = true
		return 0, false
	}
	v.mixed = append(v.mixed, mixCell(v.column.canonical(text, nil)))
	return uint16(v.distinct.add(v.keep(text), vacant)) + 1, true
}

// keep copies a text.
func (v *vocabulary) keep(text []byte) []byte {
	if len(v.chunk)+len(text) > cap(v.chunk) {
		v.chunk = make([]byte, 0, max(wordChunk, len(text)))
	}
	start := len(v.chunk)
	v.chunk = append(v.chunk, text...)
	return v.chunk[start:len(v.chunk):len(v.chunk)]
}

// ranked gives the place of every code in bytewise order, null first. It is
// asked for when no more texts come, and not by two goroutines at once.
func (v *vocabulary) ranked() []uint16 {
	if len(v.ranks) == v.codes() {
		return v.ranks
	}
	order := make([]uint16, 0, v.codes())
	for code := range v.codes() {
		order = append(order, uint16(code))
	}
	slices.SortFunc(order[1:], func(a, b uint16) int { return bytes.Compare(v.distinct.texts[a-1], v.distinct.texts[b-1]) })
	v.ranks = make([]uint16, v.codes())
	for rank, code := range order {
		v.ranks[code] = uint16(rank)
	}
	return v.ranks
}
