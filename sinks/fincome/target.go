// Package fincome delivers changed cells to the Fincome API, customer by
// customer, by compare-and-set: it reads the customer, writes the cells that
// still hold what the change was decided on, and reports the others.
package fincome

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/sourcegraph/conc/pool"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/sinks"
)

// How an update treats the dictionary custom_properties.
const (
	UpdateMerge   = "merge"   // keys that are not given stay: only the changed ones are sent
	UpdateReplace = "replace" // the dictionary given takes the place of the old one: all keys are sent
	UpdateUnknown = "unknown" // read, merge, send all: right under both, apart from races
)

// How a cell is cleared.
const (
	ClearJSONNull  = "json_null"
	ClearEmptyText = "empty_text"
	ClearRemoveKey = "remove_key" // leave the key out; needs an update that replaces
	ClearUnknown   = "unknown"
)

// unprobed is the number of customers that may be written before it is known how
// an update treats the dictionary (design.md 4.6).
const unprobed = 20

// Config says how the account behaves. Zero fields take the default named.
type Config struct {
	Update      string // unknown
	Clear       string // unknown
	Concurrency int    // customers at once; 4
	Now         func() time.Time
}

// Target is Fincome as a sinks.Target.
type Target struct {
	client *fincome.Client
	config Config
	known  atomic.Int64 // customers that were found
	gone   atomic.Int64 // customers that were not
	merges atomic.Bool  // an answer has shown that an update leaves other properties alone
}

var _ sinks.Target = (*Target)(nil)

// New makes a target over a client, which the caller closes.
func New(client *fincome.Client, config Config) (*Target, error) {
	config.Update = cmp.Or(config.Update, UpdateUnknown)
	config.Clear = cmp.Or(config.Clear, ClearUnknown)
	config.Concurrency = cmp.Or(config.Concurrency, 4)
	if config.Now == nil {
		config.Now = time.Now
	}
	switch config.Update {
	case UpdateMerge, UpdateReplace, UpdateUnknown:
	default:
		return nil, fmt.Errorf("fincome: update %q is not known", config.Update)
	}
	switch {
	case config.Clear == ClearRemoveKey && config.Update != UpdateReplace:
		return nil, errors.New("fincome: a key can be removed only where an update replaces the dictionary")
	case config.Clear != ClearJSONNull && config.Clear != ClearEmptyText && config.Clear != ClearRemoveKey && config.Clear != ClearUnknown:
		return nil, fmt.Errorf("fincome: clear %q is not known", config.Clear)
	}
	return &Target{client: client, config: config}, nil
}

// Name is fincome.
func (t *Target) Name() string { return "fincome" }

// Deliver writes the changes: see sinks.Target. It stops at the first failure
// that is not about a single customer: a key that is not accepted, a server that
// stays away, a journal that cannot be written.
func (t *Target) Deliver(ctx context.Context, changes array.RecordReader, journal sinks.Journal) error {
	work := pool.New().WithContext(ctx).WithMaxGoroutines(t.config.Concurrency).WithCancelOnError().WithFirstError()
	var failed atomic.Bool
	written := 0
	err := eachCustomer(changes, func(c customer) error {
		if t.config.Update == UpdateUnknown && written >= unprobed {
			return fmt.Errorf("%w; the first %d customers were handled", sinks.ErrProbeNeeded, written)
		}
		written++
		if failed.Load() || ctx.Err() != nil {
			return context.Canceled // the reason is that of work
		}
		if t.config.Update == UpdateMerge && !t.merges.Load() && written <= trials {
			return t.deliver(ctx, c, journal) // one at a time until an answer has shown that an update merges
		}
		work.Go(func(ctx context.Context) error {
			err := t.deliver(ctx, c, journal)
			if err != nil {
				failed.Store(true)
			}
			return err
		})
		return nil
	})
	if workErr := work.Wait(); workErr != nil {
		return workErr
	}
	if err == nil || errors.Is(err, context.Canceled) {
		return cmp.Or(ctx.Err(), err)
	}
	return err
}

// deliver writes the cells of one customer. Its error ends the delivery; what
// is about this customer alone goes to the journal.
func (t *Target) deliver(ctx context.Context, c customer, journal sinks.Journal) error {
	present, err := t.client.Retrieve(ctx, c.id)
	if err != nil {
		return t.absent(err, c, journal)
	}
	t.known.Add(1)
	write, err := t.compare(c, present.Properties, journal)
	if err != nil || len(write) == 0 {
		return err
	}
	if err := journal.Sending(c.id, write, t.config.Now()); err != nil {
		return err
	}
	shown, err := t.client.Update(ctx, c.id, t.dictionary(write, present.Properties))
	if err != nil {
		return t.refused(err, c.id, write, journal)
	}
	if err := t.checkMerge(ctx, c.id, write, present.Properties, shown); err != nil {
		return err
	}
	for _, cell := range write {
		if err := journal.Record(sinks.Outcome{Kind: sinks.Accepted, CustomerID: c.id, Cell: cell, At: t.config.Now()}); err != nil {
			return err
		}
	}
	return nil
}

// strangers is the number of customers in a row that may be unknown to Fincome
// before the address is doubted.
const strangers = 20

// absent reports a customer that cannot be read. When not one of the first is
// known, it is the address that is wrong, and nobody is rejected for it.
func (t *Target) absent(err error, c customer, journal sinks.Journal) error {
	var failure *fincome.Error
	if errors.As(err, &failure) && failure.Status == http.StatusNotFound && t.gone.Add(1) >= strangers && t.known.Load() == 0 {
		return fmt.Errorf("fincome knows none of the first %d customers: check base_url and client_path, and that the customers are those of this account (%w)", strangers, err)
	}
	return t.refused(err, c.id, c.cells, journal)
}

// compare holds each cell against what the customer holds now and gives the
// cells that are to be written; the others are reported.
func (t *Target) compare(c customer, present map[string]json.RawMessage, journal sinks.Journal) ([]sinks.Cell, error) {
	var write []sinks.Cell
	for i, cell := range c.cells {
		now := value(present[cell.Axis])
		outcome := sinks.Outcome{CustomerID: c.id, Cell: cell, Now: now, At: t.config.Now()}
		switch {
		case now.Same(cell.After):
			outcome.Kind = sinks.Acknowledged
		case now.Same(cell.Before), c.unread[i] && now.Empty():
			cell.Before = now
			write = append(write, cell)
			continue
		default:
			outcome.Kind = sinks.Conflict
		}
		if err := journal.Record(outcome); err != nil {
			return nil, err
		}
	}
	return write, nil
}

func value(raw json.RawMessage) sinks.Value {
	text, kind, set := fincome.Cell(raw)
	return sinks.Value{Set: set, Text: text, Type: kind}
}

// dictionary is what is sent: the changed keys, or all of them where an update
// may replace the dictionary. Values that are not ours go back byte for byte.
func (t *Target) dictionary(write []sinks.Cell, present map[string]json.RawMessage) map[string]json.RawMessage {
	send := map[string]json.RawMessage{}
	if t.config.Update != UpdateMerge {
		for name, raw := range present {
			send[name] = raw
		}
	}
	for _, cell := range write {
		switch {
		case cell.After.Set:
			send[cell.Axis] = encode(cell.After)
		case t.config.Clear == ClearRemoveKey:
			delete(send, cell.Axis)
		case t.config.Clear == ClearEmptyText:
			send[cell.Axis] = json.RawMessage(`""`)
		default:
			send[cell.Axis] = json.RawMessage("null")
		}
	}
	return send
}

// refused reports an answer about one customer as rejects; any other failure
// ends the delivery.
func (t *Target) refused(err error, id string, cells []sinks.Cell, journal sinks.Journal) error {
	var failure *fincome.Error
	if !errors.As(err, &failure) || !failure.Refused() {
		return err
	}
	code, remedy := reject(failure)
	for _, cell := range cells {
		outcome := sinks.Outcome{Kind: sinks.Rejected, CustomerID: id, Cell: cell, Code: code, Reason: failure.Message, Remedy: remedy, At: t.config.Now()}
		if err := journal.Record(outcome); err != nil {
			return err
		}
	}
	return nil
}

func reject(failure *fincome.Error) (code, remedy string) {
	code = failure.Code
	if failure.Status != 0 {
		code = fmt.Sprint(failure.Status)
	}
	switch failure.Status {
	case 404, 410:
		return code, "the customer is gone from Fincome: export the customers again"
	case 422, 400:
		return code, "Fincome does not take this value: correct it in Salesforce, or leave the property out"
	}
	return code, "look at the customer in Fincome"
}
