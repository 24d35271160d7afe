package fincome_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

// times makes a fault of the first n requests.
func times(n int64, fault simulator.Fault) func(*http.Request) *simulator.Fault {
	var left atomic.Int64
	left.Store(n)
	return func(*http.Request) *simulator.Fault {
		if left.Add(-1) < 0 {
			return nil
		}
		return &fault
	}
}

func TestFaultsThatPassAreOvercome(t *testing.T) {
	t.Parallel()
	long := map[string]string{"Long": `"` + strings.Repeat("x", 100_000) + `"`}
	for name, fault := range map[string]simulator.Fault{
		"500": {Status: 500}, "502": {Status: 502}, "503": {Status: 503}, "504": {Status: 504},
		"429": {Status: 429}, "408": {Status: 408},
		"cut before": {Cut: simulator.CutBefore}, "cut unheard": {Cut: simulator.CutUnheard}, "cut halfway": {Cut: simulator.CutHalfway},
	} {
		server := simulator.New(simulator.Config{Extra: []simulator.Customer{given("c", long)}, Fault: times(2, fault)})
		client := dial(t, server)
		customer, err := client.Retrieve(t.Context(), "c")
		if err != nil || len(customer.Properties["Long"]) != 100_002 {
			t.Errorf("%s: read: %v", name, err)
		}
		server = simulator.New(simulator.Config{Extra: []simulator.Customer{given("c", nil)}, Fault: times(2, fault)})
		if _, err := dial(t, server).Update(t.Context(), "c", raw(map[string]string{"a": `"1"`})); err != nil || server.Writes() != 3 {
			t.Errorf("%s: update: %v after %d requests", name, err, server.Writes())
		}
		for c := range server.Customers() {
			if string(c.Properties["a"]) != `"1"` {
				t.Errorf("%s: the update is lost", name)
			}
		}
	}
}

func TestWhatIsNotRetried(t *testing.T) {
	t.Parallel()
	server := simulator.New(simulator.Config{Extra: []simulator.Customer{given("c", nil)}, RejectIDs: []string{"c"}})
	client := dial(t, server)
	wrong := dial(t, server, func(c *fincome.Config) { c.APIKey = connector.NewSecret("wrong") })
	var e *fincome.Error
	if _, err := client.Retrieve(t.Context(), "nobody"); !errors.As(err, &e) || !e.Refused() || e.Tries != 1 {
		t.Errorf("404: %v", err)
	}
	if _, err := client.Update(t.Context(), "c", nil); !errors.As(err, &e) || e.Code != "value_error" || e.Tries != 1 {
		t.Errorf("422: %v", err)
	}
	if _, err := wrong.Retrieve(t.Context(), "c"); !errors.As(err, &e) || !e.Auth() || e.Tries != 1 {
		t.Errorf("401: %v", err)
	}
	if n := len(server.Requests()); n != 3 {
		t.Errorf("%d kinds of request: %v", n, server.Requests())
	}
	for request, n := range server.Requests() {
		if n != 1 {
			t.Errorf("%+v came %d times", request, n)
		}
	}
}

// inMemory answers requests without a network, so that a bubble of synctest can
// tell when everybody waits.
type inMemory func(*http.Request) (status int, header http.Header)

func (f inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	if f == nil { // a host that never answers
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	status, header := f(r)
	answer := httptest.NewRecorder()
	for name, values := range header {
		answer.Header()[name] = values
	}
	answer.WriteHeader(status)
	_, _ = io.WriteString(answer, `{"id":"c"}`)
	return answer.Result(), nil
}

func remote(t *testing.T, transport http.RoundTripper, retry fincome.Retry) *fincome.Client {
	t.Helper()
	client, err := fincome.New(fincome.Config{APIKey: connector.NewSecret("k"), Retry: retry}, transport)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestPausesThatTheServerAsksFor(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]func() http.Header{
		"seconds": func() http.Header { return http.Header{"Retry-After": {"7"}} },
		"date": func() http.Header { // its clock is an hour ahead
			date := func(in time.Duration) []string {
				return []string{time.Now().Add(time.Hour + in).UTC().Format(http.TimeFormat)}
			}
			return http.Header{"Date": date(0), "Retry-After": date(8*time.Second - 1)}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			client := remote(t, inMemory(func(*http.Request) (int, http.Header) {
				if requests++; requests <= 10 { // more than Tries: such a pause is no failed try
					return 429, header()
				}
				return 200, nil
			}), fincome.Retry{})
			start := time.Now()
			_, err := client.Retrieve(t.Context(), "c")
			if took := time.Since(start); err != nil || took < 70*time.Second || took > 88*time.Second {
				t.Errorf("%s: %v after %v", name, err, took)
			}
		})
	}
}

func TestBoundsOfRetrying(t *testing.T) {
	t.Parallel()
	count := func(into *int, status int, header http.Header) inMemory {
		return func(*http.Request) (int, http.Header) { *into++; return status, header }
	}
	synctest.Test(t, func(t *testing.T) {
		requests := 0
		_, err := remote(t, count(&requests, 503, nil), fincome.Retry{Tries: 4}).Retrieve(t.Context(), "c")
		var e *fincome.Error
		if !errors.As(err, &e) || !e.Temporary() || e.Tries != 4 || requests != 4 {
			t.Errorf("tries: %v after %d requests", err, requests)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		requests, start := 0, time.Now()
		header := http.Header{"Retry-After": {"40"}}
		_, err := remote(t, count(&requests, 429, header), fincome.Retry{Elapsed: time.Minute}).Retrieve(t.Context(), "c")
		var e *fincome.Error
		if !errors.As(err, &e) || e.RetryAfter() != 40*time.Second || requests != 2 || time.Since(start) > time.Minute {
			t.Errorf("elapsed: %v after %d requests in %v", err, requests, time.Since(start))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		requests, start := 0, time.Now()
		header := http.Header{"Retry-After": {"100"}}
		_, err := remote(t, count(&requests, 503, header), fincome.Retry{}).Retrieve(ctx, "c")
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute || requests != 1 {
			t.Errorf("context: %v after %v", err, time.Since(start))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := remote(t, inMemory(nil), fincome.Retry{Tries: 2}).Retrieve(t.Context(), "c")
		var e *fincome.Error
		if !errors.As(err, &e) || e.Status != 0 || !e.Temporary() || e.Tries != 2 || time.Since(start) < 2*time.Minute {
			t.Errorf("no answer: %v after %v", err, time.Since(start))
		}
	})
}

func TestRateLimitedByTheSimulator(t *testing.T) {
	t.Parallel()
	now := time.Now()
	var asked atomic.Int64
	server := simulator.New(simulator.Config{
		Extra: []simulator.Customer{given("c", nil)},
		Limit: simulator.Limit{PerSecond: 100, Burst: 1},
		Clock: func() time.Time { return now.Add(time.Duration(asked.Add(1)) * time.Millisecond) },
	})
	client := dial(t, server, func(c *fincome.Config) { c.Retry.Elapsed = 500 * time.Millisecond })
	if _, err := client.Retrieve(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	var e *fincome.Error
	if _, err := client.Retrieve(t.Context(), "c"); !errors.As(err, &e) || e.Status != 429 || e.RetryAfter() != time.Second {
		t.Errorf("a request too many: %v", err)
	}
}

// Once sends a request once, and hands over what the server asked for.
func TestOnceSendsOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status    int
		header    http.Header
		throttled bool
		pause     time.Duration
	}{
		{429, http.Header{"Retry-After": {"7"}}, true, 7 * time.Second},
		{429, nil, true, 0},
		{503, http.Header{"Retry-After": {"2"}}, true, 2 * time.Second},
		{503, nil, false, 0},
		{500, http.Header{"Retry-After": {"2"}}, false, 2 * time.Second},
	} {
		requests := 0
		client := remote(t, inMemory(func(*http.Request) (int, http.Header) { requests++; return c.status, c.header }), fincome.Retry{})
		_, err := client.Once().Retrieve(t.Context(), "c")
		var e *fincome.Error
		if !errors.As(err, &e) || requests != 1 || e.Throttled() != c.throttled || e.RetryAfter() != c.pause {
			t.Errorf("%d %v: %v after %d requests", c.status, c.header, err, requests)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("told to stop")
	cancel(why)
	if _, err := remote(t, inMemory(nil), fincome.Retry{}).Once().Retrieve(ctx, "c"); !errors.Is(err, why) {
		t.Errorf("told to stop: %v", err)
	}
}
