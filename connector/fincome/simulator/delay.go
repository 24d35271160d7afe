package simulator

import "time"

// Delay is the time between an update's 202 and the first read that shows it.
// The zero value is none. Whichever of the conditions comes first counts, and
// Settle ends every wait. The updates of one customer show in the order in
// which they were accepted.
type Delay struct {
	Reads       int           // so many reads of the customer (single or in a list) still show what was before
	After       time.Duration // by Config.Clock
	UntilSettle bool          // neither: nothing shows before Settle
}

func (d Delay) none() bool { return d == Delay{} }

// change is an update that was accepted and does not show yet.
type change struct {
	patch patch
	based basis
	reads int // reads still to come that do not show it
	due   time.Time
}

func (c change) ripe(d Delay, now time.Time) bool {
	if d.UntilSettle {
		return false
	}
	return d.Reads > 0 && c.reads <= 0 || d.After > 0 && !now.Before(c.due)
}

// accept takes an update in. The answer is the customer as a read would show it
// now, nil when there is none; issues are the reasons of a 422.
func (s *Server) accept(id string, p patch) (encoded []byte, issues []issue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.byID[id]
	if c == nil {
		switch s.config.Unknown {
		case UnknownNotFound:
			return nil, nil
		case UnknownInvalid:
			return nil, []issue{{Type: "value_error", Loc: []any{"path", "id"}, Input: id, Msg: "Value error, client not found"}}
		}
		c = s.create(id)
	}
	if c.rejects {
		return nil, []issue{{
			Type: "value_error", Loc: []any{"body", "custom_properties"}, Input: map[string]any{},
			Msg: "Value error, this customer is locked by an accounting period",
		}}
	}
	s.ripen(c)
	if s.config.refuses() {
		if issues := p.refusals(c.decoded(), s.config); len(issues) > 0 {
			return nil, issues
		}
	}
	based := s.based(c)
	if s.config.Delay.none() {
		s.apply(c, p, based)
		return c.encoded, nil
	}
	due := s.config.Clock().Add(s.config.Delay.After)
	c.waiting = append(c.waiting, change{patch: p, based: based, reads: s.config.Delay.Reads, due: due})
	s.waiting++
	return c.encoded, nil
}

// refuses reports whether there are values that updates may not carry.
func (c Config) refuses() bool {
	return len(c.RefuseAxes) > 0 || c.Null == Refuses || c.Empty == Refuses || c.Numbers == KeptNot || c.Booleans == KeptNot || c.Structures == KeptNot
}

// apply makes an update visible.
func (s *Server) apply(c *customer, p patch, based basis) {
	b := c.decoded()
	before := b.Properties
	p.applyTo(&b, s.config)
	s.book(c, before, b.Properties, based)
	b.UpdatedAt = stamp(s.config.Clock())
	c.encoded = b.encode(nil)
}

// ripen makes visible what has waited long enough.
func (s *Server) ripen(c *customer) {
	if len(c.waiting) == 0 {
		return
	}
	now := s.config.Clock()
	for len(c.waiting) > 0 && c.waiting[0].ripe(s.config.Delay, now) {
		s.apply(c, c.waiting[0].patch, c.waiting[0].based)
		c.waiting = c.waiting[1:]
		s.waiting--
	}
}

// show is what a read of c at that moment answers, and counts as a read.
func (s *Server) show(c *customer, read *moment) []byte {
	s.ripen(c)
	c.read.Store(read)
	for i := range c.waiting {
		c.waiting[i].reads--
	}
	return c.encoded
}

// lockForReading locks the customers for show: for others to read as well when
// nothing waits to become visible, else for this reader alone.
func (s *Server) lockForReading() (unlock func()) {
	s.mu.RLock()
	if s.waiting == 0 {
		return s.mu.RUnlock
	}
	s.mu.RUnlock()
	s.mu.Lock()
	return s.mu.Unlock
}

func (s *Server) read(id string) ([]byte, bool) {
	unlock := s.lockForReading()
	defer unlock()
	c := s.byID[id]
	if c == nil {
		return nil, false
	}
	return s.show(c, s.now()), true
}

// Settle makes every accepted update visible.
func (s *Server) Settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.customers {
		for _, waiting := range c.waiting {
			s.apply(c, waiting.patch, waiting.based)
		}
		c.waiting = nil
	}
	s.waiting = 0
}
