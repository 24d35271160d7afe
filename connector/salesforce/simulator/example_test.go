package simulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// A test runs the simulator on loopback and gives its address and credentials to
// the client under test.
func ExampleNew() {
	salesforce := simulator.New(simulator.Config{Seed: 1, Accounts: 1000})
	defer salesforce.Close()
	server := httptest.NewServer(salesforce)
	defer server.Close()

	known := salesforce.Credentials()
	response, err := http.PostForm(server.URL+"/services/oauth2/token", url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {known.RefreshToken},
		"client_id": {known.ClientID}, "client_secret": {known.ClientSecret},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer response.Body.Close()
	fmt.Println(response.Status)
	fmt.Println(salesforce.Count("POST", "oauth2/token"), "refresh,", salesforce.Count("POST", "jobs/query"), "jobs")
	fmt.Println(salesforce.View().Live(), "accounts on day", salesforce.Day())
	salesforce.Advance()
	fmt.Println(salesforce.View().Len() > salesforce.View().Live(), "on day", salesforce.Day())
	// Output:
	// 200 OK
	// 1 refresh, 0 jobs
	// 1000 accounts on day 0
	// true on day 1
}
