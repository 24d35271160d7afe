package pipelines_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

func (w *world) rollback(run string) (*pipelines.Result, error) {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	return pipelines.Rollback(context.Background(), w.load(), run, w.options())
}

func (w *world) mustRollBack(run string) *pipelines.Result {
	w.t.Helper()
	plan, err := w.rollback(run)
	if err != nil || plan.Outcome != "planned" {
		w.t.Fatalf("the plan: %s", describe(plan, err))
	}
	applied, err := w.apply(plan.Run)
	if err != nil || applied.Exit != 0 || applied.Cells.Sent != plan.Cells.NotAttempted {
		w.t.Fatalf("applied: %s", describe(applied, err))
	}
	return plan
}

// TestRollback: what a day wrote is put back, but for what a person has changed
// since; the next run waits for a person, and then all is as if the day had been run
// once.
func TestRollback(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]settings{
		"merge":   {},
		"retyped": {fincome: fincome.Config{Retype: true, Trim: true, Renotate: true}},
		"replace": {fincome: fincome.Config{Update: fincome.Replace}, replace: map[string]string{"update: merge": "update: replace"}},
		"late":    {fincome: fincome.Config{Delay: fincome.Delay{UntilSettle: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, s)
			w.mustRun()
			before := w.properties()
			for range 4 {
				w.salesforce.Advance()
			}
			day := w.mustRun()
			after := w.properties()
			id, axis := changedCell(t, before, after)
			if err := w.fincome.Edit(id, axis, "by a person"); err != nil {
				t.Fatal(err)
			}

			plan := w.mustRollBack(day.Run)
			want := before
			want[id][axis] = `"by a person"`
			sameProperties(t, w.properties(), want)
			if plan.Cells.Kept != 1 || plan.Cells.NotAttempted != day.Cells.Sent-1 || !strings.Contains(strings.Join(plan.Notes, "\n"), "1 cells have changed since") {
				t.Errorf("%d cells were written; the plan: %s", day.Cells.Sent, jsonText(t, plan))
			}

			stopped, err := w.run()
			if pipelines.ExitCode(err) != pipelines.ExitStopped || len(stopped.Guards) != 1 || stopped.Guards[0].Name != "rolled_back" {
				t.Fatalf("the next run: %s", describe(stopped, err))
			}
			again, err := w.apply(stopped.Run)
			if err != nil || again.Cells.Conflicts != 0 {
				t.Fatalf("applied: %s", describe(again, err))
			}
			after[id][axis] = `"by a person"`
			sameProperties(t, w.properties(), after)
			if quiet := w.mustRun(); quiet.Cells.Changes() != 0 {
				t.Errorf("the run after it: %s", jsonText(t, quiet))
			}
		})
	}
}

// changedCell is a cell of ours that two states hold differently, neither empty.
func changedCell(t *testing.T, before, after map[string]map[string]string) (id, axis string) {
	t.Helper()
	for id, properties := range after {
		for axis, raw := range properties {
			if old := before[id][axis]; old != raw && old != "" && strings.HasPrefix(axis, "Salesforce_726564_") {
				return id, axis
			}
		}
	}
	t.Fatal("nothing has changed")
	return "", ""
}

// Values of others that a merge replaced come back byte for byte, whatever their
// JSON type, and the axis has to be approved again.
func TestRollbackOfAMerge(t *testing.T) {
	t.Parallel()
	others := []string{`"Gold"`, `1.50`, `true`, `{"a": [1, 2.0, null]}`, `""`, `"line\nbreak é"`}
	s := settings{replace: map[string]string{"properties: [Phone,": "properties: [{ property: Industry, axis: Segment }, Phone,", "  tag: \"726564\"\n": "  tag: \"726564\"\n  nulls: keep\n"}}
	w := newWorld(t, s)
	n := 0
	for c := range w.fincome.Customers() {
		if err := w.fincome.Edit(c.ID, "Segment", json.RawMessage(others[n%len(others)])); err != nil {
			t.Fatal(err)
		}
		n++
	}
	before := w.properties()
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatalf("the first run: %s", describe(stopped, err))
	}
	applied, err := w.apply(stopped.Run)
	if err != nil || applied.Cells.Sent == 0 {
		t.Fatalf("applied: %s", describe(applied, err))
	}
	if _, err := w.rollback(stopped.Run); pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), applied.Run) {
		t.Errorf("to roll back the plan instead of its delivery: %v", err)
	}
	w.mustRollBack(applied.Run)
	w.sameButForEmpty(before)
	next, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || !guarded(next, "merge") || !guarded(next, "rolled_back") {
		t.Errorf("the next run: %s", describe(next, err))
	}
}

// sameButForEmpty: absent, null and the empty text are the same.
func (w *world) sameButForEmpty(want map[string]map[string]string) {
	w.t.Helper()
	got := w.properties()
	for _, all := range []map[string]map[string]string{got, want} {
		for _, properties := range all {
			for axis, raw := range properties {
				if raw == "null" || raw == `""` {
					delete(properties, axis)
				}
			}
		}
	}
	sameProperties(w.t, got, want)
}

func guarded(r *pipelines.Result, name string) bool {
	for _, guard := range r.Guards {
		if guard.Name == name {
			return true
		}
	}
	return false
}

// A plan that others have overtaken is not applied: what stands as it did before it may
// be what a person has put there.
func TestAPlanThatWasOvertaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	before := w.properties()
	for range 4 {
		w.salesforce.Advance()
	}
	plan, err := w.plan()
	if err != nil {
		t.Fatal(err)
	}
	if applied, err := w.apply(plan.Run); err != nil || applied.Cells.Sent == 0 {
		t.Fatalf("applied: %s", describe(applied, err))
	}
	if again, err := w.apply(plan.Run); err != nil || again.Exit != 0 || again.Cells.Sent != 0 {
		t.Fatalf("applied again at once: %s", describe(again, err))
	}
	w.mustRun() // sees that all of it has arrived
	id, axis := changedCell(t, before, w.properties())
	if err := w.fincome.Edit(id, axis, json.RawMessage(before[id][axis])); err != nil {
		t.Fatal(err)
	}
	want := w.properties()
	refused, err := w.apply(plan.Run)
	if pipelines.ExitCode(err) != pipelines.ExitStopped || !strings.Contains(err.Error(), "has looked at what became of it") {
		t.Errorf("applied after a run: %s", describe(refused, err))
	}
	sameProperties(t, w.properties(), want)

	back := w.mustRollBackOf(plan.Run)
	if _, err := w.apply(plan.Run); pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Errorf("applied after its rollback: %v", err)
	}
	next, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || !guarded(next, "rolled_back") {
		t.Fatalf("the next run: %s", describe(next, err))
	}
	if applied, err := w.apply(next.Run); err != nil {
		t.Fatalf("its plan: %s", describe(applied, err))
	}
	if _, err := w.apply(back.Run); pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Errorf("the rollback applied once more: %v", err)
	}
}

// mustRollBackOf puts back the delivery of a plan, which the message for the plan
// itself names.
func (w *world) mustRollBackOf(plan string) *pipelines.Result {
	w.t.Helper()
	_, err := w.rollback(plan)
	if err == nil {
		w.t.Fatal("a plan was rolled back instead of its delivery")
	}
	for _, word := range strings.Fields(err.Error()) {
		if word != plan && len(word) == len(plan) && word[:8] == plan[:8] {
			return w.mustRollBack(word)
		}
	}
	w.t.Fatalf("no delivery is named: %v", err)
	return nil
}

// Where the customers come from a file they are read one by one: the file tells how
// they were.
func TestRollbackWithAFileOfCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"customers: { api: {} }": "customers: { file: customers.csv }"}})
	w.exported(nil)
	before := w.properties()
	w.mustRollBack(w.mustRun().Run)
	w.sameButForEmpty(before)
}
