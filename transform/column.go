package transform

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// column is a column of a batch that is being filled.
type column interface {
	// array is the column as Arrow; it shares its memory and is valid until reset.
	array() arrow.Array
	reset()
}

// texts is a column of texts, in memory that is used again for the next batch.
type texts struct {
	data  []byte
	ends  []int32
	valid []byte // one bit a cell
	nulls int
}

func (t *texts) add(text string, valid bool) {
	n := len(t.ends)
	if n == 0 {
		t.ends = append(t.ends, 0)
		n = 1
	}
	if n&7 == 1 {
		t.valid = append(t.valid, 0)
	}
	if valid {
		t.valid[len(t.valid)-1] |= 1 << ((n - 1) & 7)
		t.data = append(t.data, text...)
	} else {
		t.nulls++
	}
	t.ends = append(t.ends, int32(len(t.data)))
}

func (t *texts) reset() {
	t.data, t.ends, t.valid, t.nulls = t.data[:0], t.ends[:0], t.valid[:0], 0
}

func (t *texts) array() arrow.Array {
	if len(t.ends) == 0 {
		t.ends = append(t.ends, 0)
	}
	buffers := []*memory.Buffer{memory.NewBufferBytes(t.valid), memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(t.ends)), memory.NewBufferBytes(t.data)}
	return array.NewStringData(array.NewData(arrow.BinaryTypes.String, len(t.ends)-1, buffers, nil, t.nulls, 0))
}

// codes is a column of texts of which there are few: it goes on as their places
// in a dictionary.
type codes struct {
	dictionary arrow.Array
	places     []uint16
}

var codeType = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint16, ValueType: arrow.BinaryTypes.String}

func newCodes(values []string) *codes {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(values, nil)
	return &codes{dictionary: b.NewArray()}
}

func (c *codes) add(place int) { c.places = append(c.places, uint16(place)) }

func (c *codes) reset() { c.places = c.places[:0] }

func (c *codes) array() arrow.Array {
	buffers := []*memory.Buffer{nil, memory.NewBufferBytes(arrow.Uint16Traits.CastToBytes(c.places))}
	data := array.NewData(codeType, len(c.places), buffers, nil, 0, 0)
	data.SetDictionary(c.dictionary.Data())
	return array.NewDictionaryData(data)
}

// output is a table of the snapshot on its way out, some rows at a time.
type output struct {
	columns []column
	schema  *arrow.Schema
	rows    int
	to      batchFunc
}

// batchFunc takes a batch, which is valid until it returns.
type batchFunc = func(arrow.RecordBatch) error

// outputRows is how many rows a batch has at most.
const outputRows = 8192

// newOutput makes the output of a table with the given schema, of which the
// columns may come as codes. to may be nil.
func newOutput(schema *arrow.Schema, to batchFunc, columns ...column) *output {
	fields := append([]arrow.Field{}, schema.Fields()...)
	for i := range columns {
		if _, coded := columns[i].(*codes); coded {
			fields[i].Type = codeType
		}
	}
	return &output{columns: columns, schema: arrow.NewSchema(fields, nil), to: to}
}

// end ends a row of which every column has its cell.
func (o *output) end() error {
	if o.rows++; o.rows < outputRows {
		return nil
	}
	return o.flush()
}

func (o *output) flush() error {
	if o.rows == 0 {
		return nil
	}
	arrays := make([]arrow.Array, len(o.columns))
	for i, column := range o.columns {
		arrays[i] = column.array()
	}
	batch := array.NewRecordBatch(o.schema, arrays, int64(o.rows))
	var err error
	if o.to != nil {
		err = o.to(batch)
	}
	for _, column := range o.columns {
		column.reset()
	}
	o.rows = 0
	return err
}
