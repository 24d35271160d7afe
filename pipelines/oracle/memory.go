package oracle

import "time"

// Memory is what a source remembers from one day to the next. The zero value is
// a source that never ran; it is also what is left when the state is lost.
type Memory struct {
	cells    map[cellKey]known
	usable   map[string]bool // properties that were usable in any run
	approved map[string]bool // axes in which foreign values may be replaced
	filled   map[string]bool // axes in which a cell was ever ours, or on its way
	baseline *baseline
}

type cellKey struct{ customer, axis string }

// known is what is remembered of a cell: A, S and the last refusal.
type known struct {
	acked   *acked
	sent    *sent
	refused *refusal
	read    *reread
	left    left
}

// left is how a cell of ours is left that should not be so, and since when:
// stale, edited, or empty.
type left struct {
	how   string
	since time.Time
}

// reread is what a delivery found in a cell before it did anything, or what a
// single read of the customer showed.
type reread struct {
	held Held
	at   time.Time
}

// acked is A: what Fincome acknowledged last.
type acked struct {
	value Value
	form  *Held // the server's form of it, where it is another
	at    time.Time
}

// held is A as it was seen.
func (a acked) held() Held {
	if a.form != nil {
		return *a.form
	}
	raw, _ := a.value.json("remove_key")
	return Held{Raw: raw}
}

// is reports whether the cell holds A.
func (a *acked) is(h Held) bool {
	return a != nil && (h.is(a.value) || a.form != nil && h.looksLike(*a.form))
}

// acknowledge makes A of a value that was seen as held.
func acknowledge(value Value, seen Held, at time.Time) *acked {
	a := &acked{value: value, at: at}
	raw, _ := value.json("remove_key")
	if !seen.is(value) || seen.kind() != (Held{Raw: raw}).kind() { // a file shows a number as a text
		a.form = &seen
	}
	return a
}

// sent is S: a value on its way, and what the cell held before.
type sent struct {
	value  Value
	before Held
	at     time.Time
	times  int // how often it was accepted
	// unanswered: nobody knows whether it was accepted.
	unanswered bool
}

// refusal is a write that the receiver refused.
type refusal struct {
	desired Value
	held    Held
}

// again reports whether a write would be refused again: the same value, sent in the
// same way, over the same one. What a file does not show is taken to be as it was.
func (r *refusal) again(desired Value, held Held) bool {
	return r != nil && r.desired.sentAs(desired) && (held.Unread || r.held.Unread || held.looksLike(r.held))
}

// retired are the axes that were filled once and are not among these.
func (m *Memory) retired(axes []Axis) []string {
	left := map[string]bool{}
	for name := range m.filled {
		left[name] = true
	}
	for _, axis := range axes {
		delete(left, axis.Name)
	}
	return sortedNames(left)
}

// seen remembers what a run saw, whether or not it delivered anything.
func (m *Memory) seen(d *Decision) {
	if m.cells == nil {
		m.cells = map[cellKey]known{}
		m.usable = map[string]bool{}
		m.approved, m.filled = map[string]bool{}, map[string]bool{}
	}
	for name := range d.usable {
		m.usable[name] = true
	}
}

// learn keeps what is known of each cell now.
func (m *Memory) learn(d *Decision) {
	for _, c := range d.Cells {
		m.cells[cellKey{c.Customer, c.Axis}] = c.known
		if c.known.sent != nil || c.known.acked != nil || d.reading.PlannedIsFilled && c.Action == Write {
			m.filled[c.Axis] = true
		}
	}
}

// remember takes a decision for true, and makes it the baseline.
func (m *Memory) remember(d *Decision) {
	m.seen(d)
	m.learn(d)
	m.baseline = d.baselineOf()
}
