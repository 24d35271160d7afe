package storage

import (
	"io"
	"time"
)

// watched ends a transfer in which nothing comes for some time.
type watched struct {
	timer *time.Timer
	after time.Duration
}

func watchFor(after time.Duration, cancel func()) watched {
	return watched{time.AfterFunc(after, cancel), after}
}

// of is a reader that tells the watch that something came.
func (w watched) of(reader io.Reader) io.Reader { return &watchedReader{reader, w} }

func (w watched) stop() { w.timer.Stop() }

type watchedReader struct {
	from io.Reader
	watched
}

func (r *watchedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if n > 0 {
		r.timer.Reset(r.after)
	}
	return n, err
}
