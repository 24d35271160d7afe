package salesforce_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
)

func sorted(list []string) []string { slices.Sort(list); return list }

const stamp = "2006-01-02T15:04:05.000-0700"

// jobInList is a job as the list of jobs shows it.
func jobInList(id string, change map[string]any) map[string]any {
	job := map[string]any{"id": id, "operation": "query", "object": "Account", "createdById": userID, "createdDate": time.Now().UTC().Format(stamp),
		"state": "InProgress", "columnDelimiter": "COMMA", "apiVersion": 68.0, "jobType": "V2Query"}
	for key, value := range change {
		job[key] = value
	}
	return job
}

// Where the answer to the creation is lost, the job is looked for, and taken if it
// is the only one that it can be; otherwise another one is made.
func TestAnswerToTheCreationIsLost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		where string
		list  []map[string]any
		made  int
	}{
		"found":                {"", []map[string]any{jobInList("750000000000001AAA", map[string]any{"operation": "queryAll"}), jobInList(jobID, nil)}, 1},
		"not made":             {"", nil, 2},
		"of another user":      {"", []map[string]any{jobInList(jobID, map[string]any{"createdById": "005000000000000AAA"})}, 2},
		"older":                {"", []map[string]any{jobInList(jobID, map[string]any{"createdDate": time.Now().Add(-time.Hour).UTC().Format(stamp)})}, 2},
		"another object":       {"", []map[string]any{jobInList(jobID, map[string]any{"object": "Contact"})}, 2},
		"several":              {"", []map[string]any{jobInList(jobID, nil), jobInList("750000000000001AAA", nil)}, 2},
		"with a condition":     {"Name != null", []map[string]any{jobInList(jobID, nil)}, 2},
		"of another version":   {"", []map[string]any{jobInList(jobID, map[string]any{"apiVersion": 67.0})}, 2},
		"with other delimiter": {"", []map[string]any{jobInList(jobID, map[string]any{"columnDelimiter": "TAB"})}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
				switch {
				case r.Method == "POST" && r.URL.Path == jobs && n == 1:
					panic(http.ErrAbortHandler)
				case r.Method == "GET" && r.URL.Path == jobs:
					answer(w, map[string]any{"done": true, "records": test.list, "nextRecordsUrl": nil})
					return true
				}
				return false
			}
			asked := query
			asked.Where = test.where
			e, err := connect(t, f).Extract(context.Background(), asked, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			reader := e.Reader()
			defer reader.Release()
			if got, err := rows(reader); err != nil || len(got) != 10 || f.count("POST "+jobs) != test.made {
				t.Errorf("%d rows, %v, %d creations", len(got), err, f.count("POST "+jobs))
			}
		})
	}
}

// A process that was killed before the answer came leaves what it had sent: the
// next one looks for the job.
func TestKilledBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	f := four(t)
	dir := left(t, f)
	edit(t, filepath.Join(dir, "job.json"), func(r map[string]any) { delete(r, "id"); delete(r, "rows") })
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.Method == "GET" && r.URL.Path == jobs {
			answer(w, map[string]any{"done": true, "records": []map[string]any{jobInList(jobID, nil)}})
			return true
		}
		return false
	}
	mustAgain(t, f, dir)
	if f.count("POST "+jobs) != 1 {
		t.Error("another job was made")
	}
}

// A job that was found and turns out to be another's is left alone.
func TestFoundJobOfAnother(t *testing.T) {
	t.Parallel()
	f := newFake(t).page(`"Id","Phone"`, `"1","2"`)
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		switch {
		case r.Method == "POST" && r.URL.Path == jobs:
			panic(http.ErrAbortHandler)
		case r.Method == "GET" && r.URL.Path == jobs:
			answer(w, map[string]any{"done": true, "records": []map[string]any{jobInList(jobID, nil)}})
			return true
		}
		return false
	}
	e, dir, _, err := extract(t, f)
	if err == nil {
		t.Fatal("no error")
	}
	if err := e.Leave(context.Background()); err != nil || f.count("DELETE "+jobs+"/"+jobID) != 0 {
		t.Errorf("the job of another was deleted (%v)", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder stays: %v", err)
	}
}

// A creation that is refused leaves nothing to look for.
func TestRefusedCreationIsForgotten(t *testing.T) {
	t.Parallel()
	f := four(t)
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.Method == "POST" && r.URL.Path == jobs && n == 1 {
			fail(w, 400, "LIMIT_EXCEEDED", "Max bulk v2 query jobs (10000) per 24 hrs has been reached (10021)")
			return true
		}
		return false
	}
	dir := t.TempDir()
	if _, _, err := again(t, f, dir); err == nil {
		t.Fatal("no error")
	}
	mustAgain(t, f, dir)
	if f.count("GET "+jobs) != 0 {
		t.Error("a job was looked for")
	}
}

// interruptedCreation extracts from a simulator and is cancelled while the creation
// of the job is on its way, which then meets a fault.
func interruptedCreation(t *testing.T, fault *simulator.Fault, dir string) (*simulator.Server, *salesforce.Org, salesforce.Query) {
	t.Helper()
	sim, org := simulate(t, simulator.Config{Seed: 2, Accounts: 300})
	ctx, cancel := context.WithCancel(t.Context())
	sim.Inject(func(r *http.Request) *simulator.Fault {
		if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/jobs/query") {
			return nil
		}
		cancel()
		select {
		case <-r.Context().Done(): // the client has hung up; the answer is lost, the job is made
		case <-time.After(50 * time.Millisecond):
		}
		return fault
	})
	query := salesforce.Query{Object: "Account", Properties: selection(t, org, "Name")}
	if _, err := org.Extract(ctx, query, dir); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	sim.Inject(nil)
	return sim, org, query
}

// A run that is interrupted while the creation is on its way waits for the answer
// and deletes the job.
func TestInterruptedDuringTheCreation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sim, _, _ := interruptedCreation(t, nil, dir)
	if made, left := countJobs(sim); made != 1 || left != 0 {
		t.Errorf("%d jobs were made, %d are left", made, left)
	}
	if _, err := os.Stat(filepath.Join(dir, "job.json")); !os.IsNotExist(err) {
		t.Errorf("a record of it stays: %v", err)
	}
}

// Where the answer does not come even then, the next run finds the job: it makes no
// second one.
func TestInterruptedAndTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sim, org, query := interruptedCreation(t, &simulator.Fault{Lose: true}, dir)
	e, err := org.Extract(t.Context(), query, dir)
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	defer reader.Release()
	equalsTruth(t, sim, reader)
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if posts, deleted := sim.Count("POST", "jobs/query"), sim.Count("DELETE", "jobs/query/{id}"); posts != 1 || deleted != 1 {
		t.Errorf("%d jobs were asked for, %d deleted", posts, deleted)
	}
}

// A run that is interrupted before makes no job, and leaves nothing to look for.
func TestInterruptedBeforeTheCreation(t *testing.T) {
	t.Parallel()
	f := four(t)
	ctx, cancel := context.WithCancel(t.Context())
	org, dir := connect(t, f), t.TempDir()
	cancel()
	if _, err := org.Extract(ctx, query, dir); !errors.Is(err, context.Canceled) || f.count("POST "+jobs) != 0 {
		t.Errorf("got %v, %d creations", err, f.count("POST "+jobs))
	}
	if _, err := os.Stat(filepath.Join(dir, "job.json")); !os.IsNotExist(err) {
		t.Errorf("a record stays: %v", err)
	}
}

// A request for whose answer nobody waited to the end may have had its effect; one
// that was refused has not.
func TestPerhapsDone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("x: %w", context.Canceled), true}, {context.DeadlineExceeded, true}, {&salesforce.Error{Status: 503}, true},
		{&salesforce.Error{Status: 400}, false}, {&salesforce.AuthError{}, false}, {nil, false},
	} {
		if got := salesforce.PerhapsDone(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
}
