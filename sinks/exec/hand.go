package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/axisync/axisync/sinks"
)

// errSilent ends a program that does nothing.
var errSilent = errors.New("neither took nor answered anything")

// handing is one start of the program.
type handing struct {
	*Target
	program  *program
	journal  sinks.Journal
	stop     context.CancelCauseFunc
	watchdog *time.Timer

	mu       sync.Mutex
	cells    map[cellName]*sinks.Cell // handed over; nil once it was answered
	answered int
	refused  []refusal // in the order of the answers; only listen adds to it
	last     string    // what it wrote to standard error last
}

type cellName struct{ customer, axis string }

// hand starts the program, gives it a portion and takes its answers. It tells of how
// many customers every cell was answered, and counts those that were refused.
func (t *Target) hand(ctx context.Context, p portion, journal sinks.Journal, refused *sinks.Refusals) (whole int64, err error) {
	program, err := t.start()
	if err != nil {
		return 0, err
	}
	defer program.close()
	inner, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	h := &handing{Target: t, program: program, journal: journal, stop: stop, cells: make(map[cellName]*sinks.Cell, p.cells)}
	h.watchdog = time.AfterFunc(t.config.Timeout, func() { stop(errSilent) })
	defer h.watchdog.Stop()

	ended := make(chan struct{})
	var work, stopping sync.WaitGroup
	work.Go(func() { h.feed(inner, p) })
	work.Go(func() { h.listen() })
	work.Go(func() { h.logs() })
	stopping.Go(func() {
		select {
		case <-inner.Done():
			grace := time.Duration(0)
			if ctx.Err() != nil {
				grace = t.config.Grace
			}
			program.stop(grace, ended)
		case <-ended:
		}
	})
	exit := program.wait()
	close(ended)
	work.Wait()
	stopping.Wait()
	h.count(refused)
	return h.whole(p), h.verdict(ctx, inner, p, exit)
}

// alive puts the watchdog off: the program has taken or answered something.
func (h *handing) alive() { h.watchdog.Reset(h.config.Timeout) }

// whole is the number of customers of whom every cell was answered.
func (h *handing) whole(p portion) (n int64) {
	for _, c := range p.customers {
		open := slices.ContainsFunc(c.Cells, func(cell sinks.Cell) bool {
			waiting, handed := h.cells[cellName{c.CustomerID, cell.Axis}]
			return waiting != nil || !handed
		})
		if !open {
			n++
		}
	}
	return n
}

// verdict is the error of a start, nil when everything was answered.
func (h *handing) verdict(ctx, inner context.Context, p portion, exit error) error {
	missing := p.cells - h.answered
	cause := context.Cause(inner)
	how := ending(exit)
	switch {
	case ctx.Err() != nil && missing == 0 && how == "":
		return nil // it was done
	case ctx.Err() != nil:
		return fmt.Errorf("exec %s: interrupted with %d of %d cells answered: %w", h.config.Name, h.answered, p.cells, ctx.Err())
	case errors.Is(cause, errSilent):
		return h.failure("was ended: it %v for %v", errSilent, h.config.Timeout).tell(missing, p.cells)
	case cause != nil:
		return fmt.Errorf("exec %s: %w", h.config.Name, cause)
	case how != "":
		return h.failure("%s", how).tell(missing, p.cells)
	case missing > 0:
		return h.failure("ended with exit code 0 and has not answered every cell").tell(missing, p.cells)
	}
	return nil
}

// failure begins the error of a program that has not done its work.
func (h *handing) failure(format string, args ...any) failure {
	return failure{text: fmt.Sprintf("exec %s: the program ", h.config.Name) + fmt.Sprintf(format, args...), last: h.last}
}

type failure struct{ text, last string }

// tell ends it with the cells, and the last words of the program.
func (f failure) tell(missing, cells int) error {
	text := fmt.Sprintf("%s; %d of %d cells were answered, %d were not and are handed over again by the next run", f.text, cells-missing, cells, missing)
	if f.last != "" {
		text += fmt.Sprintf("; it said last: %s", f.last)
	}
	return errors.New(text)
}
