package salesforce

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc"
	"github.com/sourcegraph/conc/pool"
)

var errStopped = errors.New("the extraction was stopped before its end")

// downloads fetches the pages of a job, several at once, and hands them out in
// order. It runs ahead of the reader by a bounded number of pages.
type downloads struct {
	job      *job
	kept     *kept // from before
	ledger   *ledger
	hopeless atomic.Bool     // what ended the reader would end it again
	ctx      context.Context // of everything that belongs to the extraction

	pages  chan *page // in order; closed after the last
	err    error      // why pages was closed before that, if it was
	cancel context.CancelCauseFunc
	owner  conc.WaitGroup
}

// newDownloads begins to fetch. Whoever calls it calls stop.
func newDownloads(ctx context.Context, j *job, pages *kept, book *ledger) *downloads {
	ctx, cancel := context.WithCancelCause(ctx)
	d := &downloads{job: j, kept: pages, ledger: book, ctx: ctx, cancel: cancel, pages: make(chan *page, j.rest.config.PagesAhead)}
	d.owner.Go(d.run)
	return d
}

// stop ends the downloads that are under way and waits for them. It may be
// called again, and by several goroutines.
func (d *downloads) stop() {
	d.cancel(errStopped)
	d.owner.Wait()
}

// run hands out page after page until the one without a successor, within the
// deadline.
func (d *downloads) run() {
	deadline := time.AfterFunc(d.job.rest.config.DownloadDeadline, d.late)
	defer deadline.Stop()
	defer close(d.pages)
	workers := pool.New().WithMaxGoroutines(d.job.rest.config.Downloads)
	defer workers.Wait()
	trail := newTrail(d.job, d.kept)
	for last := (*page)(nil); ; {
		at, more, err := trail.next(d.ctx, last)
		if !more || err != nil {
			d.err = err
			d.giveUp(err)
			return
		}
		last = newPage(d.job, trail.pages, at)
		last.found(d.kept)
		select {
		case d.pages <- last:
		case <-d.ctx.Done():
			d.err = d.stopped()
			return
		}
		p := last
		workers.Go(func() {
			p.download(d.ctx, d.ledger)
			d.giveUp(p.err)
		})
	}
}

// late ends downloads that take too long: a page that drips is never idle.
func (d *downloads) late() { d.cancel(d.job.late()) }

func (j *job) late() error {
	return fmt.Errorf("its result pages have not all come within %s; those that came are kept, run again", j.rest.config.DownloadDeadline)
}

// giveUp ends everything with an error that a person has to mend: the pages before
// it, which may trickle for long, are not waited for.
func (d *downloads) giveUp(err error) {
	var refused interface{ Auth() bool }
	if errors.As(err, &refused) && refused.Auth() {
		d.cancel(err)
	}
}

// stopped is the error of what was under way when the extraction ended.
func (d *downloads) stopped() error {
	return fmt.Errorf("salesforce: query job %s: %w", d.job.record.ID, context.Cause(d.ctx))
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
