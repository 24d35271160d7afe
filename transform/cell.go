package transform

// remembered is what is remembered of a cell (the A and S of design.md 4.5);
// times are microseconds, 0 where there is nothing.
type remembered struct {
	aAt       int64 // when A was acknowledged
	a         value
	f         value // the form in which the receiver keeps A, where it differs
	oAt       int64 // when a single read saw the cell last
	o         value
	sAt       int64 // when S was sent
	s         value
	sBefore   value // what stood there before
	sAnswered bool
	sTries    int64 // how often it was accepted
	rAt       int64 // when the receiver refused rD
	rD, rH    value // what was refused, and what stood there
	rCode     value
	rReason   value
}

// observation is a cell as the source of the customers has it.
type observation struct {
	value
	at   int64
	read bool // false: the source has no column for the axis
}

// cell is one axis of one customer, with everything that decides about it.
type cell struct {
	why  Case // why there is no D; empty when there is one
	d    value
	none bool // D is the None of an unknown property

	h     value // the newest observation
	hRead bool
	hAt   int64
	a     value // once S was judged
	aSet  bool
	f     value

	sOpen    bool // S is not confirmed yet
	sJudged  bool // H is new enough to judge it
	sStands  bool // H is still what stood before it
	sArrived bool

	dEmpty, hEmpty bool
	hIsA           bool // H is A or its remembered form
	hIsD           bool // H shows the text of D, both are empty, or H is the form in which the receiver keeps D
	refused        bool // refused before, with the same D and H
	sFresh         bool // sent within the settle time
	memory         remembered
}

// judge settles H, holds S against it, and makes the comparisons that the table
// asks for. now and settle are microseconds.
func (c *cell) judge(listed observation, now, settle int64) {
	m := &c.memory
	c.h, c.hRead, c.hAt = listed.value, listed.read, 0
	if listed.read {
		c.hAt = listed.at
	}
	if m.oAt > 0 && (m.oAt > listed.at || !listed.read) {
		c.h, c.hRead, c.hAt = m.o, true, m.oAt
	}
	c.a, c.f, c.aSet = m.a, m.f, m.aAt > 0
	c.sJudged, c.sStands, c.sArrived, c.sFresh = false, false, false, false
	if c.sOpen = m.sAt > 0; c.sOpen {
		c.judgeSent(now, settle)
	}
	c.dEmpty, c.hEmpty = c.d.empty(), c.hRead && c.h.empty()
	isForm := c.f.set && c.h.same(c.f)
	c.hIsA = c.hRead && c.aSet && (c.h.same(c.a) || isForm)
	c.hIsD = c.hRead && (c.dEmpty && c.hEmpty || c.showsD() || c.aSet && c.a.is(c.d) && isForm)
	c.refused = m.rAt > 0 && m.rD.is(c.d) && (!c.hRead || c.h.same(m.rH))
}

func (c *cell) showsD() bool {
	return c.h.set && c.d.set && c.h.text == c.d.text && c.h.form != jsonForm
}

// judgeSent holds S against H (rows 2 and 5): where H is new enough and is not
// what stood before, the write has arrived, and S becomes A: in the form that H
// shows when it is the server's form of S, as sent when somebody has changed it
// since.
func (c *cell) judgeSent(now, settle int64) {
	m := &c.memory
	c.sJudged = c.hRead && c.hAt > m.sAt
	isSent := c.h.same(m.s) || c.h.formOf(m.s)
	isBefore := c.h.same(m.sBefore)
	c.sStands = c.sJudged && !isSent && isBefore
	c.sArrived = c.sJudged && (isSent || !isBefore)
	c.sFresh = m.sAt+settle > now
	if !c.sArrived {
		return
	}
	c.a, c.aSet, c.f = m.s, true, value{}
	if isSent {
		c.f = c.h
	}
}
