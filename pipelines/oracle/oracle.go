// Package oracle computes, naively and in memory, what a run of the program has
// to come to: the verdict of every customer and account, every cell with the
// row of the table that decides it, the guards that trip, what is sent, and
// what a Fincome holds afterwards.
//
// It is written from design.md and facts/ alone, by somebody who has not read
// the program, and shares not a line with it: maps and loops over the whole
// world, the standard library, and nothing of ours. Its tests run the program
// against both simulators and hold every answer against this one. Where the two
// differ, one of them has misread the design.
//
// A day goes in three steps: Decide says what ought to be done, Deliver does it
// to a Fincome (the oracle's own, which behaves as a Server), and Memory is what
// is known on the day after.
package oracle

import (
	"encoding/json"
	"slices"
	"time"
)

// Account is an Account as an org holds it, live or deleted and still in the
// recycle bin.
type Account struct {
	ID       string // 18 characters
	Deleted  bool   // deleted, or lost in a merge
	MasterID string // the winner of the merge that it lost, else empty
	// Values holds the properties by describe's name, as Bulk CSV writes them; an
	// absent one is null.
	Values map[string]string
	// Outside is true when salesforce.where leaves the account out.
	Outside bool
}

// Customer is a Fincome customer: the visible custom properties, byte for byte.
type Customer struct {
	ID         string
	Properties map[string]json.RawMessage
}

// Observation is what was seen of all customers at one moment.
type Observation struct {
	Customers []Customer
	// At is the start of the listing, or the export time of a file.
	At time.Time
	// Columns are the axes that a file has a column for; nil means that all were
	// read, as from the API.
	Columns map[string]bool
}

// Day is what a run finds.
type Day struct {
	Now      time.Time
	User     string // who is logged in to Salesforce
	Accounts []Account
	// Types holds the describe type of each property that the user may read
	// today, by describe's name.
	Types    map[string]string
	Observed Observation
	// Read is a single read of a customer at Now. It is asked where an observation
	// is too old to confirm what was sent; nil where that cannot be.
	Read func(customer string) map[string]json.RawMessage
}

// What becomes of a cell.
const (
	Unchanged = "unchanged"
	Kept      = "kept"
	Pending   = "pending"
	Refused   = "refused" // refused before, not tried again
	Rejected  = "rejected"
	Write     = "write"
)

// Cell is one axis of one customer and what is to be done to it.
type Cell struct {
	Customer, Axis string
	Row            int    // the row of the table of design.md 4.5 that decided
	Case           string // its name
	Judged         int    // 2 or 5: the row that made A of S before that; else 0
	Action         string // one of the constants above
	Desired        Value
	Held           Held

	why string    // there is nothing to be desired
	at  time.Time // when it was seen so
	// before is what was known when the cell was decided, before anything was sent.
	before known
	known  known // what is remembered of the cell once the decision counts
}

// Decision is everything that a run decides before anything is sent.
type Decision struct {
	Customers map[string]Match // by customer id
	Accounts  map[string]string
	Cells     []Cell // every axis of every customer
	Axes      []Axis
	// Tripped are the guards that trip, Lifted those that an allowance has lifted;
	// Guards are the names of the first.
	Tripped, Lifted []Trip
	Guards          map[string]bool
	// Borderline is true when a share equals a guard's limit exactly, which
	// design.md leaves to the program.
	Borderline bool
	// Fails is true when no customer carries the identification axis, or a property
	// is unknown where that is an error: the run ends with exit 2 before it extracts
	// anything, and remembers nothing.
	Fails   bool
	Retired []string // axes once filled and no longer written, sorted
	Figures Figures

	now     time.Time
	usable  map[string]bool
	lost    map[string]bool
	foreign map[string]bool // axes in which foreign values are replaced
	nulls   map[string]int  // of each property, the accounts without it
	meaning string
	user    string
	reading Reading
	told    map[string]bool // the conflicts and rejects of earlier deliveries of it
}

// Figures are the counts that later runs are compared with.
type Figures struct{ Accounts, Identified, Matched int }

// Decide computes a run's decisions from what it finds and what is remembered.
// Neither is changed.
func Decide(rules Rules, m *Memory, day Day) *Decision {
	d := &Decision{
		Guards: map[string]bool{}, now: day.Now,
		usable: usableNames(day.Types), foreign: map[string]bool{}, lost: map[string]bool{},
	}
	d.Axes = rules.axes(day.Types, m)
	d.meaning, d.user, d.reading = rules.meaning(), day.User, rules.Reading
	d.countNulls(day.Accounts)
	d.Customers, d.Accounts, d.Figures = matchAll(rules, day)
	for _, axis := range d.Axes {
		d.decideAxis(rules, m, day, axis)
		for _, name := range axis.lost {
			d.lost[name] = true
		}
	}
	d.Fails = d.Figures.Identified == 0 || rules.FailUnknown && slices.ContainsFunc(d.Axes, func(a Axis) bool { return a.unknown })
	d.Retired = m.retired(d.Axes)
	d.guard(rules, m)
	return d
}
