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

// unwanted are the snapshots that the rule does not keep and nobody needs.
func (r *run) unwanted(h *past) []parquet.Found {
	needed := r.needed()
	kept, oldest := r.chosen(h.found)
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

// chosen are those of some snapshots, oldest first, that the rule keeps, by their runs,
// and when the oldest of them was observed.
func (r *run) chosen(found []parquet.Found) (kept map[string]bool, oldest time.Time) {
	dated := make([]parquet.Dated, 0, len(found))
	for _, f := range slices.Backward(found) {
		dated = append(dated, parquet.Dated{At: f.ObservedAt, Rank: r.rank(f)})
	}
	kept = map[string]bool{}
	for i, keep := range r.Keep.Kept(dated) {
		if keep {
			kept[found[len(found)-1-i].RunID], oldest = true, dated[i].At
		}
	}
	return kept, oldest
}

// rank orders the snapshots of a day: a run, or what was delivered, tells most of it, a
// plan less, and what a guard stopped counts where there is nothing else.
func (r *run) rank(f parquet.Found) int {
	switch {
	case !r.isAccepted(f.RunID):
		return 2
	case f.Kind == "plan" && !r.wasDelivered(f.RunID):
		return 1
	}
	return 0
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
	past := r.state.run(runID)
	return past == nil || len(past.Guards) == 0 || r.wasDelivered(runID)
}

func (r *run) wasDelivered(runID string) bool {
	return slices.ContainsFunc(r.state.Runs, func(past record) bool { return past.Delivered == runID })
}
