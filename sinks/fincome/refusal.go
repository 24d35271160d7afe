package fincome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
)

// requests is what became of those of one kind, reads or writes: what is about one
// customer and what is about all can be told apart by it alone.
type requests struct {
	served  atomic.Int64
	missing atomic.Int64 // customers that were not found
	unclear atomic.Int64 // customers with an answer that may be about all, since one was served
}

func (r *requests) good() {
	r.served.Add(1)
	r.unclear.Store(0)
}

// strangers is the number of customers in a row that may be unknown to Fincome
// before the address is doubted.
const strangers = 20

// strangersError: the address is wrong, not the customers.
type strangersError struct{ error }

// Unwrap is what the last of them was told.
func (e *strangersError) Unwrap() error { return e.error }

// Configuration is true: trying again does not help.
func (e *strangersError) Configuration() bool { return true }

// unread decides about a read that failed. When not one of the first customers is
// known, it is the address that is wrong, and nobody is rejected for it.
func (h *handling) unread(ctx context.Context, err error) error {
	var failure *fincome.Error
	switch {
	case !errors.As(err, &failure):
		return err
	case failure.Unclear():
		return h.unclear(ctx, failure, &h.reads, h.left.Cells)
	case !failure.Refused(), failure.Status == http.StatusConflict && h.another():
		return err
	case failure.Status == http.StatusNotFound && h.reads.missing.Add(1) >= strangers && h.reads.served.Load() == 0:
		return &strangersError{fmt.Errorf("fincome knows none of the first %d customers: check base_url and client_path, and that the customers are those of this account (%w)", strangers, err)}
	}
	return h.reject(failure, h.left.Cells, nil)
}

// unwritten decides about a write that failed.
func (h *handling) unwritten(ctx context.Context, err error, write []sinks.Cell, present map[string]json.RawMessage) error {
	var failure *fincome.Error
	if !errors.As(err, &failure) {
		return err
	}
	if failure.Temporary() {
		h.sent = unanswered{write, present}
	}
	switch {
	case failure.Unclear():
		return h.unclear(ctx, failure, &h.writes, write)
	case !failure.Refused(), failure.Status == http.StatusConflict && h.another():
		return err
	case failure.Status == http.StatusNotFound && h.writes.missing.Add(1) >= strangers && h.writes.served.Load() == 0:
		return &strangersError{fmt.Errorf("fincome shows the first %d customers and takes an update of none of them: check client_path and update_verb (%w)", strangers, err)}
	}
	if reasons := named(failure, write); reasons != nil {
		return h.rejectNamed(ctx, failure, write, reasons)
	}
	return h.reject(failure, write, nil)
}

// another reports that a customer may be tried once more after a 409: who was
// changing it will have done so.
func (h *handling) another() bool {
	h.conflicts++
	return h.conflicts == 1
}

// unclear decides about an answer that may be about this customer or about all. It
// is about this customer once others are served.
func (h *handling) unclear(ctx context.Context, failure *fincome.Error, of *requests, cells []sinks.Cell) error {
	row, served := of.unclear.Add(1), of.served.Load() > 0
	switch {
	case failure.Auth():
		if err := h.forbidden(ctx, failure, of, cells); err != nil {
			return err
		}
	case row >= strangers && !served:
		return &strangersError{fmt.Errorf("fincome serves none of the first %d customers: check base_url, client_path and update_verb (%w)", strangers, failure)}
	}
	return h.reject(failure, cells, nil)
}

// forbidden decides about a 403. Its error is nil when it is about this customer.
func (h *handling) forbidden(ctx context.Context, failure *fincome.Error, of *requests, cells []sinks.Cell) error {
	switch served := of.served.Load() > 0; {
	case !served && of == &h.reads: // nothing shows that the key is a good one
		return failure
	case !served: // it is good for reading: whether it is for writing, the next ones show
		return h.doubt(failure, cells)
	case of == &h.writes && of.unclear.Load() >= strangers:
		return failure
	}
	return h.keyHolds(ctx)
}

// keyHolds reads a customer that was served before: the key may have been taken away
// meanwhile.
func (h *handling) keyHolds(ctx context.Context) error {
	select {
	case h.proving <- struct{}{}:
		defer func() { <-h.proving }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := h.pace.again(ctx); err != nil {
		return err
	}
	_, _, err := h.retrieve(ctx, *h.witness.Load())
	var failure *fincome.Error
	if errors.As(err, &failure) && failure.Refused() {
		return nil // it is gone meanwhile, and the key has opened the door
	}
	return err
}

// doubted is a customer that may be refused, or the key for all.
type doubted struct {
	*handling
	failure *fincome.Error
	cells   []sinks.Cell
}

// errDoubted: what becomes of the customer is decided at the end.
var errDoubted = errors.New("whether it is the key or the customer is not known yet")

// doubts is the number of customers that the key may not write to, before one that it
// may, until it is the key that is wrong.
const doubts = 3

func (h *handling) doubt(failure *fincome.Error, cells []sinks.Cell) error {
	h.doubting.Lock()
	defer h.doubting.Unlock()
	h.doubted = append(h.doubted, doubted{h, failure, cells})
	if len(h.doubted) >= doubts {
		return failure
	}
	return errDoubted
}

// clear decides at the end about the doubted: when the key was good for others, they
// are refused.
func (d *delivery) clear() error {
	for _, doubted := range d.doubted {
		if d.writes.served.Load() == 0 {
			return doubted.failure
		}
		if err := doubted.reject(doubted.failure, doubted.cells, nil); err != nil {
			return err
		}
		d.tally.customer()
	}
	return nil
}
