package pipelines_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
)

// TestKilledIncremental kills a run that reads what has changed, with SIGKILL at
// random requests, and runs the same command again: the accounts, what they match
// and what is delivered are those of a pipeline that nobody disturbed and that reads
// all accounts.
func TestKilledIncremental(t *testing.T) {
	t.Parallel()
	kills := 4
	if os.Getenv("AXISYNC_LARGE") != "" {
		kills = 50
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	for range kills {
		at := 1 + random.Int64N(90) // of about a hundred requests
		t.Run(fmt.Sprint("at request ", at), func(t *testing.T) {
			t.Parallel()
			s := settings{accounts: 400, customers: 60, salesforce: salesforce.Config{PageRows: 30, Lively: true, Formulas: true}}
			struck, requests := newCountedWorld(t, s)
			calm := newWorld(t, s)
			calm.change(map[string]string{salesforceURL(calm): salesforceURL(struck)})
			struck.change(incremental)
			for _, w := range []*world{calm, struck} {
				w.change(map[string]string{"properties: [Phone,": "properties: [Days_To_Renewal__c, Phone,"})
				w.mustRun()
			}
			struck.salesforce.Advance()
			commotion(1, struck.salesforce)
			want := calm.mustRun()
			requests.Store(0)
			struck.killed("run", at, requests)
			requests.begin()
			struck.checkSnapshots()
			struck.now = struck.now.Add(time.Minute)
			got, err := struck.run()
			if err != nil {
				t.Fatal(err)
			}
			if got.Reading.Mode != "incremental" {
				t.Errorf("the accounts were read %+v", got.Reading)
			}
			for _, table := range []string{"accounts", "accounts_dirty", "matches", "axes"} {
				if diff := cmp.Diff(digests(t, want)[table], digests(t, got)[table]); diff != "" {
					t.Errorf("%s:\n%s", table, diff)
				}
			}
			sameProperties(t, struck.properties(), calm.properties())
			if left := struck.keptPages(); len(left) > 0 {
				t.Errorf("pages are left: %v", left)
			}
		})
	}
}

// A reading of changes is made of jobs of one moment: what a run left that ended
// before it asked for what has changed is not mixed with what is asked for later.
func TestReadingOfOneMoment(t *testing.T) {
	t.Parallel()
	s := settings{accounts: 800, customers: 60, replace: map[string]string{"  properties:": "  where: NumberOfEmployees > 100 AND BillingCity != null\n  properties:"}}
	calm, struck := newWorld(t, s), newWorld(t, s)
	struck.change(map[string]string{salesforceURL(struck): salesforceURL(calm)})
	struck.change(incremental)
	struck.mustRun()
	calm.salesforce.Pass(time.Hour)
	calm.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if r.Method == http.MethodPost && bytes.Contains(body, []byte("NumberOfEmployees")) && bytes.Contains(body, []byte("SystemModstamp \\u003e")) {
			return &salesforce.Fault{Status: 400, ContentType: "application/json", Body: `[{"errorCode":"API_ERROR","message":"not today"}]`}
		}
		return nil
	})
	if result, err := struck.run(); err == nil || len(struck.keptPages()) == 0 {
		t.Fatalf("the run was to end with jobs left behind: %s", describe(result, err))
	}
	calm.salesforce.Inject(nil)
	calm.salesforce.Change(0.3)
	calm.salesforce.Pass(time.Hour)
	struck.now, calm.now = struck.now.Add(time.Hour), calm.now.Add(3*time.Hour)
	want, got := calm.mustRun(), struck.mustRun()
	if got.Reading.Mode != "incremental" {
		t.Errorf("the accounts were read %+v", got.Reading)
	}
	if diff := cmp.Diff(digests(t, want)["accounts"], digests(t, got)["accounts"]); diff != "" {
		t.Error(diff)
	}
}
