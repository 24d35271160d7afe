package pipelines_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/storage"
)

// snapshotRuns are the runs of which there is a snapshot, oldest first.
func (w *world) snapshotRuns() []string {
	w.t.Helper()
	p := w.load()
	found, err := parquet.Snapshots(w.t.Context(), p.Parquet, p.Slug)
	if err != nil {
		w.t.Fatal(err)
	}
	var runs []string
	for _, f := range found {
		if f.Err != nil {
			w.t.Error(f.Err)
		}
		runs = append(runs, f.RunID)
	}
	return runs
}

// Of days and months the newest stays; what is removed is gone with its deliveries, and
// told.
func TestRetention(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*world{
		"folder": newWorld(t, settings{replace: map[string]string{"path: ./snapshots": "path: ./snapshots, keep: 2 daily 2 monthly"}}),
		"bucket": inBucket(t, settings{}, buckets.Address),
	} {
		if name == "bucket" {
			w.change(map[string]string{"use_path_style=true' }": "use_path_style=true', keep: 2 daily 2 monthly }"})
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.t = t
			var runs, told []string
			w.now = time.Date(2026, 9, 29, 6, 0, 0, 0, time.UTC)
			for range 7 { // 29 and 30 September, 12 and 13 October (twice), 14, 15
				w.salesforce.Change(0.05)
				result := w.mustRun()
				runs, told = append(runs, result.Run), append(told, result.Removed...)
				switch len(runs) {
				case 2:
					w.now = w.now.AddDate(0, 0, 12)
				case 4:
				default:
					w.now = w.now.AddDate(0, 0, 1).Truncate(24 * time.Hour).Add(6 * time.Hour)
				}
			}
			want := []string{runs[1], runs[5], runs[6]} // of September, the last two days, of which one is of October
			if got := w.snapshotRuns(); !slices.Equal(got, want) {
				t.Errorf("kept are %q of %q, want %q", got, runs, want)
			}
			if want := []string{runs[0], runs[2], runs[3], runs[4]}; !slices.Equal(slices.Sorted(slices.Values(told)), want) {
				t.Errorf("%q were told as removed, want %q", told, want)
			}
			for _, dir := range w.snapshots() {
				if run := filepath.Base(filepath.Dir(storage.Named(dir))); strings.Contains(dir, "deliveries") && !slices.Contains(want, run) {
					t.Errorf("a delivery of %s is left", run)
				}
			}
			if _, err := pipelines.NewComparison(t.Context(), w.offline(), "previous", "latest"); err != nil {
				t.Error(err)
			}
		})
	}
}

// A day of which there is only what a guard stopped keeps that; a run counts before a
// plan that was made later.
func TestRetentionOfADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"path: ./snapshots": "path: ./snapshots, keep: 3 daily"}})
	var ids, want []string
	for a := range w.salesforce.All() {
		ids = append(ids, a.ID())
	}
	w.mustRun() // of a fourth day: gone in the end
	w.now = w.now.AddDate(0, 0, 1)
	first := w.mustRun()
	if _, err := w.plan(); err != nil {
		t.Fatal(err)
	}
	want = append(want, first.Run)
	w.salesforce.Delete(ids[:200]...) // so that a guard stops the next run
	w.now = w.now.AddDate(0, 0, 1)
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(describe(stopped, err))
	}
	w.now = w.now.AddDate(0, 0, 1)
	allowed := w.options()
	for _, guard := range stopped.Guards {
		allowed.Allow = append(allowed.Allow, pipelines.Allowance{Guard: guard.Name, Run: stopped.Run})
	}
	last, err := pipelines.Run(t.Context(), w.load(), allowed)
	if err != nil {
		t.Fatal(describe(last, err))
	}
	want = append(want, stopped.Run, last.Run)
	if got := w.snapshotRuns(); !slices.Equal(got, want) {
		t.Errorf("kept are %q, want %q", got, want)
	}
}

// What a guard stopped takes the place of nothing, also where nobody remembers the run any
// more.
func TestRetentionOfForgottenRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"path: ./snapshots": "path: ./snapshots, keep: 4 daily"}})
	var ids []string
	for a := range w.salesforce.All() {
		ids = append(ids, a.ID())
	}
	good := w.mustRun()
	w.salesforce.Delete(ids[:200]...) // so that a guard stops the next run
	w.now = w.now.Add(14 * time.Hour)
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(describe(stopped, err))
	}
	w.now = w.now.Add(10 * time.Hour)
	applied, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(describe(applied, err))
	}
	if result, err := w.apply(applied.Run); err != nil {
		t.Fatal(describe(result, err))
	}
	w.now = w.now.AddDate(0, 0, 3)
	w.forgetRuns()
	next := w.mustRun() // so that the baseline is another
	w.forgetRuns()
	w.now = w.now.AddDate(0, 0, 3)
	last := w.mustRun()
	if got, want := w.snapshotRuns(), []string{good.Run, applied.Run, next.Run, last.Run}; !slices.Equal(got, want) {
		t.Errorf("kept are %q, want %q; a guard stopped %s", got, want, stopped.Run)
	}
}

// forgetRuns is what time does to the list of the runs.
func (w *world) forgetRuns() {
	w.t.Helper()
	path := w.only("state.json")
	content, err := os.ReadFile(path)
	var memory map[string]any
	if err := errors.Join(err, json.Unmarshal(content, &memory)); err != nil {
		w.t.Fatal(err)
	}
	delete(memory, "runs")
	if content, err = json.Marshal(memory); err == nil {
		err = os.WriteFile(path, content, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// The baseline, and what can still be applied, stay whatever the rule says; so does the
// newest that no guard stopped.
func TestRetentionKeepsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"path: ./snapshots": "path: ./snapshots, keep: 1 last"}})
	baseline := w.mustRun()
	var ids []string
	for a := range w.salesforce.All() {
		ids = append(ids, a.ID())
	}
	w.salesforce.Delete(ids[:200]...) // so that a guard stops the next runs
	var plans []string
	for range 3 {
		w.now = w.now.AddDate(0, 0, 1)
		result, err := w.run()
		if pipelines.ExitCode(err) != pipelines.ExitStopped {
			t.Fatal(describe(result, err))
		}
		plans = append(plans, result.Run)
	}
	if got, want := w.snapshotRuns(), append([]string{baseline.Run}, plans...); !slices.Equal(got, want) {
		t.Errorf("runs that were stopped removed something: %q, want %q", got, want)
	}
	applied, err := w.apply(plans[2])
	if err != nil || applied.Exit != 0 {
		t.Fatal(describe(applied, err))
	}
	if got, want := w.snapshotRuns(), plans[2:]; !slices.Equal(got, want) {
		t.Errorf("kept are %q, want %q; removed %q", got, want, applied.Removed)
	}
	if next := w.mustRun(); len(next.Guards) > 0 {
		t.Errorf("the next run has no baseline any more: %s", jsonText(t, next))
	}
	if got := w.snapshotRuns(); len(got) != 2 { // the plan can be applied for a day
		t.Errorf("kept are %q", got)
	}
	newest := w.snapshotRuns()[1]
	w.now = w.now.AddDate(0, 0, 5)
	plan, err := w.plan()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := w.snapshotRuns(), []string{newest, plan.Run}; !slices.Equal(got, want) {
		t.Errorf("after a plan kept are %q, want the baseline and the plan, %q", got, want)
	}
}

// A snapshot that cannot be removed is told, and fails nothing; the next run tries again.
func TestRetentionThatFails(t *testing.T) {
	t.Parallel()
	proxy := newFailing(t)
	w := inBucket(t, settings{}, proxy.Listener.Addr().String())
	w.change(map[string]string{"use_path_style=true' }": "use_path_style=true', keep: 1 last }"})
	first := w.mustRun()
	w.now = w.now.AddDate(0, 0, 2)
	proxy.refuses.Store("DELETE run=" + first.Run + "/manifest.json")
	result := w.mustRun()
	proxy.refuses.Store("")
	if len(result.Removed) > 0 || !slices.ContainsFunc(result.Notes, func(note string) bool { return strings.Contains(note, first.Run+" was not removed") }) {
		t.Error(jsonText(t, result))
	}
	w.now = w.now.AddDate(0, 0, 2)
	proxy.refuses.Store("DELETE deliveries/" + first.Run)
	if next := w.mustRun(); len(next.Removed) > 0 {
		t.Errorf("%q were removed, and their deliveries are there", next.Removed)
	}
	proxy.refuses.Store("")
	w.now = w.now.AddDate(0, 0, 2)
	if next := w.mustRun(); !slices.Contains(next.Removed, first.Run) {
		t.Errorf("%q were removed, not %s", next.Removed, first.Run)
	}
	for _, dir := range w.snapshots() {
		if strings.Contains(dir, first.Run) {
			t.Errorf("%s is left", dir)
		}
	}
}
