package parquet

import (
	"bytes"
	"errors"

	pq "github.com/parquet-go/parquet-go"
)

var errNull = errors.New("a cell is null where the schema allows none")

// encoder makes Parquet values of cells.
type encoder struct {
	*column
	level int // the definition level of a value
	dirty func(row int32, text []byte) error
	digit [64]byte
	fixed []byte // the bytes of the values of one chunk, for decimals in fixed bytes
}

func newEncoder(c *column, dirty func(int32, []byte) error) *encoder {
	e := &encoder{column: c, dirty: dirty}
	if c.nullable {
		e.level = 1
	}
	if c.kind == kindDecimal {
		e.fixed = make([]byte, chunk*decimalBytes(c.precision))
	}
	return e
}

// encode sets values to the cells of the given rows. They refer to the bytes of
// cells, or of the encoder until its next use. A cell that does not fit is null.
func (e *encoder) encode(values []pq.Value, cells *texts, rows []int32) error {
	if e.kind == kindText {
		return e.encodeTexts(values, cells, rows)
	}
	for i, row := range rows {
		start, end := cells.ends[row]&^null, cells.ends[row+1]
		if end&null != 0 {
			values[i] = pq.NullValue()
			continue
		}
		text := cells.data[start:end:end]
		value, fits := e.value(text, i)
		if !fits {
			if err := e.dirty(row, text); err != nil {
				return err
			}
			values[i] = pq.NullValue()
			continue
		}
		values[i] = value
		values[i].SetDefinitionLevel(e.level)
	}
	return nil
}

func (e *encoder) encodeTexts(values []pq.Value, cells *texts, rows []int32) error {
	for i, row := range rows {
		start, end := cells.ends[row]&^null, cells.ends[row+1]
		if end&null == 0 {
			values[i] = pq.ByteArrayValue(cells.data[start:end])
			values[i].SetDefinitionLevel(e.level)
			continue
		}
		if !e.nullable {
			return errNull
		}
		values[i] = pq.NullValue()
	}
	return nil
}

// value is the value of a text; i is its place in the chunk. It answers false
// when the text does not fit the kind of the column.
func (e *encoder) value(text []byte, i int) (pq.Value, bool) {
	switch e.kind {
	case kindBoolean:
		truth := bytes.Equal(text, []byte("true"))
		return pq.BooleanValue(truth), truth || bytes.Equal(text, []byte("false"))
	case kindDate:
		days, fits := parseDate(text)
		return pq.Int32Value(days), fits
	case kindTimestamp:
		micros, fits := parseTimestamp(text)
		return pq.Int64Value(micros), fits
	}
	var n number
	if !n.parse(text, e.digit[:0]) {
		return pq.Value{}, false
	}
	return e.number(&n, i)
}

func (e *encoder) number(n *number, i int) (pq.Value, bool) {
	switch e.kind {
	case kindInteger:
		value, fits := n.integer(0, 19)
		return pq.Int64Value(value), fits
	case kindDecimal32:
		value, fits := n.integer(e.scale, e.precision)
		return pq.Int32Value(int32(value)), fits
	case kindDecimal64:
		value, fits := n.integer(e.scale, e.precision)
		return pq.Int64Value(value), fits
	}
	size := len(e.fixed) / chunk
	out := e.fixed[i*size : (i+1)*size]
	return pq.FixedLenByteArrayValue(out), n.wide(e.scale, e.precision, out)
}

// coder gives the values of codes.
type coder struct {
	*encoder
	words  *vocabulary
	values []pq.Value // by code
	unfit  []bool     // by code, whether the text does not fit the kind of the column; nil if all do
}

// codes makes the values of all codes of a vocabulary: for a dictionary the codes
// themselves.
func (e *encoder) codes(words *vocabulary, dictionary bool) *coder {
	c := &coder{encoder: e, words: words, values: make([]pq.Value, words.codes())}
	for code := 1; code < len(c.values); code++ {
		value, fits := c.valueOf(uint16(code), dictionary)
		if !fits {
			if c.unfit == nil {
				c.unfit = make([]bool, len(c.values))
			}
			c.unfit[code] = true
			continue
		}
		c.values[code] = value
		c.values[code].SetDefinitionLevel(e.level)
	}
	return c
}

// valueOf is the value of a code, for good.
func (c *coder) valueOf(code uint16, dictionary bool) (pq.Value, bool) {
	text, _ := c.words.at(code)
	switch {
	case dictionary:
		return pq.Int32Value(int32(code)), true
	case c.kind == kindText:
		return pq.ByteArrayValue(text), true
	}
	value, fits := c.value(text, 0)
	return value.Clone(), fits
}

// encode is like that of the encoder, for cells that are codes.
func (c *coder) encode(values []pq.Value, cells *texts, rows []int32) error {
	for i, row := range rows {
		code := cells.codes[row]
		values[i] = c.values[code]
		if code == 0 && !c.nullable {
			return errNull
		}
		if c.unfit != nil && c.unfit[code] {
			text, _ := c.words.at(code)
			if err := c.dirty(row, text); err != nil {
				return err
			}
		}
	}
	return nil
}
