package pipelines_test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

// A plan stays what it is when nothing of it was sent and nobody has looked.
func TestFailuresDoNotOvertakeAPlan(t *testing.T) {
	t.Parallel()
	var closed atomic.Bool
	w := newWorld(t, settings{fincome: fincome.Config{Fault: func(*http.Request) *fincome.Fault {
		if closed.Load() {
			return &fincome.Fault{Status: http.StatusUnauthorized}
		}
		return nil
	}}})
	plan, err := w.plan()
	if err != nil {
		t.Fatal(err)
	}
	closed.Store(true)
	if failed, err := w.apply(plan.Run); pipelines.ExitCode(err) != pipelines.ExitAuthorization || failed.Cells.Sent != 0 {
		t.Fatal(describe(failed, err))
	}
	if failed, err := w.run(); pipelines.ExitCode(err) != pipelines.ExitAuthorization {
		t.Fatal(describe(failed, err))
	}
	closed.Store(false)
	if applied, err := w.apply(plan.Run); err != nil || applied.Cells.Sent != plan.Cells.NotAttempted {
		t.Fatal(describe(applied, err))
	}
	w.mustRun()
	if _, err := w.apply(plan.Run); pipelines.ExitCode(err) != pipelines.ExitStopped || !strings.Contains(err.Error(), "has looked at what became of it") {
		t.Error(err)
	}
}

// What a killed delivery was refused is told by the next run, once.
func TestRejectsOfAKilledDeliveryAreTold(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	w := newWorld(t, settings{customers: 400, fincome: fincome.Config{RejectEvery: 3, Fault: func(r *http.Request) *fincome.Fault {
		if r.Method == http.MethodPatch {
			asked.Add(1)
		}
		return nil
	}}})
	if w.killedWhen(func() bool { return asked.Load() > 60 }, func() {}) {
		t.Fatal("it came to its end")
	}
	next, err := w.run()
	if err != nil || next.Exit != pipelines.ExitRejects || !strings.Contains(strings.Join(next.Notes, "\n"), "were refused or in conflict, and nobody was told yet") {
		t.Fatal(describe(next, err))
	}
	if again, err := w.run(); err != nil || again.Exit != 0 {
		t.Fatal(describe(again, err))
	}
}

// The result that is kept has the exit code of the process.
func TestNothingChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	w.fincome.Settle()
	o := w.options()
	o.NothingChangedExit = 99
	w.now = w.now.Add(time.Hour)
	result, err := pipelines.Run(t.Context(), w.load(), o)
	if err != nil || result.Exit != 99 || result.Outcome != "unchanged" {
		t.Fatal(describe(result, err))
	}
	content, err := os.ReadFile(w.kept())
	if err != nil {
		t.Fatal(err)
	}
	var kept struct{ Exit int }
	if err := json.Unmarshal(content, &kept); err != nil || kept.Exit != 99 {
		t.Errorf("%v: %s", err, content)
	}
	if before, after := w.runsOf("previous", "latest"); before == after {
		t.Error("a run that has nothing to write is one all the same")
	}
}
