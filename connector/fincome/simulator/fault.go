package simulator

import (
	"net/http"
)

// Fault is something that goes wrong with one request. Exactly one of Status
// and Cut is set.
type Fault struct {
	Status int         // answered instead of serving the request
	Header http.Header // sent with Status
	Body   string      // sent with Status; {"detail":"..."} when empty
	Cut    Cut
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

func (f *Fault) serve(w http.ResponseWriter, r *http.Request, served http.Handler) {
	switch f.Cut {
	case CutNever:
		f.answer(w)
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
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
}
