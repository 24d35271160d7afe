package pipelines_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
)

// meter counts the bytes of the bodies that a server answers with.
type meter struct {
	http.Handler
	bytes atomic.Int64
}

func (m *meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.Handler.ServeHTTP(&meteredWriter{w, m}, r)
}

type meteredWriter struct {
	http.ResponseWriter
	meter *meter
}

func (w *meteredWriter) Write(p []byte) (int, error) {
	w.meter.bytes.Add(int64(len(p)))
	return w.ResponseWriter.Write(p)
}

func (w *meteredWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// TestIncrementalBytes: where one in a hundred accounts has changed, all answers of
// Salesforce together have at most twice the bytes of those rows, compressed, and a
// quarter of a megabyte for everything else.
func TestIncrementalBytes(t *testing.T) {
	t.Parallel()
	incrementalBytes(t, 20_000)
}

func TestLargeIncrementalBytes(t *testing.T) {
	if os.Getenv("AXISYNC_LARGE") == "" {
		t.Skip("a million accounts: make bench-large")
	}
	incrementalBytes(t, 1_000_000)
}

func incrementalBytes(t *testing.T, accounts int) {
	w := newWorld(t, settings{accounts: accounts, customers: 100})
	answers := &meter{Handler: w.salesforce}
	server := httptest.NewServer(answers)
	t.Cleanup(server.Close)
	w.change(map[string]string{salesforceURL(w): server.URL, "[Phone, BillingCity, AnnualRevenue, Is_Partner__c, Renewal_Date__c, Products__c, Owner.Name]": fifteen})
	w.change(incremental)
	w.mustRun()
	w.salesforce.Pass(time.Hour)
	since := w.salesforce.Now()
	w.salesforce.Change(0.01)
	w.salesforce.Pass(time.Minute)
	answers.bytes.Store(0)
	result := w.mustRun()
	if result.Reading.Mode != "incremental" {
		t.Fatalf("the accounts were read %+v", result.Reading)
	}
	rows, changed := changedRows(t, w.salesforce, since)
	if changed < accounts/200 || changed > accounts/50 {
		t.Fatalf("%d of %d accounts have changed", changed, accounts)
	}
	if bar := 2*rows + 256<<10; answers.bytes.Load() > bar {
		t.Errorf("%d of %d accounts have changed: %d bytes came, the bar is %d", changed, accounts, answers.bytes.Load(), bar)
	}
	t.Logf("%d rows have %d bytes compressed, %d bytes came", changed, rows, answers.bytes.Load())
}

// changedRows is the size of the rows that have changed, as a compressed page, and
// their number.
func changedRows(t *testing.T, sim *salesforce.Server, since time.Time) (size int64, rows int) {
	t.Helper()
	var page bytes.Buffer
	zip := gzip.NewWriter(&page)
	lines := csv.NewWriter(zip)
	for a := range sim.All() {
		if a.Deleted() || a.Stamp().Before(since) {
			continue
		}
		line := []string{a.ID()}
		for _, name := range strings.Split(fifteen, ", ") {
			value, _ := a.Value(name)
			line = append(line, value)
		}
		if err := lines.Write(line); err != nil {
			t.Fatal(err)
		}
		rows++
	}
	lines.Flush()
	if err := errors.Join(lines.Error(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return int64(page.Len()), rows
}

// What cannot be gone on from is read whole, and why is told.
func TestIncrementalGoesOnFromWhatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 500})
	w.change(incremental)
	reading := func(result *pipelines.Result) *pipelines.Reading { return result.Reading }
	expect := func(what string, got *pipelines.Reading, because string) {
		t.Helper()
		if mode := map[bool]string{true: "incremental", false: "full"}[because == ""]; got.Mode != mode || !strings.Contains(got.FullBecause, because) {
			t.Errorf("%s: the accounts were read %+v, want %s because %q", what, got, mode, because)
		}
	}
	expect("the first run", reading(w.mustRun()), "no reading yet")
	second := w.mustRun()
	expect("the second", reading(second), "")
	w.now = w.now.Add(time.Hour)
	options := w.options()
	options.Full = true
	asked, err := pipelines.Run(t.Context(), w.load(), options)
	if err != nil {
		t.Fatal(err)
	}
	expect("--full", reading(asked), "--full")
	w.change(map[string]string{"[Phone,": "[Phone, Website,"})
	expect("another property", reading(w.mustRun()), "Website was not read before")
	w.change(map[string]string{"Website, ": ""})
	expect("a property less", reading(w.mustRun()), "the properties")
	last := w.mustRun()
	expect("the same again", reading(last), "")
	if err := os.Remove(filepath.Join(last.Snapshot, "accounts", "part-00000.parquet")); err != nil {
		t.Fatal(err)
	}
	expect("a file of the snapshot is missing", reading(w.mustRun()), "damaged")
	last = w.mustRun()
	expect("and again", reading(last), "")
	part := filepath.Join(last.Snapshot, "accounts", "part-00000.parquet")
	content, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/3] ^= 1
	if err := os.WriteFile(part, content, 0o600); err != nil {
		t.Fatal(err)
	}
	expect("a bit of the snapshot is another", reading(w.mustRun()), "damaged")
}

// A job that leaves rows out does not become what later runs go on from: the run
// fails, nothing is sent, and the next one reads all accounts.
func TestIncrementalDrift(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 500, replace: map[string]string{", Owner.Name": ""}}) // nothing is read whole
	w.change(incremental)
	first := w.mustRun()
	w.salesforce.Pass(time.Hour)
	live := 0
	for a := range w.salesforce.All() {
		if !a.Deleted() && live < 40 {
			w.salesforce.HardDelete(a.ID())
			live++
		}
	}
	w.salesforce.PurgeDeletions()
	before := w.properties()
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault { // a list that does not tell what it does not know
		if strings.HasSuffix(r.URL.Path, "/deleted/") {
			return &salesforce.Fault{Status: 200, ContentType: "application/json",
				Body: `{"deletedRecords":[],"earliestDateAvailable":"2026-01-01T00:00:00.000+0000","latestDateCovered":"2026-12-01T00:00:00.000+0000"}`}
		}
		return nil
	})
	if result, err := w.run(); err == nil || result.Exit != pipelines.ExitFailed || !strings.Contains(err.Error(), "read all accounts") {
		t.Fatalf("a reading that misses deletions ended with %s", describe(result, err))
	}
	sameProperties(t, w.properties(), before)
	for _, snapshot := range w.snapshots() {
		if !strings.Contains(snapshot, first.Run) {
			t.Errorf("a run that failed has left %s", snapshot)
		}
	}
	result, err := w.run()
	if err != nil && result.Exit != pipelines.ExitStopped || result.Reading.Mode != "full" {
		t.Errorf("the next run: %s, %+v", describe(result, err), result.Reading)
	}
}

// What a guard has stopped is not gone on from until a person has applied it.
func TestIncrementalAfterAGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 500})
	w.change(incremental)
	w.mustRun()
	var live []string
	for a := range w.salesforce.All() {
		if !a.Deleted() {
			live = append(live, a.ID())
		}
	}
	w.salesforce.Pass(time.Hour)
	w.salesforce.Delete(live[:200]...)
	w.salesforce.Pass(time.Hour)
	stopped, err := w.run()
	if stopped.Exit != pipelines.ExitStopped || stopped.Reading.Mode != "incremental" {
		t.Fatalf("half of the accounts are gone: %s, %+v", describe(stopped, err), stopped.Reading)
	}
	w.salesforce.Undelete(live[:200]...)
	w.salesforce.Pass(time.Hour)
	after := w.mustRun()
	if after.Reading.Base == stopped.Run || after.Accounts != int64(w.salesforce.View().Live()) {
		t.Errorf("%d accounts, read %+v", after.Accounts, after.Reading)
	}
	w.salesforce.Delete(live[:200]...)
	w.salesforce.Pass(time.Hour)
	if stopped, err = w.run(); stopped.Exit != pipelines.ExitStopped {
		t.Fatalf("half of the accounts are gone again: %s", describe(stopped, err))
	}
	if _, err := w.apply(stopped.Run); err != nil {
		t.Fatal(err)
	}
	if after = w.mustRun(); after.Reading.Base != stopped.Run || after.Accounts != int64(w.salesforce.View().Live()) {
		t.Errorf("once it was applied: %d accounts, read %+v", after.Accounts, after.Reading)
	}
}
