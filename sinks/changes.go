package sinks

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Intent is the cells of one customer that are about to be written.
type Intent struct {
	CustomerID string
	Cells      []Cell
}

// Changes reads a change set to its end and gives it customer by customer, in its
// order. What it gives is copied: it stays valid when the batch is gone.
func Changes(changes array.RecordReader, do func(Intent) error) error {
	var pending Intent
	for changes.Next() {
		rows, err := newChangeRows(changes.RecordBatch())
		if err != nil {
			return err
		}
		for i := range rows.n {
			if id := rows.id.Value(i); id != pending.CustomerID {
				if len(pending.Cells) > 0 {
					if err := do(pending); err != nil {
						return err
					}
				}
				pending = Intent{CustomerID: strings.Clone(id)}
			}
			pending.Cells = append(pending.Cells, rows.cell(i))
		}
	}
	if err := changes.Err(); err != nil {
		return fmt.Errorf("the change set cannot be read: %w", err)
	}
	if len(pending.Cells) > 0 {
		return do(pending)
	}
	return nil
}

// changeRows are the columns of a batch of ChangeSchema.
type changeRows struct {
	n                                           int
	id, axis, before, beforeType, after, reason *array.String
	afterType                                   *array.String // nil: the plan of an older program, which knew texts only
}

func newChangeRows(batch arrow.RecordBatch) (changeRows, error) {
	r := changeRows{n: int(batch.NumRows())}
	for _, column := range []struct {
		name string
		into **array.String
	}{
		{ColumnCustomerID, &r.id}, {ColumnAxis, &r.axis}, {ColumnBefore, &r.before},
		{ColumnBeforeType, &r.beforeType}, {ColumnAfter, &r.after}, {ColumnCase, &r.reason}, {ColumnAfterType, &r.afterType},
	} {
		at := batch.Schema().FieldIndices(column.name)
		if len(at) == 0 && column.name == ColumnAfterType {
			continue
		}
		if len(at) != 1 {
			return r, fmt.Errorf("the change set has no column %s", column.name)
		}
		texts, ok := batch.Column(at[0]).(*array.String)
		if !ok {
			return r, fmt.Errorf("the column %s of the change set holds no texts", column.name)
		}
		*column.into = texts
	}
	return r, nil
}

func (r changeRows) cell(i int) Cell {
	return Cell{
		Axis: strings.Clone(r.axis.Value(i)), Case: Case(strings.Clone(r.reason.Value(i))),
		Before: valueAt(r.before, r.beforeType, i), After: valueAt(r.after, r.afterType, i),
	}
}

func valueAt(texts, types *array.String, i int) Value {
	if texts.IsNull(i) {
		return Value{}
	}
	v := Text(strings.Clone(texts.Value(i)))
	if types != nil && types.IsValid(i) {
		v.Type = strings.Clone(types.Value(i))
	}
	return v
}
