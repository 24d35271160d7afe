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

// doors answer 401 once a number of updates was taken; negative: never.
type doors struct{ open atomic.Int64 }

func (d *doors) fault(r *http.Request) *fincome.Fault {
	if d.open.Load() == 0 {
		return &fincome.Fault{Status: http.StatusUnauthorized}
	}
	if r.Method == http.MethodPatch {
		d.open.Add(-1)
	}
	return nil
}

// fails lets the key be refused after some updates, by a command and then by a run.
func (w *world) fails(d *doors, updates int64, command func() (*pipelines.Result, error)) {
	w.t.Helper()
	d.open.Store(updates)
	for _, do := range []func() (*pipelines.Result, error){command, w.run} {
		if failed, err := do(); pipelines.ExitCode(err) != pipelines.ExitAuthorization {
			w.t.Fatal(describe(failed, err))
		}
	}
	d.open.Store(-1)
}

// plannedBehindDoors is a world with a plan, and doors that let its requests through.
func plannedBehindDoors(t *testing.T) (*world, *doors, *pipelines.Result) {
	t.Helper()
	d := &doors{}
	d.open.Store(-1)
	w := newWorld(t, settings{fincome: fincome.Config{Fault: d.fault}})
	plan, err := w.plan()
	if err != nil {
		t.Fatal(err)
	}
	return w, d, plan
}

// A plan of which nothing was sent is not delivered, whoever has looked since.
func TestPlanOfWhichNothingWasSent(t *testing.T) {
	t.Parallel()
	w, d, plan := plannedBehindDoors(t)
	w.fails(d, 0, func() (*pipelines.Result, error) { return w.apply(plan.Run) })
	if _, err := w.plan(); err != nil {
		t.Fatal(err)
	}
	if applied, err := w.apply(plan.Run); err != nil || applied.Cells.Sent != plan.Cells.NotAttempted {
		t.Fatal(describe(applied, err))
	}
}

// A plan of which a part was sent goes on until a run has looked, not one that failed
// before.
func TestPlanOfWhichAPartWasSent(t *testing.T) {
	t.Parallel()
	w, d, plan := plannedBehindDoors(t)
	w.fails(d, 5, func() (*pipelines.Result, error) { return w.apply(plan.Run) })
	if applied, err := w.apply(plan.Run); err != nil || applied.Cells.Sent == 0 || applied.Cells.Sent+applied.Cells.Acknowledged != plan.Cells.NotAttempted {
		t.Fatal(describe(applied, err))
	}
	w.mustRun()
	if _, err := w.apply(plan.Run); pipelines.ExitCode(err) != pipelines.ExitStopped || !strings.Contains(err.Error(), "has looked at what became of it") {
		t.Error(err)
	}
}

// What a killed delivery was refused is told by the next run, once: here the first
// customer of all, some time before the process dies.
func TestRejectsOfAKilledDeliveryAreTold(t *testing.T) {
	t.Parallel()
	var first, at atomic.Value
	w := newWorld(t, settings{customers: 400, fincome: fincome.Config{Latency: 50 * time.Millisecond, Fault: func(r *http.Request) *fincome.Fault {
		if r.Method != http.MethodPatch {
			return nil
		}
		if first.CompareAndSwap(nil, r.URL.Path) {
			at.Store(time.Now())
		}
		if first.Load() != r.URL.Path {
			return nil
		}
		return &fincome.Fault{Status: http.StatusUnprocessableEntity, Body: `{"detail":"locked"}`}
	}}})
	durable := func() bool { told, is := at.Load().(time.Time); return is && time.Since(told) > 800*time.Millisecond }
	if w.killedWhen(durable, func() {}) {
		t.Fatal("it came to its end")
	}
	next, err := w.run()
	if err != nil || next.Exit != pipelines.ExitRejects || next.Cells.Rejected != 0 || !strings.Contains(strings.Join(next.Notes, "\n"), "were refused or in conflict, and nobody was told yet") {
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
