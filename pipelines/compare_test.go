package pipelines_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// runsOf are the runs whose snapshots two names mean.
func (w *world) runsOf(before, after string) (string, string) {
	w.t.Helper()
	c, err := pipelines.NewComparison(w.t.Context(), w.offline(), before, after)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := c.Run(w.t.Context(), diff.Options{Table: "accounts"}, func(diff.Row) error { return nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Before.Run, s.After.Run
}

// What a guard has stopped is not the latest until somebody has applied it.
func TestSnapshotsByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first := w.mustRun()
	w.properties()
	second := w.mustRun()
	w.contested()
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(describe(stopped, err))
	}
	if before, after := w.runsOf("previous", "latest"); before != first.Run || after != second.Run {
		t.Errorf("previous and latest are %s and %s, want %s and %s", before, after, first.Run, second.Run)
	}
	day := stopped.Started.UTC().Format("2006-01-02")
	if before, after := w.runsOf(second.Snapshot, day); before != second.Run || after != stopped.Run {
		t.Errorf("the folder and the day are %s and %s, want %s and %s", before, after, second.Run, stopped.Run)
	}
	if _, err := w.apply(stopped.Run); err != nil {
		t.Fatal(err)
	}
	if before, after := w.runsOf("previous", "latest"); before != second.Run || after != stopped.Run {
		t.Errorf("once it is applied: %s and %s, want %s and %s", before, after, second.Run, stopped.Run)
	}
}

// Differences replace nothing that the source reads or keeps.
func TestDifferencesReplaceNothingOfTheSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	c, err := pipelines.NewComparison(w.t.Context(), w.offline(), "latest", "latest")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.File(w.file); pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), "is the pipeline file and is not replaced by differences") {
		t.Error(err)
	}
	path := filepath.Join(w.dir, "differences.csv")
	if got, err := c.File(path); err != nil || got != path {
		t.Error(got, err)
	}
	_, err = c.Run(t.Context(), diff.Options{Table: "accounts", Ignore: []string{"Fone"}}, nil)
	if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), `no column "Fone"`) {
		t.Error(err)
	}
}
