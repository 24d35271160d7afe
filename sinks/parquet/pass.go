package parquet

import (
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

var _ array.RecordReader = (*pass)(nil)

// pass reads a table part by part. It is no coroutine (iter.Pull), which the
// runtime lets nobody resume on another thread than it was made for: DuckDB asks
// for batches on threads of its own, and the process would die.
type pass struct {
	*stream
	references atomic.Int64
	files      []File // that are not begun
	part       *partReader
	batch      arrow.RecordBatch
	failed     error
}

func newPass(s *stream) *pass {
	r := &pass{stream: s, files: s.table.Files}
	r.references.Store(1)
	return r
}

// Retain lets the reader live until one Release more.
func (r *pass) Retain() { r.references.Add(1) }

// Release frees the batch and the file that is read.
func (r *pass) Release() {
	if r.references.Add(-1) == 0 {
		r.drop()
		r.close()
		r.files = nil
	}
}

func (r *pass) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

func (r *pass) close() {
	r.part.close()
	r.part = nil
}

// Schema is that of the columns asked for.
func (r *pass) Schema() *arrow.Schema { return r.schema }

// RecordBatch is the batch of the last Next; it lives until the next one.
func (r *pass) RecordBatch() arrow.RecordBatch { return r.batch }

// Record: see RecordBatch.
func (r *pass) Record() arrow.RecordBatch { return r.batch }

// Err is why Next answered false early.
func (r *pass) Err() error { return r.failed }

// Next reads the next batch.
func (r *pass) Next() bool {
	r.drop()
	for r.failed == nil {
		if r.part == nil {
			if len(r.files) == 0 {
				return false
			}
			r.part, r.failed = r.open(r.files[0])
			r.files = r.files[1:]
			continue
		}
		if r.batch, r.failed = r.part.next(); r.batch != nil {
			return true
		}
		r.close()
	}
	return false
}
