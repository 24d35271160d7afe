package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v6"
)

// retry runs attempt until it succeeds, fails for good, or has failed too often.
func (c Config) retry(ctx context.Context, attempt func() error) error {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval = c.RetryPause
	pauses.Multiplier = 2
	pauses.MaxInterval = time.Minute
	tell := func(err error, pause time.Duration) {
		c.log().Debug("trying again", "in", pause.Round(time.Millisecond), "after", err.Error())
	}
	_, err := backoff.Retry(ctx, func() (struct{}, error) { return struct{}{}, judged(attempt()) },
		backoff.WithBackOff(pauses), backoff.WithMaxTries(uint(c.Attempts)), backoff.WithMaxElapsedTime(0), backoff.WithNotify(tell))
	failed := backoff.AsRetryError(err)
	switch {
	case failed == nil:
		return err
	case errors.Is(failed.Cause, backoff.ErrExhausted):
		return fmt.Errorf("%w (tried %d times)", plain(failed.LastErr), c.Attempts)
	case errors.Is(failed.Cause, backoff.ErrPermanent), errors.Is(failed.LastErr, failed.Cause):
		return plain(failed.LastErr)
	}
	return fmt.Errorf("%w: %w", plain(failed.LastErr), failed.Cause)
}

// judged tells backoff what to do about an error: nothing more, or to try again, at
// the time that the server names.
func judged(err error) error {
	if err == nil {
		return nil
	}
	if !temporary(err) {
		return backoff.Permanent(err)
	}
	var answer *Error
	if errors.As(err, &answer) && answer.RetryAfter > 0 {
		return postponed{err, &backoff.RetryAfterError{Duration: answer.RetryAfter}}
	}
	return err
}

// postponed is an error after which the server names the time to try again.
type postponed struct {
	error
	until error
}

func (p postponed) Unwrap() []error { return []error{p.error, p.until} }

// plain is the error without what was for backoff alone.
func plain(err error) error {
	var p postponed
	if errors.As(err, &p) {
		return p.error
	}
	return err
}

func temporary(err error) bool {
	var passing interface{ Temporary() bool }
	return errors.As(err, &passing) && passing.Temporary()
}

// retryAfter reads the header of that name, in seconds or as a date, bounded to
// what a run may well wait.
func retryAfter(header http.Header) time.Duration {
	const longest = 5 * time.Minute
	text := strings.TrimSpace(header.Get("Retry-After"))
	var pause time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		pause = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		pause = time.Until(at)
	}
	return min(max(pause, 0), longest)
}
