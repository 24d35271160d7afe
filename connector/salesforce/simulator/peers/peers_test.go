package peers

import (
	"net/http/httptest"
	"testing"

	gosalesforce "github.com/k-capehart/go-salesforce/v3"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// connect starts a simulated org and logs go-salesforce in, by client
// credentials.
func connect(t *testing.T, config simulator.Config, options ...gosalesforce.Option) (*simulator.Server, *gosalesforce.Salesforce) {
	t.Helper()
	sim := simulator.New(config)
	server := httptest.NewServer(sim)
	t.Cleanup(sim.Close)
	t.Cleanup(server.Close)
	known := sim.Credentials()
	client, err := gosalesforce.Init(gosalesforce.Creds{Domain: server.URL, ConsumerKey: known.ClientID, ConsumerSecret: known.ClientSecret},
		append(options, gosalesforce.WithRoundTripper(server.Client().Transport))...)
	if err != nil {
		t.Fatal(err)
	}
	return sim, client
}

// account is a record as go-salesforce decodes it, from REST and from bulk.
type account struct {
	ID          string `csv:"Id" json:"Id" mapstructure:"Id"`
	Name        string `csv:"Name"`
	Phone       string `csv:"Phone"`
	Description string `csv:"Description"`
}

const query = "SELECT Id, Name, Phone, Description FROM Account"
