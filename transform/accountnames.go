package transform

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// accountNames keeps the hash of the name of every account and its id in one
// unnamed file: which names are asked for is known only when the customers are
// matched, and few are. A row is the hash, the length of the id in one byte, and
// the id.
type accountNames struct {
	file    *os.File
	pending []byte
	written int64
}

func newAccountNames(dir string) (*accountNames, error) {
	r, err := newRecords(dir, 0)
	if err != nil {
		return nil, err
	}
	return &accountNames{file: r.file}, nil
}

// close may be called twice, and of none.
func (n *accountNames) close() {
	if n != nil {
		_ = n.file.Close() // it is of no use any more
	}
}

func (n *accountNames) add(hash uint64, id string) error {
	if len(id) > 255 {
		return nil // no account has such an id
	}
	n.pending = append(append(binary.LittleEndian.AppendUint64(n.pending, hash), byte(len(id))), id...)
	if len(n.pending) < flushRecords {
		return nil
	}
	return n.flush()
}

func (n *accountNames) flush() error {
	if _, err := n.file.WriteAt(n.pending, n.written); err != nil {
		return fmt.Errorf("names cannot be put on disk: %w", err)
	}
	n.written += int64(len(n.pending))
	n.pending = n.pending[:0]
	return nil
}

var namedSchema = arrow.NewSchema([]arrow.Field{
	{Name: "hash", Type: arrow.PrimitiveTypes.Uint64},
	{Name: "id", Type: arrow.BinaryTypes.String},
}, nil)

// namedReader gives the hashes and ids of those accounts that have a wanted name,
// and of few others.
type namedReader struct {
	from    *bufio.Reader
	wanted  *wanted
	builder *array.RecordBuilder
	batch   arrow.RecordBatch
	failed  error
}

// read reads from the beginning. The caller frees the reader.
func (n *accountNames) read(wanted *wanted) (*namedReader, error) {
	if err := n.flush(); err != nil {
		return nil, err
	}
	return &namedReader{from: bufio.NewReaderSize(io.NewSectionReader(n.file, 0, n.written), 1<<17), wanted: wanted, builder: array.NewRecordBuilder(connector.Memory, namedSchema)}, nil
}

func (r *namedReader) Schema() *arrow.Schema          { return namedSchema }
func (r *namedReader) RecordBatch() arrow.RecordBatch { return r.batch }
func (r *namedReader) Record() arrow.RecordBatch      { return r.batch }
func (r *namedReader) Err() error                     { return r.failed }
func (r *namedReader) Retain()                        {}

// Release does nothing: DuckDB releases a view as it likes.
func (r *namedReader) Release() {}

func (r *namedReader) free() {
	r.drop()
	r.builder.Release()
}

func (r *namedReader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

func (r *namedReader) Next() bool {
	r.drop()
	hashes, ids := r.builder.Field(0).(*array.Uint64Builder), r.builder.Field(1).(*array.StringBuilder)
	var row [9 + 255]byte
	for r.failed == nil && hashes.Len() < hitRows {
		if _, err := io.ReadFull(r.from, row[:9]); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			r.failed = fmt.Errorf("names cannot be read back from disk: %w", err)
			return false
		}
		hash, id := binary.LittleEndian.Uint64(row[:]), row[9:9+int(row[8])]
		if _, err := io.ReadFull(r.from, id); err != nil {
			r.failed = fmt.Errorf("names cannot be read back from disk: %w", err)
			return false
		}
		if r.wanted.has(hash) {
			hashes.Append(hash)
			ids.BinaryBuilder.Append(id)
		}
	}
	if hashes.Len() == 0 {
		return false
	}
	r.batch = r.builder.NewRecordBatch()
	return true
}
