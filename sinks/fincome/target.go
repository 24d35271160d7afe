// Package fincome delivers changed cells to the Fincome API, customer by
// customer, by compare-and-set: it reads the customer, writes the cells that
// still hold what the change was decided on, and reports the others.
package fincome

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	Update  string // unknown
	Clear   string // unknown
	Ceiling int    // customers at once, at most: the pace is learned; 128
	// Limit is what an earlier delivery has learned, the Limit of its report: the pace
	// begins with it, and learns another. 0: nothing is known.
	Limit float64
	Now   func() time.Time
	// Log is told what was refused, a line for each kind; slog.Default().
	Log   *slog.Logger
	Lists string // the command that lists what was refused, for Log
}

// Target is Fincome as a sinks.Target.
type Target struct {
	client *fincome.Client
	config Config
	// reads and writes are what became of them. What a write does not find, a read has
	// just shown.
	reads, writes requests
	witness       atomic.Pointer[string] // a customer that a read has shown
	merges        atomic.Bool            // an answer has shown that an update leaves other properties alone
}

var _ sinks.Target = (*Target)(nil)

// New makes a target over a client, which the caller closes.
func New(client *fincome.Client, config Config) (*Target, error) {
	config.Update = cmp.Or(config.Update, UpdateUnknown)
	config.Clear = cmp.Or(config.Clear, ClearUnknown)
	config.Ceiling = cmp.Or(config.Ceiling, 128)
	config.Log = cmp.Or(config.Log, slog.Default())
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
// stays away, a journal that cannot be written. A few customers that the server
// fails on (500) while it answers about others are left out, and the error at the
// end tells of them.
func (t *Target) Deliver(ctx context.Context, changes array.RecordReader, journal sinks.Journal) (sinks.Report, error) {
	began := time.Now()
	d := &delivery{Target: t, journal: journal, pace: newPace(t.config.Ceiling, t.config.Limit), once: t.client.Once(), proving: make(chan struct{}, 1)}
	err := d.all(ctx, changes)
	if err == nil {
		err = cmp.Or(d.clear(), d.aside.told())
	}
	report := d.tally.finish(time.Since(began))
	report.Limit = d.pace.learned()
	report.Dictionary = sinks.DictionaryWhole
	if t.config.Update == UpdateMerge {
		report.Dictionary = sinks.DictionaryDelta
	}
	sinks.LogRefused(t.config.Log, report.Refused, t.config.Lists)
	return report, err
}

func (d *delivery) all(ctx context.Context, changes array.RecordReader) error {
	work := pool.New().WithContext(ctx).WithMaxGoroutines(d.config.Ceiling).WithCancelOnError().WithFirstError()
	var failed atomic.Bool
	begun := 0
	err := sinks.Changes(changes, func(c sinks.Intent) error {
		if d.config.Update == UpdateUnknown && begun >= unprobed {
			return fmt.Errorf("%w; the first %d customers were handled", sinks.ErrProbeNeeded, begun)
		}
		begun++
		if failed.Load() || ctx.Err() != nil {
			return context.Canceled // the reason is that of work
		}
		if d.config.Update == UpdateMerge && !d.merges.Load() && begun <= trials {
			return d.handle(ctx, c) // one at a time until an answer has shown that an update merges
		}
		work.Go(func(ctx context.Context) error {
			err := d.handle(ctx, c)
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
