package transcript

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Simulator is a simulated server under test. Do brings about the state that a
// line of a story's setup asks for, when its turn comes; an error says that the
// line means nothing to it.
type Simulator interface {
	http.Handler
	Do(line string) error
}

// PlaySimulator sends the requests of a story to a simulator as they stand. start
// makes it; setup are all lines of the story that it may have to know before it
// starts. b has the value url, the address it is served at, from the first Do on.
func (s *Story) PlaySimulator(t testing.TB, start func(b *Bindings, setup []string) Simulator) {
	t.Helper()
	b := s.bindings()
	lines := s.setups()
	for i := range lines {
		lines[i] = b.clone().Render(lines[i])
	}
	simulator := start(b, lines)
	server := httptest.NewServer(simulator)
	defer server.Close()
	b.Set("url", server.URL)
	b.Set("instance_url", server.URL)
	sender := &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, step := range s.steps {
		if step.kind == setup {
			s.prepare(t, simulator, b, step.lines)
		}
		if step.kind == exchanged && step.exchange.simulator {
			if err := step.exchange.send(sender, b, server.URL); err != nil {
				t.Fatalf("%s %s: %v", step.exchange.method, b.Render(step.exchange.target), err)
			}
		}
	}
}

func (s *Story) prepare(t testing.TB, simulator Simulator, b *Bindings, lines []string) {
	t.Helper()
	for _, line := range lines {
		if err := simulator.Do(b.clone().Render(line)); err != nil {
			t.Fatalf("setup %q: %v", line, err)
		}
	}
}

// send sends the request and compares the answer.
func (e *exchange) send(sender *http.Client, b *Bindings, address string) error {
	body, err := e.asked.render(b)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(e.method, address+b.Render(e.target), strings.NewReader(body))
	if err != nil {
		return err
	}
	e.asked.renderHeader(b, r.Header)
	answer, err := sender.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return e.matchResponse(b, answer)
}
