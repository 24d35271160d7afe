package simulator

import "time"

// clock measures how long the day of the org has lasted: in real time, and as
// much more as Pass said.
type clock struct {
	began  time.Time
	passed time.Duration
}

const (
	longestDay = 24*time.Hour - time.Millisecond
	// pauseStep is the grain in which the length of a day counts for the stamps of
	// the next one. A day that lasted less gives the same stamps every time.
	pauseStep = 2 * time.Minute
)

// elapsed is how long the day has lasted. After 24 hours the clock stands still
// until the next day begins.
func (c clock) elapsed() time.Duration { return min(c.passed+time.Since(c.began), longestDay) }

// spent is how long the day has lasted, as the stamps of the next one count it.
func (c clock) spent() time.Duration { return c.elapsed().Truncate(pauseStep) }

// Now is the time of the simulated server, which its Date headers tell: midnight
// of the day, and the time since Advance. Everything that happened is stamped
// before it. What a day brings is stamped later than the end of the day before,
// to two minutes.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// now is Now for a caller that holds the mutex.
func (s *Server) now() time.Time {
	return s.view.Today().Add(s.clock.elapsed().Truncate(time.Millisecond))
}

// Pass lets so much time pass within the day. A day has 24 hours, after which
// its clock stands still until Advance.
func (s *Server) Pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clock.passed += d
}

// moment is a time for what happens now, later than that of anything before: the
// clock goes on by as much as a stamp can tell.
func (s *Server) moment() time.Time {
	s.clock.passed += time.Millisecond
	return s.now()
}
