package probe_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/probe"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

var webPage = simulator.Fault{Status: http.StatusOK, Body: "<html><body>Please sign in to this network.</body></html>"}

// struck is a fault of one request, counted from 1.
func struck(at int, fault simulator.Fault, counts func(*http.Request) bool) (func(*http.Request) *simulator.Fault, *bool) {
	n, hit := 0, new(bool)
	return func(r *http.Request) *simulator.Fault {
		if !counts(r) {
			return nil
		}
		if n++; n != at {
			return nil
		}
		*hit = true
		return &fault
	}, hit
}

// each request counts.
func each(*http.Request) bool { return true }

// One web page of a proxy, or one 409, at any request: the probe finds out what it
// finds without.
func TestOneOddAnswer(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	for name, fault := range map[string]simulator.Fault{"page": webPage, "409": {Status: http.StatusConflict}} {
		for _, config := range []simulator.Config{
			{}, {Update: simulator.Replace, UpdateVerb: "PUT", Delay: simulator.Delay{After: 2 * time.Second}},
			{ClientPath: "/v1/clients/{id}", List: simulator.List{Path: "/v1/clients"}},
		} {
			for at, done := 1, false; !done; at += stride(rng, 6) {
				synctest.Test(t, func(t *testing.T) {
					config := config
					var hit *bool
					config.Fault, hit = struck(at, fault, each)
					server := account(config)
					var k kept
					f, err := probe.Run(context.Background(), k.options(&wire{handler: server}, fincome.Config{}))
					if done = !*hit; done {
						return
					}
					untouched(t, server)
					if config.Fault = nil; err == nil {
						config.AuthHeader, config.UpdateStatus = "Authorization", 202
						config.AuthScheme = "Bearer"
						if config.UpdateVerb == "" {
							config.UpdateVerb = "PATCH"
						}
						config.Null, config.Empty = simulator.Removes, simulator.Stores
						right(t, config, f)
					}
					if err != nil || t.Failed() {
						t.Fatalf("%s at request %d of %+v: %v", name, at, config, err)
					}
				})
			}
		}
	}
}

// What goes on being odd is told, with what to do.
func TestOddAnswersThatStay(t *testing.T) {
	t.Parallel()
	update := func(r *http.Request) bool { return r.Method != http.MethodGet }
	list := func(r *http.Request) bool { return !strings.Contains(r.URL.Path, tested) }
	for name, c := range map[string]struct {
		on    func(*http.Request) bool
		fault simulator.Fault
		want  string
	}{
		"page":          {each, webPage, "what came is no JSON but a web page, as of a proxy that stands between, after 2 tries: try again later, or"},
		"page, updates": {update, webPage, "PATCH /clients/C%2F1%20%C3%A9: what came is no JSON but a web page, as of a proxy that stands between, after 6 tries"},
		"409":           {update, simulator.Fault{Status: http.StatusConflict}, "409 Conflict, also when tried once more: somebody else is changing the customer, try again later or"},
		"list":          {list, webPage, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := account(simulator.Config{Fault: func(r *http.Request) *simulator.Fault {
				if c.on(r) {
					return &c.fault
				}
				return nil
			}})
			var k kept
			o := k.options(&wire{handler: server}, fincome.Config{})
			told := notes(&o)
			_, err := probe.Run(context.Background(), o)
			if c.want == "" {
				if err != nil || !strings.Contains(told["list"], "whether there is one is not known: fincome: GET /") || strings.Contains(told["list"], "none was found") {
					t.Error(name, err, told)
				}
			} else if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v", name, err)
			}
			untouched(t, server)
		})
	}
}

// swallow is a server that accepts some updates and does nothing.
type swallow struct {
	*simulator.Server
	swallows func(write int) bool
	writes   int
}

func (s *swallow) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		if s.writes++; s.swallows(s.writes) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusAccepted)
			return
		}
	}
	s.Server.ServeHTTP(w, r)
}

// An update that is accepted and not applied is sent again while the customer is put
// back, well within the time that an update may take.
func TestPuttingBackIsRepeated(t *testing.T) {
	t.Parallel()
	total := 0
	for at := 0; at == 0 || at <= total; at++ {
		synctest.Test(t, func(t *testing.T) {
			server := &swallow{Server: account(simulator.Config{}), swallows: func(n int) bool { return n == at }}
			var k kept
			began := time.Now()
			_, err := probe.Run(context.Background(), k.options(&wire{handler: server}, fincome.Config{}))
			if at == 0 {
				total = server.writes
			}
			if took := time.Since(began); at == total && (err != nil || took > 5*time.Minute) || at > 0 && err == nil && at < total {
				t.Errorf("write %d of %d: %v, after %v", at, total, err, took)
			}
			if k.record != nil {
				t.Errorf("write %d: %v %+v", at, err, k.record)
			}
			untouched(t, server.Server)
		})
	}
}

// Restoring ends within the time that it is given.
func TestRestoringIsBounded(t *testing.T) {
	t.Parallel()
	for _, killed := range []int{2, 5} {
		synctest.Test(t, func(t *testing.T) {
			server := &swallow{Server: account(simulator.Config{}), swallows: func(int) bool { return false }}
			var k kept
			end(func() {
				_, _ = probe.Run(context.Background(), k.options(&wire{handler: server, after: func(n int, _ *http.Request) {
					if server.writes == killed {
						kill(n)(n, nil)
					}
				}}, fincome.Config{}))
			})
			server.swallows = func(int) bool { return true }
			o := k.options(&wire{handler: server}, fincome.Config{})
			o.Timeout = 30 * time.Second
			began := time.Now()
			err := probe.Restore(context.Background(), o, *k.record)
			var left *probe.UnfinishedError
			if took := time.Since(began); !errors.As(err, &left) || took > o.Timeout+time.Second {
				t.Errorf("killed at write %d: %v, after %v", killed, err, took)
			}
			server.swallows = func(int) bool { return false }
			if err := probe.Restore(context.Background(), o, *k.record); err != nil {
				t.Error(err)
			}
			untouched(t, server.Server)
		})
	}
}
