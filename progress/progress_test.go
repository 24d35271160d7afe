package progress_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/progress"
)

// screen is a terminal as far as Live uses one: lines, going up, and taking away what
// is below.
type screen struct {
	mu    sync.Mutex
	lines []string
	wrote atomic.Int64
}

func (s *screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrote.Add(1)
	rest := string(text)
	for rest != "" {
		var up int
		if n, _ := fmt.Sscanf(rest, "\x1b[%dA", &up); n == 1 {
			if up > len(s.lines) {
				return 0, fmt.Errorf("%d lines up of %d", up, len(s.lines))
			}
			s.lines = s.lines[:len(s.lines)-up]
			rest = strings.TrimPrefix(rest, fmt.Sprintf("\x1b[%dA\r\x1b[J", up))
			continue
		}
		line, after, whole := strings.Cut(rest, "\n")
		if !whole || strings.Contains(line, "\x1b") {
			return 0, fmt.Errorf("%q is no whole line", rest)
		}
		s.lines, rest = append(s.lines, line), after
	}
	return len(text), nil
}

func (s *screen) shows(t *testing.T, want ...string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if diff := cmp.Diff(want, append([]string(nil), s.lines...)); diff != "" {
		t.Errorf("on the screen:\n%s", diff)
	}
}

// steady is a stage that does so many accounts of 10,000 in a second.
func steady(name string, perSecond int64) *progress.Stage {
	begun, stage := time.Now(), &progress.Stage{Name: name}
	stage.From(func() progress.Figures {
		done := int64(time.Since(begun)/time.Millisecond) * perSecond / 1000
		return progress.Figures{Unit: "accounts", Done: done, Total: 10_000, Bytes: done * 1000, Pages: 3}
	})
	return stage
}

// moment lets time go by, and everything be drawn.
func moment(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestLive(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		l := progress.NewLive(s, func() int { return 200 })
		log := func(text string) { _, _ = l.Write([]byte(text + "\n")) }
		log("before")
		quick := l.Begin(&progress.Stage{Name: "quick"})
		moment(100 * time.Millisecond)
		quick()
		moment(100 * time.Millisecond)
		s.shows(t, "before")
		end := l.Begin(steady("read accounts", 1000))
		moment(2 * time.Second)
		s.shows(t, "before", "read accounts  2,000 of 10,000 accounts (20.0%), 2.0 MB, 1,000/s, 3 pages in flight, 8s left")
		log("a line of the log")
		s.shows(t, "before", "a line of the log", "read accounts  2,000 of 10,000 accounts (20.0%), 2.0 MB, 1,000/s, 3 pages in flight, 8s left")
		other := l.Begin(&progress.Stage{Source: "Partners", Name: "connect"})
		moment(time.Second)
		s.shows(t, "before", "a line of the log", "read accounts  3,000 of 10,000 accounts (30.0%), 3.0 MB, 1,000/s, 3 pages in flight, 7s left", "Partners: connect  1s")
		l.Aside(func() { _, _ = s.Write([]byte("a result\n")) })
		moment(200 * time.Millisecond)
		other()
		end()
		s.shows(t, "before", "a line of the log", "a result", "Partners: connect  1s", "read accounts  3,200 accounts, 3.2 MB, 1,000/s, 3s")
		s.wrote.Store(0)
		moment(time.Minute)
		if s.wrote.Load() > 0 {
			t.Error("it draws where nothing is to be drawn")
		}
		l.Close()
		l.Close()
		log("after")
		s.shows(t, "before", "a line of the log", "a result", "Partners: connect  1s", "read accounts  3,200 accounts, 3.2 MB, 1,000/s, 3s", "after")
	})
}

// What stands there when it is closed is taken away, and no line is wider than the
// terminal.
func TestLiveLeavesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		l := progress.NewLive(s, func() int { return 40 })
		end := l.Begin(steady("アカウントを読む", 1000))
		moment(time.Second)
		s.shows(t, "アカウントを読む  1,000 of 10,000 ac...")
		l.Close()
		s.shows(t)
		end()
		s.shows(t)
	})
}

// Where no figure is known a stage shows how long it takes; where a result is waited
// for, what for.
func TestLines(t *testing.T) {
	t.Parallel()
	for want, figures := range map[string]progress.Figures{
		"s  5s":                                                        {},
		"s  salesforce prepares the result, 5s":                        {Unit: "accounts", Waiting: "salesforce prepares the result"},
		"s  0 of 10 accounts (0.0%), 5s":                               {Unit: "accounts", Total: 10},
		"s  10 of 10 accounts (100.0%), 12 kB, 5s":                     {Unit: "accounts", Done: 10, Total: 10, Bytes: 12_345},
		"s  1 of 3 cells (33.3%), 0 customers/s, 5s":                   {Unit: "cells", Done: 1, Total: 3, Customers: 1},
		"s  1,234,567 customers, 2.3 GB, 1 page in flight, 5s":         {Unit: "customers", Done: 1_234_567, Bytes: 2_345_678_901, Pages: 1},
		"s  salesforce prepares the result, 2,000 accounts so far, 5s": {Unit: "accounts", Done: 2000, Waiting: "salesforce prepares the result"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &screen{}
			l := progress.NewLive(s, func() int { return 200 })
			defer l.Close()
			stage := &progress.Stage{Name: "s"}
			stage.From(func() progress.Figures { return figures })
			defer l.Begin(stage)()
			moment(5 * time.Second)
			s.shows(t, want)
		})
	}
}

// The log has a line every ten seconds, of stages that take longer.
func TestLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		plain := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}
		l := progress.NewLog(slog.New(slog.NewTextHandler(&out, plain)))
		quick := l.Begin(&progress.Stage{Name: "quick"})
		moment(9 * time.Second)
		quick()
		stage := steady("read accounts", 300)
		stage.Source = "Partners"
		end := l.Begin(stage)
		moment(25 * time.Second)
		end()
		moment(time.Minute)
		want := `level=INFO msg="at work: read accounts" since=10s source=Partners accounts=3000 of=10000 per_second=300 bytes=3000000 pages_in_flight=3 left=23s
level=INFO msg="at work: read accounts" since=20s source=Partners accounts=6000 of=10000 per_second=300 bytes=6000000 pages_in_flight=3 left=13s
`
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error(diff)
		}
	})
}

// A pace that falls shows, and so does one that comes back.
func TestPaceIsThatOfNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &screen{}
		l := progress.NewLive(s, func() int { return 200 })
		defer l.Close()
		begun, stage := time.Now(), &progress.Stage{Name: "s"}
		stage.From(func() progress.Figures {
			return progress.Figures{Unit: "cells", Done: min(int64(time.Since(begun)/time.Second), 20) * 100}
		})
		defer l.Begin(stage)()
		moment(20 * time.Second)
		s.shows(t, "s  2,000 cells, 100/s, 20s")
		moment(11 * time.Second)
		s.shows(t, "s  2,000 cells, 31s")
	})
}
