package salesforce

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// newTransport keeps as many connections as there are downloads. It leaves
// compression alone, so that a page arrives as it was sent.
func newTransport(c Config) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DisableCompression = true
	t.MaxIdleConnsPerHost = c.Downloads + 2
	t.ReadBufferSize = 64 << 10
	return t
}

// newHTTPClient never follows a redirect, for that could carry a token away.
func newHTTPClient(c Config) *http.Client {
	return &http.Client{
		Transport:     unechoed{newTransport(c)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

var errIdle = errors.New("nothing arrived for too long")

// watch gives a request a context that ends when nothing is received for idle.
// The body of the answer keeps resetting it; closing the body ends the watch.
type watch struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	idle   time.Duration
}

func newWatch(ctx context.Context, idle time.Duration) *watch {
	ctx, cancel := context.WithCancelCause(ctx)
	return &watch{ctx: ctx, cancel: cancel, idle: idle, timer: time.AfterFunc(idle, func() { cancel(errIdle) })}
}

// Read reads on, and tells errIdle where net/http says that the context ended.
func (w *watch) Read(p []byte) (int, error) {
	n, err := w.ReadCloser.Read(p)
	if err == nil {
		w.timer.Reset(w.idle)
	} else if err != io.EOF {
		err = w.cause(err)
	}
	return n, err
}

// cause is why the request ended: the cause of its context, else err.
func (w *watch) cause(err error) error {
	if cause := context.Cause(w.ctx); cause != nil {
		return cause
	}
	return err
}

// Close ends the request.
func (w *watch) Close() error {
	w.stop()
	if w.ReadCloser == nil {
		return nil
	}
	return w.ReadCloser.Close()
}

func (w *watch) stop() {
	w.timer.Stop()
	w.cancel(nil)
}

// transportError tells failures that may pass from those that will not: a
// cancelled run, a name that does not exist, a certificate nobody trusts.
func transportError(request string, err error) error {
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err // without the URL, which repeats the request
	}
	var name *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errStopped), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded) && !isTimeout(err),
		errors.As(err, &name) && name.IsNotFound, errors.As(err, &certificate):
		return fmt.Errorf("salesforce: %s: %w", request, err)
	}
	return &interruption{request, err}
}

// isTimeout reports a time-out of the network, which looks like the deadline of
// a context.
func isTimeout(err error) bool {
	var operation *net.OpError
	return errors.As(err, &operation) && operation.Timeout()
}
