package parquet

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

var _ array.RecordReader = (*revised)(nil)

// revised merges the rows of a revision: those of the snapshot with those that
// were put, both sorted, bucket by bucket. First it is decided which rows make a
// batch, then the batch is made column by column.
type revised struct {
	*Revision
	bucket int // of the part that is read; -1 before the first
	part   *partReader
	picks  []pick
	patch  []patch
	source []int // by column of the schema, its place in remain; -1: it has none
	batch  arrow.RecordBatch
	failed error
	ended  bool
	last   []byte // the id that was put last, in this bucket; nil: none yet
}

// pick is a row of the batch that is being made: of what was put, or of the
// snapshot, perhaps with cells of the row of remain.
type pick struct {
	put         bool
	row, remain int32
}

// patch is a cell of the snapshot that did not fit its type.
type patch struct {
	column int
	pick   int32
	text   []byte
}

func newRevised(v *Revision) *revised {
	r := &revised{Revision: v, bucket: -1}
	for _, field := range v.schema.Fields() {
		place := -1
		if v.remain != nil {
			place = slices.IndexFunc(v.remain.schema.Fields(), func(f arrow.Field) bool { return f.Name == field.Name })
		}
		r.source = append(r.source, place)
	}
	return r
}

// Retain does nothing: the revision frees what is held.
func (r *revised) Retain() {}

// Release frees the batch and the file that is read.
func (r *revised) Release() {
	r.drop()
	r.part.close()
	r.part, r.ended = nil, true
}

// Schema is that of the revision.
func (r *revised) Schema() *arrow.Schema { return r.schema }

// RecordBatch is the batch of the last Next; it lives until the next one.
func (r *revised) RecordBatch() arrow.RecordBatch { return r.batch }

// Record: see RecordBatch.
func (r *revised) Record() arrow.RecordBatch { return r.batch }

// Err is why Next answered false early.
func (r *revised) Err() error { return r.failed }

func (r *revised) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

// Next makes the next batch.
func (r *revised) Next() bool {
	r.drop()
	for r.batch == nil && !r.ended && r.failed == nil {
		r.failed = r.step()
	}
	if r.failed != nil {
		r.drop()
	}
	return r.batch != nil
}

// step goes on by one batch of the snapshot, or by what was put behind its last
// row in the bucket. It need not make a batch.
func (r *revised) step() error {
	if r.part == nil {
		return r.begin()
	}
	base, err := r.part.next()
	if err != nil {
		return err
	}
	r.picks, r.patch = r.picks[:0], r.patch[:0]
	if base == nil {
		return r.finish()
	}
	defer base.Release()
	r.counts.Base += base.NumRows()
	ids := base.Column(0).(*array.String) // what stream.readBatch makes
	for row := range ids.Len() {
		if err := r.row(int32(row), []byte(ids.Value(row))); err != nil {
			return err
		}
	}
	r.give(base)
	return nil
}

// finish makes a batch of what was put behind the last row of the snapshot, or ends
// the part where nothing is left.
func (r *revised) finish() error {
	if err := r.rest(); err != nil {
		return err
	}
	if r.give(nil); r.batch == nil {
		r.part.close()
		r.part = nil
	}
	return nil
}

// begin opens the next part and the rows of its bucket.
func (r *revised) begin() error {
	if r.bucket++; r.bucket == len(r.stream.table.Files) {
		r.ended = true
		return nil
	}
	r.last = nil
	for _, p := range []*pile{r.put, r.gone, r.remain, r.dirty} {
		if p == nil {
			continue
		}
		if err := p.load(r.bucket); err != nil {
			return err
		}
	}
	var err error
	r.part, err = r.stream.open(r.stream.table.Files[r.bucket])
	return err
}
