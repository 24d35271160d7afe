package fincome

import (
	"errors"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bursts are how many requests more than its limit a server takes at once.
func bursts() []int {
	if os.Getenv("AXISYNC_LARGE") != "" {
		return []int{1, 2, 5, 10, 20}
	}
	return []int{5}
}

// TestALimitThatWasLearnedBefore is used from the first second on.
func TestALimitThatWasLearnedBefore(t *testing.T) {
	t.Parallel()
	for _, burst := range bursts() {
		s := newLimited(200, burst, 20*time.Millisecond)
		busyFrom(t, s, 200, func(t *testing.T, p *pace) {
			if perSecond, refused := s.over(55 * time.Second); perSecond < 0.95*200 || refused > 0.01 {
				t.Errorf("burst %d: %.1f%% used, %.2f%% refused", burst, perSecond/2, 100*refused)
			}
			if learned := p.learned(); learned < 190 || learned > 210 {
				t.Errorf("burst %d: %.0f/s learned", burst, learned)
			}
		})
	}
}

// TestALimitThatIsLowerByNow is found about as fast as one that was never known, and
// without a storm of refusals: more are refused only where it is a hundredth of what it
// was.
func TestALimitThatIsLowerByNow(t *testing.T) {
	t.Parallel()
	for _, learned := range []float64{220, 400, 2000, 20_000} {
		for _, burst := range bursts() {
			s := newLimited(200, burst, 20*time.Millisecond)
			busyFrom(t, s, learned, func(t *testing.T, _ *pace) {
				bar := 0.06
				if learned > 2000 {
					bar = 0.15
				}
				if _, refused := s.over(10 * time.Second); refused > bar {
					t.Errorf("%.0f/s, burst %d: %.2f%% refused in the first seconds", learned, burst, 100*refused)
				}
				time.Sleep(20 * time.Second)
				if perSecond, refused := s.over(time.Minute); perSecond < 0.95*200 || refused > 0.01 {
					t.Errorf("%.0f/s, burst %d: %.1f%% used after half a minute, %.2f%% refused", learned, burst, perSecond/2, 100*refused)
				}
			})
		}
	}
}

// TestALimitThatIsHigherByNow is found within a minute, also when it is many times
// what was learned.
func TestALimitThatIsHigherByNow(t *testing.T) {
	t.Parallel()
	for _, learned := range []float64{20, 100, 190} {
		for _, burst := range bursts() {
			s := newLimited(200, burst, 20*time.Millisecond)
			busyFrom(t, s, learned, func(t *testing.T, _ *pace) {
				time.Sleep(time.Minute)
				if perSecond, refused := s.over(time.Minute); perSecond < 0.95*200 || refused > 0.01 {
					t.Errorf("%.0f/s, burst %d: %.1f%% used after a minute, %.2f%% refused", learned, burst, perSecond/2, 100*refused)
				}
			})
		}
	}
}

// TestARecalledLimitIsApproached: one customer until the server answers, then four,
// then one more for each answer.
func TestARecalledLimitIsApproached(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPace(64, 5000)
		sent := time.Now()
		var work sync.WaitGroup
		for range 20 {
			work.Go(func() { _ = p.enter(t.Context()) })
		}
		for _, want := range []int{1, 4, 5, 6} {
			time.Sleep(20 * time.Millisecond)
			synctest.Wait()
			if p.inside != want {
				t.Errorf("%d are at work, want %d", p.inside, want)
			}
			p.good(sent)
		}
		p.stop(errors.New("enough"))
		work.Wait()
	})
}

// TestWhatIsLearned: nothing where nothing was refused, and nothing anew from a
// delivery too short to tell.
func TestWhatIsLearned(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, limit float64
		lasts       time.Duration
		learns      bool
	}{{0, 1e6, time.Minute, false}, {100, 200, 5 * time.Second, false}, {100, 200, 15 * time.Second, true}, {300, 200, 20 * time.Second, true}} {
		s := newLimited(c.limit, 5, 20*time.Millisecond)
		busyFrom(t, s, c.from, func(t *testing.T, p *pace) {
			time.Sleep(c.lasts)
			if learned := p.learned(); (learned > 0) != c.learns {
				t.Errorf("from %.0f/s, with %.0f/s, %v: %.1f/s", c.from, c.limit, c.lasts, learned)
			}
		})
	}
}
