package parquet

import (
	"errors"
	"slices"
)

// null marks the end of a null cell. It leaves 31 bits for the bytes of a column.
const null = 1 << 31

// errTooLarge: the cells of one column that are held at once must fit 31 bits.
var errTooLarge = errors.New("more than 2 GiB of text in one column of one part; give more rows in TableOptions or leave the column out")

// texts is a column of cells: their codes, or else the bytes of all, one after
// the other, and where each ends.
type texts struct {
	coded  bool
	words  *vocabulary // of the codes; nil if the column never had any
	codes  []uint16
	places []int32 // of the batch that was taken last; see placesOf

	data []byte
	ends []uint32 // ends[i+1] is the end of cell i, null when the top bit is set; ends[0] is 0
}

// reset removes the cells. What comes next is kept as codes as long as the
// vocabulary takes it.
func (t *texts) reset() {
	t.coded = t.words != nil && !t.words.full
	t.codes, t.data, t.ends = t.codes[:0], t.data[:0], append(t.ends[:0], 0)
}

// size is about the memory of the cells in bytes.
func (t *texts) size() int { return 2*len(t.codes) + 4*len(t.ends) + len(t.data) }

// at is the cell i; false means null. The slice is valid until reset.
func (t *texts) at(i int) ([]byte, bool) {
	if t.coded {
		return t.words.at(t.codes[i])
	}
	start, end := t.ends[i]&^null, t.ends[i+1]
	if end&null != 0 {
		return nil, false
	}
	return t.data[start:end:end], true
}

// grow makes room for n more cells of size bytes in all.
func (t *texts) grow(n, size int) {
	if t.coded {
		t.codes = slices.Grow(t.codes, n)
		return
	}
	t.ends, t.data = slices.Grow(t.ends, n), slices.Grow(t.data, size)
}

// appendCell copies a cell.
func (t *texts) appendCell(cell []byte, valid bool) error {
	if t.coded {
		if t.words.cells++; !valid {
			t.codes = append(t.codes, 0)
			return nil
		}
		if code, ok := t.words.code(cell); ok {
			t.codes = append(t.codes, code)
			return nil
		}
		if err := t.expand(); err != nil {
			return err
		}
	}
	if len(t.data)+len(cell) >= null {
		return errTooLarge
	}
	if !valid {
		t.ends = append(t.ends, uint32(len(t.data))|null)
		return nil
	}
	t.data = append(t.data, cell...)
	t.ends = append(t.ends, uint32(len(t.data)))
	return nil
}

// expand makes texts of the codes.
func (t *texts) expand() error {
	codes := t.codes
	t.coded, t.codes = false, nil
	return t.appendCodes(codes)
}

// appendCodes appends the texts of codes to texts.
func (t *texts) appendCodes(codes []uint16) error {
	for _, code := range codes {
		cell, valid := t.words.at(code)
		if err := t.appendCell(cell, valid); err != nil {
			return err
		}
	}
	return nil
}
