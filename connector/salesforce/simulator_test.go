package salesforce_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
)

var properties = []string{"Name", "Industry", "Phone", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry", "Website",
	"AnnualRevenue", "NumberOfEmployees", "Description", "CreatedDate", "Region__c", "Type"}

// simulate starts a simulated org and connects to it.
func simulate(t testing.TB, config simulator.Config, change ...func(*salesforce.Config)) (*simulator.Server, *salesforce.Org) {
	t.Helper()
	sim := simulator.New(config)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	t.Cleanup(sim.Close) // first, for it ends what stalls
	c := salesforce.Config{
		LoginURL: server.URL, Flow: salesforce.FlowClientCredentials,
		ClientID: connector.NewSecret(sim.Credentials().ClientID), ClientSecret: connector.NewSecret(sim.Credentials().ClientSecret),
		Attempts: 3, RetryPause: time.Millisecond, PollPause: 5 * time.Millisecond, PollPauseMax: 20 * time.Millisecond,
	}
	for _, f := range change {
		f(&c)
	}
	org, err := salesforce.Connect(context.Background(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(org.Close)
	return sim, org
}

// selection chooses properties of Account that must all be usable.
func selection(t testing.TB, org *salesforce.Org, names ...string) []connector.Property {
	t.Helper()
	d, err := org.Describe(context.Background(), "account")
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Select(context.Background(), names)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Usable) != len(names)+len(s.Added) {
		t.Fatalf("not all usable: %+v", s)
	}
	return s.Usable
}

// equalsTruth reads the extraction and compares each cell with the org.
func equalsTruth(t *testing.T, sim *simulator.Server, reader array.RecordReader) {
	t.Helper()
	view, names, seen := sim.View(), reader.Schema().Fields(), 0
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			id := batch.Column(0).(*array.String).Value(i)
			account, known := view.Find(id)
			if !known {
				t.Fatalf("no account %s", id)
			}
			for c, field := range names {
				column := batch.Column(c).(*array.String)
				want, _ := account.Value(field.Name)
				if got := column.Value(i); got != want || column.IsNull(i) != (want == "") {
					t.Fatalf("%s of %s is %q (null %v), want %q", field.Name, id, got, column.IsNull(i), want)
				}
			}
			seen++
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	if seen != view.Live() {
		t.Errorf("%d accounts, want %d", seen, view.Live())
	}
}

func TestExtractEqualsTheOrg(t *testing.T) {
	t.Parallel()
	for _, shape := range []simulator.ResultPages{simulator.Documented, simulator.Observed, simulator.Off} {
		t.Run(string(shape), func(t *testing.T) {
			t.Parallel()
			sim, org := simulate(t, simulator.Config{Seed: 5, Accounts: 12_000, PageRows: 997, PollsUntilComplete: 2, ResultPages: shape, MultiCurrency: true},
				func(c *salesforce.Config) { c.PageRows = 751 })
			query := salesforce.Query{Object: "Account", Properties: append(selection(t, org, properties...), connector.Property{Name: "Owner.Name", Type: "string"})}
			e, err := org.Extract(context.Background(), query, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			reader := e.Reader()
			defer reader.Release()
			equalsTruth(t, sim, reader)
			if err := e.Close(context.Background()); err != nil {
				t.Error(err)
			}
			if n := sim.Count("DELETE", "jobs/query/{id}"); n != 1 {
				t.Errorf("%d jobs deleted", n)
			}
			if l := e.Ledger(); l.JobRows != int64(sim.View().Live()) || l.DecodedRows != l.JobRows || l.PageRows != l.JobRows {
				t.Errorf("%+v", l)
			}
		})
	}
}

// Faults of every kind, spread over the requests of an extraction, change nothing
// in what comes out.
func TestExtractUnderFaults(t *testing.T) {
	t.Parallel()
	sim, org := simulate(t, simulator.Config{Seed: 6, Accounts: 8_000, PageRows: 499}, func(c *salesforce.Config) { c.Attempts = 6 })
	properties := selection(t, org, properties...)
	faults := []simulator.Fault{
		{Status: 503, Body: "<html>", ContentType: "text/html"}, {Status: 429}, {Drop: true}, {CutAfter: 700}, {EndAfter: 900}, {Status: 420},
		{Status: 403, ContentType: "application/json", Body: `[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"ConcurrentRequests (Concurrent API Requests) Limit exceeded."}]`},
		{Status: 401, ContentType: "application/json", Body: `[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]`},
	}
	requests := make(chan int, 1)
	requests <- 0
	sim.Inject(func(r *http.Request) *simulator.Fault {
		n := <-requests
		requests <- n + 1
		if n%3 != 0 || r.Method != http.MethodGet {
			return nil
		}
		return &faults[n/3%len(faults)]
	})
	e, err := org.Extract(context.Background(), salesforce.Query{Object: "Account", Properties: properties}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	defer reader.Release()
	equalsTruth(t, sim, reader)
	sim.Inject(nil)
	if err := e.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestDeletedAndMergedAccounts(t *testing.T) {
	t.Parallel()
	sim, org := simulate(t, simulator.Config{Seed: 7, Accounts: 20_000})
	for range 2 {
		sim.Advance()
	}
	want := map[string]string{}
	for account := range sim.All() {
		if account.Deleted() && !account.Purged() {
			want[account.ID()] = account.MasterRecordID()
		}
	}
	e, err := org.Extract(context.Background(), salesforce.Query{Object: "Account", Deleted: true}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close(context.Background())
	reader := e.Reader()
	defer reader.Release()
	if !reader.Schema().Equal(connector.DeletedSchema()) {
		t.Errorf("schema %s", reader.Schema())
	}
	merged := 0
	for reader.Next() {
		ids, masters := reader.RecordBatch().Column(0).(*array.String), reader.RecordBatch().Column(1).(*array.String)
		for i := range ids.Len() {
			if master, known := want[ids.Value(i)]; !known || master != masters.Value(i) {
				t.Fatalf("%s: master %q, want %q", ids.Value(i), masters.Value(i), master)
			}
			if masters.IsValid(i) {
				merged++
			}
			delete(want, ids.Value(i))
		}
	}
	if reader.Err() != nil || len(want) != 0 || merged == 0 {
		t.Errorf("%v; %d not seen, %d merged", reader.Err(), len(want), merged)
	}
}

func TestCountAndQuota(t *testing.T) {
	t.Parallel()
	sim, org := simulate(t, simulator.Config{Seed: 8, Accounts: 3000})
	all, err := org.Count(context.Background(), "Account", "")
	if err != nil || all != int64(sim.View().Live()) {
		t.Errorf("%d accounts, %v", all, err)
	}
	some, err := org.Count(context.Background(), "Account", "BillingCountry = 'France'")
	if err != nil || some <= 0 || some >= all {
		t.Errorf("%d customers, %v", some, err)
	}
	quota, err := org.Quota(context.Background())
	if err != nil || quota.Max != 100_000 || quota.Used < 2 || quota.Calls != org.Calls() {
		t.Errorf("%+v, %v", quota, err)
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	for _, batches := range []int{0, 1, 2} {
		t.Run(fmt.Sprint(batches, " batches"), func(t *testing.T) {
			t.Parallel()
			_, org := simulate(t, simulator.Config{Seed: 9, Accounts: 18_000, PageRows: 500}, func(c *salesforce.Config) { c.PagesAhead = 2 })
			e, err := org.Extract(context.Background(), salesforce.Query{Object: "Account", Properties: selection(t, org, properties...)}, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			reader := e.Reader()
			for range batches {
				if !reader.Next() {
					t.Fatal(reader.Err())
				}
			}
			reader.Release()
			if err := e.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}
