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
//     until the server refuses one with a 429, or an earlier delivery has learned it;
//     from then on it follows curve, and the customers at work grow, by one for each
//     good answer, to twice what the rate needs.
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
	limited bool      // a request was refused for being one too many
	served  meter     // good answers
	spell   spell     // since the last pause
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

// newPace begins with a limit that an earlier delivery has learned, 0 for none.
func newPace(ceiling int, limit float64) *pace {
	p := &pace{ceiling: float64(ceiling), window: 1}
	if limit > 0 {
		p.curve = recall(limit)
	}
	return p
}

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
