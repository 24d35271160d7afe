package parquet

import (
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/axisync/axisync/connector"
)

const (
	// batchRows is how many rows a batch that is read holds at most.
	batchRows = 8192
	// readBuffer is how much of a column is read from disk at once.
	readBuffer = 1 << 16
)

// cursor reads one column of a row group.
type cursor struct {
	pages  pq.Pages
	page   pq.Page
	values pq.ValueReader
	text   func(text []byte, value pq.Value) []byte // nil for a column of text
	buffer [chunk]pq.Value
	row    []byte
}

func newCursor(c pq.ColumnChunk) *cursor {
	return &cursor{pages: c.Pages(), text: textOf(c.Type())}
}

func (c *cursor) close() {
	pq.Release(c.page)
	_ = c.pages.Close() // it was only read
}

// read gives the next n cells, as utf8 in memory that may be handed to DuckDB.
// The caller releases them.
func (c *cursor) read(n int) (arrow.Array, error) {
	b := array.NewStringBuilder(connector.Memory)
	defer b.Release()
	b.Reserve(n)
	for n > 0 {
		values, err := c.some(n)
		if err != nil {
			return nil, err
		}
		c.append(b, values)
		n -= len(values)
	}
	return b.NewArray(), nil
}

// some gives the next cells, n at most and one at least; they are valid until it
// is called again. At the end the error is io.EOF.
func (c *cursor) some(n int) ([]pq.Value, error) {
	for {
		if c.values == nil {
			if err := c.nextPage(); err != nil {
				return nil, err
			}
		}
		got, err := c.values.ReadValues(c.buffer[:min(n, chunk)])
		if errors.Is(err, io.EOF) {
			c.values = nil
		} else if err != nil {
			return nil, err
		}
		if got > 0 {
			return c.buffer[:got], nil
		}
	}
}

func (c *cursor) nextPage() error {
	pq.Release(c.page)
	var err error
	if c.page, err = c.pages.ReadPage(); err != nil {
		c.page = nil
		return err
	}
	c.values = c.page.Values()
	return nil
}

func (c *cursor) append(b *array.StringBuilder, values []pq.Value) {
	for _, value := range values {
		switch {
		case value.IsNull():
			b.AppendNull()
		case c.text == nil:
			b.BinaryBuilder.Append(value.ByteArray())
		default:
			c.row = c.text(c.row[:0], value)
			b.BinaryBuilder.Append(c.row)
		}
	}
}

// timestampLayout is the text of a date-time: a fraction only where it is not zero.
const timestampLayout = "2006-01-02T15:04:05.999999Z07:00"

// textOf gives the function that makes canonical text of the values of a type,
// nil if they are texts.
func textOf(t pq.Type) func([]byte, pq.Value) []byte {
	var logical any
	if lt := t.LogicalType(); lt != nil {
		logical = lt.Value
	}
	switch l := logical.(type) {
	case *format.DateType:
		return func(text []byte, v pq.Value) []byte {
			return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(text, time.DateOnly)
		}
	case *format.TimestampType:
		return func(text []byte, v pq.Value) []byte {
			return time.UnixMicro(v.Int64()).UTC().AppendFormat(text, timestampLayout)
		}
	case *format.DecimalType:
		scale := int(l.Scale)
		return func(text []byte, v pq.Value) []byte {
			switch v.Kind() {
			case pq.Int32:
				return smallText(text, int64(v.Int32()), scale)
			case pq.Int64:
				return smallText(text, v.Int64(), scale)
			}
			return decimalText(text, twosComplement(v.ByteArray()), scale)
		}
	}
	switch t.Kind() {
	case pq.Boolean:
		return func(text []byte, v pq.Value) []byte { return strconv.AppendBool(text, v.Boolean()) }
	case pq.Int64:
		return func(text []byte, v pq.Value) []byte { return strconv.AppendInt(text, v.Int64(), 10) }
	}
	return nil
}
