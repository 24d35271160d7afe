package fincome

import "math"

// curve is the rate of requests after the server has refused one, as a function
// of its age: the seconds that were spent sending at full rate. Each refusal begins
// another.
//
// It is CUBIC's (RFC 9438, section 4.2) with a rate in the place of the window and
// seconds in the place of round trips: from a start it comes close to top, the
// rate known to be about the most that is served, quickly, stays there long, and
// then leaves it ever faster. A server that refuses may ask for a pause of a second
// and more, so that a probe is dear: one comes about once in a minute.
//
// Two rates are not CUBIC's: once a twentieth above top is served, the limit has
// been lifted, and the rate grows ever faster, by so much in the first second; and
// after the first refusal of all, when nothing is known of the limit, it grows by half
// in a second.
type curve struct {
	start, top float64 // requests a second
	age        float64 // seconds
	plateau    float64 // seconds from start to top, and about as long from there on
	blind      bool    // top is not known
	recalled   bool    // top is what an earlier delivery has learned, and was not refused since
}

const (
	usual     = 30.0 // the plateau
	doubtful  = 10.0 // the plateau of what an earlier delivery has learned: it may be too low by now
	lifted    = 1.05 // times top: so much is served only when the limit is higher
	climb     = 1.05 // times the rate, in the first second, when the limit is higher
	blindly   = 1.5  // times the rate, in a second, when nothing is known
	slowest   = 1.0  // requests a second, however often it is cut
	youngest  = 0.5  // seconds; refused earlier, the rate is far too high
	settledIn = 10.0 // seconds; refused later, the rate is about right
)

// newCurve begins after the first refusal, at a rate that the server was offered.
func newCurve(offered float64) *curve {
	return &curve{start: max(0.7*offered, slowest), blind: true}
}

// recall begins with the limit that an earlier delivery has learned.
func recall(limit float64) *curve {
	return &curve{start: max(0.97*limit, slowest), top: max(limit, 1.01*slowest), plateau: doubtful, recalled: true}
}

// rate is the number of requests a second.
func (c *curve) rate() float64 {
	if c.blind {
		return c.start * math.Pow(blindly, c.age)
	}
	if since := c.age - c.leaves(); since > 0 {
		return lifted * c.top * math.Pow(climb, since+since*since/10)
	}
	x := c.age/c.plateau - 1
	return c.top + (c.top-c.start)*x*x*x
}

// leaves is the age at which the rate is lifted times top.
func (c *curve) leaves() float64 {
	return c.plateau * (1 + math.Cbrt((lifted-1)*c.top/(c.top-c.start)))
}

// refused begins another curve, a bit below what was really served, and, while
// nothing is known, near what the limit is guessed to be; 0 where nothing can be said.
// No more was offered than the customers at work could.
func (c *curve) refused(offered, served, guess float64) {
	rate, blind := min(c.rate(), offered), c.blind || c.recalled && c.age < youngest
	if served > 0 && !c.blind && c.age < c.leaves() { // else it grew too fast for an average to tell
		rate = min(rate, max(served, rate/2)) // half of it at least was allowed
	}
	next := curve{top: 0.98 * rate, start: 0.93 * rate, plateau: usual}
	switch {
	case c.age < youngest:
		next.start, next.blind = 0.7*rate, blind
		if blind && guess > 0 {
			next.start = min(next.start, max(guess, (0.25+2.5*c.age)*rate)) // the earlier, the less is known of it
		}
	case c.blind:
		next.start = 0.8 * rate
	case c.age > settledIn:
		next.start, next.top = 0.97*rate, 0.99*rate
	}
	next.start = max(next.start, slowest)
	next.top = max(next.top, next.start*1.01)
	*c = next
}
