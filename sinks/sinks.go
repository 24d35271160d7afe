// Package sinks is the contract of a target: what is handed over for delivery
// and what comes back.
//
// A target is given the changed cells of a committed snapshot and reports, cell
// by cell, what became of them. It is compare-and-set: each cell carries the
// value it was decided on, the target reads the customer again, and writes only
// where that value still stands. Delivering the same changes twice has no
// further effect.
package sinks

import (
	"context"
	"errors"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// Target delivers changes to one receiver.
type Target interface {
	// Name is the kind of the target, as it stands in a pipeline file; state is
	// kept under it.
	Name() string
	// Deliver reads changes (in the schema of ChangeSchema, the rows of one
	// customer next to each other) to their end or to the first failure and
	// reports every cell to the journal. A refused or conflicting cell is data,
	// not an error. It does not release changes.
	//
	// When it stops early the error says why, cells it has not reported were not
	// attempted, and calling it again with the same changes finishes the work.
	//
	// The report tells of what was done, also when it stopped early.
	Deliver(ctx context.Context, changes array.RecordReader, journal Journal) (Report, error)
}

// Journal receives what becomes of the cells. Its methods may be called by
// several goroutines.
type Journal interface {
	// Sending is called before the request that writes the cells of one customer.
	// The request may go out only after Sending has returned nil: then the intent
	// is durable.
	Sending(customerID string, cells []Cell, at time.Time) error
	// Record takes one outcome.
	Record(outcome Outcome) error
}

// Cell is one axis of one customer with the value to be written.
type Cell struct {
	Axis string
	// Before is the value that stands there now.
	Before Value
	// After is the text to write; not Set means: clear the cell.
	After Value
	// Case is the row of design.md 4.5 that decided it.
	Case Case
}

// Value is what a cell holds. The zero value is an empty cell: key absent or
// JSON null.
type Value struct {
	Set  bool
	Text string // the text, or the JSON text of anything else
	Type string // empty for a text, else connector.TypeNumber, TypeBoolean or TypeJSON
}

// Text is the value that holds text.
func Text(text string) Value { return Value{Set: true, Text: text} }

// Empty reports whether the cell counts as empty: absent, null or "".
func (v Value) Empty() bool { return !v.Set || v.Text == "" && v.Type == "" }

// Same reports whether two cells show the same: both empty, or the same text.
// The type counts only where one is an object or an array: a file of customers
// does not tell the number 12 from the text 12.
func (v Value) Same(w Value) bool {
	return v.Empty() && w.Empty() ||
		v.Set && w.Set && v.Text == w.Text && (v.Type == connector.TypeJSON) == (w.Type == connector.TypeJSON)
}

// OutcomeKind says what became of a cell.
type OutcomeKind string

// The outcomes of design.md 4.6.
const (
	// Accepted: the receiver took the write and applies it in its own time. It is
	// not an acknowledgement; a later read is.
	Accepted OutcomeKind = "accepted"
	// Acknowledged: a read shows the value that was to be written.
	Acknowledged OutcomeKind = "acknowledged"
	// Conflict: the cell holds neither the value it was decided on nor the one to
	// be written. Nothing was sent.
	Conflict OutcomeKind = "conflict"
	// Rejected: the receiver refused the cell or its customer.
	Rejected OutcomeKind = "rejected"
)

// Outcome is what became of one cell.
type Outcome struct {
	Kind       OutcomeKind
	CustomerID string
	Cell       Cell
	// Now is what the read before the write showed; for Acknowledged, the form in
	// which the receiver keeps the value.
	Now Value
	// Code and Reason say why a cell was refused: the status (such as "422" or
	// "404") or "not_applied", and the receiver's words. Remedy says what to do.
	Code, Reason, Remedy string
	At                   time.Time
}

// ErrProbeNeeded stops a delivery when it is not known how the receiver treats a
// partial dictionary and the number of customers allowed without that knowledge
// is used up (design.md 4.6).
var ErrProbeNeeded = errors.New("how this Fincome account treats custom_properties is not known")
