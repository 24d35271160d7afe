// Package conformance is the suite that every target of sinks passes. A target
// joins it with one test that calls Run.
package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
)

// Receiver is what a target under test delivers to. Each test gets a fresh one.
type Receiver interface {
	// Target delivers to this receiver.
	Target() sinks.Target
	// Customers are the ids of at least three customers.
	Customers() []string
	// Set changes a cell behind the target's back; a value that is not Set
	// removes it.
	Set(customerID, axis string, value sinks.Value)
	// Holds is what a cell holds once everything accepted is applied.
	Holds(customerID, axis string) sinks.Value
	// Others is everything else that a customer holds, byte for byte.
	Others(customerID string, axes ...string) string
	// Writes is the number of write requests so far.
	Writes() int
}

// Run runs the suite; open makes a fresh receiver.
func Run(t *testing.T, open func(t *testing.T) Receiver) {
	for name, test := range map[string]func(*testing.T, *fixture){
		"writes what stands as it was decided on": writes,
		"delivers twice without further effect":   twice,
		"leaves a conflict alone":                 seeing(conflicts),
		"writes the unseen only where it may":     seeing(unseen),
		"journals before it sends":                journalsFirst,
		"sends nothing that it cannot journal":    needsTheJournal,
		"rejects a stranger and goes on":          stranger,
		"stops when it is told to":                stops,
		"touches nothing else":                    touchesNothingElse,
		"takes any text":                          anyText,
		"does nothing without changes":            nothing,
		"goes on after an interruption":           interrupted,
		"hands on many":                           many,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t)
			test(t, &fixture{Receiver: r, traits: traitsOf(r), journal: &journal{receiver: r}})
		})
	}
	t.Run("leaves nothing running", func(t *testing.T) {
		r := open(t)
		leavesNothing(t, &fixture{Receiver: r, traits: traitsOf(r), journal: &journal{receiver: r}})
	})
}

const (
	axisA = "Salesforce_726564_Industry"
	axisB = "Salesforce_726564_Région d'été"
)

type fixture struct {
	Receiver
	traits  Traits
	journal *journal
}

// change is one row of a change set.
type change struct {
	customer, axis string
	before, after  sinks.Value
	reason         sinks.Case
}

func (f *fixture) deliver(t *testing.T, changes ...change) error {
	t.Helper()
	_, err := f.Target().Deliver(context.Background(), reader(t, changes), f.journal)
	return err
}

func (f *fixture) mustDeliver(t *testing.T, changes ...change) {
	t.Helper()
	if err := f.deliver(t, changes...); err != nil {
		t.Fatal(err)
	}
	f.journal.once(t, changes)
}

// reader gives the changes in batches of two rows, so that the rows of one
// customer may stand in different batches.
func reader(t *testing.T, changes []change) array.RecordReader {
	t.Helper()
	var batches []arrow.RecordBatch
	for part := range slices.Chunk(changes, 2) {
		b := array.NewRecordBuilder(connector.Memory, sinks.ChangeSchema())
		for _, c := range part {
			appendRow(b, c)
		}
		batches = append(batches, b.NewRecordBatch())
		b.Release()
	}
	r, err := array.NewRecordReader(sinks.ChangeSchema(), batches)
	if err != nil {
		t.Fatal(err)
	}
	for _, batch := range batches {
		batch.Release()
	}
	t.Cleanup(r.Release)
	return r
}

func appendRow(b *array.RecordBuilder, c change) {
	text := func(i int, set bool, value string) {
		column := b.Field(i).(*array.StringBuilder)
		if set {
			column.Append(value)
		} else {
			column.AppendNull()
		}
	}
	text(0, true, c.customer)
	text(1, true, c.axis)
	text(2, c.before.Set, c.before.Text)
	text(3, c.before.Type != "", c.before.Type)
	text(4, c.after.Set, c.after.Text)
	text(5, true, string(c.reason))
	text(6, c.after.Type != "", c.after.Type)
}

func (f *fixture) expect(t *testing.T, customer, axis string, want sinks.Value) {
	t.Helper()
	if got := f.Holds(customer, axis); !got.Same(want) {
		t.Errorf("%s %s holds %+v, want %+v", customer, axis, got, want)
	}
}

func writes(t *testing.T, f *fixture) {
	a, b := f.Customers()[0], f.Customers()[1]
	f.Set(b, axisA, sinks.Text("old"))
	f.Set(b, axisB, sinks.Text("gone"))
	f.mustDeliver(t,
		change{a, axisA, sinks.Value{}, sinks.Text("new"), "new"},
		change{b, axisA, sinks.Text("old"), sinks.Text("changed"), "ours"},
		change{b, axisB, sinks.Text("gone"), sinks.Value{}, "ours"})
	f.expect(t, a, axisA, sinks.Text("new"))
	f.expect(t, b, axisA, sinks.Text("changed"))
	f.expect(t, b, axisB, sinks.Value{})
	if n := f.journal.count(f.traits.Written); n != 3 {
		t.Errorf("%d cells %s, want 3", n, f.traits.Written)
	}
}

func twice(t *testing.T, f *fixture) {
	a := f.Customers()[0]
	changes := []change{{a, axisA, sinks.Value{}, sinks.Text("x"), "new"}, {a, axisB, sinks.Value{}, sinks.Text("y"), "new"}}
	f.mustDeliver(t, changes...)
	f.expect(t, a, axisA, sinks.Text("x")) // applied by now
	before := f.Writes()
	f.journal = &journal{receiver: f}
	f.mustDeliver(t, changes...)
	if n := f.Writes() - before; n != 0 {
		t.Errorf("%d write requests the second time", n)
	}
	if n := f.journal.count(f.traits.Again); n != 2 {
		t.Errorf("%d cells %s, want 2", n, f.traits.Again)
	}
}

func conflicts(t *testing.T, f *fixture) {
	a := f.Customers()[0]
	f.Set(a, axisA, sinks.Text("edited"))
	f.mustDeliver(t,
		change{a, axisA, sinks.Text("old"), sinks.Text("x"), "ours"},
		change{a, axisB, sinks.Value{}, sinks.Text("y"), "new"})
	f.expect(t, a, axisA, sinks.Text("edited"))
	f.expect(t, a, axisB, sinks.Text("y"))
	if outcome := f.journal.of(a, axisA); outcome.Kind != sinks.Conflict || outcome.Now != sinks.Text("edited") {
		t.Errorf("reported as %+v", outcome)
	}
}

func unseen(t *testing.T, f *fixture) {
	c := f.Customers()
	f.Set(c[1], axisA, sinks.Text("acknowledged"))
	f.Set(c[2], axisA, sinks.Text("foreign"))
	f.mustDeliver(t,
		change{c[0], axisA, sinks.Value{}, sinks.Text("x"), sinks.CaseUnread},
		change{c[1], axisA, sinks.Text("acknowledged"), sinks.Text("x"), sinks.CaseUnread},
		change{c[2], axisA, sinks.Text("acknowledged"), sinks.Text("x"), sinks.CaseUnread})
	f.expect(t, c[0], axisA, sinks.Text("x"))
	f.expect(t, c[1], axisA, sinks.Text("x"))
	f.expect(t, c[2], axisA, sinks.Text("foreign"))
}

func journalsFirst(t *testing.T, f *fixture) {
	for _, id := range f.Customers()[:3] {
		f.mustDeliver(t, change{id, axisA, sinks.Value{}, sinks.Text("x"), "new"})
	}
	if f.journal.late {
		t.Error("a write request went out before its intent was journaled")
	}
}

func needsTheJournal(t *testing.T, f *fixture) {
	f.journal.broken = errors.New("no space left on device")
	err := f.deliver(t, change{f.Customers()[0], axisA, sinks.Value{}, sinks.Text("x"), "new"})
	if !errors.Is(err, f.journal.broken) || f.Writes() != 0 {
		t.Errorf("error %v, %d write requests", err, f.Writes())
	}
}

func stranger(t *testing.T, f *fixture) {
	a := f.Customers()[0]
	f.mustDeliver(t,
		change{"nobody/knows 100%", axisA, sinks.Value{}, sinks.Text("x"), "new"},
		change{a, axisA, sinks.Value{}, sinks.Text("x"), "new"})
	f.expect(t, a, axisA, sinks.Text("x"))
	if f.traits.TakesStrangers {
		return
	}
	if outcome := f.journal.of("nobody/knows 100%", axisA); outcome.Kind != sinks.Rejected || outcome.Code == "" || outcome.Remedy == "" {
		t.Errorf("reported as %+v", outcome)
	}
}

func stops(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := f.Target().Deliver(ctx, reader(t, []change{{f.Customers()[0], axisA, sinks.Value{}, sinks.Text("x"), "new"}}), f.journal)
	if !errors.Is(err, context.Canceled) || f.Writes() != 0 || len(f.journal.outcomes) != 0 {
		t.Errorf("error %v, %d write requests, %d outcomes", err, f.Writes(), len(f.journal.outcomes))
	}
}

func touchesNothingElse(t *testing.T, f *fixture) {
	var before []string
	var changes []change
	for _, id := range f.Customers() {
		before = append(before, f.Others(id, axisA))
		changes = append(changes, change{id, axisA, sinks.Value{}, sinks.Text("x"), "new"})
	}
	f.mustDeliver(t, changes...)
	for i, id := range f.Customers() {
		f.expect(t, id, axisA, sinks.Text("x"))
		if after := f.Others(id, axisA); after != before[i] {
			t.Errorf("%s held %s, now %s", id, before[i], after)
		}
	}
}

func anyText(t *testing.T, f *fixture) {
	texts := []string{"None", "null", "01234", " outer blanks ", "two\nlines\r\n", `"quoted" \back\`, "é ü 漢字 🚀", "<script>&amp;", "\u0000\u001f\u2028", strings.Repeat("long ", 2000)}
	for i, text := range texts {
		f.mustDeliver(t, change{f.Customers()[0], fmt.Sprintf("axis %d", i), sinks.Value{}, sinks.Text(text), "new"})
		if f.traits.Refuses != nil && f.traits.Refuses(text) {
			if outcome := f.journal.of(f.Customers()[0], fmt.Sprintf("axis %d", i)); outcome.Kind != sinks.Rejected || outcome.Code == "" || outcome.Remedy == "" {
				t.Errorf("%q is reported as %+v", text, outcome)
			}
			text = ""
		}
		f.expect(t, f.Customers()[0], fmt.Sprintf("axis %d", i), sinks.Text(text))
		f.journal = &journal{receiver: f}
	}
}

func nothing(t *testing.T, f *fixture) {
	f.mustDeliver(t)
	if f.Writes() != 0 {
		t.Error("a write request without a change")
	}
}

// journal is a sinks.Journal in memory that watches the order of things.
type journal struct {
	receiver Receiver
	broken   error

	sending func() // is called once an intent is durable; nil: nothing

	mu       sync.Mutex
	intents  map[string]bool
	outcomes []sinks.Outcome
	late     bool
}

func (j *journal) Sending(customerID string, cells []sinks.Cell, _ time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.broken != nil {
		return j.broken
	}
	// One customer at a time in the test that asks: a write seen here that no
	// earlier intent announced went out too early.
	if j.receiver.Writes() > len(j.intents) {
		j.late = true
	}
	if j.intents == nil {
		j.intents = map[string]bool{}
	}
	for _, cell := range cells {
		j.intents[customerID+"\x00"+cell.Axis] = true
	}
	if j.sending != nil {
		j.sending()
	}
	return nil
}

func (j *journal) Record(outcome sinks.Outcome) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if outcome.Kind == sinks.Accepted && !j.intents[outcome.CustomerID+"\x00"+outcome.Cell.Axis] {
		j.late = true
	}
	j.outcomes = append(j.outcomes, outcome)
	return nil
}

func (j *journal) count(kind sinks.OutcomeKind) int {
	n := 0
	for _, outcome := range j.outcomes {
		if outcome.Kind == kind {
			n++
		}
	}
	return n
}

func (j *journal) of(customer, axis string) sinks.Outcome {
	for _, outcome := range j.outcomes {
		if outcome.CustomerID == customer && outcome.Cell.Axis == axis {
			return outcome
		}
	}
	return sinks.Outcome{}
}

// once checks that every cell was reported exactly once.
func (j *journal) once(t *testing.T, changes []change) {
	t.Helper()
	reported := map[string]int{}
	for _, outcome := range j.outcomes {
		reported[outcome.CustomerID+" "+outcome.Cell.Axis]++
	}
	for _, c := range changes {
		if n := reported[c.customer+" "+c.axis]; n != 1 {
			t.Errorf("%s %s was reported %d times", c.customer, c.axis, n)
		}
	}
}
