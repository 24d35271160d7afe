package salesforce

import (
	"context"
	"errors"
	"fmt"
)

// trail finds the places of the pages one by one. Pages that are kept from before
// come first, as far as they hang together. Then it takes the locators from
// resultPages while that answers; then each page tells the locator of the next in
// its header, which comes before its body, so that pages overlap also then.
type trail struct {
	job    *job
	kept   *kept
	pages  int             // places given out
	given  map[string]bool // to notice a locator that comes again
	listed []string        // by resultPages, not given out yet
	more   *listing        // the rest of resultPages; nil at its end
	sought bool            // listed begins behind the pages that are kept
}

func newTrail(j *job, k *kept) *trail {
	return &trail{job: j, kept: k, given: map[string]bool{}, more: &listing{job: j}, sought: k.prefix == 0}
}

// next is the place after the page last, which is nil at the beginning; more is
// false when there is none.
func (t *trail) next(ctx context.Context, last *page) (at place, more bool, err error) {
	switch {
	case t.pages < t.kept.prefix:
		at = t.kept.cards[t.pages+1].place()
	case t.kept.whole(&t.job.rows):
		return place{}, false, nil
	default:
		if at, more, err = t.ask(ctx, last); !more || err != nil {
			return place{}, false, err
		}
	}
	if t.given[at.locator] {
		return place{}, false, hopeless{fmt.Errorf("salesforce: query job %s: the locator %q of result page %d was given before: the pages do not advance", t.job.record.ID, at.locator, t.pages+1)}
	}
	t.given[at.locator] = true
	t.pages++
	return at, true, nil
}

func (t *trail) ask(ctx context.Context, last *page) (at place, more bool, err error) {
	if !t.sought {
		t.sought = true
		err = t.seek(ctx)
	} else {
		err = t.list(ctx)
	}
	if err != nil {
		return place{}, false, err
	}
	if len(t.listed) > 0 {
		at, t.listed = place{t.listed[0], true}, t.listed[1:]
		return at, true, nil
	}
	if last != nil {
		at.locator, err = last.successor(ctx)
	}
	return at, err == nil && at.locator != noLocator, err
}

// seek moves the listing behind the pages that are kept: to what follows them, when
// it begins with them, or to what the last of them names as its successor. A
// listing with neither cuts the pages elsewhere, and is not used.
func (t *trail) seek(ctx context.Context) error {
	same, behind := true, t.kept.cards[t.kept.prefix].Next
	for i := 1; ; i++ {
		if err := t.list(ctx); err != nil || len(t.listed) == 0 {
			return err
		}
		if t.listed[0] == behind || same && i > t.kept.prefix {
			return nil
		}
		same = same && t.kept.cards[i].place() == place{t.listed[0], true}
		t.listed = t.listed[1:]
	}
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
