package sinks

import "time"

// The dictionaries that a delivery may send.
const (
	DictionaryDelta = "delta" // the changed keys only
	DictionaryWhole = "whole" // all keys of the customer
)

// Report is what a delivery took and what was refused. It is no ledger: what
// became of each cell is in the journal.
type Report struct {
	Customers int64 `json:"customers"` // of which every cell was reported
	// Requests and Throttled count what was sent and what of it was answered with a
	// 429, or a 503 that names a pause.
	Requests  int64 `json:"requests"`
	Throttled int64 `json:"throttled"`
	// Limit is how many requests a second the receiver was found to take; 0 where none
	// was refused for its number.
	Limit   float64       `json:"limit_per_second,omitempty"`
	Took    time.Duration `json:"-"`
	Seconds float64       `json:"seconds"` // Took
	// CustomersPerSecond is told for the Dictionary that was sent: a whole one costs
	// more. Dictionary is empty for a target that knows no such thing.
	CustomersPerSecond float64 `json:"customers_per_second"`
	Dictionary         string  `json:"dictionary,omitempty"`
	// GapP99 is the 99th percentile, in milliseconds and rounded up by a twentieth at
	// most, of the time between the sending of a read and the sending of the write
	// that relies on it; 0 when nothing was written.
	GapP99  float64       `json:"read_to_write_p99_ms"`
	Refused []RefusedKind `json:"refused,omitempty"` // the most frequent first
}

// RefusedKind is a kind of reject: the same code, the same axis, and the same reason
// but for what differs from customer to customer. Its JSON, which is part of a result,
// has neither an id nor the receiver's words, which may quote a value.
type RefusedKind struct {
	Code      string `json:"code"`
	Axis      string `json:"axis,omitempty"` // the one that was refused; empty: all that was to be written
	Reason    string `json:"-"`              // of the first
	Remedy    string `json:"remedy"`
	Customers int64  `json:"customers"`
	Example   string `json:"-"` // the id of the first customer, shortened where it is long
}

// End notes how long a delivery took that began at started.
func (r *Report) End(started time.Time) {
	r.Took = time.Since(started)
	r.Seconds = r.Took.Seconds()
	if r.Seconds > 0 {
		r.CustomersPerSecond = float64(r.Customers) / r.Seconds
	}
}
