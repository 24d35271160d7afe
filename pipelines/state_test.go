package pipelines_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axisync/axisync/pipelines"
)

// only is the one file of a pattern in the state of the source.
func (w *world) only(pattern ...string) string {
	w.t.Helper()
	found, err := filepath.Glob(filepath.Join(append([]string{w.dir, "state", pipelines.Slug("Test - Accounts")}, pattern...)...))
	if err != nil || len(found) == 0 {
		w.t.Fatalf("%v: %v, %v", pattern, found, err)
	}
	return found[len(found)-1]
}

// TestDamagedState: what is left of a state is never taken for another one, and that
// trying again does not help is told by the exit code.
func TestDamagedState(t *testing.T) {
	t.Parallel()
	w, kept := newWorld(t, settings{accounts: 60, customers: 20}), t.TempDir()
	w.mustRun()
	w.mustRun() // which folds the journal of the first into acknowledgements
	writes := w.fincome.Writes()
	if err := os.CopyFS(kept, os.DirFS(filepath.Join(w.dir, "state"))); err != nil {
		t.Fatal(err)
	}
	holding := func(text string, pattern ...string) func(w *world) error {
		return func(w *world) error { return os.WriteFile(w.only(pattern...), []byte(text), 0o600) }
	}
	acknowledged, deleted := []string{"targets", "fincome", "acknowledgements-*.parquet"}, []string{"deleted", "*.parquet"}
	for name, c := range map[string]struct {
		damage func(w *world) error
		said   string
	}{
		"truncated":       {func(w *world) error { return os.Truncate(w.only("state.json"), 100) }, "state.json is damaged"},
		"garbled":         {holding("\x00\x01\x02", "state.json"), "state.json is damaged"},
		"empty":           {holding("", "state.json"), "state.json is damaged"},
		"no version":      {holding("{}", "state.json"), "state.json is damaged (it has no version)"},
		"null":            {holding("null", "state.json"), "state.json is damaged (it has no version)"},
		"a later version": {holding(`{"version": 99, "tag": 7}`, "state.json"), "has version 99, this program knows 1: use the program that wrote it"},
		"missing":         {func(w *world) error { return os.Remove(w.only("state.json")) }, "state.json is missing, though this source has run"},
		"missing, no end": {func(w *world) error {
			return errors.Join(os.Remove(w.only("state.json")), os.Remove(w.only("result.json")))
		}, "state.json is missing, though this source has run"},
		"acks truncated":    {func(w *world) error { return os.Truncate(w.only(acknowledged...), 300) }, "missing or damaged: bring it back"},
		"acks garbled":      {holding(strings.Repeat("PAR1 no", 90), acknowledged...), "missing or damaged: bring it back"},
		"acks missing":      {func(w *world) error { return os.Remove(w.only(acknowledged...)) }, "missing or damaged: bring it back"},
		"deleted truncated": {func(w *world) error { return os.Truncate(w.only(deleted...), 100) }, "missing or damaged: bring it back"},
		"deleted missing":   {func(w *world) error { return os.Remove(w.only(deleted...)) }, "missing or damaged: bring it back"},
	} {
		if err := c.damage(w); err != nil {
			t.Fatal(err)
		}
		_, err := w.run()
		if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), c.said) {
			t.Errorf("%s: exit %d, %v", name, pipelines.ExitCode(err), err)
		}
		if w.fincome.Writes() != writes {
			t.Errorf("%s: a customer was written", name)
		}
		if err := errors.Join(os.RemoveAll(filepath.Join(w.dir, "state")), os.CopyFS(filepath.Join(w.dir, "state"), os.DirFS(kept))); err != nil {
			t.Fatal(err)
		}
	}
	w.mustRun() // with all of it back
}

// What a first run leaves that was killed before it remembered anything is no state,
// and neither is a state without a run.
func TestKilledFirstRunLeavesNoState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 60, customers: 20})
	w.mustRun()
	for _, err := range []error{os.Remove(w.only("state.json")), os.Remove(w.only("result.json")), os.Remove(w.only("targets", "fincome", "journal-*.ndjson"))} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if name := filepath.Base(w.only("deleted", "*.parquet")); name != "deleted-000001.parquet" {
		t.Fatalf("the first run leaves %s", name)
	}
	w.mustRun()
}

// A state that is a file, or lies below one, does not become a folder by waiting.
func TestStateThatIsAFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"state: daily.yaml", "state: daily.yaml/deep"} {
		w := newWorld(t, settings{replace: map[string]string{"state: ./state": text}})
		_, ran := w.run()
		_, extracted := pipelines.Extract(t.Context(), w.load(), w.options(), pipelines.ExtractTo{CSV: filepath.Join(w.dir, "accounts.csv")})
		_, loggedIn := pipelines.Login(t.Context(), w.load(), w.loginOptions())
		for _, err := range []error{ran, extracted, loggedIn} {
			if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), "name a") {
				t.Errorf("%s: exit %d, %v", text, pipelines.ExitCode(err), err)
			}
		}
	}
}
