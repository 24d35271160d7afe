package pipelines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

// planAge is the age beyond which a plan is not applied any more.
const planAge = 24 * time.Hour

// Apply delivers exactly the snapshot of an earlier run: a plan, or a run that a
// guard stopped. To apply it is to lift its guards, and to approve the axes in
// which it replaces values that we did not write. It can be applied again: what
// holds its value already is not written twice.
func Apply(ctx context.Context, p *Pipeline, runID string, o Options) (*Result, error) {
	if !runIDForm.MatchString(runID) {
		return nil, configurationf("%q is not the id of a run, which looks like 20261123-0600-k3f7", runID)
	}
	if !p.Deliver {
		return nil, configurationf("%s names no sink that delivers (fincome, file, exec): there is nothing to apply to", p.File)
	}
	r, ctx, err := begin(ctx, p, o, "apply")
	if err != nil {
		return nil, err
	}
	defer r.release()
	r.result.Applies = runID
	return r.finish(ctx, r.apply(ctx, runID))
}

func (r *run) apply(ctx context.Context, runID string) error {
	snapshot, err := parquet.Open(ctx, snapshotDir(r.Pipeline, runID))
	if errors.Is(err, os.ErrNotExist) {
		return configurationf("there is no snapshot of the run %s in %s", runID, r.Parquet)
	}
	if err != nil {
		return err
	}
	manifest := snapshot.Manifest()
	if r.Naming.NeedsTag() {
		r.Naming.Tag = r.state.Tag
	}
	if err := r.applicable(manifest); err != nil {
		return err
	}
	r.result.Snapshot, r.applied = snapshotDir(r.Pipeline, runID), r.state.run(runID)
	r.result.Accounts, r.result.Customers = manifest.Counts["accounts"], manifest.Counts["customers"]
	r.result.Identified, r.result.Matched = manifest.Counts["identified"], manifest.Counts["matched"]
	r.matching = transform.Matching{Identified: r.result.Identified, Matched: r.result.Matched}
	cells := snapshot.Rows("changes")
	r.result.Cells = Cells{Considered: cells, NotAttempted: cells}
	r.approveAxes(manifest.Foreign...)
	r.rollsBack = manifest.Kind == kindRollback
	switch {
	case !r.rollsBack:
		r.state.RolledBack = ""
	case cells > 0:
		r.state.RolledBack = manifest.RollsBack
		r.withdraw(manifest.RollsBack)
	}
	if err := r.state.save(); err != nil { // approved before anything is sent: a killed apply can go on
		return err
	}
	return r.deliverSnapshot(ctx, snapshot)
}

// applicable refuses a plan that would not mean any more what a person saw.
func (r *run) applicable(manifest parquet.Manifest) error {
	if manifest.Fingerprint != r.fingerprint() {
		return &StoppedError{"the configuration has changed what rows or cells mean since the run " + manifest.RunID + "; make a new plan: axisync plan " + r.File}
	}
	if !manifest.ObservedAt.After(r.state.Repinned) {
		return &StoppedError{"the run " + manifest.RunID + " is of the org that this source belonged to before; make a new plan: axisync plan " + r.File}
	}
	if age := r.Now().Sub(manifest.ObservedAt); age > planAge {
		return &StoppedError{"the run " + manifest.RunID + " is " + age.Round(time.Hour).String() + " old, a plan holds for 24 hours; make a new one: axisync plan " + r.File}
	}
	if err := r.overtaken(manifest.RunID); err != nil {
		return err
	}
	for _, guard := range manifest.Guards {
		if guard == transform.GuardPropertyLost || guard == transform.GuardZeroRows {
			r.note("applied although the guard %s stopped the run", guard)
		}
	}
	return nil
}

// looked reports whether a run came so far that it saw what had become of what was sent.
func (r record) looked() bool {
	return (r.Kind == "run" || r.Kind == "plan") && (r.Outcome != "failed" || r.Figures != nil)
}

// overtaken refuses a plan when something else was delivered since, or when it was
// delivered itself and a run has looked at what became of it: a cell that stands as it
// did before the plan may then be what somebody has put there.
func (r *run) overtaken(plan string) error {
	at := slices.IndexFunc(r.state.Runs, func(past record) bool { return past.Run == plan })
	if at < 0 {
		return nil
	}
	by := ""
	for _, later := range r.state.Runs[at:] {
		switch {
		case later.Delivered == plan:
			by = later.Run
		case later.Delivered != "":
			return &StoppedError{fmt.Sprintf("the run %s has delivered other changes since the plan %s was made; make a new plan: axisync plan %s", later.Run, plan, r.File)}
		case by != "" && later.Run != plan && later.looked():
			return &StoppedError{fmt.Sprintf("the plan %s was delivered by %s, and the run %s has looked at what became of it; make a new plan: axisync plan %s", plan, by, later.Run, r.File)}
		}
	}
	return nil
}
