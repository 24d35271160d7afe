package simulator

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// moment is when something happened, by the clock and in the order of things:
// the clock may stand still.
type moment struct {
	tick uint64
	at   time.Time
}

func (s *Server) now() *moment { return &moment{s.ticks.Add(1), s.config.Clock()} }

// edit is what a person wrote into an axis; nil removed it.
type edit struct {
	axis  string
	value json.RawMessage
	made  *moment
}

// basis is what an update may have been based on.
type basis struct {
	read    *moment // the newest read of the customer before it, nil for none
	arrived *moment
}

// LostEdit is what a person wrote and an update of the API overwrote or dropped.
type LostEdit struct {
	Customer, Axis string
	Value          json.RawMessage // what the person wrote; nil: removed the axis
	Became         json.RawMessage // what the update made of it; nil: removed the axis
	Edited         time.Time
	// Read is when the newest read of the customer, single or in a list, was
	// answered before the update came; zero when there was none.
	Read time.Time
	// Updated is when the update was accepted. An edit while a Delay runs lies after
	// it.
	Updated time.Time
	// Informed is true when that read came after the edit: the client was shown what
	// it overwrote.
	Informed bool
}

// LostEdits are the edits by people that updates overwrote or dropped so far, in
// the order in which they were lost. An update that leaves a value as it is loses
// nothing; of several edits of an axis the newest alone can be lost.
func (s *Server) LostEdits() []LostEdit {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.lost)
}

// Windows is, for every update that was accepted after the customer had been
// read, the time that lies between the two: what an edit has to fall into to be
// lost without anybody's fault.
func (s *Server) Windows() []time.Duration {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.windows)
}

// stand notes an edit in place of an older one of the same axis.
func (c *customer) stand(e edit) {
	i := slices.IndexFunc(c.standing, func(other edit) bool { return other.axis == e.axis })
	if i < 0 {
		c.standing = append(c.standing, e)
		return
	}
	c.standing[i] = e
}

// based notes that an update of c came.
func (s *Server) based(c *customer) basis {
	b := basis{read: c.read.Load(), arrived: s.now()}
	if b.read != nil {
		s.windows = append(s.windows, b.arrived.at.Sub(b.read.at))
	}
	return b
}

// book notes what an update of c did to the edits of people.
func (s *Server) book(c *customer, before, after dictionary, b basis) {
	c.standing = slices.DeleteFunc(c.standing, func(e edit) bool {
		was, there := before.get(e.axis)
		is, still := after.get(e.axis)
		if there == still && bytes.Equal(was, is) {
			return false
		}
		lost := LostEdit{Customer: c.id, Axis: e.axis, Value: e.value, Became: is, Edited: e.made.at, Updated: b.arrived.at}
		if b.read != nil {
			lost.Read, lost.Informed = b.read.at, e.made.tick < b.read.tick
		}
		s.lost = append(s.lost, lost)
		return true
	})
}
