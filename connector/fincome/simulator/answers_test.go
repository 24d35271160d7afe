package simulator_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector/fincome/simulator"
)

// The bodies are written by hand from what FastAPI and pydantic 2 answer.
func TestRefusalsHaveTheShapesOfFastAPI(t *testing.T) {
	t.Parallel()
	_, a := serve(t, simulator.Config{
		Extra: []simulator.Customer{given("c", nil), given("poison", nil)}, RejectIDs: []string{"poison"},
	})
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		want               string
	}{
		"unknown customer":          {"GET", "/clients/nobody", "", 404, `{"detail":"Client not found"}`},
		"update of nobody":          {"PATCH", "/clients/nobody", `{}`, 404, `{"detail":"Client not found"}`},
		"unknown path":              {"GET", "/customers", "", 404, `{"detail":"Not Found"}`},
		"wrong verb for a customer": {"PUT", "/clients/c", `{}`, 405, `{"detail":"Method Not Allowed"}`},
		"wrong verb for the list":   {"POST", "/clients", `{}`, 405, `{"detail":"Method Not Allowed"}`},
		"no body": {"PATCH", "/clients/c", "", 422,
			`{"detail":[{"type":"missing","loc":["body"],"msg":"Field required","input":null}]}`},
		"body is a list": {"PATCH", "/clients/c", `[1]`, 422,
			`{"detail":[{"type":"model_attributes_type","loc":["body"],"msg":"Input should be a valid dictionary or object to extract fields from","input":[1]}]}`},
		"name is a number": {"PATCH", "/clients/c", `{"name":5}`, 422,
			`{"detail":[{"type":"string_type","loc":["body","name"],"msg":"Input should be a valid string","input":5}]}`},
		"two fields wrong": {"PATCH", "/clients/c", `{"country":true,"custom_properties":"x"}`, 422,
			`{"detail":[{"type":"string_type","loc":["body","country"],"msg":"Input should be a valid string","input":true},` +
				`{"type":"dict_type","loc":["body","custom_properties"],"msg":"Input should be a valid dictionary","input":"x"}]}`},
		"another id": {"PATCH", "/clients/c", `{"id":"d"}`, 422,
			`{"detail":[{"type":"value_error","loc":["body","id"],"msg":"Value error, the id cannot be changed","input":"d"}]}`},
		"poison": {"PATCH", "/clients/poison", `{"custom_properties":{"a":"b"}}`, 422,
			`{"detail":[{"type":"value_error","loc":["body","custom_properties"],"msg":"Value error, this customer is locked by an accounting period","input":{}}]}`},
		"limit is a word": {"GET", "/clients?limit=ten", "", 422,
			`{"detail":[{"type":"int_parsing","loc":["query","limit"],"msg":"Input should be a valid integer, unable to parse string as an integer","input":"ten"}]}`},
		"limit too high": {"GET", "/clients?limit=1001", "", 422,
			`{"detail":[{"type":"less_than_equal","loc":["query","limit"],"msg":"Input should be less than or equal to 1000","input":"1001","ctx":{"le":1000}}]}`},
		"limit too low": {"GET", "/clients?limit=0", "", 422,
			`{"detail":[{"type":"greater_than_equal","loc":["query","limit"],"msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}}]}`},
		"wrong cursor": {"GET", "/clients?cursor=%25%25", "", 422,
			`{"detail":[{"type":"value_error","loc":["query","cursor"],"msg":"Value error, invalid cursor","input":"%%"}]}`},
	} {
		status, answer, header := a.do(c.method, c.path, c.body)
		if status != c.status || answer != c.want || header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s\nwant %d %s", name, status, answer, c.status, c.want)
		}
	}
	status, answer, _ := a.do("PATCH", "/clients/c", `{"name":`)
	if status != 422 || !strings.Contains(answer, `"type":"json_invalid","loc":["body",`) {
		t.Errorf("broken JSON: %d %s", status, answer)
	}
	if status, answer, _ = a.do("GET", "/clients/"+strings.Repeat("é", 256), ""); status != 422 || !strings.Contains(answer, "string_too_long") {
		t.Errorf("long id: %d %s", status, answer)
	}
	if got := a.properties("c"); len(got) != 0 {
		t.Errorf("a refused update left %v", got)
	}
}

func TestKeyIsChecked(t *testing.T) {
	t.Parallel()
	config := one(nil)
	_, a := serve(t, config)
	a.key = ""
	if status, answer, _ := a.do("GET", "/clients/c", ""); status != 401 || answer != `{"detail":"Not authenticated"}` {
		t.Errorf("no key: %d %s", status, answer)
	}
	a.key = "guess"
	if status, answer, _ := a.do("PATCH", "/clients/c", "{}"); status != 401 || answer != `{"detail":"Invalid API key"}` {
		t.Errorf("wrong key: %d %s", status, answer)
	}
	config.APIKey, config.AuthHeader = "k", "X-Api-Key"
	_, a = serve(t, config)
	for header, want := range map[string]int{"X-Api-Key": 200, "Authorization": 401} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", a.url+"/clients/c", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set(header, "k")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("bare key in %s: %d", header, response.StatusCode)
		}
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := newClock()
	config := one(nil)
	config.Limit, config.Clock = simulator.Limit{PerSecond: 0.5, Burst: 2}, now.time
	_, a := serve(t, config)
	statuses := func() []int {
		var got []int
		for range 3 {
			status, _, _ := a.do("GET", "/clients/c", "")
			got = append(got, status)
		}
		return got
	}
	if got := statuses(); !cmp.Equal(got, []int{200, 200, 429}) {
		t.Errorf("at first %v", got)
	}
	status, answer, header := a.do("GET", "/clients/c", "")
	if status != 429 || header.Get("Retry-After") != "2" || answer != `{"detail":"Rate limit exceeded"}` {
		t.Errorf("too many: %d, Retry-After %q, %s", status, header.Get("Retry-After"), answer)
	}
	now.advance(2 * time.Second)
	if got := statuses(); !cmp.Equal(got, []int{200, 429, 429}) {
		t.Errorf("after the wait it asked for: %v", got)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	var next atomic.Pointer[simulator.Fault]
	config := one(map[string]string{"Long": `"` + strings.Repeat("x", 100_000) + `"`})
	config.Fault = func(*http.Request) *simulator.Fault { return next.Load() }
	server, a := serve(t, config)

	next.Store(&simulator.Fault{Status: 503, Header: http.Header{"Retry-After": {"7"}}})
	if status, answer, header := a.do("GET", "/clients/c", ""); status != 503 || header.Get("Retry-After") != "7" || answer != `{"detail":"Service Unavailable"}` {
		t.Errorf("503: %d %s", status, answer)
	}
	for cut, done := range map[simulator.Cut]bool{simulator.CutBefore: false, simulator.CutUnheard: true} {
		next.Store(&simulator.Fault{Cut: cut})
		if response, err := a.try("PATCH", "/clients/c", `{"custom_properties":{"a":"1"}}`); err == nil {
			response.Body.Close()
			t.Errorf("cut %v: the answer came", cut)
		}
		for c := range server.Customers() {
			if _, there := c.Properties["a"]; there != done {
				t.Errorf("cut %v: carried out = %v", cut, there)
			}
		}
		if err := server.Edit("c", "a", nil); err != nil {
			t.Fatal(err)
		}
	}
	next.Store(&simulator.Fault{Cut: simulator.CutHalfway})
	response, err := a.try("GET", "/clients/c", "")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err == nil || len(got) == 0 || int64(len(got)) >= response.ContentLength {
		t.Errorf("cut halfway: %d of %d bytes, error %v", len(got), response.ContentLength, err)
	}
	want := map[simulator.Request]int{
		{Method: "GET", Kind: simulator.KindRetrieve, Status: 503}: 1,
		{Method: "PATCH", Kind: simulator.KindUpdate}:              2,
		{Method: "GET", Kind: simulator.KindRetrieve, Status: 200}: 1,
	}
	if diff := cmp.Diff(want, server.Requests()); diff != "" || server.Writes() != 2 {
		t.Errorf("%d writes; counts (-want +got):\n%s", server.Writes(), diff)
	}
}
