package salesforce_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/durable"
)

// again extracts into a folder in which an earlier extraction may have left
// something, as another process would.
func again(t *testing.T, f *fake, dir string) (*salesforce.Extraction, []string, error) {
	t.Helper()
	e, err := connect(t, f).Extract(context.Background(), query, dir)
	if err != nil {
		return nil, nil, err
	}
	reader := e.Reader()
	defer reader.Release()
	got, err := rows(reader)
	return e, got, err
}

func mustAgain(t *testing.T, f *fake, dir string) *salesforce.Extraction {
	t.Helper()
	e, got, err := again(t, f, dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantRows(), got); diff != "" {
		t.Error(diff)
	}
	return e
}

// left is a folder in which a complete extraction lies whose job nobody has closed.
func left(t *testing.T, f *fake) string {
	t.Helper()
	_, dir, got, err := extract(t, f)
	if err != nil || len(got) != 10 {
		t.Fatal(len(got), err)
	}
	return dir
}

// fetched are the locators asked for since the last call.
func (f *fake) fetched() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	got := f.locators
	f.locators = nil
	return got
}

func edit(t *testing.T, path string, change func(map[string]any)) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(content, &fields); err != nil {
		t.Fatal(err)
	}
	change(fields)
	if content, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Where all pages are kept, nothing of the job is asked for: it may be gone.
func TestAllPagesKept(t *testing.T) {
	t.Parallel()
	for _, listing := range []string{"documented", "none"} {
		f := four(t)
		f.listing = listing
		dir := left(t, f)
		f.fetched()
		before := f.count("GET " + jobs + "/" + jobID)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if strings.HasPrefix(r.URL.Path, jobs) && r.Method != "DELETE" {
				fail(w, 404, "NOT_FOUND", "The requested resource does not exist")
				return true
			}
			return false
		}
		e := mustAgain(t, f, dir)
		if l := e.Ledger(); l.Kept != 4 || l.Pages != 4 || l.Received != 0 || l.Calls != 0 || f.count("GET "+jobs+"/"+jobID) != before || len(f.fetched()) != 0 {
			t.Errorf("%s: asked again: %+v", listing, l)
		}
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("the folder stays: %v", err)
		}
	}
}

// Pages that are missing or damaged are fetched, and no other; the trail goes on
// behind what is kept, whatever resultPages says this time.
func TestMissingPagesAreFetched(t *testing.T) {
	t.Parallel()
	page := func(n int) string { return fmt.Sprintf("%s-%05d", jobID, n) }
	remove := func(dir, name string) { _ = os.Remove(filepath.Join(dir, name)) }
	for name, test := range map[string]struct {
		first, second string // resultPages
		damage        func(dir string)
		want          string // locators fetched
	}{
		"the last two, listed":         {"documented", "documented", func(dir string) { remove(dir, page(3)+".json"); remove(dir, page(4)+".csv.gz") }, "P2 P3"},
		"a gap, listed":                {"documented", "observed", func(dir string) { remove(dir, page(2)+".json") }, "P1"},
		"the first, listed":            {"documented", "documented", func(dir string) { remove(dir, page(1)+".json") }, "P0"},
		"listed, now without":          {"documented", "none", func(dir string) { remove(dir, page(3)+".json") }, "L2 L3"},
		"one by one":                   {"none", "none", func(dir string) { remove(dir, page(3)+".json") }, "L2"},
		"one by one, a gap":            {"none", "none", func(dir string) { remove(dir, page(2)+".json") }, "L1"},
		"one by one, now listed":       {"none", "documented", func(dir string) { remove(dir, page(3)+".json"); remove(dir, page(4)+".json") }, "L2 L3"},
		"one by one, now listed alike": {"none", "alike", func(dir string) { remove(dir, page(3)+".json"); remove(dir, page(4)+".json") }, "L2 L3"},
		"truncated":                    {"documented", "documented", func(dir string) { _ = os.Truncate(filepath.Join(dir, page(2)+".csv.gz"), 20) }, "P1"},
		"a byte is wrong": {"documented", "documented", func(dir string) {
			path := filepath.Join(dir, page(4)+".csv.gz")
			content, _ := os.ReadFile(path)
			content[len(content)/2] ^= 1
			_ = os.WriteFile(path, content, 0o600)
		}, "P3"},
		"a card is no JSON": {"documented", "documented", func(dir string) { _ = os.WriteFile(filepath.Join(dir, page(4)+".json"), []byte("{"), 0o600) }, "P3"},
		"a part is left": {"documented", "documented", func(dir string) {
			remove(dir, page(4)+".json")
			_ = os.Rename(filepath.Join(dir, page(4)+".csv.gz"), filepath.Join(dir, page(4)+".csv.gz.part"))
		}, "P3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			f.listing = test.first
			dir := left(t, f)
			f.fetched()
			test.damage(dir)
			f.listing = test.second
			e := mustAgain(t, f, dir)
			got := f.fetched()
			if strings.Join(sorted(got), " ") != test.want || f.count("POST "+jobs) != 1 {
				t.Errorf("fetched %v, want %s; %d jobs", got, test.want, f.count("POST "+jobs))
			}
			if l := e.Ledger(); int(l.Kept)+len(got) != 4 {
				t.Errorf("%+v", l)
			}
			f.fetched()
			if mustAgain(t, f, dir); len(f.fetched()) != 0 {
				t.Error("the third time pages were fetched")
			}
		})
	}
}

// A job that does not answer the question, or cannot be gone on with, is deleted
// and a new one is made.
func TestJobThatCannotBeResumed(t *testing.T) {
	t.Parallel()
	record := func(change func(map[string]any)) func(*testing.T, *fake, string) {
		return func(t *testing.T, f *fake, dir string) { edit(t, filepath.Join(dir, "job.json"), change) }
	}
	incomplete := func(dir string) { _ = os.Remove(filepath.Join(dir, jobID+"-00002.json")) }
	first := func(f *fake, status int, code string) {
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Method == "GET" && strings.HasPrefix(r.URL.Path, jobs+"/"+jobID) && f.count("POST "+jobs) == 1 {
				fail(w, status, code, "no")
				return true
			}
			return false
		}
	}
	for name, change := range map[string]func(*testing.T, *fake, string){
		"too old":      record(func(r map[string]any) { r["sent"] = time.Now().Add(-7 * time.Hour) }),
		"of tomorrow":  record(func(r map[string]any) { r["sent"] = time.Now().Add(time.Hour) }),
		"other query":  record(func(r map[string]any) { r["soql"] = "SELECT Id FROM Account" }),
		"other org":    record(func(r map[string]any) { r["organization_id"] = "00D000000000000AAA" }),
		"other user":   record(func(r map[string]any) { r["user_id"] = "005000000000000AAA" }),
		"done":         record(func(r map[string]any) { r["done"] = true }),
		"gone":         func(t *testing.T, f *fake, dir string) { incomplete(dir); first(f, 404, "NOT_FOUND") },
		"version gone": func(t *testing.T, f *fake, dir string) { incomplete(dir); first(f, 410, "UNSUPPORTED_API_VERSION") },
		"has other rows": func(t *testing.T, f *fake, dir string) {
			incomplete(dir)
			record(func(r map[string]any) { r["rows"] = 9 })(t, f, dir)
		},
		"failed": func(t *testing.T, f *fake, dir string) {
			incomplete(dir)
			f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.Method == "GET" && r.URL.Path == jobs+"/"+jobID && f.count("POST "+jobs) == 1 {
					answer(w, map[string]any{"id": jobID, "state": "Failed"})
					return true
				}
				return false
			}
		},
		"record is damaged": func(t *testing.T, f *fake, dir string) {
			_ = os.WriteFile(filepath.Join(dir, "job.json"), []byte("{"), 0o600)
		},
		"record is of another program": record(func(r map[string]any) { r["version"] = 9 }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			dir := left(t, f)
			change(t, f, dir)
			f.fetched()
			mustAgain(t, f, dir)
			if n := len(f.fetched()); n != 4 || f.count("POST "+jobs) != 2 {
				t.Errorf("%d pages fetched, %d jobs", n, f.count("POST "+jobs))
			}
			if !strings.HasPrefix(name, "record") && f.count("DELETE "+jobs+"/"+jobID) != 1 {
				t.Error("the old job was not deleted")
			}
		})
	}
}

// A job is gone on with in the version that made it, also when the org offers a
// newer one meanwhile.
func TestJobKeepsItsVersion(t *testing.T) {
	t.Parallel()
	f := four(t)
	dir := left(t, f)
	_ = os.Remove(filepath.Join(dir, jobID+"-00004.json"))
	edit(t, filepath.Join(dir, "job.json"), func(r map[string]any) { r["sent"] = time.Now().Add(-time.Hour) })
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path == "/services/data" {
			answer(w, []map[string]string{{"version": "68.0"}, {"version": "69.0"}})
			return true
		}
		return false
	}
	if e := mustAgain(t, f, dir); e.Ledger().Kept != 3 || e.Age().Round(time.Minute) != time.Hour {
		t.Errorf("%+v, %s old", e.Ledger(), e.Age())
	}
}

// What would go wrong again is not kept; what may go better is.
func TestLeave(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault func(w http.ResponseWriter, r *http.Request)
		stays bool
	}{
		"ragged row":   {func(w http.ResponseWriter, r *http.Request) { headPage(w, 1, "L2"); fmt.Fprint(w, header+"\n1,2\n") }, false},
		"too few rows": {func(w http.ResponseWriter, r *http.Request) { headPage(w, 7, "L2"); fmt.Fprint(w, header+"\n1,2,3\n") }, false},
		"unknown page": {func(w http.ResponseWriter, r *http.Request) { fail(w, 400, "INVALID_LOCATOR", "x") }, false},
		"job is gone":  {func(w http.ResponseWriter, r *http.Request) { fail(w, 404, "NOT_FOUND", "x") }, false},
		"unavailable":  {func(w http.ResponseWriter, r *http.Request) { fail(w, 503, "SERVER_UNAVAILABLE", "x") }, true},
		"a web page":   {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<html>") }, true},
		"quota is spent": {func(w http.ResponseWriter, r *http.Request) {
			fail(w, 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
		}, true},
		"app is revoked": {func(w http.ResponseWriter, r *http.Request) { fail(w, 401, "INVALID_SESSION_ID", "x") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.URL.Path == result && r.URL.Query().Get("locator") == "P1" {
					test.fault(w, r)
					return true
				}
				return false
			}
			e, dir, _, err := extract(t, f)
			if err == nil {
				t.Fatal("no error")
			}
			if err := e.Leave(context.Background()); err != nil {
				t.Error(err)
			}
			_, missing := os.Stat(filepath.Join(dir, "job.json"))
			if stays := missing == nil; stays != test.stays || (f.count("DELETE "+jobs+"/"+jobID) == 0) != test.stays {
				t.Errorf("after %v: stays %v", err, stays)
			}
			f.honest()
			mustAgain(t, f, dir)
			if made := f.count("POST " + jobs); (made == 1) != test.stays {
				t.Errorf("%d jobs were made", made)
			}
		})
	}
}

// Network trouble while the job runs leaves it at work: the next run waits for it.
func TestRunningJobIsResumed(t *testing.T) {
	t.Parallel()
	f := four(t)
	dir := t.TempDir()
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.Method == "GET" && r.URL.Path == jobs+"/"+jobID && n >= 2 {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	if _, _, err := again(t, f, dir); err == nil {
		t.Fatal("no error")
	}
	f.honest()
	mustAgain(t, f, dir)
	if f.count("POST "+jobs) != 1 || f.count("DELETE "+jobs+"/"+jobID) != 0 {
		t.Error("the job was not gone on with")
	}
}

// A job that completes while it is aborted is kept.
func TestInterruptedAtItsCompletion(t *testing.T) {
	t.Parallel()
	f := four(t)
	f.states = []string{"InProgress", "InProgress", "JobComplete"}
	ctx, cancel := context.WithCancel(context.Background())
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.Method == "GET" && r.URL.Path == jobs+"/"+jobID && n == 2 {
			cancel()
		}
		if r.Method == "PATCH" {
			fail(w, 400, "INVALIDJOBSTATE", "Aborting already Completed Job not allowed")
			return true
		}
		return false
	}
	dir := t.TempDir()
	if _, err := connect(t, f).Extract(ctx, query, dir); err == nil {
		t.Fatal("no error")
	}
	mustAgain(t, f, dir)
	if f.count("POST "+jobs) != 1 || f.count("DELETE "+jobs+"/"+jobID) != 0 {
		t.Error("the job was not kept")
	}
}

// What a process was writing when it was killed goes when the job is gone on with.
func TestLeftPendingInAJobsFolder(t *testing.T) {
	t.Parallel()
	f := four(t)
	dir := left(t, f)
	file, err := durable.Pending(filepath.Join(dir, "job.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	mustAgain(t, f, dir)
	if _, err := os.Stat(file.Name()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}
