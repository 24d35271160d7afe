// Package csv decodes the result pages of Bulk API 2.0 into Arrow.
//
// It reads RFC 4180: values quoted or not, doubled quotes, line ends LF or CRLF,
// line breaks and NUL bytes within quotes, a byte order mark, no line end after
// the last row; and any of the six delimiters that Salesforce offers. A page
// begins with a header, whose columns may stand in any order and letter case.
// An empty field, quoted or not, is null: Salesforce writes null and the empty
// text alike. Whatever else is met is an error, never a guess: a row with fewer
// or more fields than the header, a quote within a value that is not quoted,
// text after a closing quote, bytes that are not UTF-8.
//
// Values go from the input to the buffers of Arrow in one copy, without an
// allocation per value.
package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Error is a page that could not be decoded.
type Error struct {
	Row    int    // from 1; 0 is the header
	Column string // the header's; empty where it is not known
	Reason string
}

// Error says where and what.
func (e *Error) Error() string {
	where := "header"
	if e.Row > 0 {
		where = fmt.Sprintf("row %d", e.Row)
	}
	if e.Column != "" {
		where += ", column " + e.Column
	}
	return where + ": " + e.Reason
}

// malformed is what is wrong with a field, before its place is known.
type malformed string

func (m malformed) Error() string { return string(m) }

// Decoder decodes pages, one after the other, into record batches that may span
// pages. It belongs to one goroutine.
type Decoder struct {
	scanner
	batch *batch

	order   []*column // the columns in the order of this page's header
	row     int       // of this page: rows decoded
	failed  int       // the field that ended the last attempt at a row
	decoded int64     // bytes of CSV decoded, over all pages
}

// NewDecoder returns a decoder for batches of schema, whose columns are all
// utf8, from fields set apart by delimiter. Buffers come from mem. Reset gives
// it its first page; Release ends it.
func NewDecoder(schema *arrow.Schema, delimiter byte, mem memory.Allocator) *Decoder {
	return &Decoder{scanner: scanner{delimiter: delimiter, eof: true}, batch: newBatch(schema, newPool(mem))}
}

// Reset begins the next page. Rows decoded and not yet taken stay in the batch.
func (d *Decoder) Reset(page io.Reader) {
	d.scanner.reset(page)
	d.order, d.row, d.failed = nil, 0, 0
}

// Rows is the number of rows decoded from this page.
func (d *Decoder) Rows() int { return d.row }

// Bytes is the number of bytes of CSV decoded, over all pages.
func (d *Decoder) Bytes() int64 { return d.decoded }

// Full reports whether the batch should be taken before more is decoded.
func (d *Decoder) Full() bool { return d.batch.full() }

// Take gives out the rows decoded since the last Take, in the order read, as
// one batch that the caller releases; nil when there are none. The batch may
// outlive the decoder.
func (d *Decoder) Take() arrow.RecordBatch { return d.batch.take() }

// Release frees the buffers of the decoder; batches given out keep theirs. Only
// the first call counts.
func (d *Decoder) Release() {
	if d.batch.columns == nil {
		return
	}
	d.batch.release()
	d.batch.pool.close()
}

// Decode decodes rows of the page into the batch. It answers nil when the batch
// is full, io.EOF when the page has ended, an Error when the page is not what
// it should be, or the error of reading it. After an error only Release is
// allowed.
func (d *Decoder) Decode() error {
	for d.order == nil || !d.batch.full() {
		err := d.step()
		if err == errMore {
			err = d.fill()
		}
		if err != nil {
			return d.locate(err)
		}
	}
	return nil
}

func (d *Decoder) step() error {
	if d.order == nil {
		return d.readHeader()
	}
	if d.pos == d.end && d.eof {
		return io.EOF
	}
	return d.readRow()
}

// readRow decodes one row. Nothing of it counts until its last field was read.
// It deals itself with what nearly all fields are: quoted, without a quote
// inside, with the expected separator after it.
func (d *Decoder) readRow() error {
	buf, pos, row, last, separator := d.buf[:d.end:d.end], d.pos, d.batch.rows, len(d.order)-1, d.delimiter
	for i, c := range d.order {
		if i == last {
			separator = '\n'
		}
		if pos < len(buf) && buf[pos] == '"' {
			value := buf[pos+1:]
			n := bytes.IndexByte(value, '"')
			if n >= 0 && n+1 < len(value) && value[n+1] == separator && !(n == 0 && c.required) {
				if start := int(c.offsets[row]); n <= short && len(value) >= short && start+short <= len(c.data) {
					copyShort(c.data[start:], value) // what put does, without a call
					c.offsets[row+1] = int32(start + n)
				} else {
					c.put(row, value, n)
				}
				pos += n + 3
				continue
			}
		}
		next, err := d.readField(c, pos, i == last)
		if err != nil {
			d.failed = i
			return err
		}
		pos = next
	}
	d.batch.bytes += pos - d.pos
	d.decoded += int64(pos - d.pos)
	d.pos = pos
	d.batch.rows++
	d.row++
	return nil
}

// readField decodes a field of any kind and answers where the next one begins.
func (d *Decoder) readField(c *column, pos int, last bool) (next int, err error) {
	f, err := d.field(pos)
	switch {
	case err != nil:
		return 0, err
	case f.last && !last:
		return 0, malformed("the row ends here, before the last column of the header")
	case last && !f.last:
		return 0, malformed("the row goes on after the last column of the header")
	case c.required && len(f.value) == 0:
		return 0, malformed("is empty in a column that never is")
	}
	c.set(d.batch.rows, f.value, f.doubled)
	return f.next, nil
}

// locate says where in the page a malformed field stands.
func (d *Decoder) locate(err error) error {
	var reason malformed
	if !errors.As(err, &reason) {
		return err
	}
	if d.order == nil {
		return &Error{Reason: string(reason)}
	}
	return &Error{Row: d.row + 1, Column: d.order[d.failed].name, Reason: string(reason)}
}

// readHeader finds the column of each field of the header.
func (d *Decoder) readHeader() error {
	names, pos, err := d.headerNames()
	if err != nil {
		return err
	}
	columns := map[string]*column{}
	for i := range d.batch.columns {
		columns[strings.ToLower(d.batch.columns[i].name)] = &d.batch.columns[i]
	}
	order := make([]*column, len(names))
	for i, name := range names {
		key := strings.ToLower(name)
		if order[i] = columns[key]; order[i] == nil {
			return malformed(fmt.Sprintf("column %q was not asked for, or stands twice", name))
		}
		delete(columns, key)
	}
	for i := range d.batch.columns {
		if name := d.batch.columns[i].name; columns[strings.ToLower(name)] != nil {
			return malformed(fmt.Sprintf("column %s is missing", name))
		}
	}
	d.order = order
	d.decoded += int64(pos)
	d.pos = pos
	return nil
}

func (d *Decoder) headerNames() (names []string, pos int, err error) {
	const mark = "\xef\xbb\xbf"
	pos = d.pos
	if d.end-pos < len(mark) && !d.eof {
		return nil, 0, errMore
	}
	if pos == d.end {
		return nil, 0, malformed("the page is empty")
	}
	if strings.HasPrefix(string(d.buf[pos:min(pos+len(mark), d.end)]), mark) {
		pos += len(mark)
	}
	for {
		f, err := d.field(pos)
		if err != nil {
			return nil, 0, err
		}
		names = append(names, strings.ReplaceAll(string(f.value), `""`, `"`))
		pos = f.next
		if f.last {
			return names, pos, nil
		}
	}
}
