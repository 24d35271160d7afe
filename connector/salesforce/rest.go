package salesforce

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/axisync/axisync/connector/gzip"
)

// rest speaks to the REST API of one org, in one version of it.
type rest struct {
	config  Config
	http    *http.Client
	session *session
	version string // such as 68.0

	calls *atomic.Int64 // made with this value
	all   *atomic.Int64 // made with it and those it was taken from
	clock *clock
	usage *usage
	jobs  *atomic.Int64 // query jobs made
}

// request is one call. Its path is relative to the version, such as
// /jobs/query, unless it begins with /services.
type request struct {
	method string
	path   string
	query  url.Values
	body   any         // sent as JSON
	header http.Header // in addition
}

// The paths outside of any version.
const (
	versions = "/services/data"
	userinfo = "/services/oauth2/userinfo"
)

// tally is r with a count of calls of its own.
func (r *rest) tally() *rest {
	counted := *r
	counted.calls = &atomic.Int64{}
	return &counted
}

// call makes the request, again while its failure may pass, and reads the JSON
// of the answer into out unless that is nil.
func (r *rest) call(ctx context.Context, q request, out any) error {
	return r.config.retry(ctx, func() error { return r.once(ctx, q, out) })
}

var errDrips = errors.New("the answer comes too slowly")

// once is one attempt of call. An answer that drips is never idle: it may take some
// times as long as one that is.
func (r *rest) once(ctx context.Context, q request, out any) error {
	const times = 10
	ctx, cancel := context.WithTimeoutCause(ctx, times*r.config.IdleTimeout, errDrips)
	defer cancel()
	response, err := r.send(ctx, q)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if out == nil {
		_, _ = wholeBody(response) // so that the connection can be used again
		return nil
	}
	return decodeJSON(response, r.name(q), out)
}

func decodeJSON(response *http.Response, name string, out any) error {
	body, err := wholeBody(response)
	if err != nil {
		return transportError(name, err)
	}
	if response.StatusCode == http.StatusNoContent {
		return fmt.Errorf("salesforce: %s answered nothing (204)", name)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &interruption{name, fmt.Errorf("the answer is not the JSON expected: %w", err)}
	}
	return nil
}

// wholeBody reads and inflates the body of an answer that is known to be small.
func wholeBody(response *http.Response) ([]byte, error) {
	const largest = 64 << 20
	body, err := inflatedBody(response)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(body, largest))
}

func inflatedBody(response *http.Response) (io.Reader, error) {
	if response.Header.Get("Content-Encoding") != "gzip" {
		return response.Body, nil
	}
	return gzip.NewReader(response.Body)
}

// send makes the request once, and once more with a fresh token when the session
// turns out to have ended: one refresh and one replay per request, ever. A token
// that another request has fetched meanwhile is tried before. The caller closes
// the body of the answer, which is a success.
func (r *rest) send(ctx context.Context, q request) (*http.Response, error) {
	token, fetched := r.session.current(), false
	for {
		response, err := r.exchange(ctx, q, token)
		if !sessionEnded(err) {
			if err == nil && q.path != versions { // which needs no token
				r.session.accepted(token)
			}
			return response, err
		}
		if fetched {
			return nil, sessionError(err.(*Error))
		}
		if token, fetched, err = r.session.renew(ctx, token, err.(*Error)); err != nil {
			return nil, err
		}
	}
}

func sessionEnded(err error) bool {
	e, ok := err.(*Error)
	return ok && e.Status == http.StatusUnauthorized
}

// exchange makes the request with this token and reads an error of the answer.
func (r *rest) exchange(ctx context.Context, q request, token string) (*http.Response, error) {
	watched := newWatch(ctx, r.config.IdleTimeout)
	hr, err := r.httpRequest(watched.ctx, q, token)
	if err != nil {
		watched.stop()
		return nil, err
	}
	r.calls.Add(1)
	r.all.Add(1)
	response, err := r.http.Do(hr)
	if err != nil {
		err = transportError(r.name(q), watched.cause(err))
		watched.stop()
		return nil, err
	}
	r.clock.read(response.Header)
	r.usage.read(response.Header)
	watched.ReadCloser, response.Body = response.Body, watched
	if response.StatusCode >= 300 {
		defer watched.Close()
		body, err := wholeBody(response)
		if err != nil {
			body = nil // the status says enough
		}
		answer := errorBody(response.StatusCode, r.name(q), body)
		answer.RetryAfter = retryAfter(response.Header)
		return nil, answer
	}
	return response, nil
}

func (r *rest) httpRequest(ctx context.Context, q request, token string) (*http.Request, error) {
	var body io.Reader
	if q.body != nil {
		text, err := json.Marshal(q.body)
		if err != nil {
			return nil, fmt.Errorf("salesforce: %s: %w", r.name(q), err)
		}
		body = bytes.NewReader(text)
	}
	target := *r.session.instance()
	target.Path = r.path(q.path)
	target.RawQuery = q.query.Encode()
	hr, err := http.NewRequestWithContext(ctx, q.method, target.String(), body)
	if err != nil {
		return nil, fmt.Errorf("salesforce: %s: %w", r.name(q), err)
	}
	hr.Header.Set("Accept", "application/json")
	hr.Header.Set("Accept-Encoding", "gzip")
	if body != nil {
		hr.Header.Set("Content-Type", "application/json; charset=UTF-8")
	}
	for name, values := range q.header {
		hr.Header[name] = values
	}
	hr.Header.Set("Authorization", "Bearer "+token)
	return hr, nil
}

func (r *rest) path(path string) string {
	if strings.HasPrefix(path, "/services/") {
		return path
	}
	return "/services/data/v" + r.version + path
}

// name is the request as errors tell it: without its query.
func (r *rest) name(q request) string { return q.method + " " + r.path(q.path) }
