package transform

import (
	"context"
)

// decider goes through the customers, decides their cells, and fills the tables.
type decider struct {
	*Engine
	axes        []decidedAxis
	decisions   []AxisDecision
	memories    *memories
	patch       *patch
	now, settle int64 // microseconds
	baseline    int64
	rows        int64 // of a window
	cell        cell  // the one that is being decided

	changes   changeOutput
	kept      keptOutput
	matches   matchOutput
	customers wideOutput
	wanted    wideOutput
}

// decidedAxis is an axis with its table and what has been decided.
type decidedAxis struct {
	Axis
	table   []row
	decided []int64 // by place in table
	form    form    // in which values are sent
	adopted int64   // cells that are taken for ours
}

func (e *Engine) newDecider(to Tables) *decider {
	d := &decider{Engine: e, rows: e.windowOf(), now: e.rules.Now.UnixMicro(), settle: e.rules.Settle.Microseconds(), baseline: e.rules.baseline(), patch: newPatch(e), memories: newMemories(e),
		matches:   newMatchOutput(e.rules.Key, to.Matches),
		customers: newWideOutput(e.CustomersSchema(), to.Customers),
		wanted:    newWideOutput(e.AxesSchema(), to.Axes),
	}
	for _, axis := range e.rules.Axes {
		table := e.rules.table(axis)
		d.axes = append(d.axes, decidedAxis{axis, table, make([]int64, len(table)), axis.form(), 0})
		d.decisions = append(d.decisions, AxisDecision{Axis: axis.Name, Cases: map[Case]int64{}})
	}
	names := caseNames(e.rules.table(Axis{})) // the tables of the axes differ in what is done, not in their rows
	d.changes, d.kept = newChangeOutput(e.axes, names, to.Changes), newKeptOutput(e.axes, names, to.Kept)
	return d
}

// flush hands on what is left.
func (d *decider) flush(ctx context.Context) error {
	for _, o := range []*output{d.changes.output, d.kept.output, d.matches.output, d.customers.output, d.wanted.output} {
		if err := o.flush(); err != nil {
			return err
		}
	}
	return d.patch.flush(ctx)
}

// count tells the cases by name.
func (d *decider) count() {
	for i, axis := range d.axes {
		for place, cells := range axis.decided {
			if cells > 0 {
				d.decisions[i].Cases[axis.table[place].name] += cells
			}
		}
	}
}

// A window is the customers that are decided at once: a result of DuckDB is whole
// in memory before its first row, and a statement costs some milliseconds before
// that. What is remembered of a cell is wide.
const (
	windowRows     = 1 << 15
	windowMemories = 1 << 15
)

// windowOf is how many customers a window has.
func (e *Engine) windowOf() int64 {
	if e.remembers && len(e.axes) > 0 {
		return min(windowRows, max(1, int64(windowMemories/len(e.axes))))
	}
	return windowRows
}

// window decides the customers from number first up to last.
func (d *decider) window(ctx context.Context, first, last int64) error {
	defer d.memories.drop()
	if err := d.memories.load(ctx, first, last); err != nil {
		return err
	}
	matched, err := d.matchedBetween(ctx, first, last)
	if err != nil {
		return err
	}
	defer matched.drop()
	for at := range int(last - first) {
		if err := d.person(at, matched.person(at)); err != nil {
			return err
		}
		if err := d.patch.relieve(ctx); err != nil {
			return err
		}
	}
	return nil
}

// person decides the cells of the customer at a place of the window.
func (d *decider) person(at int, p person) error {
	listed, err := d.list.records.read(p.at)
	if err != nil {
		return err
	}
	id, _ := listed.next()
	identifier, identified := listed.next()
	listed.next() // the name has done its work
	source, record := &d.list, listed
	if p.later >= 0 {
		source = &d.later
		if record, err = source.records.read(p.later); err != nil {
			return err
		}
		for range 3 { // the id, the identifier and the name are those of the list
			record.next()
		}
	}
	var account cells
	if p.matched {
		if account, err = d.hits.read(p.hit); err != nil {
			return err
		}
		d.wanted.columns[0].add(id, true)
		d.wanted.columns[1].add(p.meant.text, true)
	}
	d.customers.columns[0].add(id, true)
	d.customers.columns[1].add(identifier, identified)
	for i := range d.axes {
		if err := d.decideCell(at, i, id, p, source.observe(i, &record), &account); err != nil {
			return err
		}
	}
	if err := d.customers.end(); err != nil {
		return err
	}
	if p.matched {
		if err := d.wanted.end(); err != nil {
			return err
		}
	}
	return d.matches.customer(id, value{text: identifier, set: identified}, p)
}

// decideCell decides the cell of axis i of a customer.
func (d *decider) decideCell(at, i int, id string, p person, listed observation, account *cells) error {
	c, axis := &d.cell, &d.axes[i]
	var why facts
	c.d = value{}
	if p.matched {
		var want value
		want.text, want.set = account.next()
		c.d, why = axis.desired(want)
		if c.d.fits(axis.form) {
			c.d.form = axis.form
		}
		d.wanted.columns[2+i].add(c.d.text, c.d.set)
	} else {
		why = d.rules.withoutAccount(axis.State, p.verdict)
	}
	d.customers.columns[2+i].add(listed.text, listed.set)
	d.memories.recall(at, i, &c.memory)
	c.judge(why, d.rules.Receiver.observe(&c.memory, listed, d.now), d.now, d.settle)
	place := c.facts.decide(axis.table)
	axis.decided[place]++
	row := &axis.table[place]
	c.notice(row.name, d.now, d.baseline)
	d.decisions[i].add(row, c)
	if d.patch.learn(id, axis.Axis, row, c, p.later >= 0) {
		axis.adopted++
	}
	switch {
	case row.action == Write:
		return d.changes.add(id, i, place, c)
	case row.action == Same, why&(unmatched|ambiguous) != 0 && c.facts&aSet == 0 && c.memory.sAt == 0:
		return nil // there is nothing to tell
	}
	return d.kept.add(id, i, place, c)
}

// desired is D of a matched customer: what stands in the axis after its rule for
// empty properties, or why there is none.
func (a Axis) desired(want value) (d value, why facts) {
	switch {
	case a.State == Unknown:
		return textValue(NoneText), dIsNone
	case a.State == Lost:
		return want, lost
	case want.set:
		return want, 0
	}
	switch a.Nulls {
	case KeepNulls:
		return value{}, nullKept
	case NoneNulls:
		return textValue(NoneText), 0
	case EmptyNulls:
		return textValue(""), 0
	}
	return value{}, 0
}

// withoutAccount says why a customer without an account has no D; nothing: it has
// one, which is null.
func (r Rules) withoutAccount(state PropertyState, verdict Verdict) facts {
	switch {
	case verdict == Ambiguous:
		return ambiguous
	case !r.ClearOurs:
		return unmatched
	case state == Lost: // never over good data
		return lost
	}
	return 0
}

// observe reads the cell of an axis from the record of a customer.
func (s *customerSource) observe(axis int, record *cells) observation {
	if !s.has[axis] {
		return observation{at: s.observed}
	}
	o := observation{at: s.observed, read: true}
	o.text, o.set = record.next()
	if name, other := record.next(); other {
		o.form = forms[name]
	}
	return o
}
