package pipelines

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// known are the conflicts and rejects that earlier deliveries of a snapshot had
// already, by a hash of eight bytes each: who applies a plan again is not alarmed by
// what was told then.
type known map[uint64]struct{}

// toldBefore gathers what earlier deliveries of a snapshot told.
func toldBefore(ctx context.Context, p *Pipeline, snapshot string) (known, error) {
	found, err := parquet.Deliveries(ctx, p.Parquet, p.Slug, snapshot)
	if err != nil {
		return nil, err
	}
	k := known{}
	for _, f := range found {
		delivery, err := f.Open()
		if err != nil {
			continue // what cannot be read is told again
		}
		for table, kind := range map[string]sinks.OutcomeKind{"conflicts": sinks.Conflict, "rejects": sinks.Rejected} {
			if err := k.gather(delivery, table, kind); err != nil {
				return nil, err
			}
		}
	}
	return k, nil
}

func (k known) gather(delivery *parquet.Reader, table string, kind sinks.OutcomeKind) error {
	if delivery.Rows(table) == 0 {
		return nil
	}
	rows, err := delivery.Read(table, "customer_id", "axis", "after", "now", "code")
	if err != nil {
		return err
	}
	defer rows.Release()
	for rows.Next() {
		batch := rows.RecordBatch()
		text := func(column, row int) *string {
			c := batch.Column(column).(*array.String)
			if c.IsNull(row) {
				return nil
			}
			value := c.Value(row)
			return &value
		}
		for row := range int(batch.NumRows()) {
			k[fate(kind, *text(0, row), *text(1, row), text(2, row), text(3, row), text(4, row))] = struct{}{}
		}
	}
	return rows.Err()
}

func (k known) has(event sinks.Event) bool {
	_, ok := k[fate(sinks.OutcomeKind(event.Kind), event.CustomerID, event.Axis, event.After, event.Now, event.Code)]
	return ok
}

// fate stands for what became of a cell.
func fate(kind sinks.OutcomeKind, customer, axis string, after, now, code *string) uint64 {
	text := string(kind) + "\x00" + customer + "\x00" + axis
	for _, part := range []*string{after, now, code} {
		text += "\x00"
		if part != nil {
			text += "=" + *part
		}
	}
	return sinks.Hash(text)
}
