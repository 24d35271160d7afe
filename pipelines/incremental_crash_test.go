package pipelines_test

import (
	"fmt"
	"math/rand/v2"
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
