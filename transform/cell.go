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
	sinceAt   int64 // when the cell was first found as it is left now
	sinceCase left
}

// left says how a cell of ours is left that we would not leave so.
type left uint8

const (
	leftAlone  left = iota // nothing to tell
	leftStale              // it has no account any more
	leftEdited             // others have changed it
)

var leftNames = [...]string{leftStale: "stale", leftEdited: "edited"}

// observation is a cell as the source of the customers has it.
type observation struct {
	value
	at   int64
	read bool // false: the source has no column for the axis
}

// cell is one axis of one customer, with everything that decides about it.
type cell struct {
	d      value // in the form in which it is sent
	h      value // the newest observation
	hAt    int64 // 0: it is not known
	a      value // once S was judged
	f      value
	facts  facts
	memory remembered
	// changedState: it is left in another way than in the run before.
	changedState bool
	// contested: others have changed it since the baseline.
	contested bool
}

// passing is the code of a refusal that was of its moment: somebody else was changing
// the customer. It is sent again by the next run.
const passing = "409"

// judge settles H, holds S against it, and finds the facts that the table asks
// for. why are those that stand already: why there is no D, and whether it is a
// None. now and settle are microseconds.
func (c *cell) judge(why facts, listed observation, now, settle int64) {
	m := &c.memory
	read := listed.read
	c.h, c.hAt = listed.value, 0
	if read {
		c.hAt = listed.at
	}
	if m.oAt > 0 && (m.oAt > listed.at || !read) {
		c.h, c.hAt, read = m.o, m.oAt, true
	}
	c.a, c.f = m.a, m.f
	c.facts = why | hRead.when(read) | aSet.when(m.aAt > 0)
	if m.sAt > 0 {
		c.judgeSent(now, settle)
	}
	known, noD, noH := c.facts&aSet != 0, c.d.empty(), c.h.empty()
	isForm := c.f.set && c.h.same(c.f)
	c.facts |= dIsNull.when(!c.d.set) | dEmpty.when(noD) | dIsA.when(c.d.is(c.a)) |
		refused.when(m.rAt > 0 && m.rCode.text != passing && m.rD == c.d && (!read || c.h.same(m.rH)))
	if read {
		c.facts |= hEmpty.when(noH) | hIsNone.when(c.h.is(textValue(NoneText))) | hIsA.when(known && (isForm || c.h.same(c.a))) |
			hIsD.when(noD && noH || c.showsD() || known && isForm && c.a.is(c.d))
	}
}

func (c *cell) showsD() bool { return c.h.set && c.h.is(c.d) && c.h.form != jsonForm }

// judgeSent holds S against H (rows 2 and 5): where H is new enough and is not
// what stood before, the write has arrived, and S becomes A: in the form that H
// shows when it is the server's form of S, as sent when somebody has changed it
// since.
func (c *cell) judgeSent(now, settle int64) {
	m := &c.memory
	c.facts |= sOpen | sAnswered.when(m.sAnswered) | sTwice.when(m.sTries >= 2) | nullDue.when(c.d.empty() && !m.s.empty()) | sFresh.when(m.sAt+settle > now)
	if c.facts&hRead == 0 || c.hAt <= m.sAt {
		return
	}
	isSent := c.h.same(m.s) || c.h.formOf(m.s)
	c.facts |= sJudged
	if !isSent && c.h.same(m.sBefore) {
		c.facts |= sStands
		return
	}
	c.facts |= aSet
	c.a, c.f = m.s, value{}
	if isSent {
		c.f = c.h
	}
}

// arrived: S was judged and has become A.
func (c *cell) arrived() bool { return c.facts&(sJudged|sStands) == sJudged }

// notice finds out since when the cell is left as it is, now that a row has
// decided it. An edit of what we have written since is a new one. baseline is the
// time of the last run that ended well, 0 if there was none.
func (c *cell) notice(name Case, now, baseline int64) {
	m, how := &c.memory, leftAlone
	switch {
	case c.facts&aSet == 0:
	case name == "unmatched", name == "ambiguous", name == "lost":
		how = leftStale.when(!c.a.empty())
	case name == "edited", name == "emptied", name == "changed_on_both_sides", name == "null_kept_foreign":
		how = leftEdited
	}
	c.changedState = how != m.sinceCase || how == leftEdited && c.arrived()
	if c.changedState {
		m.sinceCase, m.sinceAt = how, 0
		if how != leftAlone {
			m.sinceAt = now
		}
	}
	c.contested = how == leftEdited && baseline > 0 && m.sinceAt > baseline
}

func (l left) when(condition bool) left {
	if condition {
		return l
	}
	return leftAlone
}
