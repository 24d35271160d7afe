package fincome_test

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"

	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
)

// gate is the limit in front of a server: a token bucket, and how it says so.
type gate struct {
	http.Handler
	bucket *rate.Limiter
	date   bool // Retry-After as a date, not in seconds
	status int

	mu     sync.Mutex
	served map[int]int // by second
	began  time.Time
	no     int
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	if g.served == nil {
		g.served, g.began = map[int]int{}, time.Now()
	}
	allowed := g.bucket.Allow()
	if allowed {
		g.served[int(time.Since(g.began).Seconds())]++
		g.mu.Unlock()
		g.Handler.ServeHTTP(w, r)
		return
	}
	g.no++
	next := g.bucket.Reserve()
	free := time.Duration(math.Ceil(next.Delay().Seconds())) * time.Second
	next.Cancel()
	g.mu.Unlock()
	w.Header().Set("Retry-After", fmt.Sprint(int(free.Seconds())))
	if g.date {
		w.Header().Set("Retry-After", time.Now().Add(free).UTC().Format(http.TimeFormat))
	}
	w.WriteHeader(g.status)
}

// used is the part of the limit that was used between two seconds.
func (g *gate) used(from, to int) float64 {
	sum := 0
	for second := from; second < to; second++ {
		sum += g.served[second]
	}
	return float64(sum) / float64(to-from) / float64(g.bucket.Limit())
}

// TestTheLimitIsFoundOverHTTP: a delivery of 10,000 requests and more to a server
// that answers in 20 ms and takes 200 requests a second.
func TestTheLimitIsFoundOverHTTP(t *testing.T) {
	t.Parallel()
	gates := map[string]func() *gate{"429": func() *gate { return &gate{bucket: rate.NewLimiter(200, 5), status: 429} }}
	if os.Getenv("AXISYNC_LARGE") != "" {
		gates["429, burst 1"] = func() *gate { return &gate{bucket: rate.NewLimiter(200, 1), status: 429} }
		gates["429, burst 20, date"] = func() *gate { return &gate{bucket: rate.NewLimiter(200, 20), status: 429, date: true} }
		gates["503"] = func() *gate { return &gate{bucket: rate.NewLimiter(200, 5), status: 503} }
	}
	for name, open := range gates {
		first := delivered(t, name+", for the first time", open(), 0, 0.88)
		if first.Limit < 190 || first.Limit > 205 {
			t.Errorf("%s: the limit that was learned is %.1f", name, first.Limit)
		}
		if second := delivered(t, name+", for the second time", open(), first.Limit, 0.95); second.Limit < 190 || second.Limit > 205 {
			t.Errorf("%s: the limit that was learned the second time is %.1f", name, second.Limit)
		}
	}
}

// TestAPauseThatIsToldAsADate takes no more time than one told in seconds: dates are
// of whole seconds too, and a clock of the server tells them.
func TestAPauseThatIsToldAsADate(t *testing.T) {
	t.Parallel()
	for _, burst := range []int{1, 5, 20} {
		took := map[simulator.RetryAfter]float64{}
		for _, told := range []simulator.RetryAfter{simulator.RetrySeconds, simulator.RetryDate} {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(330 * time.Millisecond)
				server := simulator.New(simulator.Config{Customers: 200, Limit: simulator.Limit{PerSecond: 20, Burst: burst, RetryAfter: told}})
				target, end := virtual(t, slow(20*time.Millisecond, server), fincome.Config{Update: "merge"})
				defer end()
				report, err := target.Deliver(context.Background(), changes(t, customersOf(server)), &memory{})
				if err != nil || report.Customers != 200 {
					t.Fatal(err)
				}
				took[told] = report.Seconds
			})
		}
		t.Logf("burst %d: %v", burst, took)
		if took[simulator.RetryDate] > 1.05*took[simulator.RetrySeconds] {
			t.Errorf("burst %d: %v", burst, took)
		}
	}
}

// delivered makes a whole delivery through a gate of 200 requests a second, which has
// to use so much of it, beginning with a limit that was learned before.
func delivered(t *testing.T, name string, g *gate, limit, least float64) (report sinks.Report) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server := simulator.New(simulator.Config{Customers: 5500})
		g.Handler = server
		target, end := virtual(t, slow(20*time.Millisecond, g), fincome.Config{Update: "merge", Limit: limit})
		defer end()
		journal := &memory{}
		var err error
		report, err = target.Deliver(context.Background(), changes(t, customersOf(server)), journal)
		if err != nil || journal.count(sinks.Accepted) != 5500 {
			t.Fatalf("%s: %v, %d accepted", name, err, journal.count(sinks.Accepted))
		}
		last := int(time.Since(g.began).Seconds())
		whole := float64(report.Requests-report.Throttled) / report.Seconds / 200
		steady, refused := g.used(25, last), float64(g.no)/float64(report.Requests)
		t.Logf("%s: %d requests in %.1f s, %.1f%% of the limit used, %.1f%% from the 25th second, %.2f%% refused, gap %.0f ms",
			name, report.Requests, report.Seconds, 100*whole, 100*steady, 100*refused, report.GapP99)
		if whole < least || steady < 0.95 || refused > 0.01 || report.Throttled != int64(g.no) || report.GapP99 > 1000 {
			t.Errorf("%s: %.1f%% of the limit used, %.1f%% later, %.2f%% refused, %+v", name, 100*whole, 100*steady, 100*refused, report)
		}
	})
	return report
}
