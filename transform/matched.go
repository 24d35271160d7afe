package transform

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// person is what matching found for a customer, and where its records are.
type person struct {
	at        int64 // in the list
	later     int64 // among the later observations; -1: none
	matched   bool  // it gets the values of an account
	hit       int64 // the record of that
	verdict   Verdict
	meant     value // the account that its identifier means, accepted or not
	candidate value // the nearest account of a customer without one
	near      value // why it is near
	bent      bool  // a spreadsheet has made a number of its identifier
}

// window holds the rows of the table matched for some customers.
type window struct {
	rows []windowRow // by place of the customer
	held []arrow.RecordBatch
}

// windowRow is where the row of a customer is: a batch, by its number and one,
// and a row in it.
type windowRow struct{ batch, row int32 }

// matchedBetween reads what matching found for the customers from number first up
// to last. The caller drops it.
func (e *Engine) matchedBetween(ctx context.Context, first, last int64) (*window, error) {
	w := &window{rows: make([]windowRow, last-first)}
	query := fmt.Sprintf("SELECT n, place, later, hit, verdict::VARCHAR, meant, candidate, near::VARCHAR, bent FROM matched WHERE n BETWEEN %d AND %d", first, last-1)
	err := e.emit(ctx, query, func(batch arrow.RecordBatch) error {
		batch.Retain()
		w.held = append(w.held, batch)
		for row, n := range batch.Column(0).(*array.Int64).Int64Values() {
			w.rows[n-first] = windowRow{int32(len(w.held)), int32(row)}
		}
		return nil
	})
	for at := 0; err == nil && at < len(w.rows); at++ {
		if w.rows[at].batch == 0 {
			err = fmt.Errorf("matching lost customer number %d", first+int64(at))
		}
	}
	if err != nil {
		w.drop()
		return nil, err
	}
	return w, nil
}

func (w *window) drop() {
	for _, batch := range w.held {
		batch.Release()
	}
	w.held = nil
}

// person is the customer at a place of the window; its texts live until drop.
func (w *window) person(at int) person {
	batch, row := w.held[w.rows[at].batch-1], int(w.rows[at].row)
	number := func(column int) (int64, bool) {
		c := batch.Column(column).(*array.Int64)
		return c.Value(row), c.IsValid(row)
	}
	text := func(column int) value {
		c := batch.Column(column).(*array.String)
		if c.IsNull(row) {
			return value{}
		}
		return textValue(c.Value(row))
	}
	p := person{later: -1, verdict: Verdict(text(4).text), meant: text(5), candidate: text(6), near: text(7), bent: batch.Column(8).(*array.Boolean).Value(row)}
	p.bent = p.bent || p.near.text == string(BentNumber)
	p.at, _ = number(1)
	if later, ok := number(2); ok {
		p.later = later
	}
	p.hit, p.matched = number(3)
	return p
}
