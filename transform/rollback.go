package transform

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
)

// The cases of cells that a rollback leaves as they are.
const (
	ChangedSince Case = "changed_since" // the cell holds neither what was written nor what stood there
	PutBack      Case = "put_back"      // the cell holds already what stood there
	NotVisible   Case = "not_visible"   // likewise, and the write is so new that it may still show
	Gone         Case = "gone"          // the customer is not there any more
)

// restores are the cases of a rollback, those that write first.
var restores = []string{
	string(sinks.CaseRestore), string(sinks.CaseRestoreOurs), string(sinks.CaseRestoreEdit),
	string(ChangedSince), string(PutBack), string(NotVisible), string(Gone), "clear_unknown",
}

const (
	restore = iota
	restoreOurs
	restoreEdit
	restoreNot // from here on nothing is written
	restoreDone
	restoreEarly
	restoreGone
	restoreUnknown
)

// restoreOf is what the case by which a cell was written makes of its rollback.
func restoreOf(written string) int {
	switch written {
	case "ours":
		return restoreOurs
	case "edited", "emptied", "changed_on_both_sides":
		return restoreEdit
	}
	return restore
}

// Rollback makes the change set that puts back what a delivery wrote: delivered
// has its accepted and unanswered cells (the columns customer_id, axis, outcome,
// before, after, before_type, case and at of its acknowledgements, where the last
// three may be missing). Customers are loaded before it, with the axes of the
// rules; of a customer that is not among them the cells are left. It answers the
// cells by case, reads delivered to its end and does not release it.
func (e *Engine) Rollback(ctx context.Context, delivered array.RecordReader, to Tables) (map[Case]int64, error) {
	if err := e.exec(ctx, `CREATE TEMP TABLE delivered (customer_id VARCHAR, axis VARCHAR, outcome VARCHAR, before VARCHAR, "after" VARCHAR, "now" VARCHAR, code VARCHAR, reason VARCHAR, "at" VARCHAR, before_type VARCHAR, "case" VARCHAR)`); err != nil {
		return nil, err
	}
	if err := e.consume(ctx, delivered, "INSERT INTO delivered BY NAME SELECT * FROM stream"); err != nil {
		return nil, err
	}
	err := e.exec(ctx,
		`CREATE TEMP TABLE undo AS SELECT coalesce(c.n, -1) AS n, c.place, d.* FROM delivered d LEFT JOIN customer c ON c.customer_id = d.customer_id WHERE outcome IN ('accepted', 'unanswered') ORDER BY 1`,
		"DROP TABLE delivered")
	if err != nil {
		return nil, err
	}
	u := &undoing{Engine: e, counts: map[Case]int64{}, axes: map[string]int{}, changes: newChangeOutput(e.axes, restores, to.Changes), kept: newKeptOutput(e.axes, restores, to.Kept)}
	for i, axis := range e.axes {
		u.axes[axis] = i
	}
	for first := int64(-1); first < e.customers; first += windowRows {
		query := fmt.Sprintf(`SELECT n, place, customer_id, axis, before, before_type, "after", "case", "at" FROM undo WHERE n BETWEEN %d AND %d ORDER BY n`, first, first+windowRows-1)
		if err := e.emit(ctx, query, u.batch); err != nil {
			return nil, err
		}
	}
	for _, o := range []*output{u.changes.output, u.kept.output} {
		if err := o.flush(); err != nil {
			return nil, err
		}
	}
	return u.counts, e.exec(ctx, "DROP TABLE undo")
}

// undoing goes through the cells of a delivery, customer by customer.
type undoing struct {
	*Engine
	axes    map[string]int
	counts  map[Case]int64
	changes changeOutput
	kept    keptOutput

	n    int64         // of the customer whose cells are in held
	held []observation // by axis
}

func (u *undoing) batch(batch arrow.RecordBatch) error {
	n, place := batch.Column(0).(*array.Int64), batch.Column(1).(*array.Int64)
	text := func(column, row int) value {
		c := batch.Column(column).(*array.String)
		if c.IsNull(row) {
			return value{}
		}
		return textValue(c.Value(row))
	}
	for row := range n.Len() {
		axis, known := u.axes[text(3, row).text]
		if !known {
			return fmt.Errorf("the delivery wrote the axis %q, which was not read", text(3, row).text)
		}
		var h observation
		if n.Value(row) >= 0 {
			if err := u.load(n.Value(row), place.Value(row)); err != nil {
				return err
			}
			h = u.held[axis]
		}
		before := text(4, row)
		before.form = forms[text(5, row).text]
		c := &cell{h: h.value, d: before, a: text(6, row), facts: aSet}
		at := u.judge(c, h.read, text(7, row).text, text(8, row).text)
		u.counts[Case(restores[at])]++
		if err := u.tell(text(2, row).text, axis, at, c); err != nil {
			return err
		}
	}
	return nil
}

// load reads what a customer holds, once.
func (u *undoing) load(n, place int64) error {
	if u.held != nil && u.n == n {
		return nil
	}
	record, err := u.list.records.read(place)
	if err != nil {
		return err
	}
	for range 3 { // the id, the identifier and the name
		record.next()
	}
	u.n, u.held = n, u.held[:0]
	for i := range u.Engine.axes {
		o := u.list.observe(i, &record)
		o.value = value{text: string([]byte(o.text)), form: o.form, set: o.set} // the record is gone when others are read
		u.held = append(u.held, o)
	}
	return nil
}

// judge finds the case of a cell: d is what stood there, a what was written.
func (u *undoing) judge(c *cell, read bool, written, at string) int {
	switch {
	case !read:
		return restoreGone
	case c.h.same(c.d) && !c.h.same(c.a):
		if age := u.rules.Now.Sub(timeOf(at)); age < u.rules.Settle {
			return restoreEarly
		}
		return restoreDone
	case !c.h.same(c.a) && !c.h.formOf(c.a):
		return restoreNot
	case c.d.empty() && u.rules.ClearUnknown:
		return restoreUnknown
	}
	return restoreOf(written)
}

func (u *undoing) tell(id string, axis, at int, c *cell) error {
	if at >= restoreNot {
		return u.kept.add(id, axis, at, c)
	}
	return u.changes.put(id, axis, at, c.h, c.d)
}

// timeOf is a time as a delivery tells it; zero where it does not.
func timeOf(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}
