package pipelines_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
)

// exits are the exit codes of the faults that a person has to do something about;
// all others are worth another try.
var exits = map[string]int{"block_app": pipelines.ExitAuthorization, "revoke_app": pipelines.ExitAuthorization}

// TestFaultsInRuns: each kind of fault alone, in a run that reads all accounts and in
// one that reads what has changed. It ends as an undisturbed run, or with the right
// exit code and neither a snapshot nor a request to change a customer; then the same
// command goes on.
func TestFaultsInRuns(t *testing.T) {
	t.Parallel()
	const seed = 20261126
	first, second := salesforce.AloneFaults(seed), salesforce.AloneFaults(seed+1)
	for kind := range first {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := settings{accounts: 300, customers: 40, salesforce: salesforce.Config{PageRows: 50, Lively: true}}
			calm, struck := newWorld(t, s), newWorld(t, s)
			struck.change(map[string]string{salesforceURL(struck): salesforceURL(calm)})
			struck.change(incremental)
			for day, plan := range []*salesforce.FaultPlan{first[kind], second[kind]} {
				if day > 0 {
					calm.salesforce.Advance()
				}
				want, err := calm.run()
				if err != nil {
					t.Fatal(err)
				}
				got := struck.underFaults(calm.salesforce, plan, kind)
				if mode := []string{"full", "incremental"}[day]; got.Reading.Mode != mode {
					t.Errorf("day %d: the accounts were read %+v, want %s", day, got.Reading, mode)
				}
				if diff := cmp.Diff(digests(t, want), digests(t, got)); diff != "" {
					t.Errorf("day %d: the snapshots differ:\n%s", day, diff)
				}
				sameProperties(t, struck.properties(), calm.properties())
			}
		})
	}
}

// underFaults runs the pipeline while a plan is at work and, if that ended it, again
// when people have mended what lasts.
func (w *world) underFaults(sim *salesforce.Server, plan *salesforce.FaultPlan, kind string) *pipelines.Result {
	w.t.Helper()
	before, snapshots := w.properties(), w.snapshots()
	sim.Faults(plan)
	result, err := w.quickRun()
	sim.Faults(nil)
	outcome := plan.Outcome()
	switch {
	case err == nil && outcome == salesforce.Fatal:
		w.t.Fatalf("%s: what no client survives has not ended the run", kind)
	case err == nil:
		return result
	case outcome == salesforce.Passes:
		w.t.Fatalf("%s: what passes by itself has ended the run: %v", kind, err)
	}
	want := pipelines.ExitFailed
	if code, known := exits[kind]; known {
		want = code
	}
	if result.Exit != want {
		w.t.Errorf("%s: exit code %d, want %d: %v", kind, result.Exit, want, err)
	}
	if now := w.snapshots(); !slices.Equal(now, snapshots) {
		w.t.Errorf("%s: a run that failed left the snapshots %v", kind, now)
	}
	sameProperties(w.t, w.properties(), before)
	sim.Unblock()
	sim.RestoreQuota()
	for range 2 { // a page that lied may have been kept; it is gone after the next try
		if result, err = w.quickRun(); err == nil {
			return result
		}
	}
	w.t.Fatalf("%s: it does not go on: %v", kind, err)
	return nil
}

// quickRun is a run that does not wait long.
func (w *world) quickRun() (*pipelines.Result, error) {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	p := w.load()
	p.Salesforce.Attempts, p.Salesforce.RetryPause, p.Salesforce.IdleTimeout = 4, time.Millisecond, 200*time.Millisecond
	p.Salesforce.PollPause, p.Salesforce.PollPauseMax, p.Salesforce.JobDeadline = 5*time.Millisecond, 20*time.Millisecond, 3*time.Second
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	result, err := pipelines.Run(ctx, p, w.options())
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		w.t.Fatalf("the run did not end: %v", err)
	}
	return result, err
}
