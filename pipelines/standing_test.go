package pipelines_test

import (
	"context"
	"strings"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/storage"
)

func (w *world) standing(staleAfter time.Duration) *pipelines.Standing {
	w.t.Helper()
	p := w.offline()
	p.Lease = shortLease
	return pipelines.StandingOf(w.t.Context(), p, pipelines.StandingOptions{Now: w.now, StaleAfter: staleAfter})
}

func (w *world) waitsFor(want ...pipelines.WaitingFor) *pipelines.Standing {
	w.t.Helper()
	s := w.standing(0)
	var got []pipelines.WaitingFor
	for _, waiting := range s.Waiting {
		got = append(got, waiting.For)
	}
	if jsonText(w.t, got) != jsonText(w.t, want) {
		w.t.Errorf("%q waits, want %q: %s", got, want, jsonText(w.t, s))
	}
	return s
}

// What is told of a source is the same for a state in a folder and in a bucket, on a
// machine that has nothing of it.
func TestStanding(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(settings) *world{
		"folder": func(s settings) *world { return newWorld(t, s) },
		"bucket": func(s settings) *world { return inBucket(t, s, buckets.Address) },
	} {
		t.Run(name, func(t *testing.T) {
			w := make(settings{fincome: fincome.Config{}})
			w.t = t
			if s := w.waitsFor(); s.Status != pipelines.NeverRun || s.Active {
				t.Errorf("before the first run: %s", jsonText(t, s))
			}
			plan, err := w.plan()
			if err != nil {
				t.Fatal(err)
			}
			w.move()
			if s := w.waitsFor(pipelines.WaitPlan); s.Waiting[0].Run != plan.Run || s.Waiting[0].Cells != plan.Cells.NotAttempted || s.Status != pipelines.Active || s.LastGood != nil {
				t.Errorf("a plan: %s", jsonText(t, s))
			}
			w.now = w.now.Add(25 * time.Hour) // too old to be applied
			w.waitsFor()
			good := w.mustRun()
			w.now = w.now.Add(30 * time.Hour)
			w.move()
			s := w.waitsFor()
			if s.LastGood.Run != good.Run || s.LastGood.Figures.Cells.Sent != good.Cells.Sent || *s.Age != (30*time.Hour).Seconds() || s.Stale || s.Exit != 0 || s.Held != nil {
				t.Errorf("a good run: %s", jsonText(t, s))
			}
			if s := w.standing(29 * time.Hour); !s.Stale || s.Exit != pipelines.ExitStopped {
				t.Errorf("a stale one: %s", jsonText(t, s))
			}
			runs, err := pipelines.PastRuns(t.Context(), w.offline(), 1)
			if err != nil || runs.Found != 2 || len(runs.Runs) != 1 || runs.Runs[0].Run != good.Run || runs.Runs[0].Figures.Accounts != good.Accounts {
				t.Errorf("%s, %v", jsonText(t, runs), err)
			}
		})
	}
}

// A guard that stopped a run waits until a run or plan passes it, or it is applied.
func TestStandingOfAGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"[Phone,": "[{property: Industry, axis: Industry}, Phone,"}})
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(describe(stopped, err))
	}
	s := w.waitsFor(pipelines.WaitGuard)
	if s.Status != pipelines.Blocked || !strings.HasPrefix(s.Waiting[0].Text, "merge: Industry holds ") || !strings.HasSuffix(s.Waiting[0].Command, " "+stopped.Run) {
		t.Errorf("%s", jsonText(t, s))
	}
	if applied, err := w.apply(stopped.Run); err != nil {
		t.Fatal(describe(applied, err))
	}
	if s := w.waitsFor(); s.Status != pipelines.Active || s.LastGood == nil {
		t.Errorf("once it is applied: %s", jsonText(t, s))
	}
}

// What the file or Salesforce refuse blocks the source; a probe is only told.
func TestStandingOfAFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"update: merge": "update: unknown", "clear: json_null": "clear: unknown"}})
	w.waitsFor(pipelines.WaitProbe)
	w.put("client_secret", "another")
	if _, err := w.run(); err == nil {
		t.Fatal("a wrong secret was taken")
	}
	if s := w.standing(0); s.Status != pipelines.Blocked || s.Waiting[0].Text == "" || s.Waiting[0].Run == "" {
		t.Errorf("%s", jsonText(t, s))
	}
}

// A run that stopped for want of a probe says so in its result, and waits for it; then
// it waits to be gone on with.
func TestStandingOfAMissingProbe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, probeable(fincome.Config{}))
	stopped, err := w.run()
	const why = "how this Fincome account treats custom_properties is not known"
	if pipelines.ExitCode(err) != pipelines.ExitStopped || !strings.HasPrefix(stopped.Error, why) || stopped.Outcome != "stopped" {
		t.Fatalf("%q, %s", stopped.Error, describe(stopped, err))
	}
	s := w.waitsFor(pipelines.WaitProbe)
	if s.Status != pipelines.Blocked || s.Waiting[0].Run != stopped.Run || !strings.HasPrefix(s.Waiting[0].Text, why) || s.Waiting[0].Command != "axisync fincome probe "+w.file+" --customer ID" {
		t.Errorf("%s", jsonText(t, s))
	}
	if _, told, err := w.probe(pipelines.ProbeOptions{Customer: probedCustomer}); err != nil {
		t.Fatal(err, told)
	}
	s = w.waitsFor(pipelines.WaitPlan)
	if s.Status != pipelines.Failing || s.Waiting[0].Command != "axisync apply "+w.file+" "+stopped.Run {
		t.Errorf("%s", jsonText(t, s))
	}
	w.mustRun()
	if s := w.waitsFor(); s.Status != pipelines.Active {
		t.Errorf("%s", jsonText(t, s))
	}
}

// A source of which every run was interrupted is not active.
func TestStandingOfInterruptedRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(signal{})
	if result, err := pipelines.Run(ctx, w.load(), w.options()); pipelines.ExitCode(err) != 143 {
		t.Fatal(describe(result, err))
	}
	if s := w.waitsFor(); s.Status != pipelines.Failing || s.Active || s.LastGood != nil || !s.LastRun.Interrupted() {
		t.Errorf("%s", jsonText(t, s))
	}
}

// Who has a state in a bucket is told, and takes nothing from it.
func TestStandingOfALease(t *testing.T) {
	t.Parallel()
	w := inBucket(t, settings{}, buckets.Address)
	lease, err := storage.Acquire(t.Context(), leaseOf(t, w.load()), storage.Holder{Host: "other-machine", PID: 77, What: "run", Since: w.now}, shortLease)
	if err != nil {
		t.Fatal(err)
	}
	if s := w.standing(0); s.Held == nil || s.Held.Host != "other-machine" || s.Held.PID != 77 {
		t.Errorf("%s", jsonText(t, s))
	}
	lease.Release()
	if s := w.standing(0); s.Held != nil {
		t.Errorf("after its end: %s", jsonText(t, s))
	}
}
