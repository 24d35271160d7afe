// Package pipelines is the whole way of the data: it reads a pipeline file,
// runs it, and keeps what a source remembers. It is the only package that knows
// every other; read Run and you have read the product.
package pipelines

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/progress"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

// Options are what the command line adds to a pipeline file.
type Options struct {
	// Plan stops before delivery.
	Plan bool
	// Full reads all accounts, whatever the file says.
	Full bool
	// OverwriteEdits writes over the cells of ours that others have changed, whatever
	// the file says, in this run.
	OverwriteEdits bool
	// RetryRejects sends again what Fincome refused before.
	RetryRejects bool
	// Allow lifts guards that stopped an earlier run, once.
	Allow []Allowance
	// LimitCustomers makes the delivery a canary: only so many customers are written to,
	// the first of the change set; 0: all.
	LimitCustomers int64
	// NothingChangedExit is the exit code of a run or plan that has nothing to write.
	NothingChangedExit int
	// LogicalDate is a label for the run; Salesforce has no past.
	LogicalDate string
	// Log takes what is worth telling while the run goes on.
	Log *slog.Logger
	// Watch is shown the stages of the run; nil for nobody.
	Watch progress.Board
	// Among is the name under which the stages are shown where several sources run at a
	// time; empty otherwise.
	Among string
	// Beside are the pipelines that run in the same process; none of their secrets is
	// handed on either.
	Beside []*Pipeline
	// Now tells the time.
	Now func() time.Time
	// Version is the version of the program, for the manifest.
	Version string
}

// run is one run on its way.
type run struct {
	*Pipeline
	Options
	id     string
	state  *state
	result *Result

	workLock *flock.Flock             // of the work folder, where it is not the state's
	jobs     []*salesforce.Extraction // of this run, until its snapshot is committed
	counted  int64                    // the accounts before the job, or uncounted
	age      time.Duration            // of the oldest job that was gone on with
	cost     *cost                    // of the accounts

	stage      *progress.Stage // under way; nil where nobody watches
	org        *salesforce.Org
	object     *salesforce.Description
	properties []connector.Property // the columns of the accounts after Id
	rules      transform.Rules
	engine     *transform.Engine
	snapshot   *parquet.Snapshot
	accounts   *parquet.Table
	changes    *parquet.Table
	kept       *parquet.Table // the cells that are left as they are
	people     *parquet.Table // the customers
	axes       *parquet.Table
	matches    *parquet.Table
	fix        *fixList // nil where the match key is not the Record ID
	decisions  []transform.AxisDecision
	matching   transform.Matching
	reading    reading
	carried    []string        // the axes that customers carry
	lost       []string        // properties that were readable once and are not any more
	applied    *record         // of the run whose plan is applied
	rollsBack  bool            // it is a plan that puts back what a run wrote
	first      *firstCustomers // of a canary; nil: all customers are delivered to
	approved   []string        // axes that this run approved
	delivered  string          // the run whose changes are being sent
	awaits     WaitingFor      // what stopped it waits for, where that is no guard
	unheard    int64           // conflicts and rejects of a killed delivery, of which nobody was told
	repeated   int64           // conflicts and rejects that an earlier delivery of the plan had already
}

// Run extracts, matches, decides, commits a snapshot and, unless a guard stops
// it or a plan was asked for, delivers. The result tells how far it came also
// when there is an error; it is nil when the source could not even be locked.
// ExitCode(err) is the exit code, unless the result's is not 0.
func Run(ctx context.Context, p *Pipeline, o Options) (*Result, error) {
	r, ctx, err := begin(ctx, p, o, kindOf(o))
	if err != nil {
		return nil, err
	}
	defer r.release()
	return r.finish(ctx, r.whole(ctx))
}

func kindOf(o Options) string {
	if o.Plan {
		return "plan"
	}
	return "run"
}

// whole is the way of the data.
func (r *run) whole(ctx context.Context) error {
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"allowances", func(context.Context) error { return r.checkAllowances() }},
		{"axis names", r.requireTag},
		{"connect", r.connect},
		{"choose properties", r.chooseProperties},
		{"choose reading", r.chooseReading},
		{"read customers", r.readCustomers}, // what is wrong so far is told before a job is spent
		{"recall acknowledgements", r.recall},
		{"count accounts, quota and disk", r.budget},
		{"read deleted accounts", r.readDeleted},
		{"read and match accounts", r.matchAccounts},
		{"decide cells", r.decide},
		{"commit snapshot", r.commit},
		{"remember", r.remember},
		{"delete jobs", r.deleteJobs},
	} {
		started := time.Now()
		leave := r.enter(step.name)
		err := step.do(ctx)
		leave()
		if err != nil {
			return err
		}
		r.Log.Debug("done: "+step.name, "took", time.Since(started).Round(time.Millisecond))
	}
	if len(r.result.Guards) > 0 {
		return r.stopped()
	}
	if r.Plan || !r.Deliver {
		return nil
	}
	return r.deliver(ctx)
}

// begin takes the source for this run and sweeps what killed runs left. The context
// it gives ends with that of the caller, and when the source is lost to another.
func begin(ctx context.Context, p *Pipeline, o Options, kind string) (*run, context.Context, error) {
	s, ctx, err := openState(ctx, p, kind)
	if err != nil {
		return nil, nil, err
	}
	started := o.Now()
	r := &run{Pipeline: p.logging(o.Log), Options: o, state: s, id: newRunID(started)}
	r.result = &Result{
		Version: resultVersion, Source: p.Source, File: p.File, Run: r.id, Kind: kind, LogicalDate: o.LogicalDate, LimitCustomers: o.LimitCustomers, Started: started.UTC(), Ledger: map[string]int64{},
		Axes: []AxisResult{}, Guards: []GuardResult{}, Lifted: []transform.Guard{}, Retired: []string{}, Notes: []string{}, Verdicts: map[string]int64{},
	}
	r.Salesforce.Preparing = r.preparing
	if s.shared != nil { // jobs outlive the disk of this machine
		r.Salesforce.Recorded = s.publish
	}
	r.rules.Now, r.rules.Settle, r.rules.RetryRefused = started, settle, o.RetryRejects
	if s.Baseline != nil {
		r.rules.Baseline = s.Baseline.Started
	}
	if err := errors.Join(r.useProbe(), r.lockWork(ctx, kind)); err != nil {
		return nil, nil, r.barred(ctx, err)
	}
	err = errors.Join(p.proveSnapshots(), os.RemoveAll(r.workDir("work")), os.MkdirAll(r.work(), 0o700), r.sweepJobs())
	if kind != "apply" { // which looks for a snapshot and must not remove what it cannot read
		err = errors.Join(err, parquet.Sweep(ctx, p.Parquet, p.Slug))
	}
	if err != nil {
		return nil, nil, r.barred(ctx, p.barredFolder(fmt.Errorf("the folders of the run cannot be prepared: %w", err)))
	}
	if err := r.recoverDelivery(ctx); err != nil {
		return nil, nil, r.barred(ctx, r.placed(s.dir, err))
	}
	return r, ctx, nil
}

// work is the folder of what this run needs on disk only while it runs.
func (r *run) work(elements ...string) string {
	return r.workDir(append([]string{"work", r.id}, elements...)...)
}

// logging is the pipeline with a log for its jobs.
func (p *Pipeline) logging(log *slog.Logger) *Pipeline {
	logging := *p
	logging.Salesforce.Log = log
	return &logging
}

// unlock lets others have the source.
func (r *run) unlock() {
	if r.workLock != nil {
		_ = r.workLock.Close()
	}
	r.state.close()
}

// release frees everything; what was not committed is gone.
func (r *run) release() {
	if r.engine != nil {
		r.engine.Close()
	}
	r.reading.close()
	if r.snapshot != nil {
		_ = r.snapshot.Abort() // nothing to do after a commit; left-overs are swept by the next run
	}
	if r.org != nil {
		r.org.Close()
	}
	_ = os.RemoveAll(r.work()) // swept by the next run otherwise
	r.unlock()
}

// finish writes what came of the run and gives it back.
func (r *run) finish(ctx context.Context, err error) (*Result, error) {
	r.result.Seconds = r.Now().Sub(r.result.Started).Seconds()
	r.tellCost()
	gone := r.state.gone()
	if gone != nil {
		err = gone // what else went wrong came of it
	}
	err = r.placed(r.state.dir, caused(ctx, r.withCommand(r.barredFolder(err))))
	r.result.Exit = ExitCode(err)
	switch {
	case r.result.Exit == ExitStopped:
		r.result.Outcome = "stopped"
		if len(r.result.Guards) == 0 { // which say it better
			r.result.Error = discreetOf(r.Fincome, err.Error())
		}
	case err != nil:
		r.result.Outcome, r.result.Error = "failed", discreetOf(r.Fincome, err.Error())
	case r.result.Cells.Conflicts+r.result.Cells.Rejected > r.repeated, r.unheard > 0: // known ones alarm nobody
		r.result.Exit = ExitRejects
	}
	if r.result.Outcome == "" {
		r.result.Outcome = r.outcome()
	}
	r.record()
	if r.result.Exit == ExitDone || r.result.Exit == ExitRejects {
		r.retain(ctx)
	}
	if r.result.Exit == ExitDone && r.result.Cells.Changes() == 0 && r.result.Kind != "apply" {
		r.result.Exit = r.NothingChangedExit
	}
	r.tellFinish(ctx)
	if gone != nil { // a state that is made out of nothing would hide that
		return r.result, err
	}
	return r.result, errors.Join(err, r.writeResult(), r.state.save())
}

func (r *run) outcome() string {
	switch c := r.result.Cells; {
	case r.Plan && r.result.Kind == "plan", r.result.Kind == "rollback":
		return "planned"
	case !r.Deliver:
		return "snapshot"
	case c.Sent+c.Acknowledged+c.Conflicts+c.Rejected+c.NotAttempted == 0:
		return "unchanged"
	case r.ImportFile != nil:
		return "offered"
	}
	return "delivered"
}

func (r *run) writeResult() error {
	line, err := r.result.JSON()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.state.path("runs"), 0o700); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return errors.Join(r.state.put(filepath.Join("runs", r.id+".json"), append(line, '\n')), r.state.put("result.json", append(line, '\n')))
}

// snapshotDir is the location of the snapshot of a run.
func snapshotDir(p *Pipeline, id string) string {
	return parquet.SnapshotDir(p.Parquet, p.Slug, id)
}
