package fincome

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cespare/xxhash/v2"

	"github.com/axisync/axisync/connector"
)

// source is where a reader's customers come from.
type source interface {
	// fill adds customers to b until it is full or there are no more; then done is
	// true. After an error b is of no use.
	fill(b *batch) (done bool, err error)
	// axisNames are those that a customer seen so far carries, in any order.
	axisNames() []string
	close()
}

// reader is a source as a connector.CustomerReader.
type reader struct {
	references atomic.Int64
	schema     *arrow.Schema
	source     source
	observed   time.Time

	batch   *batch
	current arrow.RecordBatch
	done    bool
	err     error
}

var _ connector.CustomerReader = (*reader)(nil)

func newReader(schema *arrow.Schema, axes int, observed time.Time, s source) *reader {
	r := &reader{schema: schema, source: s, observed: observed, batch: newBatch(schema, axes)}
	r.references.Store(1)
	return r
}

func (r *reader) Retain() { r.references.Add(1) }

func (r *reader) Release() {
	if r.references.Add(-1) > 0 {
		return
	}
	r.drop()
	r.batch.builder.Release()
	r.source.close()
}

func (r *reader) drop() {
	if r.current != nil {
		r.current.Release()
		r.current = nil
	}
}

func (r *reader) Next() bool {
	r.drop()
	if r.done || r.err != nil {
		return false
	}
	r.batch.begin()
	if r.done, r.err = r.source.fill(r.batch); r.err != nil || r.batch.rows == 0 {
		return false
	}
	r.current = r.batch.take()
	return true
}

func (r *reader) Schema() *arrow.Schema          { return r.schema }
func (r *reader) RecordBatch() arrow.RecordBatch { return r.current }
func (r *reader) Record() arrow.RecordBatch      { return r.current }
func (r *reader) Err() error                     { return r.err }
func (r *reader) Observed() time.Time            { return r.observed }

func (r *reader) AxisNames() []string {
	names := r.source.axisNames()
	slices.Sort(names)
	return slices.Compact(names)
}

// seen finds an id that comes twice. It holds a 64-bit hash of each id and a
// place (a page, a line): of three million different ids, two are taken for the
// same in one case of four million.
type seen map[uint64]uint32

// add notes id at place, or answers the place where it came before; then what is
// noted of it is of no more use. An id is looked up once: one that is there
// already does not make the map longer, and its place is what the new one is
// mixed with.
func (s seen) add(id []byte, place int) (before int, again bool) {
	h, length := xxhash.Sum64(id), len(s)
	s[h] ^= uint32(place)
	if len(s) > length {
		return 0, false
	}
	return int(s[h] ^ uint32(place)), true
}
