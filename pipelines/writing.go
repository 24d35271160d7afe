package pipelines

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks/parquet"
)

// Writing is what it takes to deliver a change set.
type Writing struct {
	Customers int64 `json:"customers"` // with a cell to write
	// Requests are those to the API: a read and a write of each customer, as long as
	// none is tried again; 0 for another target.
	Requests int64 `json:"requests,omitempty"`
	// Seconds are about what they take at the pace that the target was found to allow; 0
	// where it is not known.
	Seconds float64 `json:"seconds,omitempty"`
}

// noteWriting says what it takes to deliver to so many customers.
func (r *run) noteWriting(customers int64) {
	w := &Writing{Customers: customers}
	if r.overAPI() {
		w.Requests = 2 * customers
		if limit := r.state.limit(targetFincome, r.Now()); limit > 0 {
			w.Seconds = float64(w.Requests) / limit
		}
	}
	r.result.Writing = w
}

// distinct counts the different ids of a table that is written in their order.
type distinct struct {
	n    int64
	last string
}

func (d *distinct) add(part parquet.Part) error {
	ids := part.Keys.(*array.String)
	for i := range ids.Len() {
		if id := ids.Value(i); d.n == 0 || id != d.last {
			d.n, d.last = d.n+1, strings.Clone(id)
		}
	}
	return nil
}
