package fincome

import (
	"math"
	"time"
)

// spell is the time from one pause to the next refusal, and what was served in it.
// Servers commonly keep a bucket of tokens, which is empty when they refuse.
type spell struct {
	paused time.Time // when the pause before it began; zero: there was none
	begin  time.Time // zero: with the first answer
	served float64
}

// add counts an answer to a request that was sent at a time.
func (s *spell) add(sent time.Time) {
	if s.begin.IsZero() {
		s.begin = sent
	}
	if !sent.Before(s.begin) {
		s.served++
	}
}

// end ends the spell with a refusal at a time, and begins the next one after the
// pause. It guesses the limit, in requests a second; 0: nothing can be said. The limit
// lies between what was served in the time with the pause before, in which the bucket
// was filled too, and in the time without. When a spell is short these are far apart,
// and what lies in the middle is wrong by the same factor either way.
func (s *spell) end(refused, resumed time.Time) (limit float64) {
	if s.paused.IsZero() {
		s.paused = s.begin
	}
	if lasted := refused.Sub(s.begin).Seconds(); !s.begin.IsZero() && lasted > 0 {
		limit = s.served / math.Sqrt(lasted*refused.Sub(s.paused).Seconds())
	}
	*s = spell{paused: refused, begin: resumed}
	return limit
}
