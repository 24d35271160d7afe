package probe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/openapitest"
	"github.com/axisync/axisync/connector/fincome/probe"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

// An interrupt at any request: the customer is as it was when Run has returned, or
// Run says that it is not and restoring does the rest.
func TestInterruptedAtAnyRequest(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	someServers(rng, func(config simulator.Config) {
		for at, done := 1, false; !done; at++ {
			synctest.Test(t, func(t *testing.T) {
				server := account(config)
				var k kept
				ctx, cancel := context.WithCancelCause(context.Background())
				stop := errors.New("interrupted")
				w := &wire{handler: server, before: func(n int, _ *http.Request) {
					if n == at {
						cancel(stop)
					}
				}}
				_, err := probe.Run(ctx, k.options(w, fincome.Config{}))
				done = err == nil
				var left *probe.UnfinishedError
				if errors.As(err, &left) != (k.record != nil) {
					t.Errorf("interrupted at request %d: %v, and the record is %v", at, err, k.record)
				}
				if k.record != nil {
					if err := probe.Restore(context.Background(), k.options(&wire{handler: server}, fincome.Config{}), *k.record); err != nil {
						t.Error(err)
					}
				}
				steady(t, &wire{handler: server}, config)
				untouched(t, server)
				if t.Failed() {
					t.Fatalf("interrupted at request %d of %+v", at, config)
				}
			})
		}
	})
}

// Somebody edits while the probe runs, before any of its reads. What they wrote
// stays, and everything else is as it was.
func TestEditsStay(t *testing.T) {
	t.Parallel()
	for _, update := range []simulator.Update{simulator.Merge, simulator.Replace} {
		for _, axis := range []string{"Industry", "Region", "Employees", "New", "Salesforce ID"} {
			for at, done := 1, false; !done; at++ {
				synctest.Test(t, func(t *testing.T) {
					server := account(simulator.Config{Update: update})
					edited := false
					w := &wire{handler: server, before: func(n int, r *http.Request) {
						if n >= at && r.Method == http.MethodGet && !edited {
							edited = true
							if err := server.Edit(tested, axis, "by a person"); err != nil {
								t.Error(err)
							}
						}
					}}
					var k kept
					_, err := probe.Run(context.Background(), k.options(w, fincome.Config{}))
					if done = !edited; done {
						return
					}
					if left := (*probe.UnfinishedError)(nil); errors.As(err, &left) {
						t.Error(err)
					}
					want := given()
					want.Properties[axis] = json.RawMessage(`"by a person"`)
					if got := held(t, server); got != describe(want) {
						t.Errorf("edited %s before request %d (%v):\n got %s\nwant %s", axis, at, err, got, describe(want))
					}
					if axis == "New" && err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

// Where nothing ever shows, that is said, and the customer will be what it was.
func TestNothingShows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := account(simulator.Config{Delay: simulator.Delay{UntilSettle: true}})
		var k kept
		_, err := probe.Run(context.Background(), k.options(&wire{handler: server}, fincome.Config{}))
		if err == nil || !strings.Contains(err.Error(), "is not applied: it was accepted and does not show after 15m0s") {
			t.Error(err)
		}
		if k.record != nil {
			t.Errorf("%+v", k.record)
		}
		untouched(t, server)
	})
}

// No update carries a property that the customer does not have, and once an update
// is known to merge none carries another than the two worked on.
func TestNothingIsCreated(t *testing.T) {
	t.Parallel()
	for _, update := range []simulator.Update{simulator.Merge, simulator.Replace} {
		synctest.Test(t, func(t *testing.T) {
			server := account(simulator.Config{Update: update})
			var k kept
			if _, err := probe.Run(context.Background(), k.options(&wire{handler: server}, fincome.Config{})); err != nil {
				t.Fatal(err)
			}
			for name, n := range server.Carried() {
				_, known := given().Properties[name]
				if !known || update == simulator.Merge && n > 2 && name != "Industry" && name != "Region" {
					t.Errorf("%q was carried %d times", name, n)
				}
			}
		})
	}
}

// whole is a server whose PUT takes the place of the whole customer.
type whole struct{ http.Handler }

func (s whole) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPut {
		body, _ := io.ReadAll(r.Body)
		sent := map[string]json.RawMessage{}
		if json.Unmarshal(body, &sent) == nil {
			for _, name := range []string{"name", "email", "country", "zip_code"} {
				if sent[name] == nil {
					sent[name] = json.RawMessage("null")
				}
			}
			body, _ = json.Marshal(sent)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	s.Handler.ServeHTTP(w, r)
}

func TestUpdatesThatReplaceTheCustomer(t *testing.T) {
	t.Parallel()
	for at := 0; ; at++ {
		done := false
		synctest.Test(t, func(t *testing.T) {
			server := account(simulator.Config{UpdateVerb: "PUT", Update: simulator.Replace})
			var k kept
			w := &wire{handler: whole{server}, after: kill(at)}
			var f probe.Findings
			var err error
			end(func() {
				f, err = probe.Run(context.Background(), k.options(w, fincome.Config{}))
				done = true
			})
			if k.record != nil {
				err = probe.Restore(context.Background(), k.options(&wire{handler: whole{server}}, fincome.Config{}), *k.record)
			}
			if err != nil || done && !f.FieldsLost {
				t.Errorf("killed at request %d: %+v %v", at, f, err)
			}
			untouched(t, server)
		})
		if t.Failed() || done && at > 0 {
			return
		}
	}
}

// What the probe asks of a server that is as the file says is in openapi.yaml.
func TestRequestsAreInTheDocument(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"PATCH", "PUT", "POST"} {
		synctest.Test(t, func(t *testing.T) {
			server := account(simulator.Config{UpdateVerb: verb, Update: simulator.Replace, UpdateStatus: 204})
			config := fincome.Config{BaseURL: "http://localhost/product", UpdateVerb: verb}
			var k kept
			if _, err := probe.Run(context.Background(), k.options(&wire{handler: openapitest.Exchange(t, config, server)}, config)); err != nil {
				t.Error(err)
			}
		})
	}
}

// refusals are what the probe says where it finds nothing out, and what its error is.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const key = "hunter2-hunter2"
	denyWrites := func(s *simulator.Server) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet {
				http.Error(w, `{"detail":"read only"}`, http.StatusForbidden)
				return
			}
			s.ServeHTTP(w, r)
		})
	}
	for name, c := range map[string]struct {
		server   simulator.Config
		customer string
		wrong    bool
		handler  func(*simulator.Server) http.Handler
		want     string
		auth     bool
	}{
		"wrong key":        {wrong: true, want: `in none of the headers "Authorization: Bearer KEY", "Authorization: KEY", "X-API-Key: KEY"`, auth: true},
		"no such customer": {customer: "nobody", want: `there is no customer "nobody" at /clients/{id} (Client not found)`},
		"no path":          {server: simulator.Config{ClientPath: "/people/{id}"}, want: "at any of /clients/{id}, /customers/{id}, "},
		"another base":     {server: simulator.Config{BasePath: "/v2"}, want: "check base_url"},
		"too little to do": {customer: "A", want: "has 0 custom properties that hold plain words"},
		"locked":           {server: simulator.Config{RejectIDs: []string{tested}}, want: "refuses an update that changes one text"},
		"a key that reads": {handler: denyWrites, want: "403 read only", auth: true},
		"another verb":     {server: simulator.Config{UpdateVerb: "DELETE"}, want: "neither PATCH, PUT, POST updates a customer"},
		"an empty id":      {customer: "..", want: "cannot stand in an address"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if !c.wrong {
					c.server.APIKey = key
				}
				server := account(c.server)
				handler := http.Handler(server)
				if c.handler != nil {
					handler = c.handler(server)
				}
				var k kept
				o := k.options(&wire{handler: handler}, fincome.Config{APIKey: connector.NewSecret(key)})
				if c.customer != "" {
					o.Customer = c.customer
				}
				_, err := probe.Run(context.Background(), o)
				if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), key) {
					t.Fatal(err)
				}
				var authorization interface{ Auth() bool }
				var configuration interface{ Configuration() bool }
				if c.auth != (errors.As(err, &authorization) && authorization.Auth()) || !c.auth && !errors.As(err, &configuration) {
					t.Errorf("%T", err)
				}
				if k.record != nil {
					t.Errorf("%+v", k.record)
				}
				untouched(t, server)
			})
		})
	}
}
