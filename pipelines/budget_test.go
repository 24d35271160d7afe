package pipelines_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
)

// A run that would leave less than the reserve is refused before a job is spent, with
// the figures; nothing is sent and there is no snapshot.
func TestQuotaReserve(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reserve string
		config  salesforce.Config
		refused string // empty: it runs
	}{
		"enough":                  {"", salesforce.Config{APICalls: 10_000}, ""},
		"a share":                 {"50%", salesforce.Config{APICalls: 40}, "of 40 calls of the last 24 hours are used and this run needs about 18: that would leave less than the reserve of 20 (salesforce.quota.reserve)"},
		"a number":                {"9990", salesforce.Config{APICalls: 10_000}, "less than the reserve of 9,990"},
		"a number that is enough": {"9000", salesforce.Config{APICalls: 10_000}, ""},
		"none":                    {"0", salesforce.Config{APICalls: 45}, ""},
		"jobs":                    {"30%", salesforce.Config{QueryJobs: 4}, "0 of 4 query jobs of the last 24 hours are used and this run needs 3: that would leave less than the reserve of 2"},
		"jobs of a default":       {"", salesforce.Config{QueryJobs: 3}, "less than the reserve of 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := settings{accounts: 50, customers: 10, salesforce: test.config}
			if test.reserve != "" {
				s.replace = map[string]string{"  properties:": "  quota: { reserve: " + test.reserve + " }\n  properties:"}
			}
			w := newWorld(t, s)
			result, err := w.run()
			if test.refused == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.refused) || pipelines.ExitCode(err) != pipelines.ExitFailed || result.Exit != pipelines.ExitFailed {
				t.Fatalf("got %v", describe(result, err))
			}
			if w.salesforce.Count("POST", "jobs/query") != 0 || len(w.snapshots()) != 0 {
				t.Error("a job was spent")
			}
			file := filepath.Join(w.dir, "accounts.csv")
			if _, err := pipelines.Extract(context.Background(), w.load(), w.options(), pipelines.ExtractTo{CSV: file}); err == nil {
				t.Error("extract was not refused")
			}
			if _, err := w.suggest(); err == nil || !strings.Contains(err.Error(), "(salesforce.quota.reserve)") || w.salesforce.Count("POST", "jobs/query") != 0 {
				t.Errorf("the trial of keys was not refused: %v", err)
			}
		})
	}
}

// A user who may not read the limits leaves the reserve all the same, by what the header
// of every answer says of the calls.
func TestQuotaReserveByTheHeader(t *testing.T) {
	t.Parallel()
	for reserve, want := range map[string]string{"9990": "less than the reserve of 9,990", "9000": ""} {
		w := newWorld(t, settings{accounts: 50, customers: 10, salesforce: salesforce.Config{APICalls: 10_000}, replace: map[string]string{"  properties:": "  quota: { reserve: " + reserve + " }\n  properties:"}})
		plan, err := salesforce.ParseFaults("faults.yaml", []byte("faults: [{on: GET limits, fault: status, status: 403, code: INSUFFICIENT_ACCESS, message: no}]"))
		if err != nil {
			t.Fatal(err)
		}
		w.salesforce.Faults(plan)
		told, err := w.check()
		if err != nil {
			t.Error(err)
		}
		has(t, told, "quota: ", "by the header of the newest answer")
		result, err := w.run()
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Fatalf("a reserve of %s: %s", reserve, describe(result, err))
		}
		if text := strings.Join(result.Notes, "\n"); !strings.Contains(text, " of 10,000 calls are used is what the header of the newest answer says (Sforce-Limit-Info)") || !strings.Contains(text, "INSUFFICIENT_ACCESS") {
			t.Errorf("the notes are %q", result.Notes)
		}
		if q := result.Salesforce.Quota; q == nil || q.Max != 10_000 || q.UsedBefore == 0 {
			t.Errorf("%+v", q)
		}
	}
}

// What a run has cost stands in its result, and the next one is estimated from it.
func TestCostOfARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 300, customers: 30})
	first := w.mustRun()
	cost := first.Salesforce
	if cost.Calls != first.SalesforceCalls || cost.Calls == 0 || cost.QueryJobs != 2 || cost.BytesReceived != first.BytesReceived || cost.BytesReceived == 0 {
		t.Errorf("%+v", cost)
	}
	if q := cost.Quota; q == nil || q.Max != 100_000 || q.UsedAfter <= q.UsedBefore || q.UsedAfter > cost.Calls || q.Share != float64(q.UsedAfter)/float64(q.Max) {
		t.Errorf("%+v", cost.Quota)
	}
	if text := jsonText(t, first); !strings.Contains(text, `"salesforce":{"calls":`) {
		t.Error(text)
	}
	var told []string
	if err := pipelines.Check(context.Background(), w.load(), w.options(), func(tick pipelines.Tick) { told = append(told, fmt.Sprint(tick)) }); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("of 100,000 calls used today; this run needs about %d", cost.Calls); !strings.Contains(strings.Join(told, "\n"), want) {
		t.Errorf("%v, want %s", told, want)
	}
}

// COUNT() is a band around the rows of the job: beyond it nothing is sent, and the
// job is not gone on with; where Salesforce cannot count, that is a note.
func TestCountIsABand(t *testing.T) {
	t.Parallel()
	timeout := `[{"errorCode":"QUERY_TIMEOUT","message":"Your query request was running for too long."}]`
	for name, test := range map[string]struct {
		status  int
		body    string
		refused string
		noted   string
	}{
		"right":            {},
		"within the slack": {200, `{"totalSize":505,"done":true,"records":[]}`, "", ""},
		"too few rows":     {200, `{"totalSize":520,"done":true,"records":[]}`, "salesforce counts 520 accounts and the job gave 500: rows are missing or too many", ""},
		"too many rows":    {200, `{"totalSize":480,"done":true,"records":[]}`, "salesforce counts 480 accounts and the job gave 500", ""},
		"takes too long":   {400, timeout, "", "does not count the accounts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{customers: 20})
			w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
				if test.status == 0 || !strings.Contains(r.URL.Query().Get("q"), "COUNT()") {
					return nil
				}
				return &salesforce.Fault{Status: test.status, ContentType: "application/json", Body: test.body}
			})
			result, err := w.run()
			if test.refused == "" {
				if err != nil || !strings.Contains(strings.Join(result.Notes, "\n"), test.noted) || test.noted == "" && len(result.Notes) > 0 {
					t.Error(describe(result, err))
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.refused) || result.Exit != pipelines.ExitFailed || result.Cells.Sent != 0 || len(w.snapshots()) != 0 {
				t.Errorf("got %v", describe(result, err))
			}
			if made, deleted := w.salesforce.Count("POST", "jobs/query"), w.salesforce.Count("DELETE", "jobs/query/{id}"); made != 2 || deleted != 2 {
				t.Errorf("%d jobs were made, %d deleted", made, deleted)
			}
			file := filepath.Join(w.dir, "accounts.csv")
			if _, err := pipelines.Extract(context.Background(), w.load(), w.options(), pipelines.ExtractTo{CSV: file}); err == nil || !strings.Contains(err.Error(), test.refused) {
				t.Errorf("extract: got %v", err)
			}
			if _, err := os.Stat(file); err == nil {
				t.Error("a file appeared")
			}
			w.salesforce.Inject(nil)
			w.mustRun()
		})
	}
}

// With work_dir the pages lie there and nowhere else, readable by their owner alone;
// two states that share it do not meet.
func TestWorkDir(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 50, customers: 10, replace: map[string]string{"state: ./state": "state: ./state\nwork_dir: ./scratch"}})
	var seen atomic.Int64
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if !strings.HasSuffix(r.URL.Path, "/results") {
			return nil
		}
		records, _ := filepath.Glob(filepath.Join(w.dir, "scratch", "*", "jobs", "*", "job.json"))
		elsewhere, _ := filepath.Glob(filepath.Join(w.dir, "state", "*", "jobs"))
		for _, path := range append(records, filepath.Dir(filepath.Dir(records[0]))) {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
		}
		if len(records) > 0 && len(elsewhere) == 0 {
			seen.Add(1)
		}
		return nil
	})
	w.mustRun()
	if seen.Load() == 0 {
		t.Error("the pages are not in work_dir")
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, "scratch", "*", "*", "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if r.Method == "POST" && strings.HasSuffix(r.URL.Path, "/jobs/query") {
			other := w.load()
			if err := other.MoveState(filepath.Join(w.dir, "other")); err != nil {
				t.Error(err)
			}
			if _, err := pipelines.Run(context.Background(), other, w.options()); err == nil || !strings.Contains(err.Error(), "work_dir: another run") {
				t.Errorf("got %v", err)
			}
		}
		return nil
	})
	w.mustRun()
}

// A run that fails after its job is complete leaves it, and the next one, whatever its
// kind, goes on with it; one that is done deletes what an earlier run left behind.
func TestFailedRunLeavesItsJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 200, customers: 20, salesforce: salesforce.Config{PageRows: 50}})
	var pages atomic.Int64
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if strings.HasSuffix(r.URL.Path, "/results") {
			if pages.Add(1) > 3 {
				return &salesforce.Fault{Status: 403, ContentType: "application/json", Body: `[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}]`}
			}
		}
		return nil
	})
	if result, err := w.run(); err == nil || result.Exit != pipelines.ExitFailed {
		t.Fatal(describe(result, err))
	}
	w.salesforce.Inject(nil)
	if _, err := w.plan(); err != nil {
		t.Fatal(err)
	}
	if made, deleted := w.salesforce.Count("POST", "jobs/query"), w.salesforce.Count("DELETE", "jobs/query/{id}"); made != 2 || deleted != 2 {
		t.Errorf("%d jobs were made, %d deleted", made, deleted)
	}
}

// Two extracts at once each have a job of their own.
func TestTwoExtractsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 200})
	file := func(name string) pipelines.ExtractTo { return pipelines.ExtractTo{CSV: filepath.Join(w.dir, name)} }
	var inner atomic.Bool
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if strings.HasSuffix(r.URL.Path, "/results") && inner.CompareAndSwap(false, true) {
			if _, err := pipelines.Extract(context.Background(), w.load(), w.options(), file("inner.csv")); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	if _, err := pipelines.Extract(context.Background(), w.load(), w.options(), file("outer.csv")); err != nil {
		t.Fatal(err)
	}
	if made, deleted := w.salesforce.Count("POST", "jobs/query"), w.salesforce.Count("DELETE", "jobs/query/{id}"); made != 2 || deleted != 2 {
		t.Errorf("%d jobs were made, %d deleted", made, deleted)
	}
}

// What runs and extracts left that failed is removed once nobody can go on with it:
// its pages by the next one, also one that is refused, and its jobs in Salesforce by
// the next one that succeeds.
func TestLeftoversAreSwept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 200, customers: 20, salesforce: salesforce.Config{PageRows: 50}})
	jobs := filepath.Join(w.dir, "state", pipelines.Slug("Test - Accounts"), "jobs")
	extract := func() error {
		_, err := pipelines.Extract(context.Background(), w.load(), w.options(), pipelines.ExtractTo{CSV: filepath.Join(w.dir, "a.csv")})
		return err
	}
	both := func(refused bool) {
		t.Helper()
		if _, err := w.run(); (err != nil) != refused {
			t.Fatalf("the run ended with %v", err)
		}
		if err := extract(); (err != nil) != refused {
			t.Fatalf("the extract ended with %v", err)
		}
	}
	var pages atomic.Int64
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if strings.HasSuffix(r.URL.Path, "/results") && pages.Add(1)%4 == 0 {
			return &salesforce.Fault{Status: 403, ContentType: "application/json", Body: `[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}]`}
		}
		return nil
	})
	both(true)
	w.salesforce.Inject(nil)
	for from, to := range map[string]string{"deleted": "outside", "extract": "extract-2", "extract.lock": "extract-2.lock"} { // no longer of use
		if err := os.Rename(filepath.Join(jobs, from), filepath.Join(jobs, to)); err != nil {
			t.Fatal(err)
		}
	}
	kept := len(w.keptPages())
	reserve := map[string]string{"  properties:": "  quota: { reserve: 99999 }\n  properties:"}
	w.change(reserve)
	both(true)
	if now := len(w.keptPages()); kept == 0 || now != kept {
		t.Errorf("%d pages were left, %d after a run that was refused", kept, now)
	}
	for _, name := range []string{"accounts", "outside", "extract-2"} {
		age(t, filepath.Join(jobs, name, "job.json"), 7*time.Hour)
	}
	both(true)
	if left := w.keptPages(); len(left) > 0 {
		t.Errorf("pages are left: %v", left)
	}
	if made, deleted := w.salesforce.Count("POST", "jobs/query"), w.salesforce.Count("DELETE", "jobs/query/{id}"); made != 3 || deleted != 1 {
		t.Errorf("%d jobs were made, %d deleted", made, deleted) // the extract was refused once it was connected
	}
	w.change(map[string]string{reserve["  properties:"]: "  properties:"})
	both(false)
	if made, deleted := w.salesforce.Count("POST", "jobs/query"), w.salesforce.Count("DELETE", "jobs/query/{id}"); made != 6 || deleted != 6 {
		t.Errorf("%d jobs were made, %d deleted", made, deleted)
	}
	if left, _ := filepath.Glob(filepath.Join(jobs, "*", "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// An extract that goes on with an earlier job tells of the time of that job.
func TestExtractTellsTheTimeOfItsJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 50, customers: 10})
	to := pipelines.ExtractTo{Parquet: filepath.Join(w.dir, "accounts")}
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if strings.HasSuffix(r.URL.Path, "/results") {
			return &salesforce.Fault{Status: 403, ContentType: "application/json", Body: `[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit exceeded."}]`}
		}
		return nil
	})
	if _, err := pipelines.Extract(context.Background(), w.load(), w.options(), to); err == nil {
		t.Fatal("no error")
	}
	w.salesforce.Inject(nil)
	age(t, filepath.Join(w.dir, "state", pipelines.Slug("Test - Accounts"), "jobs", "extract", "job.json"), 2*time.Hour)
	told, err := pipelines.Extract(context.Background(), w.load(), w.options(), to)
	if err != nil || told.QueryJobs != 0 {
		t.Fatal(told, err)
	}
	snapshot, err := parquet.Open(t.Context(), to.Parquet)
	if err != nil {
		t.Fatal(err)
	}
	if ago := w.now.Sub(snapshot.Manifest().ObservedAt); ago < 2*time.Hour || ago > 3*time.Hour {
		t.Errorf("observed %s ago", ago)
	}
}

// age makes a job one that was asked for so long ago.
func age(t *testing.T, record string, by time.Duration) {
	t.Helper()
	content, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(content, &fields); err != nil {
		t.Fatal(err)
	}
	fields["sent"] = time.Now().Add(-by)
	if err := os.WriteFile(record, []byte(jsonText(t, fields)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The numbers of a check are grouped like those of a run.
func TestCheckGroupsItsNumbers(t *testing.T) {
	t.Parallel()
	told, err := newWorld(t, settings{accounts: 50, customers: 1200}).check()
	if err != nil {
		t.Error(err)
	}
	has(t, told, "customers: 1,200 from the api", " of 1,200 customers carry it")
}
