package fincome

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptrace"
	"sync"
	"time"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
)

// delivery is one call of Deliver.
type delivery struct {
	*Target
	journal  sinks.Journal
	pace     *pace
	tally    tally
	aside    aside
	proving  chan struct{} // holds one, while somebody finds out whether the key is a good one
	doubting sync.Mutex
	doubted  []doubted
	once     *fincome.Client // every answer comes here: pace and handling decide what follows
}

// retrieve reads a customer and says when the request was sent at the earliest.
func (d *delivery) retrieve(ctx context.Context, id string) (fincome.Customer, time.Time, error) {
	sent := time.Now()
	present, err := d.once.Retrieve(ctx, id)
	d.answered(sent, err)
	return present, sent, err
}

// update writes to a customer and notes how long before the read was sent that
// the write relies on. A connection may have to be made first: what counts is when
// the request was on it.
func (d *delivery) update(ctx context.Context, id string, properties map[string]json.RawMessage, read time.Time) (*fincome.Customer, error) {
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { d.tally.gap(time.Since(read)) },
	})
	sent := time.Now()
	shown, err := d.once.Update(traced, id, properties)
	d.answered(sent, err)
	return shown, err
}

// answered tells the pace what became of a request, unless it was our own doing.
func (d *delivery) answered(sent time.Time, err error) {
	var failure *fincome.Error
	errors.As(err, &failure)
	d.tally.request(failure != nil && failure.Throttled())
	switch {
	case err == nil, failure != nil && failure.Refused():
		d.pace.good(sent)
	case failure != nil && failure.Throttled():
		d.pace.throttled(sent, failure.RetryAfter())
	case failure != nil && failure.Temporary():
		d.pace.trouble(sent)
	}
}
