package peers

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gosalesforce "github.com/k-capehart/go-salesforce/v3"
)

// record is the properties of the benchmark as go-salesforce decodes them.
type record struct {
	ID                string `csv:"Id"`
	Name              string
	Industry          string
	Phone             string
	Website           string
	BillingStreet     string
	BillingCity       string
	BillingPostalCode string
	BillingCountry    string
	AnnualRevenue     string
	NumberOfEmployees string
	OwnerID           string `csv:"OwnerId"`
	CreatedDate       string
	Segment           string `csv:"Custom_Segment__c"`
	Description       string
}

// login logs go-salesforce in, with its own settings.
func login(b *testing.B, at address) *gosalesforce.Salesforce {
	client, err := gosalesforce.Init(gosalesforce.Creds{Domain: at.URL, ConsumerKey: at.ClientID, ConsumerSecret: at.ClientSecret})
	if err != nil {
		b.Fatal(err)
	}
	return client
}

func benchQuery() string {
	names := []string{"Id"}
	for _, p := range properties {
		names = append(names, p.Name)
	}
	return "SELECT " + strings.Join(names, ", ") + " FROM Account"
}

// extractTheirs reads page after page into records.
func extractTheirs(b *testing.B, at address) (rows func() int) {
	job, err := login(b, at).QueryBulkIterator(benchQuery())
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for job.Next() {
		var page []record
		if err := job.Decode(&page); err != nil {
			b.Fatal(err)
		}
		n += len(page)
	}
	if err := job.Error(); err != nil {
		b.Fatal(err)
	}
	return func() int { return n }
}

// exportTheirs is its other way: everything into one file.
func exportTheirs(b *testing.B, at address) (rows func() int) {
	path := filepath.Join(b.TempDir(), "accounts.csv")
	if err := login(b, at).QueryBulkExport(benchQuery(), path); err != nil {
		b.Fatal(err)
	}
	return func() int {
		file, err := os.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		lines, err := csv.NewReader(file).ReadAll()
		if err != nil {
			b.Fatal(err)
		}
		return len(lines) - 1
	}
}
