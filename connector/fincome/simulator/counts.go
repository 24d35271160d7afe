package simulator

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Request is what requests are counted by. Status is what was answered; 0
// when the connection was cut before any answer.
type Request struct {
	Method string
	Kind   string // KindRetrieve, KindUpdate, KindList, KindOther
	Status int
}

// Second is what was answered within one second of the clock.
type Second struct {
	Start   time.Time
	Served  int // all but those refused with 429
	Refused int // 429
}

type counter struct {
	clock func() time.Time

	mu      sync.Mutex
	seen    map[Request]int
	seconds map[int64]Second
	carried map[string]int
}

func (c *counter) add(r Request) {
	now := c.clock()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen, c.seconds = map[Request]int{}, map[int64]Second{}
	}
	c.seen[r]++
	second := c.seconds[now.Unix()]
	second.Start = time.Unix(now.Unix(), 0).UTC()
	if r.Status == http.StatusTooManyRequests {
		second.Refused++
	} else {
		second.Served++
	}
	c.seconds[now.Unix()] = second
}

// carry notes the names in the dictionary of an update. What is no update is
// refused later.
func (c *counter) carry(raw []byte) {
	var sent struct {
		Properties map[string]json.RawMessage `json:"custom_properties"`
	}
	if json.Unmarshal(raw, &sent) != nil || len(sent.Properties) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.carried == nil {
		c.carried = map[string]int{}
	}
	for name := range sent.Properties {
		c.carried[name]++
	}
}

// Requests is how often each kind of request was received since New.
func (s *Server) Requests() map[Request]int {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	return maps.Clone(s.counts.seen)
}

// Seconds is what was answered in each second in which something was, in their
// order.
func (s *Server) Seconds() []Second {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	return slices.SortedFunc(maps.Values(s.counts.seconds), func(a, b Second) int { return cmp.Compare(a.Start.Unix(), b.Start.Unix()) })
}

// Carried is how many requests to change a customer carried each property name,
// whatever became of them.
func (s *Server) Carried() map[string]int {
	s.counts.mu.Lock()
	defer s.counts.mu.Unlock()
	return maps.Clone(s.counts.carried)
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
	before func() // runs before the answer begins
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.before()
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Flush lets a part of an answer out before the rest, or before its connection
// is cut.
func (r *recorder) Flush() {
	if flusher, ok := r.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}
