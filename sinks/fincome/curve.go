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
// been lifted, and the rate grows by so much in a second; and after the first
// refusal of all, when nothing is known of the limit, it grows by half in a second.
type curve struct {
	start, top float64 // requests a second
	age        float64 // seconds
	blind      bool    // top is not known
}

const (
	plateau   = 30.0 // seconds from start to top, and about as long from there on
	lifted    = 1.05 // times top: so much is served only when the limit is higher
	climb     = 1.05 // times the rate, in a second, when the limit is higher
	blindly   = 1.5  // times the rate, in a second, when nothing is known
	slowest   = 1.0  // requests a second, however often it is cut
	youngest  = 0.5  // seconds; refused earlier, the rate is far too high
	settledIn = 10.0 // seconds; refused later, the rate is about right
)

// newCurve begins after the first refusal, at a rate that the server was offered.
func newCurve(offered float64) *curve {
	return &curve{start: max(0.7*offered, slowest), blind: true}
}

// rate is the number of requests a second.
func (c *curve) rate() float64 {
	if c.blind {
		return c.start * math.Pow(blindly, c.age)
	}
	depth := c.top - c.start
	leaves := plateau * (1 + math.Cbrt((lifted-1)*c.top/depth)) // the age at which it is lifted times top
	if c.age > leaves {
		return lifted * c.top * math.Pow(climb, c.age-leaves)
	}
	x := c.age/plateau - 1
	return c.top + depth*x*x*x
}

// refused begins another curve, a bit below what was really served: 0 where too
// little was served to tell.
func (c *curve) refused(served float64) {
	rate := c.rate()
	if served > 0 && !c.blind { // it grew too fast for an average to tell
		rate = min(rate, max(served, rate/2)) // half of it at least was allowed
	}
	next := curve{top: 0.98 * rate, start: 0.93 * rate}
	switch {
	case c.age < youngest:
		next.start, next.blind = 0.7*rate, c.blind
	case c.blind:
		next.start = 0.8 * rate
	case c.age > settledIn:
		next.start, next.top = 0.97*rate, 0.99*rate
	}
	next.start = max(next.start, slowest)
	next.top = max(next.top, next.start*1.01)
	*c = next
}
