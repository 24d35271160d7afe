package pipelines

import (
	"context"
	"slices"
	"time"

	"github.com/axisync/axisync/sinks/parquet"
)

// keepUnlisted is what is kept of snapshots that lie in the state because the file
// names no place for them.
var keepUnlisted = parquet.Keep{Last: 30}

// retain removes the snapshots that the file does not want kept, with what became of
// their deliveries. It runs at the end of a run that ended well, with the source held,
// and never fails it: what could not be removed is told, and tried again by the next.
func (r *run) retain(ctx context.Context) {
	if r.Keep == (parquet.Keep{}) {
		return
	}
	h, err := newPast(ctx, r.Pipeline)
	if err != nil {
		r.note("old snapshots were not removed: %v", err)
		return
	}
	unwanted, err := r.unwanted(h)
	if err != nil {
		r.note("old snapshots were not removed: %v", err)
		return
	}
	for _, f := range unwanted {
		// The snapshot last: as long as it is there the next run tries again.
		err := parquet.Remove(ctx, parquet.DeliveriesDir(r.Parquet, r.Slug, f.RunID))
		if err == nil {
			err = parquet.Remove(ctx, f.Dir)
		}
		if err != nil {
			r.note("the snapshot of the run %s was not removed: %v", f.RunID, err)
			return
		}
		r.result.Removed = append(r.result.Removed, f.RunID)
	}
	if n := len(r.result.Removed); n > 0 {
		r.Log.Info("removed old snapshots", "number", n, "keep", r.Keep.String())
	}
}

// unwanted are the snapshots that the rule does not keep and nobody needs.
func (r *run) unwanted(h *past) (unwanted []parquet.Found, err error) {
	needed := r.needed()
	kept, oldest, err := r.chosen(h)
	if err != nil {
		return nil, err
	}
	for _, f := range h.all {
		young := r.Now().Sub(f.ObservedAt) <= planAge // it can still be applied
		// What a rollback wrote is part of the history of those that are kept.
		history := f.Kind == kindRollback && !f.ObservedAt.Before(oldest)
		if !kept[f.RunID] && !needed[f.RunID] && !young && !history {
			unwanted = append(unwanted, f)
		}
	}
	return unwanted, nil
}

// chosen are the snapshots that the rule keeps, by their runs, and when the oldest of
// them was observed.
func (r *run) chosen(h *past) (kept map[string]bool, oldest time.Time, err error) {
	found := h.found
	dated := make([]parquet.Dated, 0, len(found))
	for _, f := range slices.Backward(found) {
		rank, err := r.rank(h, f)
		if err != nil {
			return nil, oldest, err
		}
		dated = append(dated, parquet.Dated{At: f.ObservedAt, Rank: rank})
	}
	kept = map[string]bool{}
	for i, keep := range r.Keep.Kept(dated) {
		if keep {
			kept[found[len(found)-1-i].RunID], oldest = true, dated[i].At
		}
	}
	return kept, oldest, nil
}

// rank orders the snapshots of a day: a run, or what was delivered, tells most of it, a
// plan less, and what a guard stopped counts where there is nothing else.
func (r *run) rank(h *past, f parquet.Found) (int, error) {
	stopped := r.wasStopped(f)
	if !stopped && f.Kind != "plan" {
		return 0, nil
	}
	switch delivered, err := r.wasDelivered(h, f.RunID); {
	case delivered || err != nil:
		return 0, err
	case stopped:
		return 2, nil
	}
	return 1, nil
}

// needed are the runs whose snapshots later runs build on.
func (r *run) needed() map[string]bool {
	needed := map[string]bool{r.id: true}
	if r.state.Baseline != nil {
		needed[r.state.Baseline.Run] = true
	}
	if r.Incremental && r.state.Position != nil {
		needed[r.state.Position.Run] = true
	}
	if r.applied != nil {
		needed[r.applied.Run] = true
	}
	if r.result.Snapshot != "" {
		needed[parquet.RunOf(r.result.Snapshot)] = true
	}
	return needed
}

// wasStopped reports whether a guard stopped a run: by its manifest, which tells it also
// where the run is not remembered any more.
func (r *run) wasStopped(f parquet.Found) bool {
	past := r.state.run(f.RunID)
	return f.Stopped || past != nil && len(past.Guards) > 0
}

// wasDelivered reports whether a run was delivered, by whichever: by what is remembered
// and, where the run is not, by what lies beside its snapshot.
func (r *run) wasDelivered(h *past, runID string) (bool, error) {
	if r.state.Baseline != nil && r.state.Baseline.Run == runID { // applied, also if it had nothing to write
		return true, nil
	}
	if r.state.run(runID) != nil {
		return slices.ContainsFunc(r.state.Runs, func(past record) bool { return past.Delivered == runID }), nil
	}
	found, err := parquet.Deliveries(h.ctx, h.Parquet, h.Slug, runID)
	return len(found) > 0, err
}
