package parquet

import (
	"errors"
	"slices"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// null marks the end of a null cell. It leaves 31 bits for the bytes of a column.
const null = 1 << 31

// errTooLarge: the cells of one column that are held at once must fit 31 bits.
var errTooLarge = errors.New("more than 2 GiB of text in one column of one part; give more rows in TableOptions or leave the column out")

// texts is a column of cells: the bytes of all, one after the other, and where
// each ends.
type texts struct {
	data []byte
	ends []uint32 // ends[i+1] is the end of cell i, null when the top bit is set; ends[0] is 0
}

func (t *texts) reset() {
	t.data = t.data[:0]
	t.ends = append(t.ends[:0], 0)
}

// at is the cell i; false means null. The slice is valid until reset.
func (t *texts) at(i int) ([]byte, bool) {
	start, end := t.ends[i]&^null, t.ends[i+1]
	if end&null != 0 {
		return nil, false
	}
	return t.data[start:end:end], true
}

// grow makes room for n more cells of size bytes in all.
func (t *texts) grow(n, size int) {
	t.ends, t.data = slices.Grow(t.ends, n), slices.Grow(t.data, size)
}

func (t *texts) appendCell(cell []byte, valid bool) error {
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

// appendArray copies all cells of an array.
func (t *texts) appendArray(a *array.String) error {
	if a.Len() == 0 {
		return nil
	}
	bytes := a.ValueBytes()
	if len(t.data)+len(bytes) >= null {
		return errTooLarge
	}
	t.appendEnds(a)
	t.data = append(t.data, bytes...)
	return nil
}

// view makes t the cells of an array, whose bytes it shares.
func (t *texts) view(a *array.String) {
	t.data, t.ends = nil, append(t.ends[:0], 0)
	if a.Len() > 0 {
		t.appendEnds(a)
		t.data = a.ValueBytes()
	}
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
