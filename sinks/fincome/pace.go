package fincome

import (
	"context"
	"slices"
	"sync"
	"time"
)

// pace says when a request may go out. It bounds two things and learns both from
// the answers:
//
//   - how many customers are at work at once. It begins with one, until the server
//     has answered at all, then with four, and adds one for each round of good
//     answers, up to a ceiling. Answers that fail halve it (additive increase,
//     multiplicative decrease: Chiu & Jain, "Analysis of the Increase and Decrease
//     Algorithms for Congestion Avoidance in Computer Networks", 1989).
//   - how many requests leave in a second, evenly spaced. Nothing is known of it
//     until the server refuses one with a 429; from then on it follows curve, and
//     the customers at work are twice what the rate needs.
//
// A pause that the server asks for holds for everybody. Requests that continue
// what was begun, the write after its read above all, go before new ones.
//
// Its methods may be called by several goroutines.
type pace struct {
	ceiling float64

	mu      sync.Mutex
	window  float64 // customers at work at once
	inside  int     // customers at work
	ahead   []*ticket
	behind  []*ticket
	timer   *time.Timer // of the next look at the queues
	stopped error       // nothing leaves any more

	latency latency
	curve   *curve    // nil: no limit is known
	served  meter     // good answers
	next    time.Time // no request leaves before
	until   time.Time // the pause that the server asked for
	cut     time.Time // when the rate or the window was cut last
	well    time.Time // when the last good answer came
	ill     time.Time // when the first of the failures since then came; zero: none
}

// ticket waits for its turn.
type ticket struct {
	turn chan struct{} // closed by pace
	err  error         // read after turn
}

const (
	firstWindow = 4 // customers at once, once the server has answered
	// lateness is how much of a turn that came late (timers do) is made up for by the
	// next ones.
	lateness = 2 * time.Millisecond
)

func newPace(ceiling int) *pace { return &pace{ceiling: float64(ceiling), window: 1} }

// enter waits until another customer may be begun, and its first request sent.
// When the error is nil, leave must be called.
func (p *pace) enter(ctx context.Context) error { return p.wait(ctx, &p.behind) }

// again waits until another request of a customer at work may be sent.
func (p *pace) again(ctx context.Context) error { return p.wait(ctx, &p.ahead) }

// leave ends what enter began.
func (p *pace) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inside--
	p.dispatch()
}

// stop ends all waiting with err, which is not nil.
func (p *pace) stop(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped == nil {
		p.stopped = err
	}
	p.dispatch()
}

func (p *pace) wait(ctx context.Context, queue *[]*ticket) error {
	t := &ticket{turn: make(chan struct{})}
	p.mu.Lock()
	*queue = append(*queue, t)
	p.dispatch()
	p.mu.Unlock()
	select {
	case <-t.turn:
		return t.err
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := slices.Index(*queue, t); at >= 0 {
		*queue = slices.Delete(*queue, at, at+1)
		return context.Cause(ctx)
	}
	if queue == &p.behind && t.err == nil { // its turn came meanwhile
		p.inside--
		p.dispatch()
	}
	return context.Cause(ctx)
}

// dispatch gives turns as far as may be, and sees to it that it is called when
// the next may be given.
func (p *pace) dispatch() {
	for len(p.ahead) > 0 || len(p.behind) > 0 {
		if p.stopped != nil {
			p.dismiss()
			return
		}
		if len(p.ahead) == 0 && p.inside >= int(p.window) {
			return // leave and answered come by
		}
		now := time.Now()
		if due := later(p.next, p.until); now.Before(due) {
			p.lookAgain(due.Sub(now))
			return
		}
		p.spend(now)
		if len(p.ahead) > 0 {
			close(p.ahead[0].turn)
			p.ahead = slices.Delete(p.ahead, 0, 1)
			continue
		}
		p.inside++
		close(p.behind[0].turn)
		p.behind = slices.Delete(p.behind, 0, 1)
	}
}

func (p *pace) dismiss() {
	for _, t := range slices.Concat(p.ahead, p.behind) {
		t.err = p.stopped
		close(t.turn)
	}
	p.ahead, p.behind = nil, nil
}

func (p *pace) lookAgain(in time.Duration) {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.timer = time.AfterFunc(in, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dispatch()
	})
}

// spend takes the place of one request. Where requests have to wait for their
// turn, the rate is what holds them up, and grows.
func (p *pace) spend(now time.Time) {
	if p.curve == nil {
		return
	}
	interval := time.Duration(float64(time.Second) / p.curve.rate())
	if late := now.Sub(p.next); late <= lateness {
		p.curve.age += interval.Seconds()
		p.next = p.next.Add(interval)
		return
	}
	p.next = now.Add(interval)
}

// good learns from an answer to a request that was sent at a time.
func (p *pace) good(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.well, p.ill = now, time.Time{}
	p.served.add(now)
	p.latency.add(now, now.Sub(sent))
	switch {
	case p.curve != nil:
		needed := p.curve.rate() * p.latency.mean.Seconds()
		p.window = min(max(2*needed+2, firstWindow), p.ceiling)
	case p.window < firstWindow:
		p.window = min(firstWindow, p.ceiling)
	case !p.latency.rising() && p.inside >= int(p.window): // more would be used, and is borne
		p.window = min(p.window+1/p.window, p.ceiling)
	}
	p.dispatch()
}

// throttled learns from a request that was refused for being one too many: the
// rate is cut, once for all that was sent before the cut. pause is what the server
// asked for, 0 when it did not say.
func (p *pace) throttled(sent time.Time, pause time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.fails(now)
	p.until = later(p.until, now.Add(pause))
	p.next = later(p.next, p.until)
	if !sent.After(p.cut) {
		return
	}
	if p.curve == nil {
		p.curve = newCurve(p.window / max(p.latency.mean, time.Millisecond).Seconds())
	} else {
		p.curve.refused(p.served.perSecond(now))
	}
	p.cut = now
	p.served = meter{since: later(now, p.until)}
	p.next = later(p.next, now.Add(time.Duration(float64(time.Second)/p.curve.rate())))
}

// trouble learns from a request that got no answer or a 5xx: the window is
// halved, once for all that was sent before.
func (p *pace) trouble(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails(time.Now())
	if p.curve == nil && sent.After(p.cut) && p.window > firstWindow {
		p.window = max(p.window/2, firstWindow)
		p.cut = time.Now()
	}
}

func (p *pace) fails(now time.Time) {
	if p.ill.IsZero() {
		p.ill = now
	}
}

// failing is how long nothing but failures has come back.
func (p *pace) failing() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ill.IsZero() {
		return 0
	}
	return time.Since(p.ill)
}

// wellSince reports that a good answer came after a time.
func (p *pace) wellSince(t time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.well.After(t)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
