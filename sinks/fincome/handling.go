package fincome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v6"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
)

// handling is the work on one customer: read, compare, write, and from the start
// again when the write was not answered or not taken for the moment. No write is
// repeated on the strength of an old read.
type handling struct {
	*delivery
	left   sinks.Intent // the cells not reported yet
	intent []sinks.Cell // journaled, the last time
	sent   unanswered   // by the attempt before

	ill       time.Time // when the first failure came that may pass
	requests  int       // so far
	failures  int
	conflicts int // answers 409
	stale     int // reads that became too old before the write could follow
	pauses    *backoff.ExponentialBackOff
}

// unanswered is a write whose effect is not known.
type unanswered struct {
	write   []sinks.Cell
	present map[string]json.RawMessage // the dictionary before it
}

const (
	// freshness is how old a read may be when its write goes out: what somebody
	// changes meanwhile may be lost where an update replaces the dictionary.
	freshness = time.Second
	// rereads is how often a read is repeated for that. A server that takes less than
	// a request a second never lets a write follow in time.
	rereads = 3
)

// errStale asks for another attempt: a request may be sent at once.
var errStale = errors.New("the read became too old")

// handle brings a customer to its end. Its error ends the delivery; what is about
// this customer alone goes to the journal.
func (d *delivery) handle(ctx context.Context, c sinks.Intent) error {
	retry := d.once.Retry()
	h := handling{delivery: d, left: c, pauses: backoff.NewExponentialBackOff()}
	h.pauses.InitialInterval = retry.Initial
	for {
		wait, err := h.visit(ctx)
		if err != nil {
			return err
		}
		if wait == done {
			return nil
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// done is no time to wait: there is nothing left to do.
const done time.Duration = -1

// visit makes attempts while they may follow each other at once. It answers how
// long to wait before the next visit.
func (h *handling) visit(ctx context.Context) (time.Duration, error) {
	if err := h.pace.enter(ctx); err != nil {
		return 0, err
	}
	defer h.pace.leave()
	for {
		err := h.attempt(ctx)
		if err == nil {
			h.tally.customer()
			return done, nil
		}
		if !errors.Is(err, errStale) {
			return h.afterwards(ctx, err)
		}
	}
}

// attempt reads, compares and writes; the permission for the read was given.
func (h *handling) attempt(ctx context.Context) error {
	present, read, err := h.retrieve(ctx, h.left.CustomerID)
	h.requests++
	if err != nil {
		return h.unread(err)
	}
	h.known.Add(1)
	if err := h.lookBack(ctx, present); err != nil {
		return err
	}
	var write []sinks.Cell
	if write, h.left, err = h.compare(h.left, present.Properties); err != nil || len(write) == 0 {
		return err
	}
	if !slices.Equal(write, h.intent) {
		if err := h.journal.Sending(h.left.CustomerID, write, h.config.Now()); err != nil {
			return err
		}
		h.intent = write
	}
	if err := h.pace.again(ctx); err != nil {
		return err
	}
	if time.Since(read) > freshness && h.stale < rereads {
		h.stale++
		return errStale
	}
	return h.write(ctx, write, present.Properties, read)
}

func (h *handling) write(ctx context.Context, write []sinks.Cell, present map[string]json.RawMessage, read time.Time) error {
	shown, err := h.update(ctx, h.left.CustomerID, h.config.dictionary(write, present), read)
	h.requests++
	if err != nil {
		return h.unwritten(err, write, present)
	}
	h.wrote.Add(1)
	if err := h.checkMerge(ctx, h.left.CustomerID, write, present, shown); err != nil {
		return err
	}
	for _, cell := range write {
		if err := h.journal.Record(sinks.Outcome{Kind: sinks.Accepted, CustomerID: h.left.CustomerID, Cell: cell, At: h.config.Now()}); err != nil {
			return err
		}
	}
	return nil
}

// lookBack looks, where a write was not answered, at what it did to the other
// properties: its answer would have shown it.
func (h *handling) lookBack(ctx context.Context, now fincome.Customer) error {
	before := h.sent
	h.sent = unanswered{}
	for _, cell := range before.write {
		if value(now.Properties[cell.Axis]).Same(cell.After) { // it was carried out
			return h.checkMerge(ctx, now.ID, before.write, before.present, &now)
		}
	}
	return nil
}

// unread decides about a read that failed. When not one of the first customers is
// known, it is the address that is wrong, and nobody is rejected for it.
func (h *handling) unread(err error) error {
	var failure *fincome.Error
	if !errors.As(err, &failure) || !failure.Refused() {
		return err
	}
	if failure.Status == http.StatusConflict && h.another() {
		return err
	}
	if failure.Status == http.StatusNotFound && h.gone.Add(1) >= strangers && h.known.Load() == 0 {
		return &strangersError{fmt.Errorf("fincome knows none of the first %d customers: check base_url and client_path, and that the customers are those of this account (%w)", strangers, err)}
	}
	return h.reject(failure, h.left.CustomerID, h.left.Cells)
}

// unwritten decides about a write that failed.
func (h *handling) unwritten(err error, write []sinks.Cell, present map[string]json.RawMessage) error {
	var failure *fincome.Error
	if !errors.As(err, &failure) {
		return err
	}
	if failure.Temporary() {
		h.sent = unanswered{write, present}
	}
	if !failure.Refused() || failure.Status == http.StatusConflict && h.another() {
		return err
	}
	if failure.Status == http.StatusNotFound && h.unwritable.Add(1) >= strangers && h.wrote.Load() == 0 {
		return &strangersError{fmt.Errorf("fincome shows the first %d customers and takes an update of none of them: check client_path and update_verb (%w)", strangers, err)}
	}
	return h.reject(failure, h.left.CustomerID, write)
}

// strangersError: the address is wrong, not the customers.
type strangersError struct{ error }

// Unwrap is what the last of them was told.
func (e *strangersError) Unwrap() error { return e.error }

// Configuration is true: trying again does not help.
func (e *strangersError) Configuration() bool { return true }

// another reports that a customer may be tried once more after a 409: who was
// changing it will have done so.
func (h *handling) another() bool {
	h.conflicts++
	return h.conflicts == 1
}

// afterwards says how long to wait after an attempt that failed, or ends the
// delivery. Who was told to slow down waits with all others, in pace, and that is
// no failed try.
func (h *handling) afterwards(ctx context.Context, err error) (time.Duration, error) {
	var failure *fincome.Error
	if ctx.Err() != nil || !errors.As(err, &failure) {
		return 0, err
	}
	retry := h.once.Retry()
	switch {
	case failure.Status == http.StatusConflict:
		return h.pauses.NextBackOff(), nil
	case !failure.Temporary():
		h.pace.stop(err)
		return 0, err
	case !failure.Throttled():
		h.failures++
	}
	if h.ill.IsZero() {
		h.ill = time.Now()
	}
	failure.Tries = h.requests
	switch {
	case h.pace.failing()+failure.RetryAfter() > retry.Elapsed:
		h.pace.stop(err)
		return 0, err
	case h.failures >= retry.Tries:
		return done, h.giveUp(err)
	case failure.Throttled():
		return 0, nil
	}
	return h.pauses.NextBackOff(), nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
