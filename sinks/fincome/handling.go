package fincome

import (
	"context"
	"encoding/json"
	"errors"
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

	refused map[sinks.RefusedKind]bool // what was told of the customer

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

// errAgain asks for another attempt, for which the permission to read was given.
var errAgain = errors.New("the customer is to be read again")

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
		if err := fincome.Wait(ctx, wait); err != nil {
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
		if errors.Is(err, errDoubted) {
			return done, nil
		}
		if !errors.Is(err, errAgain) {
			return h.afterwards(ctx, err)
		}
	}
}

// attempt reads, compares and writes; the permission for the read was given.
func (h *handling) attempt(ctx context.Context) error {
	present, read, err := h.retrieve(ctx, h.left.CustomerID)
	h.requests++
	if err != nil {
		return h.unread(ctx, err)
	}
	h.reads.good()
	h.witness.Store(&h.left.CustomerID)
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
		return errAgain
	}
	return h.write(ctx, write, present.Properties, read)
}

func (h *handling) write(ctx context.Context, write []sinks.Cell, present map[string]json.RawMessage, read time.Time) error {
	shown, err := h.update(ctx, h.left.CustomerID, h.config.dictionary(write, present), read)
	h.requests++
	if err != nil {
		return h.unwritten(ctx, err, write, present)
	}
	h.writes.good()
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
