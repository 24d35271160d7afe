package pipelines_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

// canary runs for a few customers.
func (w *world) canary(n int64) *pipelines.Result {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	o := w.options()
	o.LimitCustomers = n
	result, err := pipelines.Run(context.Background(), w.load(), o)
	if err != nil || result.Exit != 0 || result.LimitCustomers != n {
		w.t.Fatal(describe(result, err))
	}
	return result
}

// differing are the customers whose properties differ.
func differing(a, b map[string]map[string]string) (ids []string) {
	for id := range a {
		if !maps.Equal(a[id], b[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}

// A canary writes to so many customers and no more, all of their cells; the next run
// writes to the others, and all is as if there had been none.
func TestCanary(t *testing.T) {
	t.Parallel()
	whole := newWorld(t, settings{})
	want := whole.mustRun()
	for _, n := range []int64{1, 7, 1000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			before := w.properties()
			first := w.canary(n)
			written := int64(len(differing(before, w.properties())))
			all := int64(len(differing(before, whole.properties())))
			if written != min(n, all) || first.Delivery.Customers != written || first.Cells.Sent+first.Cells.NotAttempted != want.Cells.Sent {
				t.Errorf("%d customers of %d, %+v", written, all, first.Cells)
			}
			notes := strings.Join(first.Notes, "\n")
			if told := strings.Contains(notes, fmt.Sprintf(" of the change set alone; the other %d cells by: axisync run ", first.Cells.NotAttempted)); told != (n < all) {
				t.Errorf("it says %q", notes)
			}
			second := w.mustRun()
			if first.Cells.Sent+second.Cells.Sent != want.Cells.Sent {
				t.Errorf("%d and %d cells, want %d in all", first.Cells.Sent, second.Cells.Sent, want.Cells.Sent)
			}
			sameProperties(t, w.properties(), whole.properties())
		})
	}
}

// What a canary saw is not what the guards compare the next run with.
func TestCanaryIsNoBaseline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	baseline := func() (run string) {
		w.edit(func(state map[string]any) {
			if b, there := state["baseline"].(map[string]any); there {
				run = b["run"].(string)
			}
		})
		return run
	}
	w.canary(3)
	if got := baseline(); got != "" {
		t.Errorf("the canary %s is the baseline", got)
	}
	whole := w.mustRun()
	if w.canary(3); baseline() != whole.Run {
		t.Errorf("the baseline is %s, want %s", baseline(), whole.Run)
	}
}

// A plan is applied to a few customers first, and then whole.
func TestCanaryOfAPlan(t *testing.T) {
	t.Parallel()
	whole, w := newWorld(t, settings{}), newWorld(t, settings{})
	want := whole.mustRun()
	plan, err := w.plan()
	if err != nil {
		t.Fatal(err)
	}
	before := w.properties()
	o := w.options()
	o.LimitCustomers = 5
	first, err := pipelines.Apply(context.Background(), w.load(), plan.Run, o)
	if err != nil || len(differing(before, w.properties())) != 5 {
		t.Fatal(describe(first, err))
	}
	if notes := strings.Join(first.Notes, "\n"); !strings.Contains(notes, "cells by: axisync apply "+w.file+" "+plan.Run) {
		t.Errorf("it says %q", notes)
	}
	rest, err := w.apply(plan.Run)
	if err != nil || first.Cells.Sent+rest.Cells.Sent != want.Cells.Sent || rest.Cells.NotAttempted != 0 {
		t.Fatal(describe(rest, err))
	}
	sameProperties(t, w.properties(), whole.properties())
}

// A canary leaves the source waiting for the others: it is no good run, and says what to
// type.
func TestStatusOfACanary(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first := w.canary(3)
	standing := func() *pipelines.Standing {
		return pipelines.StandingOf(t.Context(), w.load(), pipelines.StandingOptions{Now: w.now})
	}
	s := standing()
	if len(s.Waiting) != 1 || s.Waiting[0].For != pipelines.WaitCanary || s.Waiting[0].Cells != first.Cells.NotAttempted || s.Waiting[0].Command != "axisync run "+w.file || s.LastGood != nil {
		t.Errorf("after the canary: %s", jsonText(t, s))
	}
	if runs, err := pipelines.PastRuns(t.Context(), w.load(), 0); err != nil || runs.Runs[0].Left != first.Cells.NotAttempted {
		t.Errorf("the runs: %s, %v", jsonText(t, runs), err)
	}
	w.mustRun()
	if s := standing(); len(s.Waiting) != 0 || s.LastGood == nil {
		t.Errorf("after the others: %s", jsonText(t, s))
	}
}

// A look at the key asks once, however many customers there are.
func TestTryKeyAsksOnce(t *testing.T) {
	t.Parallel()
	asked := 0
	w := newWorld(t, settings{customers: 300, fincome: fincome.Config{Fault: func(*http.Request) *fincome.Fault { asked++; return nil }}})
	if err := pipelines.TryKey(t.Context(), w.load()); err != nil || asked != 1 {
		t.Errorf("%d requests, %v", asked, err)
	}
}

// A canary of a plan that was delivered whole leaves nothing, and nobody waits; that of a
// run that a guard had stopped waits for the others alone. A plan that is refused says
// nothing of the source.
func TestStatusOfACanaryOfAPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"[Phone,": "[{property: Industry, axis: Industry}, Phone,"}})
	standing := func(want pipelines.StandingStatus, waiting ...pipelines.WaitingFor) {
		t.Helper()
		s := pipelines.StandingOf(t.Context(), w.load(), pipelines.StandingOptions{Now: w.now})
		got := []pipelines.WaitingFor{}
		for _, thing := range s.Waiting {
			got = append(got, thing.For)
		}
		if s.Status != want || !slices.Equal(got, waiting) {
			t.Errorf("it stands %s, and waits for %v; want %s, %v", s.Status, got, want, waiting)
		}
	}
	few := func(run string) *pipelines.Result {
		t.Helper()
		w.now = w.now.Add(time.Minute)
		o := w.options()
		o.LimitCustomers = 3
		result, err := pipelines.Apply(t.Context(), w.load(), run, o)
		if err != nil {
			t.Fatal(describe(result, err))
		}
		return result
	}
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(describe(stopped, err))
	}
	standing(pipelines.Blocked, pipelines.WaitGuard)
	few(stopped.Run)
	standing(pipelines.Active, pipelines.WaitCanary)
	if _, err := w.apply(stopped.Run); err != nil {
		t.Fatal(err)
	}
	standing(pipelines.Active)
	again := few(stopped.Run)
	if notes := strings.Join(again.Notes, "\n"); !strings.Contains(notes, "nothing is left of it, for ") {
		t.Errorf("it says %q", notes)
	}
	standing(pipelines.Active)
	w.fincome.Settle()
	w.mustRun()
	if _, err := w.apply(stopped.Run); pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatalf("an overtaken plan: %v", err)
	}
	standing(pipelines.Active)
}
