package simulator

import (
	"io"
	"net/http"
	"time"
)

// Fault is what goes wrong with one answer.
type Fault struct {
	// Status, when set, is answered with Body at once; the request has no effect.
	Status      int
	ContentType string // of Body; text/html when empty
	Body        string
	// Drop closes the connection without an answer and without effect.
	Drop bool
	// Lose lets the request have its effect and closes the connection instead of
	// answering, as when the line breaks on the way back.
	Lose bool
	// CutAfter sends so many bytes of the true answer and then closes the
	// connection, when it is above 0.
	CutAfter int64
	// EndAfter sends so many bytes of the true answer and ends it there as if it
	// were complete, when it is above 0.
	EndAfter int64
	// Edit, when set, changes the headers of the true answer.
	Edit func(http.Header)
	// Rewrite, when set, changes the true answer, of which it sees all.
	Rewrite func(*Answer)
	// Stall waits so long before anything happens, or as long as the client does.
	Stall time.Duration
	// StallAfter moves the waiting into the body of the answer, after so many
	// bytes, when it is above 0.
	StallAfter int64
	// Rate sends the body of the answer at so many bytes a second, when it is
	// above 0.
	Rate int64
}

// Answer is a true answer on its way to the client, to be changed.
type Answer struct {
	Request *http.Request
	Status  int
	Header  http.Header
	Body    []byte
	// Cut sends so many bytes of the body and then closes the connection; the
	// length told is that of all of it. Negative sends all.
	Cut int
}

// Inject sets the function that decides, for every request, what goes wrong: nil
// for nothing. It runs before the request has any effect, on the request's
// goroutine, and may block to stall it. Inject(nil) ends its faults. It is asked
// before the rules of Faults are.
func (s *Server) Inject(fault func(*http.Request) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// apply returns the writer for the true answer and what is to be done after it,
// or nil when there is none left to give. It panics with http.ErrAbortHandler to
// close the connection. wait waits and reports false when the client is gone.
func (f *Fault) apply(w http.ResponseWriter, r *http.Request, wait func(time.Duration) bool) (http.ResponseWriter, func()) {
	if f.Stall > 0 && f.StallAfter <= 0 && !wait(f.Stall) || f.Drop {
		panic(http.ErrAbortHandler)
	}
	if f.Status != 0 {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		if f.ContentType != "" {
			w.Header().Set("Content-Type", f.ContentType)
		}
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body) // the client may be gone
		return nil, nil
	}
	faulty := &faulty{ResponseWriter: w, fault: f, wait: wait}
	if f.Rewrite == nil {
		return faulty, func() {}
	}
	whole := &wholeAnswer{Answer: Answer{Request: r, Status: http.StatusOK, Header: w.Header(), Cut: -1}}
	return whole, func() {
		f.Rewrite(&whole.Answer)
		whole.send(faulty)
	}
}
