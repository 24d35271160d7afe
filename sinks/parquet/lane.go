package parquet

import "encoding/binary"

// lane is a column of cells on its way to the spill file: the length of each cell
// plus one as a varint, 0 for null, and the bytes of all.
type lane struct{ lengths, bytes []byte }

func (l *lane) reset() { l.lengths, l.bytes = l.lengths[:0], l.bytes[:0] }

// scatter appends the cells from and up to to to the lanes of their buckets,
// which are given from the first of these cells on, and answers how many bytes
// that were.
func scatter(lanes []lane, buckets []uint16, t *texts, from, to int) int {
	size := 0
	for i, bucket := range buckets[:to-from] {
		start, end := t.ends[from+i]&^null, t.ends[from+i+1]
		lane := &lanes[bucket]
		if end&null != 0 {
			lane.lengths = append(lane.lengths, 0)
			continue
		}
		if end-start < 0x7f {
			lane.lengths = append(lane.lengths, byte(end-start)+1)
		} else {
			lane.lengths = binary.AppendUvarint(lane.lengths, uint64(end-start)+1)
		}
		size += int(end - start)
		if end-start <= short && int(start)+short <= len(t.data) && len(lane.bytes)+short <= cap(lane.bytes) {
			lane.bytes = appendShort(lane.bytes, t.data[start:start+short], int(end-start))
			continue
		}
		lane.bytes = append(lane.bytes, t.data[start:end]...)
	}
	return size + to - from
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
