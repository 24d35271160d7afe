package pipelines

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/words"
)

// A canary is a delivery to the first customers of a change set only, so that a person
// can look at them in Fincome before the others follow. The snapshot has all changes; it
// becomes no baseline, and the next run decides anew what the other customers need.

// firstCustomers is a reader of changes up to a number of customers, whose rows are
// next to each other.
type firstCustomers struct {
	array.RecordReader
	most, seen, cells int64
	last              string
	batch             arrow.RecordBatch // a part of the reader's, where it was cut
	full              bool
}

// Next goes to the next batch, and releases the one before.
func (f *firstCustomers) Next() bool {
	f.drop()
	if f.full || !f.RecordReader.Next() {
		return false
	}
	whole := f.RecordReader.RecordBatch()
	ids := whole.Column(whole.Schema().FieldIndices(sinks.ColumnCustomerID)[0]).(*array.String)
	rows := 0
	for ; rows < ids.Len(); rows++ {
		if id := ids.Value(rows); f.seen == 0 || id != f.last {
			if f.seen == f.most {
				f.full = true
				break
			}
			f.seen, f.last = f.seen+1, strings.Clone(id) // the next batch may lie where this one was
		}
	}
	f.cells += int64(rows)
	f.batch = whole.NewSlice(0, int64(rows))
	return rows > 0 || !f.full
}

// RecordBatch is the batch of now, until the next call of Next.
func (f *firstCustomers) RecordBatch() arrow.RecordBatch { return f.batch }

// Release releases the reader with it.
func (f *firstCustomers) Release() {
	f.drop()
	f.RecordReader.Release()
}

func (f *firstCustomers) drop() {
	if f.batch != nil {
		f.batch.Release()
		f.batch = nil
	}
}

// canary is the reader of the customers that are delivered to: all, or the first.
func (r *run) canary(changes array.RecordReader) array.RecordReader {
	if r.LimitCustomers == 0 {
		return changes
	}
	r.first = &firstCustomers{RecordReader: changes, most: r.LimitCustomers}
	return r.first
}

// deliveredBefore is the run that has delivered the whole plan that is applied; empty:
// none has.
func (r *run) deliveredBefore() string {
	for _, past := range r.state.Runs {
		if r.applied != nil && past.Delivered == r.applied.Run && past.Left == 0 && (past.Exit == ExitDone || past.Exit == ExitRejects) {
			return past.Run
		}
	}
	return ""
}

// leftOut is how many cells of a change set a canary leaves for later.
func (r *run) leftOut(cells int64) int64 {
	if r.first == nil {
		return 0
	}
	return cells - r.first.cells
}

// tellCanary says what is left, and how the others follow.
func (r *run) tellCanary() {
	if r.first == nil || r.result.Cells.NotAttempted == 0 {
		return
	}
	if before := r.deliveredBefore(); before != "" {
		r.note("a canary: %s of the change set alone; nothing is left of it, for %s has delivered it", words.Counted(r.first.seen, "customer", "customers"), before)
		return
	}
	next := "axisync run " + r.File
	if len(r.result.Lifted) > 0 { // --allow holds once
		next += ", which a guard may stop again, and then axisync apply"
	}
	if r.applied != nil {
		next = fmt.Sprintf("axisync apply %s %s", r.File, r.delivered)
	}
	r.note("a canary: %s of the change set alone; the other %s cells by: %s", words.Counted(r.first.seen, "customer", "customers"), words.Count(r.result.Cells.NotAttempted), next)
}
