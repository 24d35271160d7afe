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
	// The cells by action.
	Kept, Pending, Refused, Rejected, Unchanged, Write int64
}

// Cells is the number of cells of the axis: one per customer.
func (d AxisDecision) Cells() int64 {
	return d.Kept + d.Pending + d.Refused + d.Rejected + d.Unchanged + d.Write
}

// Decide holds every cell of every axis against the table of design.md 4.5 and
// hands over the change set in batches of sinks.ChangeSchema, in no order. A
// batch is valid until changes returns.
func (e *Engine) Decide(ctx context.Context, changes func(arrow.RecordBatch) error) ([]AxisDecision, error) {
	if err := e.findTyped(ctx); err != nil {
		return nil, err
	}
	decisions := make([]AxisDecision, len(e.rules.Axes))
	for i, axis := range e.rules.Axes {
		decisions[i] = AxisDecision{Axis: axis.Name, Cases: map[Case]int64{}}
	}
	for _, s := range e.slices {
		if err := e.exec(ctx, "DROP TABLE IF EXISTS person", "CREATE TEMP TABLE person AS "+e.person(s)); err != nil {
			return nil, err
		}
		for i, axis := range e.rules.Axes {
			if err := e.decideSlice(ctx, i, s, &decisions[i], changes); err != nil {
				return nil, fmt.Errorf("axis %q: %w", axis.Name, err)
			}
		}
	}
	for i, axis := range e.rules.Axes {
		if got := decisions[i].Cells(); got != e.customers {
			return nil, fmt.Errorf("axis %q: %d cells were decided for %d customers", axis.Name, got, e.customers)
		}
		if err := e.adopt(ctx, axis, decisions[i]); err != nil {
			return nil, err
		}
	}
	return decisions, nil
}

// decideSlice decides the cells of one axis in a slice: it counts them, hands on
// what is written, and notes what was learned.
func (e *Engine) decideSlice(ctx context.Context, i int, s slice, decision *AxisDecision, changes func(arrow.RecordBatch) error) error {
	axis := e.rules.Axes[i]
	table := e.rules.table(axis)
	cells := "(" + e.cellsSQL(i, s, table) + ")"
	sorted := newSorted(axis.Name, table, decision, changes)
	defer sorted.release()
	if err := e.emit(ctx, sorted.query(cells), sorted.add); err != nil {
		return err
	}
	if err := sorted.flush(); err != nil {
		return err
	}
	if !e.remembers && sorted.adoptable == 0 {
		return nil // there is nothing to learn
	}
	return e.exec(ctx, e.learnSQL(axis, cells, table))
}

func (d *AxisDecision) add(row *row, flags uint16) {
	d.Cases[row.name]++
	if row.name == "foreign" {
		d.Foreign++
	}
	if flags&flagOurs != 0 {
		d.Ours++
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
		d.addWrite(flags)
	}
}

func (d *AxisDecision) addWrite(flags uint16) {
	d.Write++
	if flags&flagOurs != 0 && flags&flagHeldIsOurs != 0 {
		d.OursTouched++
	}
	switch {
	case flags&flagCleared != 0:
		d.Cleared++
	case flags&flagHeldEmpty != 0:
		d.New++
	default:
		d.Changed++
	}
}

// learnSQL notes what the observations say about A and S: a write that has
// arrived, a value that stands already (row 7), a write that never shows
// (row 4).
func (e *Engine) learnSQL(axis Axis, cells string, table []row) string {
	now := e.rules.Now.UnixMicro()
	unchanged, rejected := places(table, Same), places(table, Reject)
	adoptable := fmt.Sprintf("place IN (%s) AND NOT a_set AND NOT d_empty AND %t", unchanged, axis.Merge == Overwrite)
	same := fmt.Sprintf("place IN (%s) AND a_set AND a IS DISTINCT FROM d", unchanged)
	form := "h IS DISTINCT FROM d OR h_type IS NOT NULL"
	return fmt.Sprintf(`INSERT INTO patch SELECT customer_id, %[1]s,
		CASE WHEN adopted OR same OR s_arrived THEN %[2]d ELSE k_a_at END,
		CASE WHEN adopted OR same THEN d ELSE a END,
		CASE WHEN adopted OR same THEN CASE WHEN %[5]s THEN h END ELSE f END,
		CASE WHEN adopted OR same THEN CASE WHEN %[5]s THEN h_type END ELSE f_type END,
		CASE WHEN h_at > 0 THEN h_at ELSE k_o_at END, CASE WHEN h_at > 0 THEN h ELSE k_o END, CASE WHEN h_at > 0 THEN h_type ELSE k_o_type END,
		CASE WHEN NOT closed THEN k_s_at END, CASE WHEN NOT closed THEN k_s END, CASE WHEN NOT closed THEN k_s_before END,
		CASE WHEN NOT closed THEN k_s_before_type END, CASE WHEN NOT closed THEN k_s_answered END, CASE WHEN NOT closed THEN k_s_tries END,
		CASE WHEN rejected THEN %[2]d ELSE k_r_at END, CASE WHEN rejected THEN k_s ELSE k_r_d END,
		CASE WHEN rejected THEN h ELSE k_r_h END, CASE WHEN rejected THEN h_type ELSE k_r_h_type END,
		CASE WHEN rejected THEN 'not_applied' ELSE k_r_code END,
		CASE WHEN rejected THEN 'the write was accepted twice and never showed' ELSE k_r_reason END,
		adopted
		FROM (SELECT *, %[8]s %[3]s AS adopted, %[4]s AS same, place IN (%[6]s) AS rejected, s_arrived OR place IN (%[6]s) OR (place IN (%[7]s) AND s_open AND s_judged) AS closed FROM %[9]s)
		WHERE adopted OR same OR closed`,
		literal(axis.Name), now, adoptable, same, form, rejected, unchanged, e.nothingRemembered(), cells)
}

// nothingRemembered stands in for the columns that carried leaves out.
func (e *Engine) nothingRemembered() string {
	if e.remembers {
		return ""
	}
	return e.remembered("k.", "k_") + ", "
}

// adopt takes back the cells that were taken for ours because they hold already
// what we would write, where the axis needs an approval that it does not have:
// there, a value that others wrote stays theirs.
func (e *Engine) adopt(ctx context.Context, axis Axis, decision AxisDecision) error {
	if axis.Approved || decision.Foreign == 0 {
		return nil
	}
	return e.exec(ctx, "DELETE FROM patch WHERE adopted AND axis = "+literal(axis.Name))
}
