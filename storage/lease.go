package storage

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"
)

// Terms are how a lease is held.
type Terms struct {
	Length time.Duration // nobody else may take it within this time of its last renewal
	Renew  time.Duration // between renewals
	Margin time.Duration // before its end in which its holder counts it as lost
}

// DefaultTerms are those of design.md 4.9.
var DefaultTerms = Terms{Length: time.Minute, Renew: 15 * time.Second, Margin: 10 * time.Second}

// blur is how coarse the times of objects are: those of S3 are whole seconds.
const blur = time.Second

// Holder says who holds a lease.
type Holder struct {
	Host  string    `json:"host"`
	PID   int       `json:"pid"`
	What  string    `json:"what"` // it is held for
	Since time.Time `json:"since"`
}

// term is what stands in the object of a lease.
type term struct {
	Holder
	Nonce string `json:"nonce"` // like no other's
	Ended bool   `json:"ended,omitempty"`
}

// HeldError: somebody else holds the lease.
type HeldError struct {
	Holder
	Left time.Duration // until it can be taken, if it is not renewed
}

// Error says who and for how long.
func (e *HeldError) Error() string {
	return fmt.Sprintf("%s has it since %s (process %d on %s); it is free when that ends, or %d s after its last sign of life",
		e.What, e.Since.UTC().Format("2006-01-02 15:04:05 UTC"), e.PID, e.Host, max(1, int(e.Left.Round(time.Second)/time.Second)))
}

// LostError: a lease could not be renewed in time, or somebody has taken it.
type LostError struct{ why error }

// Error says why.
func (e *LostError) Error() string {
	return "the lease of the state was lost, so that nothing more is sent: " + e.why.Error()
}

// Unwrap is why.
func (e *LostError) Unwrap() error { return e.why }

// Lease is the right of one process to something that a bucket keeps. Every term of
// it is an object of its own whose number is one more than that of the last: it is
// made only if it is not there, and of several who try one succeeds. So neither a
// holder that was asleep nor two who find an old one can both have it, and no store
// has to replace an object conditionally. The age of a term is told by the clock of
// the store alone.
type Lease struct {
	bucket *Bucket
	terms  Terms
	holder Holder
	nonce  string
	number int64
	tried  time.Time                 // when the first request for the term after it went out, zero before
	begun  atomic.Pointer[time.Time] // when the request for the newest term went out, by our clock
	ctx    context.Context
	lose   context.CancelCauseFunc
	stop   context.CancelFunc
	ending chan struct{} // closed when it is not to be renewed any more
	ended  sync.WaitGroup
}

// Acquire takes the lease that is kept in a folder of its own. Where somebody else
// holds it the error is a HeldError. It is renewed until Release.
func Acquire(ctx context.Context, folder *Bucket, holder Holder, terms Terms) (*Lease, error) {
	l := &Lease{bucket: folder, terms: terms, holder: holder, nonce: rand.Text(), ending: make(chan struct{})}
	newest, err := l.newest(ctx)
	if err != nil {
		return nil, err
	}
	if newest.number > 0 && !newest.Ended && newest.age < terms.Length+blur {
		return nil, &HeldError{newest.Holder, terms.Length + blur - newest.age}
	}
	l.number = newest.number
	if err := l.next(ctx, false); errors.Is(err, errCleared) {
		return nil, &HeldError{somebody(), terms.Length}
	} else if err != nil {
		return nil, err
	}
	l.ctx, l.lose = context.WithCancelCause(context.WithoutCancel(ctx))
	keeping, stop := context.WithCancel(l.ctx)
	l.stop = stop
	l.ended.Go(func() { l.keep(keeping) })
	return l, nil
}

// next asks for the term after the newest that is known. After an error that is no
// HeldError it may be ours or not, and is asked for again.
func (l *Lease) next(ctx context.Context, end bool) error {
	content, err := json.Marshal(term{l.holder, l.nonce, end})
	if err != nil {
		return err
	}
	if l.tried.IsZero() {
		l.tried = time.Now()
	}
	number := l.number + 1
	err = l.bucket.PutNew(ctx, termName(number), content)
	if errors.Is(err, fs.ErrExist) {
		return l.taken(ctx, number, end)
	}
	if err != nil {
		return err
	}
	there, err := l.present(ctx)
	if err != nil {
		return err
	}
	if highest := there.highest(); highest > number { // ours was late: that number had been given and cleared away
		_ = l.bucket.delete(ctx, termName(number)) // it means nothing
		return l.held(ctx, highest)
	}
	l.have(number)
	for _, old := range there.before(number) {
		_ = l.bucket.delete(ctx, termName(old)) // the next renewal tries again
	}
	return nil
}

// have is called for a term that is ours. It counts from the first request for it,
// whichever made it.
func (l *Lease) have(number int64) {
	begun := l.tried
	l.number, l.tried = number, time.Time{}
	l.begun.Store(&begun)
}

// errCleared: a term was there a moment ago.
var errCleared = errors.New("somebody is clearing the terms of the lease away")

// taken is called where the term is there already: it may be one that we asked for
// before, without the answer, and that is not the end.
func (l *Lease) taken(ctx context.Context, number int64, end bool) error {
	t, err := l.read(ctx, number)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errCleared // asking again tells who has it
	case err != nil:
		return err
	case t.Nonce != l.nonce:
		return &HeldError{t.Holder, l.terms.Length}
	}
	l.have(number)
	return l.next(ctx, end)
}

// held is the error where somebody else has a term.
func (l *Lease) held(ctx context.Context, number int64) error {
	t, err := l.readOrSomebody(ctx, number)
	if err != nil {
		return err
	}
	return &HeldError{t.Holder, l.terms.Length}
}

// keep renews the lease until it is to end or it is lost.
func (l *Lease) keep(ctx context.Context) {
	for {
		select {
		case <-l.ending:
			return
		case <-time.After(min(time.Until(l.begun.Load().Add(l.terms.Renew)), l.left())):
		}
		if err := l.renew(ctx); err != nil && ctx.Err() == nil {
			l.lose(&LostError{err})
			return
		}
	}
}

// renew asks for the next term, again and again while this one is valid.
func (l *Lease) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.left())
	defer cancel()
	return l.ask(ctx, false)
}

// ask asks for the next term until it is had, somebody else has it, or ctx ends. A
// request that is stuck leaves half of the time for another.
func (l *Lease) ask(ctx context.Context, end bool) error {
	var failed error
	for {
		until, _ := ctx.Deadline()
		attempt, cancel := context.WithTimeout(ctx, time.Until(until)/2)
		err := l.next(attempt, end)
		cancel()
		var held *HeldError
		switch {
		case err == nil, errors.As(err, &held):
			return err
		case ctx.Err() == nil || failed == nil:
			failed = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it could not be renewed: %w", failed)
		case <-time.After(l.terms.Renew / 8):
		}
	}
}

// While is ctx, which also ends when the lease is lost; its cause is a LostError
// then.
func (l *Lease) While(ctx context.Context) (context.Context, func()) {
	held, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(l.ctx, func() { cancel(context.Cause(l.ctx)) })
	return held, func() { stop(); cancel(nil) }
}

// left is for how long the newest term counts. A machine that was suspended finds it
// over though its monotonic clock stood still; one whose clock was set forward too.
func (l *Lease) left() time.Duration {
	end := l.begun.Load().Add(l.terms.Length - l.terms.Margin)
	return min(time.Until(end), time.Until(end.Round(0))) // without the monotonic clock
}

// Err is why the lease is lost, nil while it is held. A process that was asleep is told
// as soon as it asks.
func (l *Lease) Err() error {
	if l.left() <= 0 {
		l.lose(&LostError{errors.New("it was not renewed in time")})
	}
	return context.Cause(l.ctx)
}

// Release ends the lease, so that the next one has it at once. Where that does not
// work it ends by itself. It is called once.
func (l *Lease) Release() {
	close(l.ending)
	late := time.AfterFunc(l.terms.Margin/2, l.stop) // a renewal that is under way had better be over
	l.ended.Wait()
	late.Stop()
	l.stop()
	if l.Err() == nil {
		ctx, cancel := context.WithTimeout(context.Background(), l.terms.Margin)
		defer cancel()
		_ = l.ask(ctx, true)
	}
	l.lose(context.Canceled)
}
