package pipelines

import (
	"context"
	"slices"
	"time"

	"github.com/axisync/axisync/transform"
)

// RunTold is a run that is remembered, with its figures where they are kept: those of a
// run that was killed are not.
type RunTold struct {
	Run       string            `json:"run"`
	Kind      string            `json:"kind"`   // plan, run, apply, rollback; killed: only its delivery is known
	Outcome   string            `json:"result"` // as in Result
	Exit      int               `json:"exit"`
	Started   time.Time         `json:"started"`
	Delivered string            `json:"delivered,omitempty"` // the run whose changes it has sent
	Left      int64             `json:"left,omitempty"`      // cells that it left for later, of a canary
	Guards    []transform.Guard `json:"guards,omitempty"`    // that stopped it
	Figures   *RunFigures       `json:"figures,omitempty"`
}

// Interrupted reports whether a signal or the end of its process cut it short.
func (r *RunTold) Interrupted() bool { return record{Kind: r.Kind, Exit: r.Exit}.interrupted() }

// RunFigures are the figures of a run.
type RunFigures struct {
	Seconds    float64 `json:"seconds"`
	Accounts   int64   `json:"accounts"`
	Customers  int64   `json:"customers"`
	Identified int64   `json:"identified"`
	Matched    int64   `json:"matched"`
	Cells      Cells   `json:"cells"`
	// Written are the cells that were sent and not refused, and those that a program has
	// acknowledged.
	Written         int64 `json:"written"`
	SalesforceCalls int64 `json:"salesforce_calls"`
}

// told is a run with its figures.
func (a *archive) told(ctx context.Context, r record) (*RunTold, error) {
	told := &RunTold{Run: r.Run, Kind: r.Kind, Outcome: r.Outcome, Exit: r.Exit, Started: r.Started, Delivered: r.Delivered, Left: r.Left, Guards: r.Guards}
	result, err := a.result(ctx, r.Run)
	if result != nil {
		written := result.Cells.Sent
		if a.Exec != nil { // elsewhere it is what held its value already
			written += result.Cells.Acknowledged
		}
		told.Figures = &RunFigures{result.Seconds, result.Accounts, result.Customers, result.Identified, result.Matched, result.Cells, written, result.SalesforceCalls}
	}
	return told, err
}

// Runs are the past runs of a source.
type Runs struct {
	Version int       `json:"version"`
	Source  string    `json:"source"`
	File    string    `json:"file"`
	Found   int       `json:"found"` // that are remembered
	Runs    []RunTold `json:"runs"`  // the last of them, oldest first
}

// PastRuns gives the last runs of a source, 0 for all that are remembered. It reads the
// state without its lock.
func PastRuns(ctx context.Context, p *Pipeline, last int) (*Runs, error) {
	a, err := openArchive(ctx, p)
	if err != nil {
		return nil, err
	}
	runs := &Runs{Version: resultVersion, Source: p.Source, File: p.File, Found: len(a.Runs), Runs: []RunTold{}}
	from := 0
	if last > 0 {
		from = max(0, len(a.Runs)-last)
	}
	for _, r := range a.Runs[from:] {
		told, err := a.told(ctx, r)
		if err != nil {
			return nil, err
		}
		runs.Runs = append(runs.Runs, *told)
	}
	return runs, nil
}

// PastRun gives a run with its whole result, which is nil where it is not kept, and the
// runs that delivered its changes.
func PastRun(ctx context.Context, p *Pipeline, run string) (told *RunTold, result *Result, by []RunTold, err error) {
	if !runIDForm.MatchString(run) {
		return nil, nil, nil, configurationf("%q is not the id of a run, which looks like 20261123-0600-k3f7", run)
	}
	a, err := openArchive(ctx, p)
	if err != nil {
		return nil, nil, nil, err
	}
	at := slices.IndexFunc(a.Runs, func(r record) bool { return r.Run == run })
	if at < 0 {
		return nil, nil, nil, configurationf("this source remembers no run %s: axisync runs %s lists them", run, p.File)
	}
	if told, err = a.told(ctx, a.Runs[at]); err != nil {
		return nil, nil, nil, err
	}
	for _, r := range a.Runs {
		if r.Delivered != run || r.Run == run {
			continue
		}
		delivery, err := a.told(ctx, r)
		if err != nil {
			return nil, nil, nil, err
		}
		by = append(by, *delivery)
	}
	result, err = a.result(ctx, run)
	return told, result, by, err
}
