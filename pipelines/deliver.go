package pipelines

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	connectorfincome "github.com/axisync/axisync/connector/fincome"
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
	snapshot, err := parquet.Open(snapshotDir(r.Pipeline, r.id))
	if err != nil {
		return err
	}
	return r.deliverSnapshot(ctx, snapshot)
}

func (r *run) deliverSnapshot(ctx context.Context, snapshot *parquet.Reader) error {
	if r.result.Cells.NotAttempted == 0 {
		return nil
	}
	client, err := connectorfincome.New(r.Fincome, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	target, err := fincome.New(client, fincome.Config{Update: r.Update, Clear: r.Clear, Now: r.Now})
	if err != nil {
		return err
	}
	outcomes, err := newOutcomes(deliveryDir(r.Pipeline, snapshot.Manifest().RunID, r.id), r.manifestOfDelivery(snapshot.Manifest()))
	if err != nil {
		return err
	}
	defer outcomes.abort()
	dir, err := r.state.target(target.Name())
	if err != nil {
		return err
	}
	_, path := acknowledgements(dir, r.state.Acknowledgements)
	journal, err := sinks.OpenJournal(path, outcomes.add)
	if err != nil {
		return err
	}
	err = r.send(ctx, target, snapshot, journal)
	err = errors.Join(err, journal.Close())
	outcomes.count(&r.result.Cells)
	r.state.Axes = remember(r.state.Axes, slices.Sorted(maps.Keys(outcomes.axes))...)
	// What was sent is told also when the delivery was cut short.
	err = errors.Join(err, outcomes.commit(context.WithoutCancel(ctx)))
	if err == nil && !r.result.Cells.whole() {
		return fmt.Errorf("the ledger of the cells does not add up: %+v", r.result.Cells)
	}
	if err == nil && r.result.Cells.NotAttempted > 0 {
		return fmt.Errorf("%d cells of the change set were not attempted", r.result.Cells.NotAttempted)
	}
	return err
}

func (r *run) send(ctx context.Context, target sinks.Target, snapshot *parquet.Reader, journal sinks.Journal) error {
	changes, err := snapshot.Read("changes")
	if err != nil {
		return err
	}
	defer changes.Release()
	r.Log.Info("delivering", "cells", r.result.Cells.NotAttempted)
	err = target.Deliver(ctx, changes, journal)
	if replaced := (*fincome.ReplacedError)(nil); errors.As(err, &replaced) {
		return configurationf("%s: %v", r.File, err)
	}
	if errors.Is(err, sinks.ErrProbeNeeded) {
		return &StoppedError{fmt.Sprintf("%v; find out: %s; then go on: axisync apply %s %s", err, r.probeCommand("--customer ID"), r.File, snapshot.Manifest().RunID)}
	}
	return err
}

func (r *run) manifestOfDelivery(of parquet.Manifest) parquet.Manifest {
	return parquet.Manifest{
		RunID: r.id, Kind: "delivery", Source: r.Source, Slug: r.Slug, LogicalDate: r.LogicalDate,
		ObservedAt: r.result.Started, Fingerprint: of.Fingerprint, ProgramVersion: r.Version,
	}
}
