package fincome

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// seeds are new ones in each run; a failure names its own, and AXISYNC_SEED runs
// it again.
func seeds(t *testing.T, few, large int) []uint64 {
	t.Helper()
	if given, err := strconv.ParseUint(os.Getenv("AXISYNC_SEED"), 10, 64); err == nil {
		return []uint64{given}
	}
	if os.Getenv("AXISYNC_LARGE") != "" {
		few = large
	}
	drawn := make([]uint64, few)
	for i := range drawn {
		drawn[i] = rand.Uint64()
	}
	return drawn
}

// limited is a server as pace sees it: a token bucket, an answer time, and the
// pause that it asks for.
type limited struct {
	bucket  *rate.Limiter
	latency time.Duration
	silent  bool // no Retry-After

	mu              sync.Mutex
	served, refused int
}

func newLimited(perSecond float64, burst int, latency time.Duration) *limited {
	return &limited{bucket: rate.NewLimiter(rate.Limit(perSecond), burst), latency: latency}
}

// ask makes one request of p; it reports whether it was served.
func (s *limited) ask(p *pace) bool {
	sent := time.Now()
	time.Sleep(s.latency / 2)
	pause, served := s.take()
	time.Sleep(s.latency - s.latency/2)
	if served {
		p.good(sent)
	} else {
		p.throttled(sent, pause)
	}
	return served
}

// take answers, where there is nothing left, with whole seconds as servers do.
func (s *limited) take() (pause time.Duration, served bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bucket.Allow() {
		s.served++
		return 0, true
	}
	s.refused++
	if s.silent {
		return 0, false
	}
	next := s.bucket.Reserve()
	defer next.Cancel()
	return time.Duration(math.Ceil(next.Delay().Seconds())) * time.Second, false
}

// over runs for a time and gives what was served in a second, and the part of all
// requests that was refused.
func (s *limited) over(d time.Duration) (perSecond, refused float64) {
	s.mu.Lock()
	served, no := s.served, s.refused
	s.mu.Unlock()
	time.Sleep(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	served, no = s.served-served, s.refused-no
	return float64(served) / d.Seconds(), float64(no) / float64(served+no)
}

// busy keeps a pace busy with reads and writes as long as run takes, in virtual
// time.
func busy(t *testing.T, s *limited, run func(t *testing.T, p *pace)) {
	t.Helper()
	busyFrom(t, s, 0, run)
}

// busyFrom is busy with a limit that was learned before.
func busyFrom(t *testing.T, s *limited, limit float64, run func(t *testing.T, p *pace)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := newPace(64, limit)
		var work sync.WaitGroup
		for range 64 {
			work.Go(func() {
				for p.enter(ctx) == nil {
					if s.ask(p) && p.again(ctx) == nil {
						s.ask(p)
					}
					p.leave()
				}
			})
		}
		run(t, p)
		cancel()
		work.Wait()
	})
}

// TestNearlyAllOfALimitIsUsed: whatever the limit, the burst that it allows, the
// time of an answer, and whether the server says how long to wait.
func TestNearlyAllOfALimitIsUsed(t *testing.T) {
	t.Parallel()
	for _, seed := range seeds(t, 8, 400) {
		r := rand.New(rand.NewPCG(seed, 0))
		latency := time.Duration(5+r.IntN(95)) * time.Millisecond
		limit := min(20*math.Pow(25, r.Float64()), 0.6*64/latency.Seconds()) // 64 at once must be enough
		s := newLimited(limit, 1+r.IntN(20), latency)
		s.silent = r.IntN(3) == 0
		busy(t, s, func(t *testing.T, _ *pace) {
			time.Sleep(40 * time.Second)
			perSecond, refused := s.over(2 * time.Minute)
			if perSecond < 0.95*limit || refused > 0.01 {
				t.Errorf("seed %d: %.0f/s, burst %d, %v, silent %v: %.1f%% used, %.2f%% refused",
					seed, limit, s.bucket.Burst(), latency, s.silent, 100*perSecond/limit, 100*refused)
			}
		})
	}
}

// TestALimitThatMoves: half of it is found within seconds, the double of it after
// the next probe.
func TestALimitThatMoves(t *testing.T) {
	t.Parallel()
	for _, burst := range bursts() {
		s := newLimited(200, burst, 20*time.Millisecond)
		busy(t, s, func(t *testing.T, _ *pace) {
			for _, move := range []struct {
				to     float64
				within time.Duration
			}{{200, 30 * time.Second}, {100, 30 * time.Second}, {400, 100 * time.Second}, {100, 40 * time.Second}, {200, 100 * time.Second}} {
				s.bucket.SetLimit(rate.Limit(move.to))
				_, refused := s.over(move.within)
				perSecond, _ := s.over(time.Minute)
				if perSecond < 0.9*move.to || refused > 0.01 {
					t.Errorf("burst %d, %.0f/s: %.1f%% used after %v, %.2f%% refused by then", burst, move.to, 100*perSecond/move.to, move.within, 100*refused)
				}
			}
		})
	}
}

// TestEverybodyHonoursAPause: from the moment that one is told to wait, nobody
// begins anything, and what was begun goes first afterwards.
func TestEverybodyHonoursAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(64, 0)
		begun := time.Now()
		inside := func(queue func(context.Context) error) time.Duration {
			if err := queue(t.Context()); err != nil {
				t.Error(err)
			}
			return time.Since(begun)
		}
		inside(p.enter)
		p.good(begun)
		time.Sleep(time.Second)
		p.throttled(time.Now(), 7*time.Second)
		var turns [9]time.Duration
		var work sync.WaitGroup
		for i := range 3 {
			work.Go(func() { turns[1+i] = inside(p.enter) })
		}
		synctest.Wait()
		work.Go(func() { turns[0] = inside(p.again) })
		time.Sleep(2 * time.Second)
		p.throttled(begun, 6*time.Second) // sent before the cut: only the pause is longer
		work.Wait()
		if turns[0] != 9*time.Second {
			t.Errorf("what was begun went on after %v, want 9s", turns[0])
		}
		for _, turn := range turns[1:4] {
			if turn <= turns[0] {
				t.Errorf("a new customer was begun after %v", turn)
			}
		}
	})
}

// TestAStopEndsAllWaiting, also of those who were told to wait long.
func TestAStopEndsAllWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(1, 0)
		why := errors.New("the key is not accepted")
		if err := p.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		told := errors.New("told to")
		var work sync.WaitGroup
		work.Go(func() {
			if err := p.enter(ctx); !errors.Is(err, told) {
				t.Errorf("got %v, want that of the context", err)
			}
		})
		synctest.Wait()
		cancel(told)
		for range 3 {
			work.Go(func() {
				if err := p.enter(t.Context()); !errors.Is(err, why) {
					t.Errorf("got %v", err)
				}
			})
		}
		synctest.Wait()
		p.stop(why)
		work.Wait()
		if err := p.again(t.Context()); !errors.Is(err, why) {
			t.Errorf("afterwards %v", err)
		}
	})
}

// TestMoreAtOnceOnlyWhereItHelps: a server that answers one request after the
// other is not given more and more to wait for.
func TestMoreAtOnceOnlyWhereItHelps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serial bool
		least  int
		most   int
	}{"as many as come": {false, 64, 64}, "one after the other": {true, firstWindow, 16}} {
		synctest.Test(t, func(t *testing.T) {
			p := newPace(64, 0)
			ctx, cancel := context.WithCancel(t.Context())
			server := make(chan struct{}, 1)
			var work sync.WaitGroup
			for range 64 {
				work.Go(func() {
					for p.enter(ctx) == nil {
						sent := time.Now()
						if c.serial {
							server <- struct{}{}
						}
						time.Sleep(20 * time.Millisecond)
						if c.serial {
							<-server
						}
						p.good(sent)
						p.leave()
					}
				})
			}
			time.Sleep(20 * time.Second)
			cancel()
			work.Wait()
			if at := int(p.window); at < c.least || at > c.most {
				t.Errorf("%s: %d at once after 20 seconds", name, at)
			}
		})
	}
}
