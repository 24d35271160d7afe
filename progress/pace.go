package progress

import "time"

// window is the time over which a pace is taken: long enough to be calm, short enough
// to show when something stalls.
const window = 10 * time.Second

// pace is how fast a figure has grown lately.
type pace struct{ seen []sample }

type sample struct {
	at time.Time
	n  int64
}

// note takes the figure of a moment and gives its growth a second over the window; 0
// where there is no telling yet.
func (p *pace) note(at time.Time, n int64) float64 {
	if len(p.seen) > 0 && n < p.seen[len(p.seen)-1].n { // another thing is counted now
		p.seen = nil
	}
	p.seen = append(p.seen, sample{at, n})
	for len(p.seen) > 2 && at.Sub(p.seen[1].at) >= window {
		p.seen = p.seen[1:]
	}
	first := p.seen[0]
	if took := at.Sub(first.at); took > 0 {
		return float64(n-first.n) / took.Seconds()
	}
	return 0
}

// left is how long the rest will take at a pace.
func left(f Figures, perSecond float64) (time.Duration, bool) {
	if f.Total <= f.Done || perSecond <= 0 {
		return 0, false
	}
	const most = 1e7 // seconds: beyond, nobody knows
	seconds := min(float64(f.Total-f.Done)/perSecond, most)
	return time.Duration(seconds * float64(time.Second)).Round(time.Second), true
}
