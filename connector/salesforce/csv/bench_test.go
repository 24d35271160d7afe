package csv

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/axisync/axisync/connector"
)

// BenchmarkDecode decodes accounts of 15 properties as Salesforce writes them.
func BenchmarkDecode(b *testing.B) {
	const rows = 50_000
	page, names := accounts(rows)
	d := NewDecoder(schemaOf(names...), ',', connector.Memory)
	defer d.Release()
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		d.Reset(bytes.NewReader(page))
		for {
			err := d.Decode()
			if batch := d.Take(); batch != nil {
				batch.Release()
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func accounts(rows int) ([]byte, []string) {
	names := []string{"Id", "Name", "Industry", "Phone", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry", "Website",
		"AnnualRevenue", "NumberOfEmployees", "OwnerId", "Description", "CreatedDate", "Segment__c", "Tier__c"}
	r := rand.New(rand.NewPCG(1, 1))
	industries := []string{"Agriculture", "Banking", "Consumer goods", "", "Retail", "Énergie"}
	var page bytes.Buffer
	for i, name := range names {
		fmt.Fprintf(&page, "%s%q", map[bool]string{true: ","}[i > 0], name)
	}
	page.WriteByte('\n')
	for i := range rows {
		fmt.Fprintf(&page, `"0015g%010dAAB","%s %d Holdings, Ltd","%s","+33 1 %08d","%d Rue de l'Église%s75000","Paris","%05d","France","https://www.example-%d.com","%d.5","%d","0055g%010dAAA","%s","2024-03-01T10:00:00.000Z","%s",""`+"\n",
			i, map[bool]string{true: `The ""Acme""`, false: "Acme"}[r.IntN(20) == 0], i, industries[r.IntN(len(industries))], r.IntN(1e8), r.IntN(200), "\n", r.IntN(99999), i, r.IntN(1e9), r.IntN(1e5), r.IntN(50),
			map[bool]string{true: "A long description of what this account does, with commas, and nothing else to say about it."}[r.IntN(3) == 0], []string{"SMB", "Enterprise"}[r.IntN(2)])
	}
	return page.Bytes(), names
}
