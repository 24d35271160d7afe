package parquet

import (
	"encoding/binary"
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
	offsets, bytes := a.ValueOffsets(), a.ValueBytes()
	if len(t.data)+len(bytes) >= null {
		return errTooLarge
	}
	shift := uint32(len(t.data)) - uint32(offsets[0])
	t.data = append(t.data, bytes...)
	if a.NullN() == 0 {
		for _, end := range offsets[1:] {
			t.ends = append(t.ends, uint32(end)+shift)
		}
		return nil
	}
	for i, end := range offsets[1:] {
		end := uint32(end) + shift
		if a.IsNull(i) {
			end |= null
		}
		t.ends = append(t.ends, end)
	}
	return nil
}

// encode appends the cells of the given rows to block: the length of each plus
// one as a varint, 0 for null, then the bytes of all.
func (t *texts) encode(block []byte, rows []int32) []byte {
	for _, row := range rows {
		start, end := t.ends[row]&^null, t.ends[row+1]
		switch {
		case end&null != 0:
			block = append(block, 0)
		case end-start < 0x7f:
			block = append(block, byte(end-start)+1)
		default:
			block = binary.AppendUvarint(block, uint64(end-start)+1)
		}
	}
	for _, row := range rows {
		start, end := t.ends[row]&^null, t.ends[row+1]
		if end&null != 0 {
			continue
		}
		if end-start <= short && int(start)+short <= len(t.data) && len(block)+short <= cap(block) {
			block = appendShort(block, t.data[start:start+short], int(end-start))
			continue
		}
		block = append(block, t.data[start:end]...)
	}
	return block
}

// short is the size of texts that are copied as if they all had it: most are
// shorter, and a copy of fixed size needs no call.
const short = 32

// appendShort appends the first n bytes of text, of which short are there, to a
// slice that has room for short.
func appendShort(to, text []byte, n int) []byte {
	out := to[len(to) : len(to)+short]
	order := binary.LittleEndian
	order.PutUint64(out, order.Uint64(text))
	order.PutUint64(out[8:], order.Uint64(text[8:]))
	order.PutUint64(out[16:], order.Uint64(text[16:]))
	order.PutUint64(out[24:], order.Uint64(text[24:]))
	return to[:len(to)+n]
}

// decode appends n cells from the front of block and gives back the rest.
func (t *texts) decode(block []byte, n int) ([]byte, error) {
	end, at := uint64(len(t.data)), 0
	for range n {
		if at >= len(block) {
			return nil, errBlock
		}
		length := uint64(block[at])
		at++
		if length >= 0x80 {
			var size int
			if length, size = binary.Uvarint(block[at-1:]); size <= 0 {
				return nil, errBlock
			}
			at += size - 1
		}
		if length == 0 {
			t.ends = append(t.ends, uint32(end)|null)
			continue
		}
		if end += length - 1; end >= null {
			return nil, errTooLarge
		}
		t.ends = append(t.ends, uint32(end))
	}
	size := int(end) - len(t.data)
	if size > len(block)-at {
		return nil, errBlock
	}
	t.data = append(t.data, block[at:at+size]...)
	return block[at+size:], nil
}
