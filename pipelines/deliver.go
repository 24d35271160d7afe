package pipelines

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axisync/axisync/grace"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
	"github.com/axisync/axisync/sinks/parquet"
)

// deliver sends the change set of the committed snapshot and records what became
// of every cell.
func (r *run) deliver(ctx context.Context) error {
	if err := r.approve(); err != nil { // before anything is sent: a killed run can go on
		return err
	}
	snapshot, err := parquet.Open(ctx, snapshotDir(r.Pipeline, r.id))
	if err != nil {
		return err
	}
	return r.deliverSnapshot(ctx, snapshot)
}

func (r *run) deliverSnapshot(ctx context.Context, snapshot *parquet.Reader) error {
	if r.result.Cells.NotAttempted == 0 {
		return nil
	}
	target, closeTarget, err := r.target(snapshot.Manifest().RunID)
	if err != nil {
		return err
	}
	defer closeTarget()
	outcomes, err := newOutcomes(ctx, deliveryDir(r.Pipeline, snapshot.Manifest().RunID, r.id), r.work(), r.manifestOfDelivery(snapshot.Manifest()))
	if err != nil {
		return err
	}
	defer outcomes.abort()
	if r.result.Kind == "apply" {
		if outcomes.known, err = toldBefore(ctx, r.Pipeline, snapshot.Manifest().RunID); err != nil {
			return err
		}
	}
	cells := r.result.Cells.NotAttempted
	dir, err := r.state.target(target.Name())
	if err != nil {
		return err
	}
	_, path := acknowledgements(dir, r.state.generation(target.Name()))
	if err := r.state.provenJournal(target.Name(), path); err != nil {
		return err
	}
	journal, closeJournal, err := r.state.openJournal(path, outcomes.add)
	if err != nil {
		return err
	}
	if err := r.state.beginDelivery(target.Name(), path, snapshot.Manifest().RunID, outcomes.manifest); err != nil {
		return errors.Join(err, closeJournal())
	}
	r.delivered = snapshot.Manifest().RunID
	defer r.enter("deliver")()
	r.showDelivery(outcomes)
	err = r.send(ctx, target, snapshot, journal)
	err = errors.Join(err, closeJournal(), r.state.journaled(target.Name(), path))
	r.tellFiles(target)
	outcomes.count(&r.result.Cells)
	if outcomes.empty() { // the key was a wrong one, say
		r.delivered = ""
	}
	r.repeated = outcomes.repeated
	r.state.Axes = remember(r.state.Axes, outcomes.filled()...)
	longer, over := grace.Outlive(ctx) // what was sent is told also when the delivery was cut short
	defer over()
	if commitErr := outcomes.commit(longer); commitErr != nil {
		err = errors.Join(err, commitErr)
	} else {
		err = errors.Join(err, r.state.endDelivery())
	}
	if err == nil && !r.result.Cells.whole() {
		return fmt.Errorf("the ledger of the cells does not add up: %+v", r.result.Cells)
	}
	if left := r.result.Cells.NotAttempted; err == nil && left != r.leftOut(cells) {
		return fmt.Errorf("%d cells of the change set were not attempted", left)
	}
	r.tellCanary()
	return err
}

func (r *run) send(ctx context.Context, target sinks.Target, snapshot *parquet.Reader, journal sinks.Journal) error {
	changes, err := snapshot.Read("changes")
	if err != nil {
		return err
	}
	defer changes.Release()
	r.Log.Info("delivering", "cells", r.result.Cells.NotAttempted)
	report, err := target.Deliver(ctx, r.canary(changes), journal)
	r.result.Delivery = &report
	if !r.overAPI() { // which tells it itself
		sinks.LogRefused(r.Log, report.Refused, "axisync rejects "+r.File)
	}
	r.state.learnLimit(target.Name(), report.Limit, r.Now())
	r.Log.Info("delivered", "customers", report.Customers, "requests", report.Requests, "throttled", report.Throttled, "took", report.Took.Round(time.Millisecond))
	if replaced := (*fincome.ReplacedError)(nil); errors.As(err, &replaced) {
		return configurationf("%s: %v", r.File, err)
	}
	if errors.Is(err, sinks.ErrProbeNeeded) {
		r.awaits = WaitProbe
		return &StoppedError{fmt.Sprintf("%v; find out: %s; then go on: axisync apply %s %s", err, r.probeCommand("--customer ID"), r.File, snapshot.Manifest().RunID)}
	}
	return err
}

func (r *run) manifestOfDelivery(of parquet.Manifest) parquet.Manifest {
	return parquet.Manifest{
		RunID: r.id, Kind: "delivery", Source: r.Source, Slug: r.Slug, LogicalDate: r.LogicalDate,
		ObservedAt: r.result.Started, Fingerprint: of.Fingerprint, ProgramVersion: r.Version,
		Target: r.targetName(),
	}
}
