package pipelines

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

const kindRollback = "rollback"

// Rollback makes a plan that puts back what a run wrote, to be delivered by Apply.
// Cells that others have changed since are left, and counted. Salesforce is not
// contacted; the customers are read as they are now.
func Rollback(ctx context.Context, p *Pipeline, runID string, o Options) (*Result, error) {
	if !runIDForm.MatchString(runID) {
		return nil, configurationf("%q is not the id of a run, which looks like 20261123-0600-k3f7", runID)
	}
	if !p.overAPI() {
		return nil, configurationf("%s names no fincome sink: a rollback goes over Fincome's API", p.File)
	}
	r, ctx, err := begin(ctx, p, o, kindRollback)
	if err != nil {
		return nil, err
	}
	defer r.release()
	return r.finish(ctx, r.rollback(ctx, runID))
}

func (r *run) rollback(ctx context.Context, runID string) error {
	delivery, err := r.deliveryOf(ctx, runID)
	if err != nil {
		return err
	}
	if r.Naming.NeedsTag() { // for the fingerprint
		r.Naming.Tag = r.state.Tag
	}
	axes, ids, err := r.written(delivery)
	if err != nil {
		return err
	}
	for _, axis := range axes {
		r.rules.Axes = append(r.rules.Axes, transform.Axis{Name: axis})
	}
	r.rules.Key, r.rules.ClearUnknown = r.Key, r.Clear == "unknown"
	if r.engine, err = transform.Open(ctx, transform.Config{Dir: r.work("duckdb")}, r.rules); err != nil {
		return err
	}
	if err := r.readNow(ctx, ids); err != nil {
		return err
	}
	counts, err := r.stageRollback(ctx, delivery)
	if err != nil {
		return err
	}
	r.tellRollback(counts)
	return r.commitRollback(ctx, runID)
}

// deliveryOf finds what a run delivered.
func (r *run) deliveryOf(ctx context.Context, runID string) (*parquet.Reader, error) {
	found, err := parquet.DeliveriesBy(ctx, r.Parquet, r.Slug, runID)
	if err != nil {
		return nil, err
	}
	if len(found) == 1 {
		delivery, err := parquet.Open(ctx, found[0])
		if errors.Is(err, os.ErrNotExist) {
			err = configurationf("the delivery of the run %s has no end: it is not known what it wrote", runID)
		}
		return delivery, err
	}
	switch by := r.deliverers(ctx, runID); len(by) {
	case 0:
	case 1:
		return nil, configurationf("the run %s sent nothing itself: %s delivered its snapshot; put that back: axisync rollback %s %[2]s", runID, by[0], r.File)
	default:
		last := by[len(by)-1]
		return nil, configurationf("the run %s sent nothing itself: %s delivered its snapshot one after the other, each a part; put them back and apply each, the newest first: axisync rollback %s %s", runID, strings.Join(by, ", "), r.File, last)
	}
	return nil, configurationf("the run %s has delivered nothing, so there is nothing to put back; axisync history tells which runs wrote", runID)
}

// deliverers are the runs that wrote what the snapshot of a run says, oldest first; one
// that found everything in place wrote nothing.
func (r *run) deliverers(ctx context.Context, runID string) (runs []string) {
	found, _ := parquet.Deliveries(ctx, r.Parquet, r.Slug, runID) // where that fails, nobody is named
	for _, f := range found {
		delivery, err := f.Open()
		if err == nil && delivery.Manifest().Counts[string(sinks.Accepted)]+delivery.Manifest().Counts[unanswered] > 0 {
			runs = append(runs, f.RunID)
		}
	}
	return runs
}

// written gives the axes that a delivery wrote, and the customers where they have to
// be read one by one.
func (r *run) written(delivery *parquet.Reader) (axes, customers []string, err error) {
	rows, err := delivery.Read("acknowledgements", "customer_id", "axis")
	if err != nil {
		return nil, nil, err
	}
	defer rows.Release()
	seen := map[string]bool{}
	for rows.Next() {
		ids, names := rows.RecordBatch().Column(0).(*array.String), rows.RecordBatch().Column(1).(*array.String)
		for i := range ids.Len() {
			if id := ids.Value(i); r.CustomersFile != "" && (len(customers) == 0 || customers[len(customers)-1] != id) {
				customers = append(customers, strings.Clone(id))
			}
			if name := names.Value(i); !seen[name] {
				seen[strings.Clone(name)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen)), customers, rows.Err()
}

// readNow reads the customers as they are: by the list of the API, or one by one
// where a file would tell how they were.
func (r *run) readNow(ctx context.Context, ids []string) error {
	client, err := fincome.New(r.Fincome, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	var source connector.Customers = fincome.API{Client: client, Now: r.Now}
	if r.CustomersFile != "" {
		source = fincome.Singles{Client: client, IDs: ids, Now: r.Now}
	}
	reader, err := source.Read(ctx, r.query())
	if err != nil {
		return err
	}
	defer reader.Release()
	err = r.engine.Customers(ctx, reader)
	if errors.Is(err, transform.ErrNoIdentifier) {
		return nil // nobody is matched here
	}
	return err
}

// stageRollback makes the tables of the plan.
func (r *run) stageRollback(ctx context.Context, delivery *parquet.Reader) (map[transform.Case]int64, error) {
	var err error
	if r.snapshot, err = parquet.Create(ctx, snapshotDir(r.Pipeline, r.id), r.work()); err != nil {
		return nil, err
	}
	if err := errors.Join(
		r.table(&r.changes, "changes", sinks.ChangeSchema(), 0, sinks.ColumnCustomerID, sinks.ColumnAxis),
		r.table(&r.kept, "kept", transform.KeptSchema(), 0, sinks.ColumnCustomerID, sinks.ColumnAxis)); err != nil {
		return nil, err
	}
	rows, err := delivery.Read("acknowledgements")
	if err != nil {
		return nil, err
	}
	defer rows.Release()
	return r.engine.Rollback(ctx, rows, transform.Tables{Changes: r.changes.Append, Kept: r.kept.Append})
}

// tellRollback puts into the result what the plan does.
func (r *run) tellRollback(counts map[transform.Case]int64) {
	cells := &r.result.Cells
	for name, n := range counts {
		cells.Considered += n
		switch {
		case sinks.Case(name).Restores():
			cells.NotAttempted += n
		case name == transform.PutBack:
			cells.Unchanged += n
		default:
			cells.Kept += n
		}
	}
	for name, text := range map[transform.Case]string{
		transform.ChangedSince: "have changed since and are left as they are",
		transform.Gone:         "are of customers that are not there any more",
		transform.NotVisible:   "hold what stood there before: it was put back, or what was written does not show yet; then roll back again in a quarter of an hour",
		"clear_unknown":        "were empty, and how a cell is cleared is not known: set fincome.clear, or run axisync fincome probe",
	} {
		if n := counts[name]; n > 0 {
			r.note("%d cells %s", n, text)
		}
	}
	slices.Sort(r.result.Notes)
}

func (r *run) commitRollback(ctx context.Context, runID string) error {
	if err := errors.Join(r.changes.Write(ctx, nil), r.kept.Write(ctx, nil)); err != nil {
		return err
	}
	err := r.snapshot.Commit(ctx, parquet.Manifest{
		RunID: r.id, Kind: kindRollback, RollsBack: runID, Source: r.Source, Slug: r.Slug, LogicalDate: r.LogicalDate,
		ObservedAt: r.result.Started, Fingerprint: r.fingerprint(), ProgramVersion: r.Version, Counts: map[string]int64{},
	})
	if err != nil {
		return fmt.Errorf("the plan cannot be committed: %w", err)
	}
	r.result.Snapshot, r.result.RollsBack = snapshotDir(r.Pipeline, r.id), runID
	return nil
}

// withdraw takes back the approvals that a run gave: what it merged into is
// somebody else's again.
func (r *run) withdraw(runID string) {
	gave := r.state.run(runID)
	if gave == nil {
		r.note("the state has forgotten the run %s: the axes that it approved stay approved", runID)
		return
	}
	r.state.Approved = slices.DeleteFunc(r.state.Approved, func(axis string) bool { return slices.Contains(gave.Approved, axis) })
}
