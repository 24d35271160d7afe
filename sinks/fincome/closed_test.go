package fincome_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	client "github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
)

// closed answers with a status where which says so, before the server is asked.
func closed(status int, which func(r *http.Request, id string) bool, server http.Handler) *tap {
	p := &tap{Handler: server}
	p.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !which(r, strings.TrimPrefix(r.URL.Path, "/product/clients/")) {
			return false
		}
		w.WriteHeader(status)
		return true
	}
	return p
}

// TestACustomerThatIsClosedStopsNobodyElse: whatever it is answered with that is not
// plainly about all, on its read or on its write, and be it the first one of all.
func TestACustomerThatIsClosedStopsNobodyElse(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 406, 415, 418, 423, 451} {
		for _, method := range []string{http.MethodGet, http.MethodPatch} {
			for _, update := range []string{"merge", "replace"} {
				for _, places := range [][]int{{0, 1}, {50, 51, 99}} {
					if status == 403 && method == http.MethodGet && places[0] == 0 {
						continue // nothing shows that the key is a good one
					}
					synctest.Test(t, func(t *testing.T) {
						server := simulator.New(simulator.Config{Customers: 100, Update: map[string]simulator.Update{"replace": simulator.Replace}[update]})
						all := customersOf(server)
						bad := map[string]bool{}
						for _, at := range places {
							bad[all[at]] = true
						}
						p := closed(status, func(r *http.Request, id string) bool { return r.Method == method && bad[id] }, server)
						target, end := virtual(t, slow(20*time.Millisecond, p), fincome.Config{Update: update})
						defer end()
						journal := &memory{}
						report, err := target.Deliver(context.Background(), changes(t, all), journal)
						if err != nil || journal.count(sinks.Rejected) != len(bad) || journal.count(sinks.Accepted) != 100-len(bad) || report.Customers != 100 {
							t.Errorf("%d, %s, %s, %v: %+v, %v", status, method, update, places, report, err)
						}
						for _, o := range journal.outcomes {
							if o.Kind == sinks.Rejected && (!bad[o.CustomerID] || o.Remedy == "" || strings.Contains(o.Remedy, "Salesforce")) {
								t.Errorf("%d, %s: %+v", status, method, o)
							}
						}
					})
				}
			}
		}
	}
}

// TestWhatIsNoCustomerStopsNobodyElse: a good answer in which there is none.
func TestWhatIsNoCustomerStopsNobodyElse(t *testing.T) {
	t.Parallel()
	for bad, want := range map[int]string{2: "", 100: "base_url"} {
		synctest.Test(t, func(t *testing.T) {
			server := simulator.New(simulator.Config{Customers: 100})
			all := customersOf(server)
			p := &tap{Handler: server}
			p.before = func(w http.ResponseWriter, r *http.Request) bool {
				none := slices.Contains(all[:bad], strings.TrimPrefix(r.URL.Path, "/product/clients/"))
				if none {
					_, _ = io.WriteString(w, `{"custom_properties":{}}`)
				}
				return none
			}
			target, end := virtual(t, p, fincome.Config{Update: "replace"})
			defer end()
			journal := &memory{}
			_, err := target.Deliver(context.Background(), changes(t, all), journal)
			if n := journal.count(sinks.Rejected); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || n > 30 || bad == 2 && n != 2 {
				t.Errorf("%d: %v, %d rejected", bad, err, n)
			}
		})
	}
}

// TestAnAnswerThatAllAreGivenIsAboutAll: it ends the delivery, says what to do, and
// few are refused for it before that is known.
func TestAnAnswerThatAllAreGivenIsAboutAll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status      int
		method      string
		most        int // customers that may be rejected
		auth        bool
		says        string
		mostRequest int
	}{
		{401, http.MethodGet, 0, true, "check api_key", 1},
		{403, http.MethodGet, 0, true, "check api_key", 1},
		{403, http.MethodPatch, 0, true, "what it may do", 30},
		{402, http.MethodGet, 0, false, "the plan of the Fincome account", 1},
		{405, http.MethodPatch, 0, false, "check update_verb", 10},
		{501, http.MethodPatch, 0, false, "check update_verb", 10},
		{418, http.MethodGet, 30, false, "check base_url", 60},
		{415, http.MethodPatch, 30, false, "update_verb", 90},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := simulator.New(simulator.Config{Customers: 200})
			p := closed(c.status, func(r *http.Request, _ string) bool { return r.Method == c.method }, server)
			target, end := virtual(t, slow(20*time.Millisecond, p), fincome.Config{Update: "replace"})
			defer end()
			journal := &memory{}
			report, err := target.Deliver(context.Background(), changes(t, customersOf(server)), journal)
			var auth interface{ Auth() bool }
			var configuration interface{ Configuration() bool }
			isAuth := errors.As(err, &auth) && auth.Auth()
			isConfiguration := errors.As(err, &configuration) && configuration.Configuration()
			if err == nil || isAuth != c.auth || isConfiguration == c.auth || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%d, %s: %v", c.status, c.method, err)
			}
			if n := journal.count(sinks.Rejected); n > c.most || report.Requests > int64(c.mostRequest) {
				t.Errorf("%d, %s: %d rejected, %d requests", c.status, c.method, n, report.Requests)
			}
		})
	}
}

// TestAKeyThatIsTakenAway while customers are written, told by a 403: no customer is
// refused for it.
func TestAKeyThatIsTakenAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := simulator.New(simulator.Config{Customers: 500})
		var mu sync.Mutex
		left := 200
		p := closed(403, func(*http.Request, string) bool {
			mu.Lock()
			defer mu.Unlock()
			left--
			return left < 0
		}, server)
		target, end := virtual(t, slow(20*time.Millisecond, p), fincome.Config{Update: "replace"})
		defer end()
		journal := &memory{}
		report, err := target.Deliver(context.Background(), changes(t, customersOf(server)), journal)
		var failure *client.Error
		if !errors.As(err, &failure) || !failure.Auth() || journal.count(sinks.Rejected) > 0 || report.Requests > 260 {
			t.Errorf("%v, %+v", err, report)
		}
	})
}
