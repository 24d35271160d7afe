package simulator_test

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/transform/recordid"
)

// accounts is an org of n accounts: one in twenty is deleted, one in forty lost
// a merge.
func accounts(n int) iter.Seq[simulator.Account] {
	return func(yield func(simulator.Account) bool) {
		for i := range n {
			a := simulator.Account{ID: recordid.Full(fmt.Sprintf("0015g%08d%s", i, [2]string{"Ab", "xY"}[i%2]))}
			a.Name, a.Number = fmt.Sprintf("Société %d", i), fmt.Sprintf("N%05d", i)
			a.Deleted = i%20 == 7
			if i%40 == 7 {
				a.MasterID = recordid.Full("0015g0000000000")
			}
			if !yield(a) {
				return
			}
		}
	}
}

// api is a client of the simulator that knows nothing of it but HTTP.
type api struct {
	t   *testing.T
	url string
	key string
}

func serve(t *testing.T, config simulator.Config) (*simulator.Server, api) {
	t.Helper()
	server := simulator.New(config)
	host := httptest.NewServer(server)
	t.Cleanup(host.Close)
	return server, api{t, host.URL + "/product", simulator.DefaultAPIKey}
}

func (a api) try(method, path, body string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.url+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if a.key != "" {
		request.Header.Set("Authorization", "Bearer "+a.key)
	}
	return http.DefaultClient.Do(request)
}

func (a api) do(method, path, body string) (status int, answer string, header http.Header) {
	a.t.Helper()
	return a.read(a.try(method, path, body))
}

// read takes an answer as a whole.
func (a api) read(response *http.Response, err error) (status int, answer string, header http.Header) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return response.StatusCode, string(raw), response.Header
}

// properties reads one customer and answers its dictionary.
func (a api) properties(id string) map[string]string {
	a.t.Helper()
	status, answer, _ := a.do("GET", "/clients/"+url.PathEscape(id), "")
	if status != 200 {
		a.t.Fatalf("read of %s: %d %s", id, status, answer)
	}
	var customer struct {
		Properties map[string]json.RawMessage `json:"custom_properties"`
	}
	if err := json.Unmarshal([]byte(answer), &customer); err != nil {
		a.t.Fatal(err)
	}
	texts := map[string]string{}
	for name, value := range customer.Properties {
		texts[name] = string(value)
	}
	return texts
}

func (a api) patch(id, properties string) {
	a.t.Helper()
	status, answer, _ := a.do("PATCH", "/clients/"+url.PathEscape(id), `{"custom_properties":`+properties+`}`)
	if status != http.StatusAccepted {
		a.t.Fatalf("update of %s: %d %s", id, status, answer)
	}
}

// given is a customer with properties as JSON texts.
func given(id string, properties map[string]string) simulator.Customer {
	c := simulator.Customer{ID: id, Name: "Given " + id, Properties: map[string]json.RawMessage{}}
	for name, value := range properties {
		c.Properties[name] = json.RawMessage(value)
	}
	return c
}

func one(properties map[string]string) simulator.Config {
	return simulator.Config{Extra: []simulator.Customer{given("c", properties)}}
}
