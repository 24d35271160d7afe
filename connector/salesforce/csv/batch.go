package csv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A batch is full at batchRows rows, or when the CSV it was read from reaches
// batchBytes, so that long texts do not make it large.
const (
	batchRows  = 8192
	batchBytes = 4 << 20
)

// batch is the record batch being filled: the buffers of Arrow themselves.
type batch struct {
	schema  *arrow.Schema
	pool    *pool
	columns []column
	rows    int
	bytes   int // of CSV
}

// column is one utf8 column. offsets[rows] is where the data of the unfinished
// row begins, so a row is given up by writing it again.
type column struct {
	name     string
	required bool
	pool     *pool
	data     []byte
	offsets  []int32
	memory   []byte // of offsets
}

func newBatch(schema *arrow.Schema, p *pool) *batch {
	b := &batch{schema: schema, pool: p, columns: make([]column, schema.NumFields())}
	for i := range b.columns {
		field := schema.Field(i)
		if field.Type.ID() != arrow.STRING {
			panic(fmt.Sprintf("csv: column %s is %s, only utf8 can be decoded", field.Name, field.Type))
		}
		b.columns[i] = column{name: field.Name, required: !field.Nullable, pool: p}
		b.columns[i].begin(batchRows * 8)
	}
	return b
}

func (b *batch) full() bool { return b.rows == batchRows || b.bytes >= batchBytes }

// take gives out what is in the batch and begins a new one; nil when there is
// no row. The caller releases it.
func (b *batch) take() arrow.RecordBatch {
	if b.rows == 0 {
		return nil
	}
	arrays := make([]arrow.Array, len(b.columns))
	for i := range b.columns {
		arrays[i] = b.columns[i].take(b.rows)
		defer arrays[i].Release()
	}
	rows := b.rows
	b.rows, b.bytes = 0, 0
	return array.NewRecordBatch(b.schema, arrays, int64(rows))
}

// release gives the buffers back.
func (b *batch) release() {
	for i := range b.columns {
		b.pool.Free(b.columns[i].data)
		b.pool.Free(b.columns[i].memory)
	}
	b.columns = nil
}

func (c *column) begin(size int) {
	c.data = c.pool.Allocate(size)
	c.data = c.data[:cap(c.data)]
	c.memory = c.pool.Allocate((batchRows + 1) * arrow.Int32SizeBytes)
	c.offsets = arrow.Int32Traits.CastFromBytes(c.memory)[:batchRows+1]
	c.offsets[0] = 0
}

// set writes the value of row. A value with doubled quotes is halved on the way.
func (c *column) set(row int, value []byte, doubled bool) {
	start := int(c.offsets[row])
	if len(value) > len(c.data)-start {
		c.grow(start, start+len(value))
	}
	if doubled {
		c.offsets[row+1] = int32(start + halve(c.data[start:], value))
		return
	}
	c.offsets[row+1] = int32(start + copy(c.data[start:], value))
}

// put writes the first n bytes of value as the value of row.
func (c *column) put(row int, value []byte, n int) {
	start := int(c.offsets[row])
	if start+max(n, short) > len(c.data) {
		c.grow(start, start+max(n, short)) // the next short one need not ask
	}
	c.offsets[row+1] = int32(start + n)
	copy(c.data[start:], value[:n])
}

// copyShort copies the first bytes of a value, of which most have no more. A copy
// of fixed length needs no call; what it copies too much is written over by the
// next value.
func copyShort(to, value []byte) {
	out, in, order := (*[short]byte)(to), (*[short]byte)(value), binary.LittleEndian
	order.PutUint64(out[0:], order.Uint64(in[0:]))
	order.PutUint64(out[8:], order.Uint64(in[8:]))
	order.PutUint64(out[16:], order.Uint64(in[16:]))
	order.PutUint64(out[24:], order.Uint64(in[24:]))
}

const short = 32

func (c *column) grow(used, needed int) {
	larger := c.pool.Allocate(max(needed, 2*len(c.data)))
	copy(larger, c.data[:used])
	c.pool.Free(c.data)
	c.data = larger
}

// halve copies value to out with every two quotes made one.
func halve(out, value []byte) int {
	n := 0
	for {
		i := bytes.IndexByte(value, '"')
		if i < 0 {
			return n + copy(out[n:], value)
		}
		n += copy(out[n:], value[:i+1])
		value = value[i+2:]
	}
}

// take gives out the column as an array and begins a new one, large enough for
// as much again.
func (c *column) take(rows int) arrow.Array {
	used := int(c.offsets[rows])
	validity, nulls := c.validity(rows)
	offsets := memory.NewBufferWithAllocator(c.memory[:(rows+1)*arrow.Int32SizeBytes], c.pool)
	values := memory.NewBufferWithAllocator(c.data[:used], c.pool)
	data := array.NewData(arrow.BinaryTypes.String, rows, []*memory.Buffer{validity, offsets, values}, nil, nulls, 0)
	for _, b := range []*memory.Buffer{validity, offsets, values} {
		if b != nil {
			b.Release()
		}
	}
	defer data.Release()
	c.begin(used + used/8)
	return array.NewStringData(data)
}

// grows is 1 where a value is not empty, without a branch that would be guessed
// wrong at every other null.
func grows(start, end int32) byte {
	if end != start {
		return 1
	}
	return 0
}

// validity is the bitmap of the values that are not empty: an empty field is
// null, for Salesforce writes both alike. It is nil when there is no null.
func (c *column) validity(rows int) (*memory.Buffer, int) {
	bitmap := c.pool.Allocate((rows + 7) / 8)
	valid, first := 0, 0
	for ; first+8 <= rows; first += 8 {
		o := (*[9]int32)(c.offsets[first:])
		set := grows(o[0], o[1]) | grows(o[1], o[2])<<1 | grows(o[2], o[3])<<2 | grows(o[3], o[4])<<3 |
			grows(o[4], o[5])<<4 | grows(o[5], o[6])<<5 | grows(o[6], o[7])<<6 | grows(o[7], o[8])<<7
		bitmap[first/8] = set
		valid += bits.OnesCount8(set)
	}
	if first < rows {
		var set byte
		for row := first; row < rows; row++ {
			set |= grows(c.offsets[row], c.offsets[row+1]) << (row - first)
		}
		bitmap[first/8] = set
		valid += bits.OnesCount8(set)
	}
	if valid == rows {
		c.pool.Free(bitmap)
		return nil, 0
	}
	return memory.NewBufferWithAllocator(bitmap[:(rows+7)/8], c.pool), rows - valid
}
