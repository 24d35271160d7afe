package salesforce

import (
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/sourcegraph/conc"
)

var _ array.RecordReader = (*reader)(nil)

// reader gives out the batches of a decoding, which runs one batch ahead on a
// goroutine of its own, so that the consumer's work and ours go on at the same
// time. It is an array.RecordReader: see the package connector.
type reader struct {
	schema   *arrow.Schema
	decoding *decoding
	refs     atomic.Int64

	owner   conc.WaitGroup
	begun   bool
	batches chan arrow.RecordBatch
	batch   arrow.RecordBatch
	err     error
}

func newReader(schema *arrow.Schema, d *downloads) *reader {
	r := &reader{schema: schema, decoding: &decoding{downloads: d}, batches: make(chan arrow.RecordBatch)}
	r.refs.Store(1)
	return r
}

// Retain: see array.RecordReader.
func (r *reader) Retain() { r.refs.Add(1) }

// Release ends, at the last call, the downloads and the decoding, waits for them
// and frees the batch.
func (r *reader) Release() {
	if r.refs.Add(-1) != 0 {
		return
	}
	r.decoding.downloads.stop()
	r.owner.Wait()
	r.drop()
}

// Schema is known before the first batch.
func (r *reader) Schema() *arrow.Schema { return r.schema }

// RecordBatch is the batch of the last Next; it lives until the next one.
func (r *reader) RecordBatch() arrow.RecordBatch { return r.batch }

// Record: see RecordBatch.
func (r *reader) Record() arrow.RecordBatch { return r.batch }

// Err is why Next answered false early; nil when every row was delivered.
func (r *reader) Err() error { return r.err }

// Next waits for the next batch.
func (r *reader) Next() bool {
	r.drop()
	if !r.begun {
		r.begun = true
		r.owner.Go(func() {
			defer close(r.batches)
			r.decoding.run(r.schema, r.batches)
		})
	}
	batch, more := <-r.batches
	if !more {
		r.err = r.decoding.err
		return false
	}
	r.batch = batch
	return true
}

func (r *reader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}
