package fincome

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v6"

	"github.com/axisync/axisync/connector/gzip"
)

const (
	maxCustomer = 16 << 20 // bytes of the answer about one customer
	maxPage     = 64 << 20 // bytes of one page of the list

	bufferSize = 64 << 10 // of what is read from a connection
	maxIdle    = 256      // connections that are kept for the next request
)

// request is one request, to be sent once or more often.
type request struct {
	method, path string // path escaped, with its query, without the base address
	body         []byte
	limit        int64         // bytes of the answer
	wanted       []int         // statuses that are no error
	into         *bytes.Buffer // reused for the answer; a new one when nil
}

func (r request) refusal(code, message string) *Error {
	return &Error{Method: r.method, Path: r.path, Code: code, Message: message}
}

// send sends r until it is answered or the bounds of Config.Retry are reached (or
// once), and answers the body. The error is an *Error, or the end of ctx.
func (c *Client) send(ctx context.Context, r request) ([]byte, error) {
	if c.single {
		body, failure := c.once(ctx, r)
		if failure == nil {
			return body, nil
		}
		return nil, ended(ctx, r, failure)
	}
	tries, failures := 0, 0
	once := func() ([]byte, error) {
		tries++
		body, failure := c.once(ctx, r)
		switch {
		case failure == nil:
			return body, nil
		case ctx.Err() != nil || !failure.Temporary():
			return nil, backoff.Permanent(failure)
		case failure.retryAfter > 0:
			return nil, errors.Join(failure, &backoff.RetryAfterError{Duration: spread(failure.retryAfter)})
		}
		if failures++; failures >= c.config.Retry.Tries {
			return nil, backoff.Permanent(failure)
		}
		return nil, failure
	}
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = c.config.Retry.Initial
	body, err := backoff.Retry(ctx, once, backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(c.config.Retry.Elapsed))
	if err == nil {
		return body, nil
	}
	if failure := (*Error)(nil); errors.As(err, &failure) { // backoff gives back what once gave it
		failure.Tries = tries
	}
	return nil, ended(ctx, r, err)
}

// ended is err, or the reason why ctx ended.
func ended(ctx context.Context, r request, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("fincome: %s %s: %w", r.method, r.path, context.Cause(ctx))
	}
	if failure := (*Error)(nil); errors.As(err, &failure) {
		return failure
	}
	return err
}

// spread adds up to a tenth, so that those who were told to wait do not all come
// back at the same instant.
func spread(wait time.Duration) time.Duration { return wait + rand.N(wait/10+1) }

// once sends r once.
func (c *Client) once(ctx context.Context, r request) ([]byte, *Error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	failure := &Error{Method: r.method, Path: r.path}
	sent, err := c.build(ctx, r)
	if err != nil {
		failure.Message = err.Error()
		return nil, failure
	}
	answer, err := c.http.Do(sent)
	if err != nil {
		failure.cause = bare(err)
		return nil, failure
	}
	defer func() { _ = answer.Body.Close() }() // read to its end, or of no use
	received := time.Now()
	c.clock.hear(answer.Header, received)
	body, err := read(answer, r)
	if err != nil {
		failure.cause = err
		return nil, failure
	}
	if slices.Contains(r.wanted, answer.StatusCode) {
		if int64(len(body)) > r.limit {
			failure.tooLong, failure.Message = true, fmt.Sprintf("the answer is longer than %d MB", r.limit>>20)
			return nil, failure
		}
		return body, nil
	}
	failure.Status, failure.retryAfter = answer.StatusCode, c.clock.pause(answer.Header, received)
	failure.read(body, c.config.APIKey.Reveal())
	return nil, failure
}

func (c *Client) build(ctx context.Context, r request) (*http.Request, error) {
	address := strings.TrimSuffix(c.config.BaseURL, "/") + r.path
	sent, err := http.NewRequestWithContext(ctx, r.method, address, bytes.NewReader(r.body))
	if err != nil {
		return nil, errors.New("the address cannot be built: check base_url and client_path")
	}
	value := c.config.APIKey.Reveal()
	if c.config.AuthScheme != "" {
		value = c.config.AuthScheme + " " + value
	}
	sent.Header.Set(c.config.AuthHeader, value)
	sent.Header.Set("Accept", "application/json")
	sent.Header.Set("Accept-Encoding", "gzip") // inflated in read: faster than net/http does it
	sent.Header.Set("User-Agent", "axisync")
	if r.body != nil {
		sent.Header.Set("Content-Type", "application/json")
	}
	return sent, nil
}

// read takes the whole answer, one byte over the limit at most.
func read(answer *http.Response, r request) ([]byte, error) {
	into := r.into
	if into == nil {
		into = new(bytes.Buffer)
	}
	into.Reset()
	body := io.Reader(answer.Body)
	if strings.EqualFold(answer.Header.Get("Content-Encoding"), "gzip") {
		inflated, err := gzip.NewReader(body)
		if err == io.EOF {
			return into.Bytes(), nil // as a 204 has none
		}
		if err != nil {
			return nil, fmt.Errorf("it cannot be inflated: %w", err)
		}
		body = inflated
	} else if known := min(answer.ContentLength, r.limit); known > 0 {
		into.Grow(int(known) + bytes.MinRead) // which ReadFrom wants to spare
	}
	if _, err := into.ReadFrom(io.LimitReader(body, r.limit+1)); err != nil {
		return nil, fmt.Errorf("it broke off after %d bytes: %w", into.Len(), err)
	}
	return into.Bytes(), nil
}

// bare takes off net/http's wrapping, which repeats method and address.
func bare(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
