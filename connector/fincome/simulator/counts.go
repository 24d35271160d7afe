package simulator

import (
	"maps"
	"net/http"
	"sync"
)

// Request is what requests are counted by. Status is what was answered; 0
// when the connection was cut before any answer.
type Request struct {
	Method string
	Kind   string // KindRetrieve, KindUpdate, KindList, KindOther
	Status int
}

type counter struct {
	mu   sync.Mutex
	seen map[Request]int
}

func (c *counter) add(r Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[Request]int{}
	}
	c.seen[r]++
}

// Requests is how often each kind of request was received since New.
func (s *Server) Requests() map[Request]int {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	return maps.Clone(s.counts.seen)
}

// Writes is how many requests to change a customer were received, whatever
// became of them.
func (s *Server) Writes() int {
	writes := 0
	for r, n := range s.Requests() {
		if r.Kind == KindUpdate {
			writes += n
		}
	}
	return writes
}

// recorder notes the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Flush lets half of an answer out before its connection is cut.
func (r *recorder) Flush() {
	if flusher, ok := r.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}
