package salesforce

import (
	"context"
	"errors"
	"fmt"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/pool"
)

var errStopped = errors.New("the extraction was stopped before its end")

// downloads fetches the pages of a job, several at once, and hands them out in
// order. It runs ahead of the reader by a bounded number of pages.
type downloads struct {
	job    *job
	dir    string
	ledger *ledger
	ctx    context.Context // of everything that belongs to the extraction

	pages  chan *page // in order; closed after the last
	err    error      // why pages was closed before that, if it was
	cancel context.CancelCauseFunc
	owner  conc.WaitGroup
}

// newDownloads begins to fetch. Whoever calls it calls stop.
func newDownloads(ctx context.Context, j *job, dir string, book *ledger) *downloads {
	ctx, cancel := context.WithCancelCause(ctx)
	d := &downloads{job: j, dir: dir, ledger: book, ctx: ctx, cancel: cancel, pages: make(chan *page, j.rest.config.PagesAhead)}
	d.owner.Go(d.run)
	return d
}

// stop ends the downloads that are under way and waits for them. It may be
// called again, and by several goroutines.
func (d *downloads) stop() {
	d.cancel(errStopped)
	d.owner.Wait()
}

// run hands out page after page until the one without a successor.
func (d *downloads) run() {
	defer close(d.pages)
	workers := pool.New().WithMaxGoroutines(d.job.rest.config.Downloads)
	defer workers.Wait()
	trail := newTrail(d.job)
	for last := (*page)(nil); ; {
		at, more, err := trail.next(d.ctx, last)
		if !more || err != nil {
			d.err = err
			return
		}
		last = newPage(d.job, d.dir, trail.pages, at)
		select {
		case d.pages <- last:
		case <-d.ctx.Done():
			d.err = d.stopped()
			return
		}
		p := last
		workers.Go(func() { p.download(d.ctx, d.ledger) })
	}
}

// stopped is the error of what was under way when the extraction ended.
func (d *downloads) stopped() error {
	return fmt.Errorf("salesforce: query job %s: %w", d.job.id, context.Cause(d.ctx))
}

// next is the next page in order, received; nil after the last. It waits for it.
func (d *downloads) next() (*page, error) {
	select {
	case p, more := <-d.pages:
		if !more {
			return nil, d.err
		}
		<-p.done // also when the context ends
		return p, p.err
	case <-d.ctx.Done():
		return nil, d.stopped()
	}
}

// trail finds the locators of the pages one by one. It takes them from
// resultPages while that answers; then each page tells the locator of the next
// in its header, which comes before its body, so that pages overlap also then.
type trail struct {
	job    *job
	pages  int             // locators given out
	given  map[string]bool // to notice one that comes again
	listed []string        // by resultPages, not given out yet
	more   *listing        // the rest of resultPages; nil at its end
}

func newTrail(j *job) *trail {
	return &trail{job: j, given: map[string]bool{}, more: &listing{job: j}}
}

// next is the place after the page last, which is nil at the beginning; more is
// false when there is none.
func (t *trail) next(ctx context.Context, last *page) (at place, more bool, err error) {
	if err := t.list(ctx); err != nil {
		return place{}, false, err
	}
	switch {
	case len(t.listed) > 0:
		at, t.listed = place{t.listed[0], true}, t.listed[1:]
	case last != nil:
		if at.locator, err = last.successor(ctx); err != nil || at.locator == noLocator {
			return place{}, false, err
		}
	}
	if t.given[at.locator] {
		return place{}, false, fmt.Errorf("salesforce: query job %s: the locator %q of result page %d was given before: the pages do not advance", t.job.id, at.locator, t.pages+1)
	}
	t.given[at.locator] = true
	t.pages++
	return at, true, nil
}

// list asks resultPages for more locators when none is left. It is an optional
// part of the API: where it fails, the pages are followed one by one.
func (t *trail) list(ctx context.Context) error {
	for len(t.listed) == 0 && t.more != nil {
		listed, more, err := t.more.next(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var refused interface{ Auth() bool }
		if errors.As(err, &refused) && refused.Auth() {
			return err
		}
		if err != nil || !more {
			t.more = nil
		}
		t.listed = listed
	}
	return nil
}
