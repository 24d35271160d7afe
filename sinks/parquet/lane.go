package parquet

import (
	"encoding/binary"
	"slices"
)

// form is how the cells of a column stand in a block.
type form byte

const (
	allNull form = iota // nothing
	narrow              // a code in a byte
	wide                // a code in two bytes
	plain               // the length of each cell plus one as a varint, 0 for null, and the bytes of all
)

// form is the form that cells of a column need now.
func (t *texts) form() form {
	switch {
	case !t.coded:
		return plain
	case t.words.codes() == 1:
		return allNull
	case t.words.codes() <= 1<<8:
		return narrow
	}
	return wide
}

// lane is cells of a column and a bucket on their way to the spill file. The
// bytes of plain cells stand apart from their lengths; codes stand in lengths.
type lane struct{ lengths, bytes []byte }

// reset empties the lane; its memory is kept for what comes next, or freed.
func (l *lane) reset(keep bool) {
	if !keep {
		*l = lane{}
		return
	}
	l.lengths, l.bytes = l.lengths[:0], l.bytes[:0]
}

// append appends cells in a form: those that stand from places after from. It
// answers how many bytes that were.
func (l *lane) append(f form, t *texts, from int, places []uint16) int {
	switch f {
	case allNull:
		return 0
	case narrow:
		codes, start := t.codes[from:], len(l.lengths)
		l.lengths = slices.Grow(l.lengths, len(places))[:start+len(places)]
		to := l.lengths[start:]
		for i, place := range places {
			to[i] = byte(codes[place])
		}
		return len(places)
	case wide:
		for _, place := range places {
			l.lengths = binary.LittleEndian.AppendUint16(l.lengths, t.codes[from+int(place)])
		}
		return 2 * len(places)
	}
	return l.appendPlain(t, from, places)
}

func (l *lane) appendPlain(t *texts, from int, places []uint16) int {
	lengths, bytes := l.lengths, l.bytes
	before := len(lengths) + len(bytes)
	ends := t.ends[from:]
	for _, place := range places {
		start, end := ends[place]&^null, ends[place+1]
		if end&null != 0 {
			lengths = append(lengths, 0)
			continue
		}
		if end-start < 0x7f {
			lengths = append(lengths, byte(end-start)+1)
		} else {
			lengths = binary.AppendUvarint(lengths, uint64(end-start)+1)
		}
		if end-start <= short && int(start)+short <= len(t.data) && len(bytes)+short <= cap(bytes) {
			bytes = appendShort(bytes, t.data[start:start+short], int(end-start))
			continue
		}
		bytes = append(bytes, t.data[start:end]...)
	}
	l.lengths, l.bytes = lengths, bytes
	return len(lengths) + len(bytes) - before
}

// decode appends n cells from the front of block and gives back the rest.
func (t *texts) decode(block []byte, n int) ([]byte, error) {
	if len(block) == 0 {
		return nil, errBlock
	}
	f, block := form(block[0]), block[1:]
	if f == plain && !t.coded {
		return t.decodePlain(block, n)
	}
	size := n * int(f) // 0, 1 or 2 bytes
	if f >= plain || t.words == nil || size > len(block) {
		return nil, errBlock
	}
	start := len(t.codes)
	t.codes = slices.Grow(t.codes, n)[:start+n]
	if !decodeCodes(t.codes[start:], f, block, t.words.codes()) {
		return nil, errBlock
	}
	if t.coded {
		return block[size:], nil
	}
	codes := t.codes
	t.codes = t.codes[:0]
	return block[size:], t.appendCodes(codes)
}

// decodeCodes sets codes to those at the front of a block; it answers false if
// one is not below limit.
func decodeCodes(codes []uint16, f form, block []byte, limit int) bool {
	most := 0
	switch f {
	case allNull:
		clear(codes)
	case narrow:
		for i, code := range block[:len(codes)] {
			codes[i] = uint16(code)
			most = max(most, int(code))
		}
	case wide:
		for i := range codes {
			codes[i] = binary.LittleEndian.Uint16(block[2*i:])
			most = max(most, int(codes[i]))
		}
	}
	return most < limit
}

func (t *texts) decodePlain(block []byte, n int) ([]byte, error) {
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
