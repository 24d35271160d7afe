package pipelines

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// deliveryDir is the location of what became of a delivery. One snapshot may be
// delivered by several runs.
func deliveryDir(p *Pipeline, snapshot, run string) string {
	return parquet.DeliveryDir(p.Parquet, p.Slug, snapshot, run)
}

// unanswered is the outcome of a cell whose request went out and was never
// answered: it may have been carried out.
const unanswered = "unanswered"

// outcomes writes what becomes of the cells of a delivery as three tables:
// acknowledgements (accepted, found to hold the value, or unanswered), rejects and
// conflicts.
type outcomes struct {
	snapshot *parquet.Snapshot
	manifest parquet.Manifest
	tables   map[sinks.OutcomeKind]*outcomeTable
	counts   map[sinks.OutcomeKind]int64
	axes     map[string]bool          // that took a value, or held it already
	open     map[cellName]sinks.Event // sent, and nothing heard yet: those in flight
	known    known                    // conflicts and rejects that were told before
	repeated int64                    // how many of counts those are

	settled, customers atomic.Int64 // cells of which it is known, and customers written to, for who watches
	writing            string       // the customer written to last
	err                error
}

type cellName struct{ customer, axis string }

type outcomeTable struct {
	table   *parquet.Table
	builder *array.RecordBuilder
}

func outcomeSchema() *arrow.Schema {
	required := func(name string) arrow.Field { return arrow.Field{Name: name, Type: arrow.BinaryTypes.String} }
	optional := func(name string) arrow.Field {
		return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
	}
	return arrow.NewSchema([]arrow.Field{required("customer_id"), required("axis"), required("outcome"),
		optional("before"), optional("after"), optional("now"), optional("code"), optional("reason"), required("at"),
		optional("before_type"), optional("case")}, nil)
}

func newOutcomes(ctx context.Context, dir, staging string, manifest parquet.Manifest) (*outcomes, error) {
	snapshot, err := parquet.Create(ctx, dir, staging)
	if err != nil {
		return nil, err
	}
	o := &outcomes{snapshot: snapshot, manifest: manifest, tables: map[sinks.OutcomeKind]*outcomeTable{}, counts: map[sinks.OutcomeKind]int64{}, axes: map[string]bool{}, open: map[cellName]sinks.Event{}}
	for kind, name := range map[sinks.OutcomeKind]string{sinks.Accepted: "acknowledgements", sinks.Rejected: "rejects", sinks.Conflict: "conflicts"} {
		table, err := snapshot.Table(name, outcomeSchema(), parquet.TableOptions{Key: []string{"customer_id", "axis"}})
		if err != nil {
			return nil, errors.Join(err, snapshot.Abort())
		}
		o.tables[kind] = &outcomeTable{table, array.NewRecordBuilder(connector.Memory, outcomeSchema())}
	}
	o.tables[sinks.Acknowledged] = o.tables[sinks.Accepted]
	return o, nil
}

// add takes an event of the journal; the journal calls it one at a time.
func (o *outcomes) add(event sinks.Event) {
	kind := sinks.OutcomeKind(event.Kind)
	if kind == sinks.Accepted || kind == sinks.Acknowledged {
		o.axes[event.Axis] = true
	}
	if event.Kind == sinks.Sent {
		o.open[cellName{event.CustomerID, event.Axis}] = event
		if event.CustomerID != o.writing { // its cells follow each other
			o.writing = event.CustomerID
			o.customers.Add(1)
		}
		return
	}
	delete(o.open, cellName{event.CustomerID, event.Axis})
	o.counts[kind]++
	o.settled.Add(1)
	if (kind == sinks.Conflict || kind == sinks.Rejected) && o.known.has(event) {
		o.repeated++
	}
	o.tell(o.tables[kind], event)
}

// tell adds a row to a table.
func (o *outcomes) tell(t *outcomeTable, event sinks.Event) {
	at := time.UnixMicro(event.At).UTC().Format(time.RFC3339Nano)
	name := string(event.Kind)
	for i, text := range []*string{&event.CustomerID, &event.Axis, &name, event.Before, event.After, event.Now, event.Code, event.Reason, &at, event.BeforeType, event.Case} {
		column := t.builder.Field(i).(*array.StringBuilder)
		if text == nil {
			column.AppendNull()
		} else {
			column.Append(*text)
		}
	}
	if t.builder.Field(0).Len() >= 8192 {
		o.fail(t.flush())
	}
}

func (o *outcomes) fail(err error) { o.err = errors.Join(o.err, err) }

func (t *outcomeTable) flush() error {
	batch := t.builder.NewRecordBatch()
	defer batch.Release()
	return t.table.Append(batch)
}

// filled are the axes that hold what we wrote, as far as is known: also those whose
// requests were never answered.
func (o *outcomes) filled() []string {
	for name := range o.open {
		o.axes[name.axis] = true
	}
	return slices.Sorted(maps.Keys(o.axes))
}

// empty reports that nothing became of any cell: no request went out that could change
// one.
func (o *outcomes) empty() bool { return len(o.counts) == 0 && len(o.open) == 0 }

// count moves the cells from not attempted to where they went.
func (o *outcomes) count(cells *Cells) {
	cells.Sent += o.counts[sinks.Accepted]
	cells.Acknowledged += o.counts[sinks.Acknowledged]
	cells.Conflicts += o.counts[sinks.Conflict]
	cells.Rejected += o.counts[sinks.Rejected]
	for _, n := range o.counts {
		cells.NotAttempted -= n
	}
}

// commit writes the tables; what is still in flight is unanswered.
func (o *outcomes) commit(ctx context.Context) error {
	for _, event := range o.open {
		event.Kind = unanswered
		o.tell(o.tables[sinks.Accepted], event)
	}
	for _, kind := range []sinks.OutcomeKind{sinks.Accepted, sinks.Rejected, sinks.Conflict} {
		t := o.tables[kind]
		o.fail(t.flush())
		if o.err != nil {
			return o.err
		}
		if err := t.table.Write(ctx, nil); err != nil {
			return err
		}
	}
	o.manifest.Counts = map[string]int64{}
	for kind, n := range o.counts {
		o.manifest.Counts[string(kind)] = n
	}
	if n := len(o.open); n > 0 {
		o.manifest.Counts[unanswered] = int64(n)
	}
	return o.snapshot.Commit(ctx, o.manifest)
}

// abort frees everything; after a commit it only frees memory.
func (o *outcomes) abort() {
	for _, kind := range []sinks.OutcomeKind{sinks.Accepted, sinks.Rejected, sinks.Conflict} {
		o.tables[kind].builder.Release()
	}
	_ = o.snapshot.Abort() // left-overs are swept by the next run
}
