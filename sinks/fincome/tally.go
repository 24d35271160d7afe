package fincome

import (
	"math"
	"sync"
	"time"

	"github.com/axisync/axisync/sinks"
)

// tally gathers the report of a delivery, in constant memory.
type tally struct {
	mu      sync.Mutex
	report  sinks.Report
	gaps    histogram
	refused sinks.Refusals
}

func (t *tally) customer() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Customers++
}

func (t *tally) request(throttled bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report.Requests++
	if throttled {
		t.report.Throttled++
	}
}

func (t *tally) gap(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.gaps.add(d)
}

// finish is the report of a delivery that took so long.
func (t *tally) finish(took time.Duration) sinks.Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	r := t.report
	r.Took, r.Seconds = took, took.Seconds()
	if took > 0 {
		r.CustomersPerSecond = float64(r.Customers) / took.Seconds()
	}
	r.GapP99 = float64(t.gaps.quantile(0.99)) / float64(time.Millisecond)
	r.Refused = t.refused.Kinds()
	return r
}

// histogram holds durations in buckets that each end a twentieth after the one
// before: from a tenth of a millisecond to well over an hour.
type histogram struct {
	counts [400]int64
	n      int64
}

const (
	finest = 100 * time.Microsecond
	step   = 1.05
)

func (h *histogram) add(d time.Duration) {
	at := 0
	if d > finest {
		at = int(math.Ceil(math.Log(float64(d)/float64(finest)) / math.Log(step)))
	}
	h.counts[min(at, len(h.counts)-1)]++
	h.n++
}

// quantile is a bound that the part q of the durations does not exceed; 0 without
// any.
func (h *histogram) quantile(q float64) time.Duration {
	left := int64(math.Ceil(q * float64(h.n)))
	for at, n := range h.counts {
		if left -= n; left <= 0 && h.n > 0 {
			return time.Duration(float64(finest) * math.Pow(step, float64(at)))
		}
	}
	return 0
}
