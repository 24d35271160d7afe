package peers

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gosalesforce "github.com/k-capehart/go-salesforce/v3"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// truth is what a client has to get, by id. lineEnds is how it leaves line ends
// within values: encoding/csv turns CRLF into LF, which is not the server's doing.
func truth(sim *simulator.Server, lineEnds *strings.Replacer) map[string]account {
	accounts := map[string]account{}
	for a := range sim.All() {
		if a.Deleted() {
			continue
		}
		value := func(name string) string { v, _ := a.Value(name); return lineEnds.Replace(v) }
		accounts[a.ID()] = account{a.ID(), value("Name"), value("Phone"), value("Description")}
	}
	return accounts
}

var (
	asSent     = strings.NewReplacer()
	withoutCRs = strings.NewReplacer("\r\n", "\n")
)

func compare(t *testing.T, want map[string]account, got []account) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d accounts, want %d", len(got), len(want))
	}
	for _, a := range got {
		if want[a.ID] != a {
			t.Fatalf("%+v, want %+v", a, want[a.ID])
		}
		delete(want, a.ID)
	}
	if len(want) != 0 {
		t.Fatalf("%d accounts came twice", len(want))
	}
}

func TestRESTQueryWithPaging(t *testing.T) {
	t.Parallel()
	sim, client := connect(t, simulator.Config{Seed: 3, Accounts: 4500})
	var got []account
	if err := client.Query(query, &got); err != nil {
		t.Fatal(err)
	}
	compare(t, truth(sim, asSent), got)
	if n := sim.Count("GET", "query/{locator}"); n != 2 {
		t.Errorf("%d further pages were asked for", n)
	}
}

func TestBulkQueryWithPaging(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]gosalesforce.Option{
		"transport's gzip": nil,
		"its own gzip":     {gosalesforce.WithCompressionHeaders(true), gosalesforce.WithAPIVersion("v62.0")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, client := connect(t, simulator.Config{Seed: 4, Accounts: 2500, PageRows: 1000}, options...)
			job, err := client.QueryBulkIterator(query)
			if err != nil {
				t.Fatal(err)
			}
			var got []account
			for job.Next() {
				var page []account
				if err := job.Decode(&page); err != nil {
					t.Fatal(err)
				}
				got = append(got, page...)
			}
			if err := job.Error(); err != nil {
				t.Fatal(err)
			}
			compare(t, truth(sim, withoutCRs), got)
			if n := sim.Count("GET", "jobs/query/{id}/results"); n != 3 {
				t.Errorf("%d pages were asked for", n)
			}
		})
	}
}

func TestBulkExport(t *testing.T) {
	t.Parallel()
	sim, client := connect(t, simulator.Config{Seed: 5, Accounts: 2500, PageRows: 1000, PollsUntilComplete: 1})
	path := filepath.Join(t.TempDir(), "accounts.csv")
	if err := client.QueryBulkExport(query, path); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows[0], []string{"Id", "Name", "Phone", "Description"}) {
		t.Errorf("header %q", rows[0])
	}
	var got []account
	for _, row := range rows[1:] {
		got = append(got, account{row[0], row[1], row[2], row[3]})
	}
	compare(t, truth(sim, withoutCRs), got)
}

func TestAnExpiredSessionIsRefreshed(t *testing.T) {
	t.Parallel()
	sim, client := connect(t, simulator.Config{Seed: 6, Accounts: 100})
	sim.ExpireTokens()
	var got []account
	if err := client.Query(query, &got); err != nil {
		t.Fatal(err)
	}
	compare(t, truth(sim, asSent), got)
	if n := sim.Count("POST", "oauth2/token"); n != 2 {
		t.Errorf("%d logins", n)
	}
}

func TestARefusedQueryIsAnError(t *testing.T) {
	t.Parallel()
	_, client := connect(t, simulator.Config{Seed: 7, Accounts: 10})
	var got []account
	if err := client.Query("SELECT Nothing__c FROM Account", &got); err == nil || !strings.Contains(err.Error(), "INVALID_FIELD") {
		t.Errorf("%v", err)
	}
	if _, err := client.QueryBulkIterator("SELECT COUNT() FROM Account"); err == nil || !strings.Contains(err.Error(), "API_ERROR") {
		t.Errorf("%v", err)
	}
}
