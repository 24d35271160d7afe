package pipelines

import "time"

// limit is how many requests a second a target was found to take, and when.
type limit struct {
	PerSecond float64   `json:"per_second"`
	At        time.Time `json:"at"`
}

// limitKept is how long a limit is believed. It is a beginning only: what is wrong with
// it is found out on the way.
const limitKept = 90 * 24 * time.Hour

// limit is what the next delivery to a target begins with; 0: nothing is known.
func (m *memory) limit(target string, now time.Time) float64 {
	learned := m.Limits[target]
	if now.Sub(learned.At) > limitKept {
		return 0
	}
	return learned.PerSecond
}

// learnLimit remembers what a delivery has learned, 0 for nothing new.
func (m *memory) learnLimit(target string, perSecond float64, now time.Time) {
	if perSecond <= 0 {
		return
	}
	if m.Limits == nil {
		m.Limits = map[string]limit{}
	}
	m.Limits[target] = limit{PerSecond: perSecond, At: now.UTC()}
}
