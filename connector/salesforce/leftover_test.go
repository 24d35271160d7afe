package salesforce_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
)

func TestDiscard(t *testing.T) {
	t.Parallel()
	f := four(t)
	dir := left(t, f)
	org := connect(t, f)
	for range 2 {
		if err := org.Discard(context.Background(), dir); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) || f.count("DELETE "+jobs+"/"+jobID) != 1 {
		t.Errorf("%v", err)
	}
}

// Where the job cannot be deleted, its record stays to try again, for as long as
// Salesforce keeps a job.
func TestDiscardTriesAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		age   time.Duration
		stays bool
	}{"today": {0, true}, "in a week": {8 * 24 * time.Hour, false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			dir := left(t, f)
			edit(t, filepath.Join(dir, "job.json"), func(r map[string]any) { r["sent"] = time.Now().Add(-test.age) })
			f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.Method == "DELETE" || r.Method == "PATCH" {
					fail(w, 400, "API_ERROR", "not now")
					return true
				}
				return false
			}
			org := connect(t, f)
			if err := org.Discard(t.Context(), dir); err == nil {
				t.Error("no error")
			}
			if _, err := os.Stat(filepath.Join(dir, "job.json")); (err == nil) != test.stays {
				t.Errorf("the record: %v", err)
			}
			if pages, _ := filepath.Glob(filepath.Join(dir, jobID+"*")); len(pages) != 0 {
				t.Errorf("pages stay: %v", pages)
			}
			f.honest()
			before := f.count("DELETE " + jobs + "/" + jobID)
			if err := org.Discard(t.Context(), dir); err != nil || (f.count("DELETE "+jobs+"/"+jobID) == before+1) != test.stays {
				t.Errorf("it was not tried again: %v", err)
			}
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("the folder: %v", err)
			}
		})
	}
}

// Pages that nobody may go on with are removed, and what tells of their job stays.
func TestSweep(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change             func(t *testing.T, record string)
		left, pages, stays bool
	}{
		"young": {func(*testing.T, string) {}, false, true, true},
		"old": {func(t *testing.T, record string) {
			edit(t, record, func(r map[string]any) { r["sent"] = time.Now().Add(-7 * time.Hour) })
		}, true, false, true},
		"done":    {func(t *testing.T, record string) { edit(t, record, func(r map[string]any) { r["done"] = true }) }, true, false, true},
		"damaged": {func(_ *testing.T, record string) { _ = os.WriteFile(record, []byte("{"), 0o600) }, false, false, false},
		"missing": {func(_ *testing.T, record string) { _ = os.Remove(record) }, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := left(t, four(t))
			record := filepath.Join(dir, "job.json")
			test.change(t, record)
			if got, err := salesforce.Sweep(dir); err != nil || got != test.left {
				t.Errorf("got %v, %v", got, err)
			}
			pages, _ := filepath.Glob(filepath.Join(dir, jobID+"*"))
			if _, err := os.Stat(record); (err == nil) != test.stays || (len(pages) > 0) != test.pages {
				t.Errorf("the record: %v; pages: %v", err, pages)
			}
			if got, err := salesforce.Sweep(filepath.Join(dir, "nothing")); err != nil || got {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
