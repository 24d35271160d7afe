package fincome

import "time"

// good learns from an answer to a request that was sent at a time.
func (p *pace) good(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.well, p.ill = now, time.Time{}
	p.served.add(now)
	p.spell.add(sent)
	p.latency.add(now, now.Sub(sent))
	switch {
	case p.curve != nil:
		needed := p.curve.rate() * p.latency.mean.Seconds()
		p.window = min(max(2*needed+2, firstWindow), p.ceiling, max(p.window+1, firstWindow))
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
	p.limited = true
	guess := p.spell.end(now.Add(-p.latency.mean), later(now, p.until))
	offered := p.window / max(p.latency.mean, time.Millisecond).Seconds()
	if p.curve == nil {
		p.curve = newCurve(offered)
	} else {
		p.curve.refused(offered, p.served.perSecond(now), guess)
	}
	p.cut = now
	p.served = meter{since: later(now, p.until)}
	p.next = later(p.next, now.Add(time.Duration(float64(time.Second)/p.curve.rate())))
}

// learned is the limit that the next delivery may begin with, in requests a second:
// what was refused or, where that was known before, served for a while. 0: nothing new.
func (p *pace) learned() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.curve == nil || p.curve.blind || !p.limited && p.curve.age < settledIn {
		return 0
	}
	return max(p.curve.top, p.curve.rate()/lifted)
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
