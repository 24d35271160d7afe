package salesforce_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector/salesforce"
)

// broken answers a page wrongly, in one of many ways.
var broken = map[string]func(w http.ResponseWriter, r *http.Request, page []byte){
	"checksum": func(w http.ResponseWriter, _ *http.Request, page []byte) {
		page[len(page)-6] ^= 0xff
		_, _ = w.Write(page)
	},
	"cut": func(w http.ResponseWriter, _ *http.Request, page []byte) { _, _ = w.Write(page[:len(page)/2]) },
	"lost": func(w http.ResponseWriter, _ *http.Request, page []byte) {
		w.Header().Set("Content-Length", fmt.Sprint(len(page)))
		_, _ = w.Write(page[:len(page)/2])
		panic(http.ErrAbortHandler)
	},
	"stall": func(w http.ResponseWriter, r *http.Request, page []byte) {
		_, _ = w.Write(page[:len(page)/2])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	},
	"web page": func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		w.Header().Del("Content-Encoding")
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html>sorry</html>")
	},
	"web page within": func(w http.ResponseWriter, _ *http.Request, _ []byte) { fmt.Fprint(w, "<html>sorry</html>") },
	"unavailable": func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		w.Header().Del("Content-Encoding")
		w.WriteHeader(503)
	},
}

// Every page breaks, each time another way and all at once: the rows come once, and
// nothing waits for anything.
func TestEveryPageBreaksAtOnce(t *testing.T) {
	t.Parallel()
	for name, fault := range broken {
		for _, listing := range []string{"documented", "none"} {
			t.Run(name+", "+listing, func(t *testing.T) {
				t.Parallel()
				f := four(t)
				f.listing = listing
				f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
					if r.URL.Path != result || !f.first("broken "+r.URL.RawQuery) {
						return false
					}
					i := max(strings.IndexAny("0123", r.URL.Query().Get("locator")[min(1, len(r.URL.Query().Get("locator"))):]), 0)
					next := "null"
					if i < 3 {
						next = fmt.Sprintf("L%d", i+1)
					}
					headPage(w, f.rows[i], next)
					w.Header().Set("Content-Encoding", "gzip")
					fault(w, r, zip([]byte(f.pages[i])))
					return true
				}
				config := quick(f)
				config.IdleTimeout, config.Downloads, config.PagesAhead = 500*time.Millisecond, 4, 2
				org, err := salesforce.Connect(context.Background(), config, nil)
				if err != nil {
					t.Fatal(err)
				}
				dir := t.TempDir()
				e, err := org.Extract(context.Background(), query, dir)
				if err != nil {
					t.Fatal(err)
				}
				reader := e.Reader()
				defer reader.Release()
				got, err := rows(reader)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(wantRows(), got); diff != "" {
					t.Error(diff)
				}
				checkKept(t, f, dir, false)
			})
		}
	}
}

// first reports whether this is the first time that something is seen.
func (f *fake) first(what string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[what]++
	return f.seen[what] == 1
}

// A page that was not compressed and lies damaged on disk is noticed by its card: its
// content could not tell.
func TestDamagedPlainPage(t *testing.T) {
	t.Parallel()
	f := four(t)
	f.plain = true
	dir := left(t, f)
	f.fetched()
	path := filepath.Join(dir, jobID+"-00002.csv")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content = []byte(strings.Replace(string(content), "Acme", "Acne", 1))
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	mustAgain(t, f, dir)
	if got := f.fetched(); len(got) != 1 || got[0] != "P1" {
		t.Errorf("fetched %v", got)
	}
}

// A page that was not compressed and ends too early, in an answer that seems whole, is
// never taken for a short page: the run ends, and the next one makes a new job.
func TestPlainPageThatEndsEarly(t *testing.T) {
	t.Parallel()
	whole := four(t).pages[3]
	for name, size := range map[string]int{"within a value": len(whole) - 20, "between rows": strings.LastIndex(strings.TrimSpace(whole), "\n") + 1, "within the header": 9, "empty": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			f.plain = true
			f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.URL.Path != result || r.URL.Query().Get("locator") != "P3" || !f.first("cut") {
					return false
				}
				headPage(w, 6, "null")
				fmt.Fprint(w, whole[:size])
				return true
			}
			e, dir, got, err := extract(t, f)
			if err == nil {
				t.Fatalf("%d rows and no error", len(got))
			}
			if err := e.Leave(context.Background()); err != nil {
				t.Error(err)
			}
			mustAgain(t, f, dir)
			if f.count("POST "+jobs) != 2 {
				t.Error("the job was gone on with")
			}
		})
	}
}
