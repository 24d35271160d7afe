package oracle

import (
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// Ledger is what became of the cells: Considered is the sum of all the others.
type Ledger struct {
	Considered, Unchanged, Kept, Pending, Refused         int
	Sent, Acknowledged, Conflicts, Rejected, NotAttempted int
}

// Outcome is what a run comes to.
type Outcome struct {
	Ledger Ledger
	Exit   int // 0, 4 or 5
	Writes int // update requests
	Died   bool
	fates  []string // the conflicts and rejects, each with what it is about
}

// Stop is a run that a guard stops, or a plan: nothing is sent. What it saw of
// the cells is remembered all the same, for an acknowledgement is a fact; it is
// no baseline.
func (d *Decision) Stop(m *Memory) Outcome {
	m.seen(d)
	m.learn(d)
	o := Outcome{Ledger: d.ledger()}
	for _, c := range d.Cells {
		if c.Action == Write {
			o.Ledger.NotAttempted++
		}
	}
	if len(d.Guards) > 0 {
		o.Exit = 4
	}
	return o
}

// Deliver sends the decided cells by compare-and-set, changes the Fincome, and
// leaves in m what is remembered afterwards.
func (d *Decision) Deliver(rules Rules, m *Memory, f *Fincome, now time.Time) Outcome {
	o := Outcome{Ledger: d.ledger()}
	m.seen(d)
	d.approve(m)
	d.send(&o, rules, m, f, now)
	return o
}

// approve remembers the axes whose merge a person has lifted, before anything is
// sent: a delivery that dies has been approved all the same.
func (d *Decision) approve(m *Memory) {
	for _, trip := range d.Lifted {
		if trip.Guard == "merge" && d.foreign[trip.Subject] {
			m.approved[trip.Subject] = true
		}
	}
}

// Apply delivers, by hand, what a guard stopped or what was only planned. It
// approves the axes in which foreign values are replaced. Its ledger is that of
// the writes alone.
func (d *Decision) Apply(rules Rules, m *Memory, f *Fincome, now time.Time) Outcome {
	m.seen(d)
	for axis, foreign := range d.foreign {
		m.approved[axis] = m.approved[axis] || foreign
	}
	var o Outcome
	for _, c := range d.Cells {
		if c.Action == Write {
			o.Ledger.Considered++
		}
	}
	d.send(&o, rules, m, f, now)
	return o
}

// Writes are the customers that the decision writes, in id order.
func (d *Decision) Writes() []string {
	customers := map[string]bool{}
	for _, c := range d.Cells {
		if c.Action == Write {
			customers[c.Customer] = true
		}
	}
	return sortedNames(customers)
}

// Die is a delivery to the one customer of Writes that ends before its update is
// answered, be it applied or not. It is no baseline.
func (d *Decision) Die(rules Rules, m *Memory, f *Fincome, applied bool, now time.Time) Outcome {
	o := Outcome{Ledger: d.ledger()}
	var cells []*Cell
	for i := range d.Cells {
		if c := &d.Cells[i]; c.Action == Write {
			cells = append(cells, c)
		}
	}
	customer := cells[0].Customer
	current := f.Read(customer, now)
	writes := o.hold(cells, current, now)
	if len(writes) > 0 && applied {
		f.Update(customer, body(rules, current, writes), now)
	}
	o.Died, o.Writes = len(writes) > 0, min(1, len(writes))
	for _, c := range writes {
		c.known.sent = c.sends(now)
		c.known.sent.unanswered = true
		o.Ledger.NotAttempted++
	}
	m.seen(d)
	d.approve(m)
	m.learn(d)
	return o
}

// tell decides whether what came of a delivery alarms: only what no earlier delivery
// of the same decision has told.
func (d *Decision) tell(o *Outcome) {
	if d.told == nil {
		d.told = map[string]bool{}
	}
	if o.Ledger.Rejected+o.Ledger.Conflicts > len(o.fates) { // given up when the cells were decided
		o.Exit = 5
	}
	for _, fate := range o.fates {
		if !d.told[fate] {
			o.Exit = 5
		}
		d.told[fate] = true
	}
}

func (d *Decision) send(o *Outcome, rules Rules, m *Memory, f *Fincome, now time.Time) {
	byCustomer := map[string][]*Cell{}
	for i := range d.Cells {
		if c := &d.Cells[i]; c.Action == Write {
			byCustomer[c.Customer] = append(byCustomer[c.Customer], c)
		}
	}
	for _, customer := range sortedNames(byCustomer) {
		o.deliver(rules, byCustomer[customer], f, now)
	}
	m.remember(d)
	d.tell(o)
}

// ledger counts the cells that need no delivery.
func (d *Decision) ledger() Ledger {
	l := Ledger{Considered: len(d.Cells)}
	for _, c := range d.Cells {
		switch c.Action {
		case Unchanged:
			l.Unchanged++
		case Kept:
			l.Kept++
		case Pending:
			l.Pending++
		case Refused:
			l.Refused++
		case Rejected:
			l.Rejected++
		}
	}
	return l
}

// sends is S of a cell that is sent once more.
func (c *Cell) sends(now time.Time) *sent {
	s := &sent{value: c.Desired, before: c.Held, at: now}
	if before := c.known.sent; before != nil && before.value.same(c.Desired) {
		s.times = before.times
	}
	return s
}

// deliver sends the cells of one customer.
func (o *Outcome) deliver(rules Rules, cells []*Cell, f *Fincome, now time.Time) {
	customer := cells[0].Customer
	current := f.Read(customer, now)
	writes := o.hold(cells, current, now)
	if len(writes) == 0 {
		return
	}
	o.Writes++
	accepted := f.Update(customer, body(rules, current, writes), now)
	for _, c := range writes {
		if !accepted {
			c.known.sent, c.known.refused = nil, &refusal{c.Desired, c.Held}
			o.Ledger.Rejected++
			o.fates = append(o.fates, fmt.Sprint("rejected", c.Customer, c.Axis, c.Held))
			continue
		}
		c.known.sent, c.known.refused = c.sends(now), nil
		c.known.sent.times++
		o.Ledger.Sent++
	}
}

// hold holds the cells of a customer against what is there now, and gives those
// to be written.
func (o *Outcome) hold(cells []*Cell, current map[string]json.RawMessage, now time.Time) []*Cell {
	var writes []*Cell
	for _, c := range cells {
		c.known.read = &reread{heldOf(current, c.Axis), now}
		switch found := heldOf(current, c.Axis); {
		case c.unmoved(found):
			c.Held = found // what it holds is known now, also where it was unread
			writes = append(writes, c)
		case found.is(c.Desired):
			c.known.acked, c.known.sent, c.known.refused = acknowledge(c.Desired, found, now), nil, nil
			o.Ledger.Acknowledged++
		default:
			o.Ledger.Conflicts++
			o.fates = append(o.fates, fmt.Sprint("conflict", c.Customer, c.Axis, found))
		}
	}
	return writes
}

// unmoved reports whether the cell still holds what its write was decided on. An
// unread one may be empty, or hold what is ours.
func (c *Cell) unmoved(found Held) bool {
	if !c.Held.Unread {
		return found.looksLike(c.Held)
	}
	if found.is(c.Desired) {
		return false // there already
	}
	return found.Empty() || c.known.acked.is(found)
}

// body is the dictionary of an update: the changed keys where the server is
// known to merge, else the whole.
func body(rules Rules, current map[string]json.RawMessage, writes []*Cell) map[string]json.RawMessage {
	sent := map[string]json.RawMessage{}
	if rules.Update != "merge" {
		sent = maps.Clone(current)
	}
	for _, c := range writes {
		if value, given := c.Desired.json(rules.Clear); given {
			sent[c.Axis] = value
		} else {
			delete(sent, c.Axis)
		}
	}
	return sent
}
