package transform

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// AxisDecision is what was decided for the cells of one axis.
type AxisDecision struct {
	Axis  string
	Cases map[Case]int64
	// The cells to write, by what they do.
	New, Changed, Cleared int64
	// Ours is how many cells hold a value that we wrote; OursTouched how many of
	// those are to be overwritten or cleared.
	Ours, OursTouched int64
	// Foreign is how many cells hold a value that we did not write and that
	// differs from what we would write; under merge overwrite they are among the
	// cells to write.
	Foreign int64
	// Stale is how many cells that we wrote have no account any more, Edited how many
	// others have changed, Contested how many of those since the baseline.
	Stale, Edited, Contested int64
	// Known is how many cells were sent or acknowledged before, or are taken for ours
	// now because they hold what we would write.
	Known int64
	// Held is how many customers hold anything in the axis, or may: nobody has looked.
	Held int64
	// The cells by action.
	Kept, Pending, Refused, Rejected, Unchanged, Write int64
}

// Cells is the number of cells of the axis: one per customer.
func (d AxisDecision) Cells() int64 {
	return d.Kept + d.Pending + d.Refused + d.Rejected + d.Unchanged + d.Write
}

// Tables takes what Decide makes, in batches; a function may be nil. A batch is
// valid until the function returns. Columns of few values come as a dictionary of
// texts, all others as texts.
type Tables struct {
	Changes   func(arrow.RecordBatch) error // sinks.ChangeSchema: the cells to write
	Kept      func(arrow.RecordBatch) error // KeptSchema: the cells that a rule leaves as they are
	Customers func(arrow.RecordBatch) error // CustomersSchema: all customers
	Axes      func(arrow.RecordBatch) error // AxesSchema: the matched customers
	Matches   func(arrow.RecordBatch) error // MatchesSchema: all customers
}

// Decide holds every cell of every axis against the table of design.md 4.5 and
// hands over the tables of the snapshot that have a row for a customer or a
// cell, in no order. It is called once.
func (e *Engine) Decide(ctx context.Context, to Tables) ([]AxisDecision, error) {
	d := e.newDecider(to)
	defer d.patch.free()
	for first := int64(0); first < e.customers; first += d.rows {
		if err := d.window(ctx, first, min(first+d.rows, e.customers)); err != nil {
			return nil, err
		}
	}
	if err := d.flush(ctx); err != nil {
		return nil, err
	}
	d.count()
	for i, axis := range e.rules.Axes {
		if got := d.decisions[i].Cells(); got != e.customers {
			return nil, fmt.Errorf("axis %q: %d cells were decided for %d customers", axis.Name, got, e.customers)
		}
		if err := e.adopt(ctx, axis, &d.decisions[i], d.axes[i].adopted); err != nil {
			return nil, err
		}
	}
	return d.decisions, nil
}

// add counts a decided cell.
func (d *AxisDecision) add(row *row, c *cell) {
	if row.name == "foreign" {
		d.Foreign++
	}
	if c.ours() {
		d.Ours++
	}
	if c.facts&(aSet|sOpen) != 0 {
		d.Known++
	}
	if c.facts&hEmpty == 0 {
		d.Held++
	}
	switch c.memory.sinceCase {
	case leftStale:
		d.Stale++
	case leftEdited:
		d.Edited++
	}
	if c.contested {
		d.Contested++
	}
	switch row.action {
	case Keep:
		d.Kept++
	case Hold:
		d.Pending++
	case Refused:
		d.Refused++
	case Reject:
		d.Rejected++
	case Same:
		d.Unchanged++
	case Write:
		d.addWrite(c)
	}
}

// ours: a value that we wrote.
func (c *cell) ours() bool { return c.facts&aSet != 0 && !c.a.empty() }

func (d *AxisDecision) addWrite(c *cell) {
	d.Write++
	if c.ours() && c.facts&hIsA != 0 {
		d.OursTouched++
	}
	switch {
	case c.facts&dEmpty != 0:
		d.Cleared++
	case c.facts&hEmpty != 0 || c.facts&hRead == 0:
		d.New++
	default:
		d.Changed++
	}
}

// adopt takes back the cells that were taken for ours because they hold already
// what we would write, where the axis needs an approval that it does not have:
// there, a value that others wrote stays theirs.
func (e *Engine) adopt(ctx context.Context, axis Axis, decision *AxisDecision, adopted int64) error {
	if axis.Approved || decision.Foreign == 0 {
		decision.Known += adopted
		return nil
	}
	return e.exec(ctx, "DELETE FROM patch WHERE adopted AND axis = "+literal(axis.Name))
}
