package fincome

import (
	"math/rand/v2"
	"net/http"
	"testing"
	"time"
)

// TestAPauseUntilADate ends with it by the server's clock, whatever ours says: never
// before, and when some answers were heard, hardly later.
func TestAPauseUntilADate(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{0, 7300 * time.Millisecond, -time.Hour - 400*time.Millisecond} {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		var c serverClock
		ours := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
		for n := range 400 {
			ours = ours.Add(time.Duration(r.IntN(300)) * time.Millisecond)
			received := ours.Add(time.Duration(1+r.IntN(20)) * time.Millisecond) // the answer was under way
			there := ours.Add(ahead)
			until := there.Add(time.Duration(r.IntN(3000)) * time.Millisecond).Truncate(time.Second).Add(time.Second)
			header := http.Header{"Date": {there.UTC().Format(http.TimeFormat)}, "Retry-After": {until.UTC().Format(http.TimeFormat)}}
			c.hear(header, received)
			late := received.Add(c.pause(header, received) + ahead).Sub(until)
			if late < 0 || late > time.Second+20*time.Millisecond || n > 300 && late > 60*time.Millisecond {
				t.Fatalf("seed %d, %v ahead: pause %d ends %v after the date", seed, ahead, n, late)
			}
		}
	}
}

// TestAClockThatWasSetBack costs nobody more than a second.
func TestAClockThatWasSetBack(t *testing.T) {
	t.Parallel()
	var c serverClock
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	c.hear(http.Header{"Date": {now.Add(time.Hour).Format(http.TimeFormat)}}, now)
	header := http.Header{"Date": {now.Format(http.TimeFormat)}, "Retry-After": {now.Add(5 * time.Second).Format(http.TimeFormat)}}
	if pause := c.pause(header, now); pause != 4*time.Second {
		t.Errorf("the pause is %v", pause)
	}
}
