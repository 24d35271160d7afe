package fincome_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	client "github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
)

// pipes is a listener whose connections are pipes in memory: HTTP over it is real,
// and in a bubble of synctest its waiting costs no time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, errors.New("the server is closed")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.IPAddr{} }

// virtual makes a target of a server in memory, to be used in one bubble of
// synctest. The caller calls end before the bubble ends, and before looking at
// what the handler noted.
func virtual(t *testing.T, handler http.Handler, settings fincome.Config) (target *fincome.Target, end func()) {
	t.Helper()
	listener := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: handler}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(listener) // until it is closed
	}()
	transport := &http.Transport{DialContext: listener.dial, MaxIdleConnsPerHost: 256}
	c, err := client.New(client.Config{BaseURL: "http://localhost/product", APIKey: connector.NewSecret(simulator.DefaultAPIKey)}, transport)
	if err != nil {
		t.Fatal(err)
	}
	if settings.Log == nil {
		settings.Log = slog.New(slog.DiscardHandler)
	}
	if target, err = fincome.New(c, settings); err != nil {
		t.Fatal(err)
	}
	return target, sync.OnceFunc(func() {
		c.Close()
		_ = server.Shutdown(context.Background()) // when the last answer is given
		<-served
	})
}

// slow answers after a while, half of which passes before the request is served.
func slow(by time.Duration, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(by / 2)
		handler.ServeHTTP(w, r)
		time.Sleep(by - by/2)
	})
}

// memory is a journal that is durable at once.
type memory struct {
	slow func() // called by Sending

	mu       sync.Mutex
	outcomes []sinks.Outcome
	intents  map[string][]sinks.Cell
}

func (m *memory) Sending(id string, cells []sinks.Cell, _ time.Time) error {
	if m.slow != nil {
		m.slow()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.intents == nil {
		m.intents = map[string][]sinks.Cell{}
	}
	m.intents[id] = cells
	return nil
}

func (m *memory) Record(outcome sinks.Outcome) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outcomes = append(m.outcomes, outcome)
	return nil
}

func (m *memory) count(kind sinks.OutcomeKind) int {
	n := 0
	for _, outcome := range m.outcomes {
		if outcome.Kind == kind {
			n++
		}
	}
	return n
}

// customersOf gives the ids of the customers of a simulator.
func customersOf(server *simulator.Server) []string {
	var all []string
	for c := range server.Customers() {
		all = append(all, c.ID)
	}
	return all
}
