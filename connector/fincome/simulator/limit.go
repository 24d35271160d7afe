package simulator

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limit is how many requests are served; the zero value does not limit.
type Limit struct {
	PerSecond float64
	Burst     int // at least 1
	// Phases are other rates later on, in the order of their time; each holds until
	// the next one.
	Phases     []Phase
	RetryAfter RetryAfter
}

// Phase is a rate from some time on.
type Phase struct {
	From      time.Duration // since New
	PerSecond float64       // 0: no limit
}

// RetryAfter says how a 429 tells how long to wait.
type RetryAfter int

// The ways to tell it.
const (
	RetrySeconds RetryAfter = iota // whole seconds, rounded up
	RetryDate                      // an HTTP date
	RetryUntold                    // not at all
)

// bucket is a limit at work.
type bucket struct {
	mu      sync.Mutex
	limiter *rate.Limiter // nil when nothing is ever limited
	start   time.Time
	phases  []Phase // still to come
}

func newBucket(l Limit, now time.Time) *bucket {
	if l.PerSecond <= 0 && len(l.Phases) == 0 {
		return &bucket{}
	}
	return &bucket{limiter: rate.NewLimiter(perSecond(l.PerSecond), max(l.Burst, 1)), start: now, phases: l.Phases}
}

func perSecond(r float64) rate.Limit {
	if r <= 0 {
		return rate.Inf
	}
	return rate.Limit(r)
}

// take lets one request pass, or says how long until the next one may.
func (b *bucket) take(now time.Time) time.Duration {
	if b.limiter == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.phases) > 0 && now.Sub(b.start) >= b.phases[0].From {
		b.limiter.SetLimitAt(b.start.Add(b.phases[0].From), perSecond(b.phases[0].PerSecond))
		b.phases = b.phases[1:]
	}
	if b.limiter.AllowN(now, 1) {
		return 0
	}
	next := b.limiter.ReserveN(now, 1)
	defer next.CancelAt(now)
	return max(next.DelayFrom(now), 1) // it may have become free in between
}

func wholeSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
