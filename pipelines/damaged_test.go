package pipelines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// mends fails the test unless an error is for a person to mend and says all of these.
func mends(t *testing.T, what string, err error, says ...string) {
	t.Helper()
	if pipelines.ExitCode(err) != pipelines.ExitConfiguration {
		t.Errorf("%s: exit %d, %v", what, pipelines.ExitCode(err), err)
		return
	}
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want %q", what, err, text)
		}
	}
	if strings.Contains(err.Error(), "duckdb") || strings.Contains(err.Error(), "Error:") {
		t.Errorf("%s: the words of a library: %v", what, err)
	}
}

// A journal that is damaged in its middle is told by its line, whoever reads it, and
// nothing is sent.
func TestADamagedJournal(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(line []byte) []byte{
		"cut":            func(line []byte) []byte { return line[:len(line)/2] },
		"zeros":          func(line []byte) []byte { return make([]byte, len(line)) },
		"another's JSON": func([]byte) []byte { return []byte(`{"a":1}`) },
		"no UTF-8": func(line []byte) []byte {
			return bytes.Replace(line, []byte(`"axis":"S`), []byte("\"axis\":\"\xff"), 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{accounts: 100, customers: 20})
			w.mustRun()
			journal := w.only("targets", "fincome", "journal-*")
			content, err := os.ReadFile(journal)
			if err != nil {
				t.Fatal(err)
			}
			lines := bytes.Split(content, []byte("\n"))
			var event sinks.Event
			if err := json.Unmarshal(lines[6], &event); err != nil {
				t.Fatal(err)
			}
			lines[6] = damage(lines[6])
			content = bytes.Join(lines, []byte("\n"))
			if err := os.WriteFile(journal, content, 0o600); err != nil {
				t.Fatal(err)
			}
			writes, says := w.fincome.Writes(), []string{journal, "line 7", "bring it back from a backup"}
			if short := name == "cut" || name == "another's JSON"; short {
				says = []string{journal, "bring it back from a backup"} // a run sees first that bytes are missing
			}
			_, err = w.plan()
			mends(t, "plan", err, says...)
			_, err = w.run()
			mends(t, "run", err, says...)
			err = pipelines.Rejects(t.Context(), w.load(), func(pipelines.RejectTold) error { return nil })
			mends(t, "rejects", err, journal, "line 7", "bring it back from a backup")
			told, err := pipelines.Explain(t.Context(), w.load(), event.CustomerID, "")
			if err != nil || strings.Contains(strings.Join(told.Warnings, " "), "duckdb") || name == "no UTF-8" && !strings.Contains(strings.Join(told.Warnings, " "), "line 7") {
				t.Errorf("explain: %v, %q", err, told.Warnings)
			}
			if _, err := pipelines.ReadHistory(t.Context(), w.load(), event.CustomerID); err != nil {
				t.Errorf("history: %v", err) // it is told by the snapshots alone
			}
			if w.fincome.Writes() != writes {
				t.Error("something was sent")
			}
		})
	}
}

// What cannot be read of the delivery that was under way says what to do.
func TestADamagedDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 100, customers: 20})
	first := w.mustRun()
	path := filepath.Join(filepath.Dir(w.only("state.json")), "delivering.json")
	whole := fmt.Sprintf(`{"target":"fincome","journal":%q,"offset":OFFSET,"snapshot":%q,"manifest":{"run_id":"20261123-0700-aaaa"}}`,
		filepath.Base(w.only("targets", "fincome", "journal-*")), first.Run)
	for name, c := range map[string]struct{ content, says string }{
		"empty":       {"", path},
		"cut":         {whole[:60], path},
		"garbage":     {"\x00\x00\x00", path},
		"nothing":     {"null", path},
		"another":     {`{"target":"fincome"}`, path},
		"a lost tail": {strings.Replace(whole, "OFFSET", "1000000000", 1), "bytes of 1000000000"},
	} {
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := w.run()
		mends(t, name, err, c.says, "backup")
		_, err = w.plan()
		mends(t, name, err, c.says)
		_, err = pipelines.Apply(context.Background(), w.load(), first.Run, w.options())
		mends(t, name, err, c.says)
	}
	journal := w.only("targets", "fincome", "journal-*")
	content, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(path, []byte(strings.Replace(whole, "OFFSET", "0", 1)), 0o600), os.Remove(journal)); err != nil {
		t.Fatal(err)
	}
	_, err = w.run()
	mends(t, "no journal", err, journal, "is missing: bring it back from a backup")
	damaged := bytes.Replace(content, []byte(`{"seq":3,`), []byte(`{"seq":x,`), 1)
	if err := os.WriteFile(journal, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(whole, "OFFSET", "0", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = w.run()
	mends(t, "a damaged event", err, journal, "line 3", "bring it back from a backup")
	if err := os.WriteFile(journal, content, 0o600); err != nil { // the backup
		t.Fatal(err)
	}
	w.mustRun()
}

// A snapshot that is damaged is for a person to mend, whoever reads it by its name.
func TestADamagedSnapshot(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(snapshot string) error{
		"flipped": func(snapshot string) error {
			for _, table := range []string{"accounts", "matches", "changes", "axes"} {
				path := filepath.Join(snapshot, table, "part-00000.parquet")
				content, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				for i := range content[4 : len(content)/2] {
					content[4+i] ^= 0x55
				}
				if err := os.WriteFile(path, content, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		"cut": func(snapshot string) error {
			return os.Truncate(filepath.Join(snapshot, "accounts", "part-00000.parquet"), 100)
		},
		"broken manifest": func(snapshot string) error {
			return os.WriteFile(filepath.Join(snapshot, "manifest.json"), []byte(`{"version": 1`), 0o600)
		},
		"manifest without tables": func(snapshot string) error {
			return os.WriteFile(filepath.Join(snapshot, "manifest.json"), []byte(`{"version": 1}`), 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{})
			first := w.mustRun()
			w.salesforce.Change(0.5)
			w.now = w.now.Add(time.Hour)
			plan, err := w.plan()
			if err != nil {
				t.Fatal(describe(plan, err))
			}
			if err := damage(plan.Snapshot); err != nil {
				t.Fatal(err)
			}
			for _, names := range [][2]string{{first.Snapshot, plan.Snapshot}, {plan.Snapshot, first.Snapshot}} {
				c, err := pipelines.NewComparison(t.Context(), nil, names[0], names[1])
				if err == nil {
					_, err = c.Run(t.Context(), diff.Options{Table: "accounts"}, func(diff.Row) error { return nil })
				}
				mends(t, "diff", err)
			}
			_, err = pipelines.NewComparison(t.Context(), w.offline(), first.Run, plan.Run)
			if name != "flipped" {
				mends(t, "diff by name", err)
			}
			_, err = pipelines.Explain(t.Context(), w.offline(), anyCustomer(w), plan.Run)
			mends(t, "explain", err)
			if plan.Cells.Changes() == 0 {
				t.Error("the plan has nothing to apply")
			}
			if _, err = w.apply(plan.Run); name != "manifest without tables" { // which is that of another configuration
				mends(t, "apply", err)
			} else if pipelines.ExitCode(err) != pipelines.ExitStopped {
				t.Errorf("apply: %v", err)
			}
		})
	}
}

func anyCustomer(w *world) string {
	for c := range w.fincome.Customers() {
		return c.ID
	}
	return ""
}
