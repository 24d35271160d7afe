package simulator

import (
	"io"
	"net/http"
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
}

// Inject sets the function that decides, for every request, what goes wrong: nil
// for nothing. It runs before the request has any effect, on the request's
// goroutine, and may block to stall it. Inject(nil) ends all faults.
func (s *Server) Inject(fault func(*http.Request) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// apply returns the writer for the true answer, or nil when there is none left
// to give. It panics with http.ErrAbortHandler to close the connection.
func (f *Fault) apply(w http.ResponseWriter) http.ResponseWriter {
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	if f.Status != 0 {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		if f.ContentType != "" {
			w.Header().Set("Content-Type", f.ContentType)
		}
		w.WriteHeader(f.Status)
		_, _ = io.WriteString(w, f.Body) // the client may be gone
		return nil
	}
	return &faulty{ResponseWriter: w, fault: f}
}

// faulty lets an answer through up to its fault.
type faulty struct {
	http.ResponseWriter
	fault *Fault
	sent  int64
	begun bool
}

func (w *faulty) WriteHeader(status int) {
	if w.fault.Lose {
		panic(http.ErrAbortHandler)
	}
	w.begun = true
	if w.fault.EndAfter > 0 {
		w.Header().Del("Content-Length")
	}
	if w.fault.Edit != nil {
		w.fault.Edit(w.Header())
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *faulty) Write(p []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	limit := max(w.fault.CutAfter, w.fault.EndAfter)
	if limit <= 0 || w.sent+int64(len(p)) <= limit {
		w.sent += int64(len(p))
		return w.ResponseWriter.Write(p)
	}
	n, err := w.ResponseWriter.Write(p[:limit-w.sent])
	w.sent += int64(n)
	if w.fault.CutAfter > 0 {
		_ = http.NewResponseController(w.ResponseWriter).Flush() // what was sent is to arrive
		panic(http.ErrAbortHandler)
	}
	return len(p), err
}
