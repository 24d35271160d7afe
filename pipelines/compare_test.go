package pipelines_test

import (
	"os"
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

// That a newer snapshot is passed over is told in the summary too.
func TestComparisonsTellWhatTheyPassOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first, second := w.mustRun(), w.mustRun()
	for _, damaged := range []string{"manifest.json", filepath.Join("accounts", "part-00000.parquet")} {
		last := w.mustRun()
		if err := os.Truncate(filepath.Join(last.Snapshot, damaged), 100); err != nil {
			t.Fatal(err)
		}
		c, err := pipelines.NewComparison(t.Context(), w.offline(), "previous", "latest")
		if err != nil {
			t.Fatal(err)
		}
		s, err := c.Run(t.Context(), diff.Options{Table: "accounts"}, func(diff.Row) error { return nil })
		if err != nil || s.Before.Run != first.Run || s.After.Run != second.Run {
			t.Fatal(jsonText(t, s), err)
		}
		if !strings.Contains(strings.Join(s.Warnings, "\n"), "the snapshot of the run "+last.Run+" is left out: ") || !strings.Contains(jsonText(t, s), last.Run) {
			t.Errorf("%s: the summary says %q", damaged, s.Warnings)
		}
	}
}

// Differences never go into a snapshot, by whatever name it is called and whoever made it.
func TestDifferencesReplaceNoSnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first := w.mustRun()
	c, err := pipelines.NewComparison(t.Context(), nil, first.Snapshot, first.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(w.dir, "link")
	if err := os.Symlink(first.Snapshot, link); err != nil {
		t.Fatal(err)
	}
	made := filepath.Join(w.dir, "made")
	if _, err := c.WriteParquet(t.Context(), diff.Options{Table: "accounts"}, made, w.now, "test"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		filepath.Join(first.Snapshot, "manifest.json"), filepath.Join(first.Snapshot, "accounts", "part-00000.parquet"), filepath.Join(first.Snapshot, "new.csv"),
		filepath.Join(link, "manifest.json"), filepath.Join(link, "accounts", "new.csv"), filepath.Join(made, "manifest.json"),
	} {
		if _, err := c.File(path); pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), "would lie in the snapshot ") {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, folder := range []string{filepath.Join(first.Snapshot, "new"), filepath.Join(link, "new", "deep"), filepath.Join(made, "new")} {
		_, err := c.WriteParquet(t.Context(), diff.Options{Table: "accounts"}, folder, w.now, "test")
		if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), "would lie in the snapshot ") {
			t.Errorf("%s: %v", folder, err)
		}
	}
	if _, err := c.File(filepath.Join(w.dir, "differences.csv")); err != nil {
		t.Error(err)
	}
}

// A bucket that is written with one slash is no folder, whoever is told it, and what may
// be a secret in it is not repeated.
func TestABucketWithOneSlash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first := w.mustRun()
	p := w.offline()
	c, err := pipelines.NewComparison(t.Context(), p, "latest", "latest")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"s3:/u:S3cr3t@bucket/x", "gs:/bucket/x", "azblob:/bucket/x?sig=S3cr3t"} {
		scheme, _, _ := strings.Cut(path, ":")
		for what, err := range map[string]error{
			"state":   p.MoveState(path),
			"csv":     second(pipelines.Extract(t.Context(), w.load(), w.options(), pipelines.ExtractTo{CSV: path})),
			"parquet": second(pipelines.Extract(t.Context(), w.load(), w.options(), pipelines.ExtractTo{Parquet: path})),
			"out":     second(c.File(path)),
			"folder":  second(c.WriteParquet(t.Context(), diff.Options{Table: "accounts"}, path, w.now, "test")),
			"old":     second(pipelines.NewComparison(t.Context(), nil, path, first.Snapshot)),
			"new":     second(pipelines.NewComparison(t.Context(), nil, first.Snapshot, path)),
		} {
			if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), "a bucket is written "+scheme+"://bucket/x") || strings.Contains(err.Error(), "S3cr3t") {
				t.Errorf("%s: %s: %v", path, what, err)
			}
		}
	}
}

func second[T any](_ T, err error) error { return err }
