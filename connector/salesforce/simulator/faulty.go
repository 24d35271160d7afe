package simulator

import (
	"net/http"
	"strconv"
	"time"
)

// faulty lets an answer through up to its fault.
type faulty struct {
	http.ResponseWriter
	fault *Fault
	wait  func(time.Duration) bool
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
		return w.send(p)
	}
	if _, err := w.send(p[:max(0, limit-w.sent)]); err != nil {
		return 0, err
	}
	if w.fault.CutAfter > 0 {
		w.hangUp()
	}
	return len(p), nil
}

// hangUp closes the connection once the client has what was sent.
func (w *faulty) hangUp() {
	_ = http.NewResponseController(w.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}

// send sends bytes, at the pace of the fault.
func (w *faulty) send(p []byte) (int, error) {
	if at := w.fault.StallAfter; w.fault.Stall > 0 && at > 0 && w.sent < at && w.sent+int64(len(p)) >= at {
		head := int(at - w.sent)
		if _, err := w.pass(p[:head]); err != nil {
			return 0, err
		}
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		if !w.wait(w.fault.Stall) {
			panic(http.ErrAbortHandler)
		}
		n, err := w.pass(p[head:])
		return head + n, err
	}
	return w.pass(p)
}

// partsPerSecond is how often a second something is sent at a given rate.
const partsPerSecond = 20

func (w *faulty) pass(p []byte) (n int, err error) {
	for w.fault.Rate > 0 && n < len(p) && err == nil {
		part := p[n:min(len(p), n+int(max(1, w.fault.Rate/partsPerSecond)))]
		if !w.wait(time.Duration(len(part)) * time.Second / time.Duration(w.fault.Rate)) {
			panic(http.ErrAbortHandler)
		}
		_, err = w.ResponseWriter.Write(part)
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		n += len(part)
		w.sent += int64(len(part))
	}
	if n == len(p) || err != nil {
		return n, err
	}
	n, err = w.ResponseWriter.Write(p)
	w.sent += int64(n)
	return n, err
}

// wholeAnswer gathers an answer, so that it can be changed as a whole.
type wholeAnswer struct{ Answer }

func (a *wholeAnswer) Header() http.Header    { return a.Answer.Header }
func (a *wholeAnswer) WriteHeader(status int) { a.Status = status }
func (a *wholeAnswer) Write(p []byte) (int, error) {
	a.Body = append(a.Body, p...)
	return len(p), nil
}

// send passes a changed answer on.
func (a *wholeAnswer) send(w *faulty) {
	if a.Status != http.StatusNoContent {
		a.Answer.Header.Set("Content-Length", strconv.Itoa(len(a.Body)))
	}
	w.WriteHeader(a.Status)
	if a.Cut >= 0 && a.Cut < len(a.Body) {
		_, _ = w.Write(a.Body[:a.Cut]) // the client may be gone
		w.hangUp()
	}
	_, _ = w.Write(a.Body)
}
