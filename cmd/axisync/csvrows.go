package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/axisync/axisync/connector/fincome"
)

// longestRow is about the most bytes of one row: a longer one has lost a closing
// quote, and would otherwise hold the rest of the file in memory.
const longestRow = 16 << 20

var errLongRow = fmt.Errorf("a row is longer than %d MiB: a closing quote is missing", longestRow>>20)

// rowReader reads a CSV and knows the bytes that each row was read from.
type rowReader struct {
	reader *csv.Reader
	tape   *tape
	cells  []string
	chunk  []byte // what the cells were read from, and the blank lines before it
	single bool   // one column: there a blank line is a row with an empty cell
	ended  bool
}

// row is one row: its cells, and the bytes they were read from with their line
// break. Both live until the next call of next.
type row struct {
	cells []string
	raw   []byte
}

// newRowReader finds the delimiter in the header. The byte order mark of UTF-8
// is part of the bytes of the first row, not of its cells.
func newRowReader(in io.Reader) (*rowReader, error) {
	buffered := bufio.NewReaderSize(in, 1<<16)
	head, err := buffered.Peek(1 << 16)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return nil, usageError{errors.New("it is UTF-16: save the file as CSV UTF-8")}
	}
	r := &rowReader{tape: &tape{from: buffered}}
	r.reader = csv.NewReader(r.tape)
	r.reader.ReuseRecord = true
	if rest, marked := bytes.CutPrefix(head, []byte(byteOrderMark)); marked {
		head = rest
		r.tape.held, r.tape.begin = []byte(byteOrderMark), -int64(len(byteOrderMark))
		_, _ = buffered.Discard(len(byteOrderMark)) // it was peeked at
	}
	r.reader.Comma = fincome.Delimiter(head)
	return r, nil
}

const byteOrderMark = "\ufeff"

// next gives the next row; the first is the header. io.EOF comes with the bytes
// after the last row, which are blank lines.
func (r *rowReader) next() (row, error) {
	if len(r.chunk) == 0 && !r.ended {
		if err := r.read(); err != nil {
			return row{}, err
		}
	}
	if blank := blankLine(r.chunk); r.single && blank > 0 {
		line := r.chunk[:blank]
		r.chunk = r.chunk[blank:]
		return row{cells: []string{""}, raw: line}, nil
	}
	found := row{r.cells, r.chunk}
	r.chunk = nil
	if r.ended {
		return found, io.EOF
	}
	return found, nil
}

func (r *rowReader) read() error {
	r.single = r.reader.FieldsPerRecord == 1 // not yet known when the header is read
	cells, err := r.reader.Read()
	if errors.Is(err, io.EOF) {
		r.ended, r.cells, r.chunk = true, nil, r.tape.rest()
		return nil
	}
	if err != nil {
		return r.explain(err, len(cells))
	}
	r.cells, r.chunk = cells, r.tape.until(r.reader.InputOffset())
	return nil
}

// explain makes what is wrong with the file the fault of the caller that it is.
func (r *rowReader) explain(err error, cells int) error {
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong) && errors.Is(err, csv.ErrFieldCount):
		return usageError{fmt.Errorf("line %d: the row has %d cells, the header %d: is a text with a delimiter or a line break missing its quotes", wrong.StartLine, cells, r.reader.FieldsPerRecord)}
	case errors.As(err, &wrong):
		return usageError{fmt.Errorf("line %d, column %d: %w", wrong.Line, wrong.Column, wrong.Err)}
	case errors.Is(err, errLongRow):
		return usageError{err}
	}
	return fmt.Errorf("the file cannot be read: %w", err)
}

// blankLine is the length of the blank line that text begins with, 0 if none.
func blankLine(text []byte) int {
	for _, end := range []string{"\n", "\r\n"} {
		if bytes.HasPrefix(text, []byte(end)) {
			return len(end)
		}
	}
	return 0
}

// write writes a row as it was, with more cells before its line break.
func (r *rowReader) write(out *bufio.Writer, row row, cells ...string) error {
	text := bytes.TrimSuffix(row.raw, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	_, _ = out.Write(text) // an error stays, and comes again below
	for _, cell := range cells {
		_, _ = out.WriteRune(r.reader.Comma)
		_, _ = out.WriteString(cell)
	}
	_, err := out.Write(row.raw[len(text):])
	return err
}

// tape passes a reader on and holds what was not cut off yet.
type tape struct {
	from  io.Reader
	held  []byte
	begin int64 // the offset of its first byte
}

func (t *tape) Read(p []byte) (int, error) {
	if len(t.held) > longestRow {
		return 0, errLongRow
	}
	n, err := t.from.Read(p)
	t.held = append(t.held, p[:n]...)
	return n, err
}

// until cuts off what came before an offset; it lives until the next Read.
func (t *tape) until(offset int64) []byte {
	cut := t.held[:offset-t.begin]
	t.held, t.begin = t.held[len(cut):], offset
	return cut
}

func (t *tape) rest() []byte { return t.until(t.begin + int64(len(t.held))) }
