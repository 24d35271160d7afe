package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// Request is a request that the server received.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	// Endpoint is the path without host, version and ids, such as jobs/query/{id}
	// or oauth2/token; empty when there is no such resource.
	Endpoint string
	// Status is the status of the answer, 0 as long as there is none.
	Status int
}

// requestLog keeps the requests in the order they came.
type requestLog struct {
	mu   sync.Mutex
	list []Request
}

// Requests returns the requests received so far, in order.
func (s *Server) Requests() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return slices.Clone(s.requests.list)
}

// Count returns how many requests an endpoint received, as in
// Count("POST", "jobs/query").
func (s *Server) Count(method, endpoint string) int {
	count := 0
	for _, r := range s.Requests() {
		if r.Method == method && r.Endpoint == endpoint {
			count++
		}
	}
	return count
}

// ForgetRequests empties the list of requests.
func (s *Server) ForgetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.list = nil
}

// observe notes a request and returns a writer that notes the status of its
// answer, before the client can see it.
func (l *requestLog) observe(w http.ResponseWriter, r *http.Request, endpoint string) http.ResponseWriter {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), Endpoint: endpoint})
	return &observed{ResponseWriter: w, log: l, at: len(l.list) - 1}
}

type observed struct {
	http.ResponseWriter
	log *requestLog
	at  int
	set bool
}

func (o *observed) WriteHeader(status int) {
	if !o.set {
		o.set = true
		o.log.mu.Lock()
		if o.at < len(o.log.list) {
			o.log.list[o.at].Status = status
		}
		o.log.mu.Unlock()
	}
	o.ResponseWriter.WriteHeader(status)
}

func (o *observed) Write(p []byte) (int, error) {
	if !o.set {
		o.WriteHeader(http.StatusOK)
	}
	return o.ResponseWriter.Write(p)
}

// Unwrap gives http.ResponseController the writer behind.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }
