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
	for _, f := range r.unwanted(h) {
		err := parquet.Remove(ctx, f.Dir) // first: without it its deliveries mean nothing
		if err == nil {
			err = parquet.Remove(ctx, parquet.DeliveriesDir(r.Parquet, r.Slug, f.RunID))
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

// unwanted are the snapshots that the rule does not keep and nobody needs. Of a day
// that has one which no guard stopped, or which was applied since, that one counts.
func (r *run) unwanted(h *past) []parquet.Found {
	needed := r.needed()
	accepted, stopped := []parquet.Found{}, []parquet.Found{}
	for _, f := range slices.Backward(h.found) {
		if r.isAccepted(f.RunID) {
			accepted = append(accepted, f)
		} else {
			stopped = append(stopped, f)
		}
	}
	if len(accepted) == 0 {
		accepted = stopped
	}
	kept, oldest := r.chosen(accepted)
	var unwanted []parquet.Found
	for _, f := range h.all {
		young := r.Now().Sub(f.ObservedAt) <= planAge // it can still be applied
		// What a rollback wrote is part of the history of those that are kept.
		history := f.Kind == kindRollback && !f.ObservedAt.Before(oldest)
		if !kept[f.RunID] && !needed[f.RunID] && !young && !history {
			unwanted = append(unwanted, f)
		}
	}
	return unwanted
}

// chosen are those of some snapshots, newest first, that the rule keeps, by their runs,
// and when the oldest of them was observed.
func (r *run) chosen(newestFirst []parquet.Found) (kept map[string]bool, oldest time.Time) {
	times := make([]time.Time, len(newestFirst))
	for i, f := range newestFirst {
		times[i] = f.ObservedAt
	}
	kept = map[string]bool{}
	for i, keep := range r.Keep.Kept(times) {
		if keep {
			kept[newestFirst[i].RunID], oldest = true, times[i]
		}
	}
	return kept, oldest
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

// isAccepted reports whether no guard stopped a run, or it was applied since. One of
// which nothing is remembered counts as accepted.
func (r *run) isAccepted(runID string) bool {
	if r.state.Baseline != nil && r.state.Baseline.Run == runID { // applied, also if it had nothing to write
		return true
	}
	stopped := false
	for _, past := range r.state.Runs {
		if past.Run == runID && len(past.Guards) > 0 {
			stopped = true
		}
		if past.Delivered == runID {
			return true
		}
	}
	return !stopped
}
