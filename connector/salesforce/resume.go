package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/axisync/axisync/durable"
)

// hopeless is an error that a second look at the same job would meet again: the
// job is not gone on with.
type hopeless struct{ error }

func (h hopeless) Unwrap() error { return h.error }

func isHopeless(err error) bool {
	var h hopeless
	if errors.As(err, &h) {
		return true
	}
	var answer *Error
	if !errors.As(err, &answer) {
		return false
	}
	switch answer.Status { // of a request for this job or one of its pages
	case http.StatusBadRequest, http.StatusNotFound, http.StatusConflict, http.StatusGone:
		return !answer.Temporary()
	}
	return false
}

// begin goes on with the job that dir tells of, if it answers the same question
// and is not too old, or has a new one made; then it waits until it is complete.
func (o *Org) begin(ctx context.Context, query Query, wanted *record, dir string) (*job, *kept, error) {
	if err := durable.SweepFolder(dir); err != nil {
		return nil, nil, fmt.Errorf("salesforce: %w", err)
	}
	old, err := readRecord(dir)
	if err != nil {
		return nil, nil, err
	}
	if old != nil && !old.Done && old.answers(wanted) && !old.old() && !old.outlived(o.ServerTime()) {
		if old.ID == "" {
			return o.create(ctx, query, old, true, dir)
		}
		j, pages, err := o.resume(ctx, old, dir)
		if !isHopeless(err) {
			return j, pages, err
		}
		o.log().Warn("the query job of an earlier run cannot be gone on with; a new one is made", "job", old.ID, "reason", err.Error())
	} else if old != nil {
		o.discard(ctx, old, dir)
	}
	if err := emptyFolder(dir, ""); err != nil {
		return nil, nil, err
	}
	return o.create(ctx, query, wanted, false, dir)
}

// discard deletes the job of a record, best effort, and everything in dir.
func (o *Org) discard(ctx context.Context, old *record, dir string) {
	ctx, cancel := patiently(ctx)
	defer cancel()
	if err := o.job(old, dir).drop(ctx); err != nil {
		o.log().Warn("a query job of an earlier run could not be deleted", "error", err.Error())
	}
}

// resume goes on with a job, in the version that made it. An error that is
// hopeless has removed the job.
func (o *Org) resume(ctx context.Context, old *record, dir string) (*job, *kept, error) {
	j := o.job(old, dir)
	pages, err := readKept(dir, j.record.ID)
	if err != nil {
		return nil, nil, err
	}
	if pages.whole(old.Rows) {
		o.log().Info("all result pages of an earlier run are here: nothing is asked for again", "job", j.record.ID, "pages", pages.prefix)
		return j, pages, nil
	}
	o.log().Info("going on with the query job of an earlier run", "job", j.record.ID, "pages", len(pages.cards), "url", j.url())
	if err := j.wait(ctx); err != nil {
		return nil, nil, j.abandon(ctx, err)
	}
	return j, pages, nil
}

// create has a new job made, unless the answer to the creation of r was lost and
// the job of it can be found.
func (o *Org) create(ctx context.Context, query Query, r *record, lost bool, dir string) (*job, *kept, error) {
	if !lost {
		r.APIVersion = o.rest.version
	}
	j := o.job(r, dir)
	if err := j.create(ctx, query, lost, o.rest.version); err != nil {
		return nil, nil, err
	}
	o.log().Info("a query job is at work", "job", j.record.ID, "url", j.url())
	if err := j.wait(ctx); err != nil {
		return nil, nil, j.abandon(ctx, err)
	}
	return j, &kept{}, nil
}
