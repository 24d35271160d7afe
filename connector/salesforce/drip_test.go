package salesforce_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
)

// drip answers a byte now and then until the client has gone.
func drip(w http.ResponseWriter, r *http.Request) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for r.Context().Err() == nil {
		fmt.Fprint(w, " ")
		w.(http.Flusher).Flush()
		<-ticker.C
	}
}

// A page that drips is never idle, and ends the extraction at its deadline all the
// same, also one that is fetched again; the next one fetches only what is missing.
func TestDownloadDeadline(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]int64{"a page": 0, "a page that came broken": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			var times atomic.Int64
			f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.URL.Path != result || r.URL.Query().Get("locator") != "P1" {
					return false
				}
				headPage(w, f.rows[1], "L2")
				w.Header().Set("Content-Encoding", "gzip")
				if times.Add(1) > broken {
					drip(w, r)
				}
				return true
			}
			dir := tooLate(t, f)
			f.honest()
			f.fetched()
			mustAgain(t, f, dir)
			if got := f.fetched(); len(got) == 4 || f.count("POST "+jobs) != 1 {
				t.Errorf("fetched %v again, %d jobs", got, f.count("POST "+jobs))
			}
		})
	}
}

// tooLate extracts beyond the deadline of the downloads into a folder.
func tooLate(t *testing.T, f *fake) (dir string) {
	t.Helper()
	config := quick(f)
	config.DownloadDeadline, config.IdleTimeout = time.Second, 200*time.Millisecond
	org, err := salesforce.Connect(context.Background(), config, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer org.Close()
	dir = t.TempDir()
	e, err := org.Extract(context.Background(), query, dir)
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	defer reader.Release()
	begun := time.Now()
	if _, err := rows(reader); err == nil || strings.Count(err.Error(), "its result pages have not all come within 1s") != 1 {
		t.Errorf("got %v", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	if err := e.Leave(context.Background()); err != nil {
		t.Error(err)
	}
	return dir
}

// Neither does an answer that drips hold up the rest: here that to the creation, after
// which the job is found.
func TestAnswerThatDrips(t *testing.T) {
	t.Parallel()
	f := four(t)
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		switch {
		case r.Method == "POST" && r.URL.Path == jobs:
			drip(w, r)
			return true
		case r.Method == "GET" && r.URL.Path == jobs:
			answer(w, map[string]any{"done": true, "records": []map[string]any{jobInList(jobID, nil)}})
			return true
		}
		return false
	}
	config := quick(f)
	config.IdleTimeout = 200 * time.Millisecond
	org, err := salesforce.Connect(context.Background(), config, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer org.Close()
	e, err := org.Extract(context.Background(), query, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(context.Background()); err != nil || f.count("POST "+jobs) != 1 {
		t.Errorf("%d jobs, %v", f.count("POST "+jobs), err)
	}
}
