package pipelines_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
)

// world is both simulators over HTTP, a pipeline file in a folder of its own, and
// a clock.
type world struct {
	t          testing.TB
	salesforce *salesforce.Server
	fincome    *fincome.Server
	dir, file  string
	now        time.Time
	text       string // the pipeline file
	retry      bool   // --retry-rejects
}

// settings are what a test changes of the usual world.
type settings struct {
	accounts, customers int
	salesforce          salesforce.Config
	fincome             fincome.Config
	replace             map[string]string // in the pipeline file
}

const usual = `version: 1
source: Test - Accounts
state: ./state
salesforce:
  login_url: SALESFORCE
  auth:
    flow: client_credentials
    secret_salesforce_client_id: ${file:client_id}
    secret_salesforce_client_secret: ${file:client_secret}
  properties: [Phone, BillingCity, AnnualRevenue, Is_Partner__c, Renewal_Date__c, Products__c, Owner.Name]
fincome:
  base_url: FINCOME/product
  api_key: ${file:api_key}
  customers: { api: {} }
  identification_axis: Salesforce ID
  update: merge
  clear: json_null
axes:
  tag: "726564"
sinks:
  - parquet: { path: ./snapshots }
  - fincome: {}
`

func newWorld(t testing.TB, s settings) *world {
	t.Helper()
	s.salesforce.Seed, s.salesforce.Accounts = 7, orNumber(s.accounts, 500)
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
	w.salesforce = salesforce.New(s.salesforce)
	s.fincome.Seed, s.fincome.Customers, s.fincome.Accounts = 7, orNumber(s.customers, 100), w.accounts()
	w.fincome = fincome.New(s.fincome)
	crm, billing := httptest.NewServer(w.salesforce), httptest.NewServer(w.fincome)
	t.Cleanup(func() { w.salesforce.Close(); crm.Close(); billing.Close() }) // what stalls ends first
	credentials := w.salesforce.Credentials()
	w.put("client_id", credentials.ClientID)
	w.put("client_secret", credentials.ClientSecret)
	w.put("api_key", fincome.DefaultAPIKey)
	w.text = strings.NewReplacer("SALESFORCE", crm.URL, "FINCOME", billing.URL).Replace(usual)
	w.file = filepath.Join(w.dir, "daily.yaml")
	w.change(s.replace)
	return w
}

func orNumber(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}

func (w *world) put(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// change replaces texts in the pipeline file, for good.
func (w *world) change(replace map[string]string) {
	w.t.Helper()
	for old, text := range replace {
		if !strings.Contains(w.text, old) {
			w.t.Fatalf("the pipeline file has no %q", old)
		}
		w.text = strings.ReplaceAll(w.text, old, text)
	}
	w.put("daily.yaml", w.text)
}

func (w *world) accounts() iter.Seq[fincome.Account] {
	return func(yield func(fincome.Account) bool) {
		for a := range w.salesforce.All() {
			name, _ := a.Value("Name")
			number, _ := a.Value("External_Id__c")
			if !yield(fincome.Account{ID: a.ID(), Name: name, Deleted: a.Deleted(), MasterID: a.MasterRecordID(), Number: number}) {
				return
			}
		}
	}
}

func (w *world) options() pipelines.Options {
	return pipelines.Options{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return w.now }, Version: "test", RetryRejects: w.retry}
}

func (w *world) load() *pipelines.Pipeline {
	w.t.Helper()
	p, err := pipelines.Load(w.file)
	if err != nil {
		w.t.Fatal(err)
	}
	p.Lease = shortLease
	return p
}

// run runs the pipeline; its clock goes on by an hour.
func (w *world) run() (*pipelines.Result, error) {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	return pipelines.Run(context.Background(), w.load(), w.options())
}

func (w *world) plan() (*pipelines.Result, error) {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	o := w.options()
	o.Plan = true
	return pipelines.Run(context.Background(), w.load(), o)
}

func (w *world) apply(run string) (*pipelines.Result, error) {
	w.t.Helper()
	w.now = w.now.Add(time.Minute)
	return pipelines.Apply(context.Background(), w.load(), run, w.options())
}

// mustRun fails the test on any exit code but 0.
func (w *world) mustRun() *pipelines.Result {
	w.t.Helper()
	result, err := w.run()
	if err != nil || result.Exit != 0 {
		w.t.Fatalf("the run ended with %v, %+v", err, result)
	}
	return result
}

// properties are what every customer holds once everything is applied.
func (w *world) properties() map[string]map[string]string {
	w.fincome.Settle()
	all := map[string]map[string]string{}
	for c := range w.fincome.Customers() {
		all[c.ID] = map[string]string{}
		for axis, raw := range c.Properties {
			all[c.ID][axis] = string(raw)
		}
	}
	return all
}

// foreign are the properties that are not ours.
func foreign(all map[string]map[string]string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for id, properties := range all {
		out[id] = map[string]string{}
		for axis, raw := range properties {
			if !strings.HasPrefix(axis, "Salesforce_726564_") {
				out[id][axis] = raw
			}
		}
	}
	return out
}

// snapshots are the folders that look like a snapshot.
func (w *world) snapshots() []string {
	if strings.Contains(w.text, "s3://") {
		return w.snapshotsInBucket()
	}
	var found []string
	_ = filepath.WalkDir(filepath.Join(w.dir, "snapshots"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "manifest.json" {
			found = append(found, filepath.Dir(path))
		}
		return nil
	})
	return found
}

func sameProperties(t testing.TB, got, want map[string]map[string]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d customers, want %d", len(got), len(want))
	}
	shown := 0
	for _, id := range slices.Sorted(maps.Keys(want)) {
		if !maps.Equal(got[id], want[id]) {
			for axis, raw := range want[id] {
				if got[id][axis] != raw {
					t.Errorf("%s %s holds %s, want %s", id, axis, got[id][axis], raw)
				}
			}
			for axis, raw := range got[id] {
				if _, wanted := want[id][axis]; !wanted {
					t.Errorf("%s %s holds %s, want nothing", id, axis, raw)
				}
			}
			if shown++; shown > 5 {
				t.Fatal("and more")
			}
		}
	}
}

func jsonText(t testing.TB, v any) string {
	t.Helper()
	content, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func describe(r *pipelines.Result, err error) string { return fmt.Sprintf("%v (%+v)", err, r) }
