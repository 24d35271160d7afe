package salesforce_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
)

const header = `"Id","Name","Industry"`

var query = salesforce.Query{Object: "Account", Properties: []connector.Property{{Name: "Name", Type: "string"}, {Name: "Industry", Type: "picklist"}}}

// four is a job of four pages with ten rows.
func four(t *testing.T) *fake {
	f := newFake(t)
	row := func(i int) string { return fmt.Sprintf(`"%018d","Acme ""%d"", Ltd",""`, i, i) }
	return f.page(header, row(0), row(1), row(2)).page(header, row(3)).page(header).page(header, row(4), row(5), row(6), row(7), row(8), row(9))
}

// rows reads a reader to its end.
func rows(reader array.RecordReader) ([]string, error) {
	var all []string
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := ""
			for c := range int(batch.NumCols()) {
				column := batch.Column(c).(*array.String)
				if row += "|"; column.IsValid(i) {
					row += column.Value(i)
				} else {
					row += "null"
				}
			}
			all = append(all, row)
		}
	}
	return all, reader.Err()
}

func extract(t *testing.T, f *fake) (*salesforce.Extraction, string, []string, error) {
	t.Helper()
	org, dir := connect(t, f), t.TempDir()
	e, err := org.Extract(context.Background(), query, dir)
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	defer reader.Release()
	got, err := rows(reader)
	return e, dir, got, err
}

func wantRows() []string {
	var want []string
	for i := range 10 {
		want = append(want, fmt.Sprintf(`|%018d|Acme "%d", Ltd|null`, i, i))
	}
	return want
}

func TestExtract(t *testing.T) {
	t.Parallel()
	for _, listing := range []string{"documented", "observed", "none"} {
		for _, plain := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, plain %v", listing, plain), func(t *testing.T) {
				t.Parallel()
				f := four(t)
				f.listing, f.plain = listing, plain
				e, dir, got, err := extract(t, f)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(wantRows(), got); diff != "" {
					t.Error(diff)
				}
				checkLedger(t, f, e)
				checkKept(t, f, dir, plain)
				for range 2 {
					if err := e.Close(context.Background()); err != nil {
						t.Error(err)
					}
				}
				if n := f.count("DELETE " + jobs + "/" + jobID); n != 1 {
					t.Errorf("the job was deleted %d times", n)
				}
			})
		}
	}
}

func checkLedger(t *testing.T, f *fake, e *salesforce.Extraction) {
	t.Helper()
	l := e.Ledger()
	size := int64(len(strings.Join(f.pages, "")))
	if l.JobRows != 10 || l.PageRows != 10 || l.DecodedRows != 10 || l.Pages != 4 || l.CSV != size || l.Received == 0 || e.Rows() != 10 {
		t.Errorf("ledger: %+v, want %d bytes of CSV", l, size)
	}
	calls := 0
	for key, n := range f.seen {
		if strings.Contains(key, base) {
			calls += n
		}
	}
	if l.Calls != int64(calls) {
		t.Errorf("%d calls in the ledger, %d at the server", l.Calls, calls)
	}
}

// checkKept: the files are what the server sent, byte for byte, and nothing else
// lies there but the record and the cards.
func checkKept(t *testing.T, f *fake, dir string, plain bool) {
	t.Helper()
	var names, want []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	for i, page := range f.pages {
		name, body := fmt.Sprintf("%s-%05d.csv", jobID, i+1), []byte(page)
		if !plain {
			name, body = name+".gz", zip(body)
		}
		want = append(want, name, fmt.Sprintf("%s-%05d.json", jobID, i+1))
		if kept, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(kept) != string(body) {
			t.Errorf("%s is not what was sent (%v)", name, err)
		}
	}
	if diff := cmp.Diff(append(want, "job.json"), names); diff != "" {
		t.Error(diff)
	}
}

func TestNoRows(t *testing.T) {
	t.Parallel()
	e, _, got, err := extract(t, newFake(t).page(header))
	if err != nil || len(got) != 0 || e.Rows() != 0 || e.Ledger().Pages != 1 {
		t.Errorf("%d rows, %v, %+v", len(got), err, e.Ledger())
	}
}

// A page that was cut on the way, in whatever way, is fetched again; the rows
// come once and in order.
func TestBrokenPageIsFetchedAgain(t *testing.T) {
	t.Parallel()
	whole := zip([]byte(four(t).pages[3]))
	flipped := append([]byte(nil), whole...)
	flipped[len(flipped)-6] ^= 0xff // in the checksum
	for name, sent := range map[string][]byte{
		"cut short":                whole[:len(whole)/2],
		"checksum wrong":           flipped,
		"empty":                    {},
		"not gzip":                 []byte("<html>"),
		"one byte is missing":      whole[:len(whole)-1],
		"garbage follows the page": append(append([]byte(nil), whole...), "garbage"...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.URL.Query().Get("locator") != "P3" || f.count("broken") > 0 || r.URL.Path != result {
					return false
				}
				f.mu.Lock()
				f.seen["broken"]++
				f.mu.Unlock()
				headPage(w, 6, "null")
				w.Header().Set("Content-Encoding", "gzip")
				_, _ = w.Write(sent)
				return true
			}
			_, dir, got, err := extract(t, f)
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

func headPage(w http.ResponseWriter, rows int, next string) {
	w.Header().Set("Content-Type", "text/csv")
	w.Header().Set("Sforce-NumberOfRecords", fmt.Sprint(rows))
	w.Header().Set("Sforce-Locator", next)
}

// A connection that dies while a page is sent.
func TestConnectionLostWithinPage(t *testing.T) {
	t.Parallel()
	f := four(t)
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path != result || f.count("lost "+r.URL.RawQuery) > 0 {
			return false
		}
		f.mu.Lock()
		f.seen["lost "+r.URL.RawQuery]++
		f.mu.Unlock()
		headPage(w, f.rows[3], "null")
		if l := r.URL.Query().Get("locator"); l != "P3" {
			return false
		}
		w.Header().Set("Content-Length", "5000")
		_, _ = w.Write([]byte("half a page"))
		panic(http.ErrAbortHandler)
	}
	_, _, got, err := extract(t, f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wantRows(), got); diff != "" {
		t.Error(diff)
	}
}

// The server goes silent within a page, without ending it.
func TestSilentPageIsFetchedAgain(t *testing.T) {
	t.Parallel()
	f := four(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.URL.Path != result || n > 1 {
			return false
		}
		headPage(w, 3, "L1")
		w.(http.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	}
	f.listing = "none"
	config := quick(f)
	config.IdleTimeout = 300 * time.Millisecond
	org, err := salesforce.Connect(context.Background(), config, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := org.Extract(context.Background(), query, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	defer reader.Release()
	if got, err := rows(reader); err != nil || len(got) != 10 {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

// What is wrong and will stay so is an error at once, never a short read.
func TestNeverAShortRead(t *testing.T) {
	t.Parallel()
	page := func(rows int, next, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) { headPage(w, rows, next); fmt.Fprint(w, body) }
	}
	row := header + "\n" + `"1","a","b"` + "\n"
	for name, test := range map[string]struct {
		second func(w http.ResponseWriter, r *http.Request) // the answer to page two
		want   string
		tries  int
	}{
		"too few rows":      {page(2, "L2", row), "holds 1 rows, its header says 2", 1},
		"too many rows":     {page(0, "L2", row), "holds 1 rows, its header says 0", 1},
		"ends too early":    {page(1, "null", row), "has 10 rows, its 2 result pages hold 4", 1},
		"does not advance":  {page(1, "L1", row), "the pages do not advance", 1},
		"back to the start": {page(1, "", row), "Sforce-Locator is missing or empty", 1},
		"a ragged row":      {page(1, "L2", header+"\n1,2\n"), "row 1, column Name: the row ends here", 1},
		"another column":    {page(1, "L2", "Id,Name,Phone\n1,2,3\n"), `column "Phone" was not asked for`, 1},
		"204":               {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(204) }, "answered 204", 1},
		"another version":   {func(w http.ResponseWriter, r *http.Request) { fail(w, 409, "VERSION", "other version") }, "409 VERSION", 1},
		"no count": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/csv")
			w.Header().Set("Sforce-Locator", "L2")
		}, "Sforce-NumberOfRecords is missing", 1},
		"a web page":      {func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<!DOCTYPE html><html>") }, "not CSV", 3},
		"a web page, 420": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(420); fmt.Fprint(w, "<html>") }, "web page", 3},
		"unavailable":     {func(w http.ResponseWriter, r *http.Request) { fail(w, 503, "SERVER_UNAVAILABLE", "x") }, "SERVER_UNAVAILABLE", 3},
		"unknown encoding": {func(w http.ResponseWriter, r *http.Request) {
			headPage(w, 1, "L2")
			w.Header().Set("Content-Encoding", "br")
		}, `"br" was not asked for`, 1},
		"more than the job":  {page(2, "L2", header+"\n1,2,3\n4,5,6\n"), "has 10 rows, its 4 result pages hold 11", 1},
		"not valid as UTF-8": {page(1, "L2", header+"\n1,\xff,3\n"), "row 1, column Name: is not valid UTF-8", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			f.listing = "none"
			f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.URL.Path == result && r.URL.Query().Get("locator") == "L1" {
					f.mu.Lock()
					f.seen["second"]++
					f.mu.Unlock()
					test.second(w, r)
					return true
				}
				return false
			}
			e, _, _, err := extract(t, f)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if n := f.count("second"); n != test.tries {
				t.Errorf("tried %d times, want %d", n, test.tries)
			}
			if err := e.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Headers that differ between two attempts mean that the results changed.
func TestPageThatChangesBetweenAttempts(t *testing.T) {
	t.Parallel()
	f := four(t)
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path != result || r.URL.Query().Get("locator") != "P3" {
			return false
		}
		f.mu.Lock()
		f.seen["fourth"]++
		n := f.seen["fourth"]
		f.mu.Unlock()
		headPage(w, 5+n, "null")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write([]byte("broken"))
		return true
	}
	if _, _, _, err := extract(t, f); err == nil || !strings.Contains(err.Error(), "the results changed") {
		t.Errorf("got %v", err)
	}
}

// A page whose rows were delivered before it broke, and which is another one
// when it comes again, ends the run.
func TestPageThatComesBackDifferent(t *testing.T) {
	t.Parallel()
	long := func(letter string) string {
		var page strings.Builder
		page.WriteString(header + "\n")
		for i := range 12_000 {
			fmt.Fprintf(&page, "\"%018d\",\"%s%d\",\"\"\n", i, letter, i*7919)
		}
		return page.String()
	}
	f := newFake(t)
	f.pages, f.rows, f.total = []string{long("a")}, []int{12_000}, 12_000
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.URL.Path != result || n > 1 {
			return false
		}
		headPage(w, 12_000, "null")
		w.Header().Set("Content-Encoding", "gzip")
		other := zip([]byte(long("b")))
		_, _ = w.Write(other[:len(other)-4])
		return true
	}
	if _, _, _, err := extract(t, f); err == nil || !strings.Contains(err.Error(), "differs now that it was fetched again") {
		t.Errorf("got %v", err)
	}
}

func TestJobThatDoesNotSucceedIsRemoved(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{"Failed": "Salesforce gives no reason", "Aborted": "aborted by somebody", "Paused": "not known"} {
		f := four(t)
		f.states = []string{"InProgress", state}
		_, err := connect(t, f).Extract(context.Background(), query, t.TempDir())
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", state, err)
		}
		if f.count("DELETE "+jobs+"/"+jobID) != 1 {
			t.Errorf("%s: the job stays on the server", state)
		}
	}
	f := four(t)
	f.total = -1
	if _, err := connect(t, f).Extract(context.Background(), query, t.TempDir()); err == nil || !strings.Contains(err.Error(), "number of rows") {
		t.Errorf("got %v", err)
	}
}

// A run that is cancelled while the job runs aborts and deletes it.
func TestCancelledRunLeavesNoJob(t *testing.T) {
	t.Parallel()
	f := four(t)
	f.states = []string{"InProgress"}
	ctx, cancel := context.WithCancel(context.Background())
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.Method == "GET" && r.URL.Path == jobs+"/"+jobID && n == 3 {
			cancel()
		}
		return false
	}
	if _, err := connect(t, f).Extract(ctx, query, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if f.count("PATCH "+jobs+"/"+jobID) != 1 || f.count("DELETE "+jobs+"/"+jobID) != 1 {
		t.Error("the job was not aborted and deleted")
	}
}

func TestJobDeadline(t *testing.T) {
	t.Parallel()
	f := four(t)
	f.states = []string{"InProgress"}
	config := quick(f)
	config.JobDeadline = 50 * time.Millisecond
	org, err := salesforce.Connect(context.Background(), config, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	_, err = org.Extract(context.Background(), query, dir)
	if want := jobID + ": not complete after 50ms: narrow the query or raise the deadline; see " + f.URL + "/lightning/setup/AsyncApiJobStatus/page?address=%2F" + jobID; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if f.count("DELETE "+jobs+"/"+jobID) != 1 {
		t.Error("the job stays on the server")
	}
	f.become("JobComplete")
	mustAgain(t, f, dir)
	if f.count("POST "+jobs) != 2 {
		t.Error("the job was gone on with")
	}
}

func TestReleasedEarly(t *testing.T) {
	t.Parallel()
	f := four(t)
	e, err := connect(t, f).Extract(context.Background(), query, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	if !reader.Next() {
		t.Fatal(reader.Err())
	}
	reader.Release()
	if err := e.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestClosedWithoutReading(t *testing.T) {
	t.Parallel()
	e, err := connect(t, four(t)).Extract(context.Background(), query, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}
	reader := e.Reader()
	defer reader.Release()
	if reader.Next() || reader.Err() == nil {
		t.Error("a closed extraction was read")
	}
}

func TestClosedWhileReading(t *testing.T) {
	t.Parallel()
	f := four(t)
	held := make(chan struct{})
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path == result && r.URL.Query().Get("locator") == "P2" {
			close(held)
			<-r.Context().Done()
			return true
		}
		return false
	}
	e, err := connect(t, f).Extract(context.Background(), query, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	defer reader.Release()
	<-held
	if err := e.Close(context.Background()); err != nil {
		t.Error(err)
	}
	if got, err := rows(reader); err == nil || !strings.Contains(err.Error(), "stopped before its end") {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

func TestCloseTellsWhatStays(t *testing.T) {
	t.Parallel()
	f := four(t)
	broken := true
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == "DELETE" && broken {
			fail(w, 403, "INSUFFICIENT_ACCESS", "no")
			return true
		}
		return false
	}
	e, _, _, err := extract(t, f)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Close(context.Background()); err == nil || !strings.Contains(err.Error(), jobID+" stays on the server") {
		t.Errorf("got %v", err)
	}
	broken = false
	if err := e.Close(context.Background()); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := four(t)
	if _, err := connect(t, f).Extract(context.Background(), query, filepath.Join(file, "pages")); err == nil {
		t.Error("no error")
	}
	if f.count("POST "+jobs) != 0 {
		t.Error("a job was spent")
	}
}

func TestQueryText(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 23, 6, 50, 0, 0, time.FixedZone("", 3600))
	for _, test := range []struct {
		query     salesforce.Query
		operation string
		soql      string
	}{
		{query, "query", "SELECT Id, Name, Industry FROM Account"},
		{salesforce.Query{Object: "Account", Where: " Type = 'Customer' "}, "query", "SELECT Id FROM Account WHERE Type = 'Customer'"},
		{salesforce.Query{Object: "Account", Deleted: true}, "queryAll", "SELECT Id, MasterRecordId, SystemModstamp FROM Account WHERE IsDeleted = true"},
		{salesforce.Query{Object: "Account", Deleted: true, Since: since}, "queryAll", "SELECT Id, MasterRecordId, SystemModstamp FROM Account WHERE IsDeleted = true AND SystemModstamp >= 2026-11-23T05:50:00Z"},
		{salesforce.Query{Object: "Account", Since: since, Where: "a = 1 OR b = 2"}, "query", "SELECT Id FROM Account WHERE SystemModstamp >= 2026-11-23T05:50:00Z AND (a = 1 OR b = 2)"},
		{salesforce.Query{Object: "Account", Deleted: true, Where: "a = 1 OR b = 2"}, "queryAll", "SELECT Id, MasterRecordId, SystemModstamp FROM Account WHERE IsDeleted = true AND (a = 1 OR b = 2)"},
	} {
		f := four(t)
		var body string
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.Method == "POST" && r.URL.Path == jobs {
				text, _ := io.ReadAll(r.Body)
				body = string(text)
				fail(w, 400, "API_ERROR", "enough")
				return true
			}
			return false
		}
		_, err := connect(t, f).Extract(context.Background(), test.query, t.TempDir())
		var refused *salesforce.Error
		if !errors.As(err, &refused) || refused.Message != "enough" {
			t.Fatal(err)
		}
		for _, part := range []string{fmt.Sprintf(`"operation":"%s"`, test.operation), fmt.Sprintf(`"query":"%s"`, test.soql)} {
			if !strings.Contains(strings.NewReplacer(`\u0026`, "&", `\u003d`, "=", `\u003e`, ">").Replace(body), part) {
				t.Errorf("got %s, want %s", body, part)
			}
		}
	}
}

// resultPages that fails, or leads elsewhere, is done without.
func TestListingThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	list := func(links ...string) map[string]any {
		pages := []map[string]string{}
		for _, link := range links {
			pages = append(pages, map[string]string{"resultUrl": link})
		}
		return map[string]any{"resultPages": pages}
	}
	next := func(list map[string]any, url string) map[string]any { list["nextRecordsUrl"] = url; return list }
	for name, test := range map[string]struct {
		answers []map[string]any // one for each call, then 500
		pages   string           // their locators
	}{
		"fails":                {nil, " L1 L2 L3"},
		"is empty":             {[]map[string]any{list()}, " L1 L2 L3"},
		"ends too early":       {[]map[string]any{list(result + "?locator=P0")}, "P0 L1 L2 L3"},
		"fails half way":       {[]map[string]any{next(list(result+"?locator=P0", result+"?locator=P1"), "x?locator=2")}, "P0 P1 L2 L3"},
		"does not advance":     {[]map[string]any{next(list(result+"?locator=P0"), "x?locator=1"), next(list(result+"?locator=P1"), "x?locator=1")}, "P0 P1 L2 L3"},
		"leads to another job": {[]map[string]any{list(jobs + "/750000000000000AAA/results?locator=P0")}, " L1 L2 L3"},
		"names its next other": {[]map[string]any{{"resultPages": list(result + "?locator=P0")["resultPages"], "nextRecordUrl": "x?locator=1"}, list(result+"?locator=P1", result+"?locator=P2", result+"?locator=P3")}, "P0 P1 P2 P3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := four(t)
			var locators []string
			calls := 0
			f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
				f.mu.Lock()
				defer f.mu.Unlock()
				if r.URL.Path == result {
					locators = append(locators, r.URL.Query().Get("locator"))
				}
				if !strings.HasSuffix(r.URL.Path, "/resultPages") {
					return false
				}
				if calls++; calls > len(test.answers) {
					fail(w, 500, "UNKNOWN", "x")
				} else {
					answer(w, test.answers[calls-1])
				}
				return true
			}
			_, _, got, err := extract(t, f)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantRows(), got); diff != "" {
				t.Error(diff)
			}
			want := strings.Split(test.pages, " ")
			slices.Sort(locators)
			slices.Sort(want)
			if diff := cmp.Diff(want, locators); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestListingThatRepeatsAPage(t *testing.T) {
	t.Parallel()
	f := four(t)
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if !strings.HasSuffix(r.URL.Path, "/resultPages") {
			return false
		}
		link := map[string]string{"resultUrl": result + "?locator=P0"}
		answer(w, map[string]any{"resultPages": []map[string]string{link, link}})
		return true
	}
	if _, _, _, err := extract(t, f); err == nil || !strings.Contains(err.Error(), "do not advance") {
		t.Errorf("got %v", err)
	}
}

// The folder vanishes, as a full disk would refuse: tried once, and told.
func TestDiskThatRefuses(t *testing.T) {
	t.Parallel()
	f, dir := four(t), filepath.Join(t.TempDir(), "pages")
	f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if r.URL.Path == result {
			_ = os.RemoveAll(dir)
		}
		return false
	}
	e, err := connect(t, f).Extract(context.Background(), query, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	reader := e.Reader()
	defer reader.Release()
	if _, err := rows(reader); !errors.Is(err, os.ErrNotExist) || strings.Contains(err.Error(), "tried") {
		t.Errorf("got %v", err)
	}
}

// A run that is cancelled while pages are on their way says so, and its job can
// still be removed.
func TestCancelledWhileReading(t *testing.T) {
	t.Parallel()
	f := four(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path == result && r.URL.Query().Get("locator") == "P2" {
			cancel()
			<-r.Context().Done()
			return true
		}
		return false
	}
	e, err := connect(t, f).Extract(ctx, query, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	defer reader.Release()
	if got, err := rows(reader); !errors.Is(err, context.Canceled) {
		t.Errorf("%d rows, %v", len(got), err)
	}
	if err := e.Close(context.WithoutCancel(ctx)); err != nil || f.count("DELETE "+jobs+"/"+jobID) != 1 {
		t.Errorf("the job stays: %v", err)
	}
}
