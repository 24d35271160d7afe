package simulator

import (
	"context"
	"net/http"
	"time"
)

// Fault is something that goes wrong with one request. Of Status and Cut one at
// most is set.
type Fault struct {
	// Stall waits so long before anything happens; the request is not carried out
	// when the client goes away meanwhile.
	Stall  time.Duration
	Status int         // answered instead of serving the request
	Header http.Header // sent with Status
	Body   string      // sent with Status; {"detail":"..."} when empty
	Cut    Cut
	Rate   int // of the true answer, so many bytes come a second; 0: all at once
}

// Cut is the moment at which the connection breaks.
type Cut int

// The moments.
const (
	CutNever   Cut = iota
	CutBefore      // the request is not carried out
	CutUnheard     // it is carried out, and no answer comes
	CutHalfway     // it is carried out, and half of the answer comes
)

// fault is what goes wrong with a request, nil for nothing.
func (s *Server) fault(r *http.Request, to address) *Fault {
	if s.config.Fault != nil {
		if fault := s.config.Fault(r); fault != nil {
			return fault
		}
	}
	if plan := s.plan.Load(); plan != nil {
		if rule := plan.Strike(r.Method, to.kind, r.URL.RequestURI()); rule != nil {
			return rule.kind().make(rule, s.config.Clock())
		}
	}
	return nil
}

func (f *Fault) serve(w http.ResponseWriter, r *http.Request, served http.Handler) {
	if !wait(r.Context(), f.Stall) {
		return
	}
	switch f.Cut {
	case CutNever:
		if f.Status != 0 {
			f.answer(w)
			return
		}
		if f.Rate > 0 {
			w = &slow{ResponseWriter: w, ctx: r.Context(), rate: f.Rate}
		}
		served.ServeHTTP(w, r)
		return
	case CutBefore:
	case CutUnheard:
		served.ServeHTTP(&held{header: http.Header{}}, r)
	case CutHalfway:
		whole := &held{header: http.Header{}}
		served.ServeHTTP(whole, r)
		whole.half(w)
	}
	panic(http.ErrAbortHandler) // net/http's way to drop a connection
}

func (f *Fault) answer(w http.ResponseWriter) {
	for name, values := range f.Header {
		w.Header()[name] = values
	}
	if f.Body == "" {
		problem(w, f.Status, http.StatusText(f.Status))
		return
	}
	answer(w, f.Status, []byte(f.Body))
}

// held is an answer that has not been sent.
type held struct {
	header http.Header
	status int
	body   []byte
}

func (h *held) Header() http.Header    { return h.header }
func (h *held) WriteHeader(status int) { h.status = status }
func (h *held) Write(p []byte) (int, error) {
	h.body = append(h.body, p...)
	return len(p), nil
}

// half sends the headers, which promise the whole, and the first half.
func (h *held) half(w http.ResponseWriter) {
	for name, values := range h.header {
		w.Header()[name] = values
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body[:len(h.body)/2])
	flush(w)
}

func flush(w http.ResponseWriter) {
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
}

// slow sends an answer at a rate.
type slow struct {
	http.ResponseWriter
	ctx  context.Context // of the request: a ResponseWriter's Write takes none
	rate int
}

const partsPerSecond = 20

func (s *slow) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		part := p[n:min(len(p), n+max(1, s.rate/partsPerSecond))]
		if !wait(s.ctx, time.Duration(len(part))*time.Second/time.Duration(s.rate)) {
			return n, context.Cause(s.ctx)
		}
		_, err = s.ResponseWriter.Write(part)
		flush(s.ResponseWriter)
		n += len(part)
	}
	return n, err
}
