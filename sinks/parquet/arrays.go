package parquet

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// isText reports whether cells can be taken from an array of a type: utf8, or a
// dictionary of utf8.
func isText(t arrow.DataType) bool {
	if d, ok := t.(*arrow.DictionaryType); ok {
		t = d.ValueType
	}
	return t.ID() == arrow.STRING
}

// nullsOf counts the null cells of an array of texts: those without a place in
// its dictionary, and those whose place holds a null.
func nullsOf(a arrow.Array) int {
	nulls := a.NullN()
	d, ok := a.(*array.Dictionary)
	if !ok || nulls == d.Len() || d.Dictionary().NullN() == 0 {
		return nulls
	}
	for i := range d.Len() {
		if place := d.GetValueIndex(i); d.IsValid(i) && place < d.Dictionary().Len() && d.Dictionary().IsNull(place) {
			nulls++
		}
	}
	return nulls
}

// appendArray copies all cells of an array of texts.
func (t *texts) appendArray(a arrow.Array) error { return t.take(a, (*texts).appendTexts) }

// view makes t the cells of an array of texts, whose bytes it may share.
func (t *texts) view(a arrow.Array) error {
	t.data = nil // what is there is not ours
	t.reset()
	return t.take(a, (*texts).shareTexts)
}

// take appends the cells of an array: as codes, and once the vocabulary takes no
// more, as texts, for which plain is given.
func (t *texts) take(a arrow.Array, plain func(*texts, *array.String) error) error {
	if a.Len() == 0 {
		return nil
	}
	if t.coded {
		coded, err := t.takeCodes(a)
		if coded || err != nil {
			return err
		}
		if err := t.expand(); err != nil {
			return err
		}
	}
	if d, ok := a.(*array.Dictionary); ok {
		return t.expandPlaces(d, d.Dictionary().(*array.String))
	}
	return plain(t, a.(*array.String))
}

// takeCodes appends the codes of the cells of an array, or answers false and
// appends nothing when the vocabulary does not take them all.
func (t *texts) takeCodes(a arrow.Array) (bool, error) {
	start := len(t.codes)
	t.words.cells += a.Len()
	if a.NullN() == a.Len() {
		t.codes = append(t.codes, make([]uint16, a.Len())...)
		return true, nil
	}
	var err error
	if d, ok := a.(*array.Dictionary); ok {
		t.words.cells += provenBy * mostCodes // whoever sends a dictionary knows that texts repeat
		err = t.codePlaces(d, d.Dictionary().(*array.String))
	} else {
		t.codeTexts(a.(*array.String))
	}
	if t.words.full {
		t.codes = t.codes[:start]
	}
	return !t.words.full, err
}

// codeTexts appends the codes of texts, up to the first that has none.
func (t *texts) codeTexts(a *array.String) {
	offsets, data, nulls := a.ValueOffsets(), a.ValueBytes(), a.NullN() > 0
	var last []byte
	code, known, first := uint16(0), false, offsets[0]
	start := first
	for i, end := range offsets[1:] {
		if nulls && a.IsNull(i) {
			t.codes, start = append(t.codes, 0), end
			continue
		}
		cell := data[start-first : end-first]
		if start = end; !known || !bytes.Equal(cell, last) {
			if code, known = t.words.code(cell); !known {
				return
			}
			last = cell
		}
		t.codes = append(t.codes, code)
	}
}

// appendTexts copies texts, of which there is one at least.
func (t *texts) appendTexts(a *array.String) error {
	data := a.ValueBytes()
	if len(t.data)+len(data) >= null {
		return errTooLarge
	}
	t.appendEnds(a)
	t.data = append(t.data, data...)
	return nil
}

// shareTexts makes t the given texts, of which there is one at least; t has no
// cells before.
func (t *texts) shareTexts(a *array.String) error {
	t.appendEnds(a)
	t.data = a.ValueBytes()
	return nil
}

// appendEnds appends the ends of the cells of an array, of which there is one at
// least, as they are when its bytes stand after those that are there.
func (t *texts) appendEnds(a *array.String) {
	offsets := a.ValueOffsets()
	shift := uint32(len(t.data)) - uint32(offsets[0])
	if a.NullN() == 0 {
		for _, end := range offsets[1:] {
			t.ends = append(t.ends, uint32(end)+shift)
		}
		return
	}
	for i, end := range offsets[1:] {
		end := uint32(end) + shift
		if a.IsNull(i) {
			end |= null
		}
		t.ends = append(t.ends, end)
	}
}
