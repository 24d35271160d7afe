package transform

// Receiver is a way in which a target tells what it holds.
type Receiver string

// The receivers.
const (
	// Read: its cells are read with the customers. The zero value.
	Read Receiver = ""
	// Offered: likewise, but what is sent is a file that a person uploads, or not.
	// Until then it is offered again, however long that takes.
	Offered Receiver = "offered"
	// Unreadable: nobody can read its cells, so they hold what it has acknowledged or
	// accepted last.
	Unreadable Receiver = "unreadable"
)

// observe is what the cell of a receiver holds, by what is listed and remembered.
func (r Receiver) observe(m *remembered, listed observation, now int64) observation {
	switch {
	case r == Unreadable:
		return observation{m.assumed(), max(now, m.sAt+1), true}
	case r == Offered && !listed.read && m.aAt == 0 && (m.sAt == 0 || m.sBefore.empty()):
		listed.read = true // an axis without a column is one that the import has to make: nothing else can be done before it
	}
	return listed
}

// assumed is what a cell holds that nobody can read: what was accepted or
// acknowledged last. What was sent and never answered counts as not arrived.
func (m *remembered) assumed() value {
	switch {
	case m.sAt > 0 && m.sAnswered:
		return m.s
	case m.sAt > 0:
		return m.sBefore
	case m.aAt > 0:
		return m.a
	}
	return value{}
}
