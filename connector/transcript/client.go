package transcript

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Client is a client under test, driven by the words of a story. Placeholders in
// a line are filled in already. An error of Setup and Call says that the line
// means nothing to the client; what came of a call is kept for Check.
type Client interface {
	Setup(line string) error
	Call(line string) error
	// Check says in what the outcome of the last call differs from a claim.
	Check(claim string) error
}

// PlayClient plays the servers of a story to a client. start makes the client of
// a server at an address; it binds what it brings along.
func (s *Story) PlayClient(t testing.TB, start func(b *Bindings, url string) Client) {
	t.Helper()
	script := &script{t: t, bindings: s.bindings(), anyOrder: s.anyOrder}
	server := httptest.NewServer(script)
	defer server.Close()
	client := start(script.bindings, server.URL)
	for i, step := range s.steps {
		if step.kind == call {
			script.begin(s.steps[i+1:])
		}
		for _, line := range step.lines {
			s.drive(t, script, client, step.kind, line)
		}
		if step.kind == expect {
			script.end()
		}
	}
}

func (s *Story) drive(t testing.TB, script *script, client Client, kind kind, line string) {
	t.Helper()
	line = script.render(line)
	switch kind {
	case setup:
		if err := client.Setup(line); err != nil {
			t.Fatalf("setup %q: %v", line, err)
		}
	case call:
		if err := client.Call(line); err != nil {
			t.Fatalf("call %q: %v", line, err)
		}
	case expect:
		if err := client.Check(line); err != nil {
			t.Errorf("expect %q: %v", line, err)
		}
	}
}

// script is the server that a client meets: it answers the exchanges of one call
// in their order.
type script struct {
	t        testing.TB
	anyOrder bool

	mu       sync.Mutex
	bindings *Bindings
	ahead    []*exchange
}

func (s *script) render(line string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bindings.Render(line)
}

// begin takes the exchanges up to the next expectation.
func (s *script) begin(steps []step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead = nil
	for _, step := range steps {
		if step.kind == expect {
			return
		}
		if step.kind == exchanged && step.exchange.client {
			s.ahead = append(s.ahead, step.exchange)
		}
	}
}

// end complains about requests that should have come.
func (s *script) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.ahead {
		if !e.optional {
			s.t.Errorf("the client did not send %s %s", e.method, e.target)
		}
	}
	s.ahead = nil
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Errorf("%s %s: %v", r.Method, r.URL, err)
	}
	s.mu.Lock()
	e, reasons := s.take(r, string(body))
	if e == nil {
		s.mu.Unlock()
		s.t.Errorf("the client sent %s %s %s\n\t%s", r.Method, r.URL, body, strings.Join(reasons, "\n\t"))
		w.WriteHeader(http.StatusBadRequest) // which no client tries again
		return
	}
	answer, err := e.answered.render(s.bindings)
	status, bad := strconv.Atoi(s.bindings.Render(e.status))
	e.answered.renderHeader(s.bindings, w.Header())
	s.mu.Unlock()
	if err != nil || bad != nil {
		s.t.Errorf("the answer to %s %s: %v %v", e.method, e.target, err, bad)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, answer) // a client may hang up
}

// take finds the exchange of a request. In order, only optional ones are passed
// over; they do not come again.
func (s *script) take(r *http.Request, body string) (found *exchange, reasons []string) {
	for i, e := range s.ahead {
		attempt := s.bindings.clone()
		err := e.matchRequest(attempt, r, body)
		if err == nil {
			s.bindings.keep(attempt)
			rest := s.ahead[i+1:]
			if s.anyOrder {
				rest = append(append([]*exchange{}, s.ahead[:i]...), rest...)
			}
			s.ahead = rest
			return e, nil
		}
		reasons = append(reasons, "not "+e.method+" "+e.target+": "+err.Error())
		if !e.optional && !s.anyOrder {
			break
		}
	}
	return nil, append(reasons, "nothing else is expected")
}
