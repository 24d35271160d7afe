package simulator

import (
	"math"
	"time"

	"golang.org/x/time/rate"
)

// Limit is how many requests are served; the zero value does not limit.
type Limit struct {
	PerSecond float64
	Burst     int // at least 1
}

type bucket struct{ limiter *rate.Limiter }

func newBucket(l Limit) *bucket {
	if l.PerSecond <= 0 {
		return &bucket{}
	}
	return &bucket{limiter: rate.NewLimiter(rate.Limit(l.PerSecond), max(l.Burst, 1))}
}

// take lets one request pass, or says how long until the next one may.
func (b *bucket) take(now time.Time) time.Duration {
	if b.limiter == nil || b.limiter.AllowN(now, 1) {
		return 0
	}
	next := b.limiter.ReserveN(now, 1)
	defer next.CancelAt(now)
	return max(next.DelayFrom(now), 1) // it may have become free in between
}

func wholeSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }
