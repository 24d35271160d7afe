package fincome

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// serverClock is the server's clock as far as it is known. An answer tells it in whole
// seconds, rounded down, and is sent before it is received: so the server's clock is
// ahead of ours by that difference at least, and the greatest of many differences is
// close to the truth. Who waits by it is never too early.
type serverClock struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration
}

// hear learns from the Date of an answer received now.
func (c *serverClock) hear(header http.Header, now time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if ahead := date.Sub(now); !c.known || ahead > c.ahead {
		c.known, c.ahead = true, ahead
	}
}

// pause reads a Retry-After: seconds, or a date by the server's own clock. A date
// counted from the Date of its answer, which is rounded down, would add up to a second
// to every pause.
func (c *serverClock) pause(header http.Header, now time.Time) time.Duration {
	given := header.Get("Retry-After")
	if seconds, err := strconv.Atoi(given); err == nil {
		return time.Duration(max(seconds, 0)) * time.Second
	}
	until, err := http.ParseTime(given)
	if err != nil {
		return 0
	}
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return max(until.Sub(now), 0)
	}
	c.mu.Lock()
	there := now.Add(c.ahead)
	c.mu.Unlock()
	// Our clock, or another server's, may have been set meanwhile.
	most := until.Sub(date)
	return max(min(until.Sub(there), most), most-time.Second, 0)
}
