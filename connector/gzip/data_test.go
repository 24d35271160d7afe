package gzip_test

import (
	"bytes"
	"sync"
	"testing"

	"compress/flate"

	"github.com/klauspost/compress/gzip"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// properties are those of the project's benchmarks of a million accounts.
var properties = []string{"Id", "Name", "Industry", "Phone", "BillingStreet", "BillingCity", "BillingPostalCode", "BillingCountry", "Website",
	"AnnualRevenue", "NumberOfEmployees", "Description", "CreatedDate", "Region__c", "Type"}

// page is a result page of a generated org, as Salesforce writes it.
func page(t testing.TB, accounts int) []byte {
	t.Helper()
	view := org.New(org.Config{Seed: 1, Accounts: accounts})
	columns := make([]org.Column, len(properties))
	for i, name := range properties {
		var err error
		if columns[i], err = view.Schema().Column(name); err != nil {
			t.Fatal(err)
		}
	}
	var text, value []byte
	var row org.Row
	for index := range view.Len() {
		view.Load(&row, index)
		for i := range columns {
			if i > 0 {
				text = append(text, ',')
			}
			value = columns[i].Append(value[:0], &row)
			text = append(append(append(text, '"'), bytes.ReplaceAll(value, []byte(`"`), []byte(`""`))...), '"')
		}
		text = append(text, '\n')
	}
	return text
}

// smallPage is shared by tests, which must not change it.
var smallPage = sync.OnceValue(func() []byte { return page(&testing.B{}, 2000) })

// deflated compresses at a level of klauspost/compress/gzip.
func deflated(t testing.TB, text []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var _ = flate.BestSpeed
