package main

import (
	"testing"

	"github.com/axisync/axisync/pipelines"
)

// The axes stand under each other however long their names are, and say what they hold.
func TestAxisList(t *testing.T) {
	t.Parallel()
	got := axisList([]pipelines.AxisSeen{
		{Name: "Salesforce ID", Customers: 3890, IDs: 3890},
		{Name: "A name that somebody has made very long", Customers: 12, Example: "x"},
		{Name: "Salesforce_726564_Industry", Customers: 4000, Example: "Retail", Filled: true},
	})
	const want = `   1 Salesforce ID                             3,890 carry it   100.0% are Record IDs of accounts
   2 A name that somebody has made very long      12 carry it   such as "x"
   3 Salesforce_726564_Industry                4,000 carry it   filled by a synchronisation: it identifies nobody`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
