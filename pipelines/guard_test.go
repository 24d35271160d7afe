package pipelines_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/pipelines"
)

// allow runs with allowances.
func (w *world) allow(texts ...string) (*pipelines.Result, error) {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	o := w.options()
	for _, text := range texts {
		allowance, err := pipelines.ParseAllowance(text)
		if err != nil {
			w.t.Fatal(err)
		}
		o.Allow = append(o.Allow, allowance)
	}
	return pipelines.Run(context.Background(), w.load(), o)
}

func tripped(r *pipelines.Result) string {
	var names []string
	for _, guard := range r.Guards {
		names = append(names, guard.Name)
	}
	return strings.Join(names, " ")
}

// edit changes what the source remembers.
func (w *world) edit(change func(map[string]any)) {
	w.t.Helper()
	paths, err := filepath.Glob(filepath.Join(w.dir, "state", "*", "state.json"))
	if err != nil || len(paths) != 1 {
		w.t.Fatal(paths, err)
	}
	content, err := os.ReadFile(paths[0])
	if err != nil {
		w.t.Fatal(err)
	}
	var state map[string]any
	if err := json.Unmarshal(content, &state); err != nil {
		w.t.Fatal(err)
	}
	change(state)
	if err := os.WriteFile(paths[0], []byte(jsonText(w.t, state)), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func TestAllowanceLiftsAGuardOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	w.properties()
	w.change(map[string]string{"  properties:": "  where: NumberOfEmployees > 200\n  properties:"})
	writes := w.fincome.Writes()
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || tripped(stopped) != "rows_fell match_rate configuration" || w.fincome.Writes() != writes {
		t.Fatalf("got %s, %d writes", describe(stopped, err), w.fincome.Writes()-writes)
	}
	for _, guard := range stopped.Guards {
		if want := "axisync run " + w.file + " --allow " + guard.Name + "@" + stopped.Run; guard.Lift != want || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is lifted by %q, want %q in %v", guard.Name, guard.Lift, want, err)
		}
	}
	all := []string{"rows_fell@" + stopped.Run, "match_rate@" + stopped.Run, "configuration@" + stopped.Run}
	if result, err := w.allow(all[0], all[2]); pipelines.ExitCode(err) != pipelines.ExitStopped || tripped(result) != "match_rate" {
		t.Errorf("one is left: %s", describe(result, err))
	}
	if result, err := w.allow(all[0], "merge@"+stopped.Run); pipelines.ExitCode(err) != pipelines.ExitConfiguration {
		t.Errorf("a guard that did not stop the run: %s", describe(result, err))
	}
	if result, err := w.allow("rows_fell@20260101-0000-aaaa"); pipelines.ExitCode(err) != pipelines.ExitConfiguration {
		t.Errorf("a run that never was: %s", describe(result, err))
	}
	// Fewer accounts than the person has seen, under another condition.
	w.change(map[string]string{"NumberOfEmployees > 200": "NumberOfEmployees > 2000"})
	if result, err := w.allow(all...); pipelines.ExitCode(err) != pipelines.ExitStopped || tripped(result) != "rows_fell match_rate configuration" {
		t.Errorf("it is worse now: %s", describe(result, err))
	} else if notes := strings.Join(result.Notes, "\n"); strings.Count(notes, "does not lift the guard: it is worse now") != 2 || strings.Count(notes, "does not lift the guard: it is about something else") != 1 {
		t.Errorf("why the allowances do not lift is not told: %s", notes)
	}
	w.change(map[string]string{"NumberOfEmployees > 2000": "NumberOfEmployees > 200"})
	if w.fincome.Writes() != writes {
		t.Fatal("something was written")
	}
	lifted, err := w.allow(all...)
	if err != nil || lifted.Exit != 0 || len(lifted.Lifted) != 3 {
		t.Fatalf("got %s", describe(lifted, err))
	}
	if result, err := w.allow(all...); pipelines.ExitCode(err) != pipelines.ExitConfiguration {
		t.Errorf("it is used up: %s", describe(result, err))
	}
	w.mustRun() // what was lifted is the baseline now
}

func TestAllowanceApprovesAMerge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"properties: [Phone,": "properties: [{property: Industry, axis: Industry}, Phone,"}})
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || tripped(stopped) != "merge" {
		t.Fatalf("got %s", describe(stopped, err))
	}
	lifted, err := w.allow("merge@" + stopped.Run)
	if err != nil || lifted.Cells.Sent != stopped.Cells.NotAttempted {
		t.Fatalf("got %s", describe(lifted, err))
	}
	w.salesforce.Advance()
	w.mustRun()
	for id, properties := range w.properties() {
		for _, axis := range []string{"Industry", "Salesforce_726564_Phone"} {
			if properties[axis] != "" {
				if err := w.fincome.Edit(id, axis, "an older value"); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// Without its state the source knows no more what is its own, nor what was
	// approved: what it would replace stops it again.
	if err := os.RemoveAll(filepath.Join(w.dir, "state")); err != nil {
		t.Fatal(err)
	}
	writes := w.fincome.Writes()
	result, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || w.fincome.Writes() != writes || tripped(result) != "merge merge" {
		t.Fatalf("after the state was lost: %s", describe(result, err))
	}
	if result, err = w.apply(result.Run); err != nil {
		t.Fatal(describe(result, err))
	}
}

func TestParseAllowance(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"rows_fell": "is not GUARD@RUN", "rows_fell@latest": "is not GUARD@RUN", "": "is not GUARD@RUN", "rows@20261123-0600-k3f7": "there is no guard"} {
		if _, err := pipelines.ParseAllowance(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestGuardsOfTheLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	w.edit(func(state map[string]any) {
		baseline := state["baseline"].(map[string]any)
		baseline["user"] = "005000000000001AAA"
		baseline["nulls"].(map[string]any)["Phone"] = -0.5 // as if it had been less
	})
	result, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || tripped(result) != "nulls_rose other_user" || result.Guards[0].Subject != "Phone" {
		t.Fatalf("got %s", describe(result, err))
	}
	if again, err := w.run(); pipelines.ExitCode(err) != pipelines.ExitStopped || tripped(again) != tripped(result) {
		t.Errorf("a run that was stopped is no baseline: %s", describe(again, err))
	}
	if applied, err := w.apply(result.Run); err != nil {
		t.Fatal(describe(applied, err))
	}
	w.mustRun()
}

func TestGuardOfAnEmptiedAxis(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	held := w.properties()
	w.mustRun() // the writes are confirmed
	const axis = "Salesforce_726564_BillingCity"
	w.fincome.RemoveAxis(axis)
	for range 2 { // it stops every day until a person has decided
		result, err := w.run()
		if pipelines.ExitCode(err) != pipelines.ExitStopped || tripped(result) != "axis_emptied contested" || result.Guards[0].Subject != axis {
			t.Fatalf("got %s", describe(result, err))
		}
	}
	w.now = w.now.Add(time.Hour)
	o := w.options()
	o.Plan, o.OverwriteEdits = true, true
	plan, err := pipelines.Run(context.Background(), w.load(), o)
	if pipelines.ExitCode(err) != pipelines.ExitStopped || plan.Cells.NotAttempted == 0 {
		t.Fatalf("got %s", describe(plan, err))
	}
	if applied, err := w.apply(plan.Run); err != nil {
		t.Fatal(describe(applied, err))
	}
	sameProperties(t, w.properties(), held)
	w.mustRun()
}

// contested lets a day pass on which others edit so much of ours that a run stops.
func (w *world) contested() {
	w.t.Helper()
	edited := 0
	all := w.properties()
	for _, id := range slices.Sorted(maps.Keys(all)) { // the same every time: some of the cells that the next day changes stay ours
		for _, axis := range []string{"Salesforce_726564_Phone", "Salesforce_726564_Owner.Name"} {
			if all[id][axis] != "" && edited < 60 {
				edited++
				if err := w.fincome.Edit(id, axis, "theirs"); err != nil {
					w.t.Fatal(err)
				}
			}
		}
	}
	w.salesforce.Advance()
}

// A plan that a guard has stopped leaves Fincome alone, and is delivered exactly.
func TestContestedCellsAreLeftAndApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	w.properties()
	w.mustRun()
	w.contested()
	before, writes := w.properties(), w.fincome.Writes()
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || tripped(stopped) != "contested" || w.fincome.Writes() != writes {
		t.Fatalf("got %s", describe(stopped, err))
	}
	sameProperties(t, w.properties(), before)
	applied, err := w.apply(stopped.Run)
	if err != nil || applied.Cells.Sent != stopped.Cells.NotAttempted {
		t.Fatalf("got %s", describe(applied, err))
	}
	after := w.properties()
	for _, sample := range w.changes(stopped) {
		want := ""
		if sample.After != nil {
			want = jsonText(t, *sample.After)
		}
		if got := after[sample.CustomerID][sample.Axis]; got != want && !(want == "" && got == "null") {
			t.Errorf("%s %s holds %s, the plan says %s", sample.CustomerID, sample.Axis, got, want)
		}
		before[sample.CustomerID][sample.Axis] = after[sample.CustomerID][sample.Axis]
	}
	for id := range before {
		for axis, raw := range after[id] {
			if _, had := before[id][axis]; !had && raw == "null" {
				before[id][axis] = raw
			}
		}
	}
	sameProperties(t, after, before)
	if next := w.mustRun(); next.Axes[slices.IndexFunc(next.Axes, func(a pipelines.AxisResult) bool { return a.Axis == "Salesforce_726564_Phone" })].Edited == 0 {
		t.Errorf("edits are told every day: %+v", next.Axes)
	}
}

// changes are the cells that a run wanted to write.
func (w *world) changes(r *pipelines.Result) []pipelines.Sample {
	w.t.Helper()
	samples, total, err := pipelines.Samples(w.t.Context(), r.Snapshot, 1<<20)
	if err != nil || int64(len(samples)) != total || total == 0 {
		w.t.Fatal(len(samples), total, err)
	}
	return samples
}
