package fincome

import "time"

// meter counts good answers over the last three seconds.
type meter struct {
	since  time.Time // when counting began; zero: it begins with the first answer
	last   int64     // the quarter of a second that slots[last%len] counts
	counts [12]int
}

const meterSlot = 250 * time.Millisecond

// add counts one answer.
func (m *meter) add(now time.Time) {
	if m.since.IsZero() {
		m.since = now
	}
	m.turn(now)
	m.counts[m.last%int64(len(m.counts))]++
}

// turn forgets what is too old.
func (m *meter) turn(now time.Time) {
	slot := now.UnixNano() / int64(meterSlot)
	for m.last = max(m.last, slot-int64(len(m.counts))); m.last < slot; {
		m.last++
		m.counts[m.last%int64(len(m.counts))] = 0
	}
}

// perSecond is the rate of good answers, 0 before three seconds have passed.
func (m *meter) perSecond(now time.Time) float64 {
	m.turn(now)
	whole := time.Duration(len(m.counts)-1) * meterSlot
	if now.Sub(m.since) < whole+meterSlot {
		return 0
	}
	sum := 0
	for _, n := range m.counts {
		sum += n
	}
	return float64(sum) / (whole + time.Duration(now.UnixNano()%int64(meterSlot))).Seconds()
}

// latency is how long answers take, smoothed, and the least that it has been.
type latency struct {
	mean, least time.Duration
	forget      time.Time // when least is measured anew
}

func (l *latency) add(now time.Time, took time.Duration) {
	if l.mean == 0 {
		l.mean = took
	}
	l.mean += (took - l.mean) / 16
	if l.least == 0 || l.mean < l.least || now.After(l.forget) {
		l.least, l.forget = l.mean, now.Add(30*time.Second)
	}
}

// rising reports that answers take longer than they need to: requests wait for
// each other at the server, and more of them would only wait longer.
func (l *latency) rising() bool { return l.mean > 2*l.least+10*time.Millisecond }
