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
	gates := map[string]*gate{"429": {bucket: rate.NewLimiter(200, 5), status: 429}}
	if os.Getenv("AXISYNC_LARGE") != "" {
		gates["429, burst 1"] = &gate{bucket: rate.NewLimiter(200, 1), status: 429}
		gates["429, burst 20, date"] = &gate{bucket: rate.NewLimiter(200, 20), status: 429, date: true}
		gates["503"] = &gate{bucket: rate.NewLimiter(200, 5), status: 503}
	}
	for name, g := range gates {
		synctest.Test(t, func(t *testing.T) {
			server := simulator.New(simulator.Config{Customers: 5500})
			g.Handler = server
			target, end := virtual(t, slow(20*time.Millisecond, g), fincome.Config{Update: "merge"})
			defer end()
			journal := &memory{}
			report, err := target.Deliver(context.Background(), changes(t, customersOf(server)), journal)
			if err != nil || journal.count(sinks.Accepted) != 5500 {
				t.Fatalf("%s: %v, %d accepted", name, err, journal.count(sinks.Accepted))
			}
			last := int(time.Since(g.began).Seconds())
			steady, refused := g.used(25, last), float64(g.no)/float64(report.Requests)
			t.Logf("%s: %d requests in %.0f s, %.1f%% of the limit used from the 25th second, %.2f%% refused, gap %.0f ms",
				name, report.Requests, report.Seconds, 100*steady, 100*refused, report.GapP99)
			if steady < 0.95 || refused > 0.01 || report.Throttled != int64(g.no) || report.GapP99 > 1000 {
				t.Errorf("%s: %.1f%% of the limit used, %.2f%% refused, %+v", name, 100*steady, 100*refused, report)
			}
		})
	}
}
