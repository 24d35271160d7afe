package transform

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// records keeps rows of texts, as wide as they come, in one unnamed file, each at
// a place by which it is found again. What is wide stays out of DuckDB, which
// needs keys alone.
//
// A record is the length of its cells in four bytes and the cells: each the
// length of its text plus one (a varint, LEB128; 0: null) and the text.
type records struct {
	file    *os.File
	pending []byte // records that are not in the file yet
	written int64  // bytes in the file
	start   int    // where the record that is being written begins in pending

	ahead  int    // how many bytes are read at once
	window []byte // what was read last
	at     int64  // where window begins
}

const (
	// flushRecords is how many bytes wait in memory for the file.
	flushRecords = 1 << 18
	// In order is how records of customers are read, at random those of accounts:
	// then little more than the one is worth reading.
	readInOrder  = 1 << 17
	readAtRandom = 384
)

// newRecords creates the file in dir. It is unlinked at once where the system
// allows it, so that a killed process leaves nothing.
func newRecords(dir string, ahead int) (*records, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(dir, "records-")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // close tries again
	return &records{file: file, ahead: ahead}, nil
}

// close may be called twice, and of none.
func (r *records) close() {
	if r != nil {
		_ = r.file.Close() // it is of no use any more
		_ = os.Remove(r.file.Name())
	}
}

// begin starts a record and gives its place.
func (r *records) begin() int64 {
	r.start = len(r.pending)
	r.pending = append(r.pending, 0, 0, 0, 0)
	return r.written + int64(r.start)
}

// add appends a cell to the record that was begun.
func (r *records) add(text string, valid bool) {
	if !valid {
		r.pending = append(r.pending, 0)
		return
	}
	r.pending = append(binary.AppendUvarint(r.pending, uint64(len(text))+1), text...)
}

// end ends the record.
func (r *records) end() error {
	binary.LittleEndian.PutUint32(r.pending[r.start:], uint32(len(r.pending)-r.start-4))
	if len(r.pending) < flushRecords {
		return nil
	}
	return r.flush()
}

// flush puts everything on disk; it comes before the first read.
func (r *records) flush() error {
	if _, err := r.file.WriteAt(r.pending, r.written); err != nil {
		return fmt.Errorf("rows cannot be put on disk: %w", err)
	}
	r.written += int64(len(r.pending))
	r.pending = r.pending[:0]
	return nil
}

// errRecord: what is read back is not what was written.
var errRecord = errors.New("the file of rows is damaged")

// read gives the cells of the record at a place. They are valid until the next
// read.
func (r *records) read(place int64) (cells, error) {
	head, err := r.bytes(place, 4)
	if err != nil {
		return nil, err
	}
	return r.bytes(place+4, int(binary.LittleEndian.Uint32(head)))
}

// bytes gives n bytes of the file, which it reads some at a time.
func (r *records) bytes(place int64, n int) ([]byte, error) {
	if place < r.at || place+int64(n) > r.at+int64(len(r.window)) {
		size := int(min(int64(max(n, r.ahead)), r.written-place))
		if size < n {
			return nil, errRecord
		}
		if cap(r.window) < size {
			r.window = make([]byte, size)
		}
		r.window = r.window[:size]
		if _, err := r.file.ReadAt(r.window, place); err != nil {
			r.window = r.window[:0]
			return nil, fmt.Errorf("rows cannot be read back from disk: %w", err)
		}
		r.at = place
	}
	return r.window[place-r.at:][:n], nil
}

// cells are what is left of a record.
type cells []byte

// next takes the next cell; false means null, or that there is none. The text
// lives as long as the record.
func (c *cells) next() (text string, valid bool) {
	length, size := binary.Uvarint(*c)
	if size <= 0 || length == 0 || length > uint64(len(*c)-size)+1 {
		if size > 0 {
			*c = (*c)[size:]
		}
		return "", false
	}
	body := (*c)[size : size+int(length)-1]
	*c = (*c)[size+int(length)-1:]
	return unsafe.String(unsafe.SliceData(body), len(body)), true
}
