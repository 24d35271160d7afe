package salesforce

import (
	"net/http"
	"sync/atomic"
	"time"
)

// clock knows how far the server's clock is from ours, to the second, by the
// header Date of its answers.
type clock struct{ ahead atomic.Int64 }

func (c *clock) read(header http.Header) {
	if told, err := http.ParseTime(header.Get("Date")); err == nil {
		c.ahead.Store(int64(time.Until(told)))
	}
}

func (c *clock) offset() time.Duration { return time.Duration(c.ahead.Load()) }

// ServerTime is the time of this moment by the org's clock, to the second.
func (o *Org) ServerTime() time.Time { return time.Now().Add(o.rest.clock.offset()).UTC() }
