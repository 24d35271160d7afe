package fincome

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/axisync/axisync/sinks"
)

// customer is the changes of one customer.
type customer struct {
	id     string
	cells  []sinks.Cell
	unread []bool // nobody has seen what the cell holds: sinks.CaseUnread
}

// eachCustomer gathers the rows of changes by customer. Everything is copied:
// the batches are gone after Next.
func eachCustomer(changes array.RecordReader, do func(customer) error) error {
	var pending customer
	for changes.Next() {
		rows, err := newRows(changes.RecordBatch())
		if err != nil {
			return err
		}
		for i := range rows.n {
			if id := rows.id.Value(i); id != pending.id {
				if len(pending.cells) > 0 {
					if err := do(pending); err != nil {
						return err
					}
				}
				pending = customer{id: strings.Clone(id)}
			}
			pending.cells = append(pending.cells, rows.cell(i))
			pending.unread = append(pending.unread, rows.reason.Value(i) == string(sinks.CaseUnread))
		}
	}
	if err := changes.Err(); err != nil {
		return fmt.Errorf("the change set cannot be read: %w", err)
	}
	if len(pending.cells) > 0 {
		return do(pending)
	}
	return nil
}

// rows are the columns of a batch of sinks.ChangeSchema.
type rows struct {
	n                                           int
	id, axis, before, beforeType, after, reason *array.String
	afterType                                   *array.String // nil: the plan of an older program, which knew texts only
}

func newRows(batch arrow.RecordBatch) (rows, error) {
	r := rows{n: int(batch.NumRows())}
	for name, into := range map[string]**array.String{
		sinks.ColumnCustomerID: &r.id, sinks.ColumnAxis: &r.axis, sinks.ColumnBefore: &r.before,
		sinks.ColumnBeforeType: &r.beforeType, sinks.ColumnAfter: &r.after, sinks.ColumnCase: &r.reason,
	} {
		at := batch.Schema().FieldIndices(name)
		if len(at) != 1 {
			return r, fmt.Errorf("the change set has no column %s", name)
		}
		column, ok := batch.Column(at[0]).(*array.String)
		if !ok {
			return r, fmt.Errorf("the column %s of the change set holds no texts", name)
		}
		*into = column
	}
	if at := batch.Schema().FieldIndices(sinks.ColumnAfterType); len(at) == 1 {
		r.afterType, _ = batch.Column(at[0]).(*array.String)
	}
	return r, nil
}

func (r rows) cell(i int) sinks.Cell {
	cell := sinks.Cell{Axis: strings.Clone(r.axis.Value(i)), Case: sinks.Case(strings.Clone(r.reason.Value(i)))}
	if r.before.IsValid(i) {
		cell.Before = sinks.Text(strings.Clone(r.before.Value(i)))
		if r.beforeType.IsValid(i) {
			cell.Before.Type = strings.Clone(r.beforeType.Value(i))
		}
	}
	if r.after.IsValid(i) {
		cell.After = sinks.Text(strings.Clone(r.after.Value(i)))
		if r.afterType != nil && r.afterType.IsValid(i) {
			cell.After.Type = strings.Clone(r.afterType.Value(i))
		}
	}
	return cell
}

// encode is a value as JSON; what is no UTF-8 was refused long before. What is
// no JSON of its type goes as the text that it is.
func encode(v sinks.Value) json.RawMessage {
	text := v.Text
	if v.Type != "" && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		quoted, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(text, "\ufffd"))
	}
	return json.RawMessage(quoted)
}
