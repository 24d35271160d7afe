package probe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/probe"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

const tested = "C/1 é"

// given is the customer that is probed: texts, one that looks like a number, what is
// no text, and what is empty.
func given() simulator.Customer {
	return simulator.Customer{
		ID: tested, Name: "Ünïted <Kites> & Co", Email: "a@example.com", Country: "FR", Code: "01234",
		Properties: map[string]json.RawMessage{
			"Salesforce ID": json.RawMessage(`"0015g00000BCvReAAL"`), "Industry": json.RawMessage(`"Software \"x\" é"`), "Region": json.RawMessage(`"North"`),
			"Employees": json.RawMessage(`12.50`), "Score": json.RawMessage(`"12.50"`), "Since": json.RawMessage(`"2026-03-01T10:00:00Z"`),
			"Active": json.RawMessage(`true`), "Gone": json.RawMessage(`null`), "Blank": json.RawMessage(`""`), "Padded": json.RawMessage(`" x "`),
			"Tags": json.RawMessage(`["a",{"b":1.0}]`),
		},
	}
}

// wire is a transport in memory: the handler is called in the goroutine of the
// client, so that time in a bubble is all there is to wait for.
type wire struct {
	handler http.Handler
	count   int
	// before is called with the number of each request, from 1, and after once it was
	// served; a killing one never returns.
	before, after func(n int, r *http.Request)
}

func (w *wire) RoundTrip(r *http.Request) (answer *http.Response, err error) {
	w.count++
	n := w.count
	if w.before != nil {
		w.before(n, r)
	}
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	if r.Context().Err() != nil {
		return nil, context.Cause(r.Context())
	}
	sent := r.Clone(r.Context())
	sent.Body = io.NopCloser(bytes.NewReader(body))
	recorder := httptest.NewRecorder()
	cut := func() (cut bool) {
		defer func() {
			if thrown := recover(); thrown != nil {
				if thrown != http.ErrAbortHandler {
					panic(thrown)
				}
				cut = true
			}
		}()
		w.handler.ServeHTTP(recorder, sent)
		return false
	}()
	if w.after != nil {
		w.after(n, r)
	}
	if cut {
		return nil, io.ErrUnexpectedEOF
	}
	return recorder.Result(), nil
}

// kill ends the goroutine at a request, as a process ends that is killed.
func kill(at int) func(int, *http.Request) {
	return func(n int, _ *http.Request) {
		if n == at {
			runtime.Goexit()
		}
	}
}

// kept is the state: what is durable.
type kept struct {
	record *probe.Record
	saves  int
}

func (k *kept) options(w *wire, config fincome.Config) probe.Options {
	config.BaseURL = "http://localhost/product"
	if config.APIKey.IsZero() {
		config.APIKey = connector.NewSecret(simulator.DefaultAPIKey)
	}
	return probe.Options{
		Config: config, Customer: tested, Axis: "Salesforce ID", Transport: w,
		Keep: func(r probe.Record) error {
			content, err := json.Marshal(r)
			if err != nil {
				return err
			}
			k.saves++
			k.record = new(probe.Record)
			return json.Unmarshal(content, k.record)
		},
		Forget: func() error { k.record = nil; return nil },
	}
}

// held is everything of the customer but the time of its last change.
func held(t testing.TB, s *simulator.Server) string {
	t.Helper()
	s.Settle()
	for c := range s.Customers() {
		if c.ID == tested {
			return describe(c)
		}
	}
	t.Fatal("the customer is gone")
	return ""
}

func describe(c simulator.Customer) string {
	properties := ""
	for _, name := range sortedKeys(c.Properties) {
		properties += fmt.Sprintf("%q=%s ", name, c.Properties[name])
	}
	return fmt.Sprintf("%q %q %q %q %s", c.Name, c.Email, c.Country, c.Code, properties)
}

// steady fails the test when a read shows anything else than the customer as it was,
// now or later.
func steady(t testing.TB, w *wire, config simulator.Config) {
	t.Helper()
	var k kept
	client, err := fincome.New(k.options(w, reaching(config)).Config, w)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		c, err := client.Retrieve(context.Background(), tested)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := describe(simulator.Customer{Properties: c.Properties}), describe(simulator.Customer{Properties: given().Properties}); got != want {
			t.Errorf("after it was put back a read shows:\n got %s\nwant %s", got, want)
			return
		}
		time.Sleep(time.Minute)
	}
}

// reaching is how a server is reached.
func reaching(c simulator.Config) fincome.Config {
	return fincome.Config{AuthHeader: c.AuthHeader, AuthScheme: c.AuthScheme, ClientPath: c.ClientPath}
}

// untouched fails the test when the customer, or any other, is not as it was.
func untouched(t testing.TB, s *simulator.Server) {
	t.Helper()
	if got, want := held(t, s), describe(given()); got != want {
		t.Errorf("the customer is not as it was:\n got %s\nwant %s", got, want)
	}
	n := 0
	for range s.Customers() {
		n++
	}
	if n != 3 {
		t.Errorf("there are %d customers, not 3", n)
	}
}

// account is a simulated Fincome with the customer and two others.
func account(config simulator.Config) *simulator.Server {
	config.Clock = time.Now
	config.Extra = []simulator.Customer{given(), {ID: "A"}, {ID: "B"}}
	return simulator.New(config)
}
