package probe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/axisync/axisync/connector/fincome"
)

// pageError is an answer that Fincome does not give.
type pageError struct {
	method, path string
	tries        int
}

func (e *pageError) Error() string {
	return fmt.Sprintf("fincome: %s %s: what came is no JSON but a web page, as of a proxy that stands between, after %d tries: try again later, or from a network without that proxy", e.method, e.path, e.tries)
}

// isPage reports an answer that is a web page, or something else that is no JSON.
func isPage(body []byte) bool { return len(body) > 0 && !json.Valid(body) }

// tries is what went wrong with one request so far.
type tries struct {
	retry             fincome.Retry
	pages             int  // so many web pages are too many
	ill               bool // also what is Temporary is tried again
	sent, seen        int  // all, and the web pages
	failed, conflicts int
	pause             time.Duration
	since             time.Time
}

// again waits, where a request that failed may be sent once more; else it gives the
// error that is told. A 409 is tried once more: who was changing the customer will
// have done so.
func (t *tries) again(ctx context.Context, err error) error {
	t.sent++
	var failure *fincome.Error
	var page *pageError
	wait := t.pause
	switch {
	case errors.As(err, &page):
		page.tries = t.sent
		if t.seen++; t.seen >= t.pages {
			return err
		}
	case !errors.As(err, &failure):
		return err
	case failure.Status == http.StatusConflict:
		if t.conflicts++; t.conflicts > 1 {
			return fmt.Errorf("%w, also when tried once more: somebody else is changing the customer, try again later or choose another one", err)
		}
	case !t.ill || !failure.Temporary():
		return err
	case failure.RetryAfter() > 0:
		wait = failure.RetryAfter()
	default:
		failure.Tries = t.sent
		if t.failed++; t.failed >= t.retry.Tries {
			return err
		}
	}
	if ctx.Err() != nil || time.Since(t.since)+wait > t.retry.Elapsed {
		return err
	}
	t.pause = t.pause * 3 / 2
	return fincome.Wait(ctx, wait)
}

func (s *session) tries(pages int, ill bool) *tries {
	retry := s.client.Retry()
	return &tries{retry: retry, pages: pages, ill: ill, pause: retry.Initial, since: time.Now()}
}

// get reads an address. Until the customer is found a page may be what is there for
// good, and is asked for twice only.
func (s *session) get(ctx context.Context, path string, pages int) ([]byte, error) {
	for t := s.tries(pages, false); ; {
		body, err := s.client.Send(ctx, http.MethodGet, path, nil)
		if err == nil && isPage(body) {
			err = &pageError{method: http.MethodGet, path: path}
		}
		if err == nil {
			return body, nil
		}
		if err := t.again(ctx, err); err != nil {
			return nil, err
		}
	}
}
