package probe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// update is what went out and may show, or has been seen last.
type update struct {
	properties map[string]json.RawMessage
	whole      bool // with everything that the customer had: what it lacks may go
}

// look takes a reading for the present state, and note of what somebody else has changed.
func (s *session) look(now customer) {
	for _, name := range slices.Sorted(maps.Keys(both(s.now.properties, now.properties))) {
		if now.same(s.now, name) || s.gave(name, now) {
			continue // what stood there before it was ours is lost if it does not come back
		}
		was := s.now.properties[name]
		s.edits[name] = now.properties[name]
		s.o.warn("edited", "somebody else changed %q of customer %q to %s; before it was %s", name, s.o.Customer, whole(s.edits[name]), whole(was))
	}
	s.now, s.stale = now, false
}

func both(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]json.RawMessage{}
	}
	maps.Copy(all, b)
	return all
}

// gave reports whether an update that may have come to show has made of a property
// what is held now.
func (s *session) gave(name string, now customer) bool {
	held, there := now.properties[name]
	text, isText := now.text(name)
	return slices.ContainsFunc(s.flying, func(u update) bool {
		value, carried := u.properties[name]
		switch {
		case !carried:
			return u.whole && !there
		case name == s.record.Property || name == s.record.Companion:
			return form(string(value), held, there, text, isText)
		}
		return there && bytes.Equal(value, held)
	})
}

// before are the updates that a probe that was cut short may have sent.
func (r Record) before(first customer) []update {
	all := []update{}
	for _, sent := range append(slices.Clone(r.Sent), string(first.properties[r.Property])) {
		u := update{properties: map[string]json.RawMessage{}, whole: r.Update != Merge}
		if u.whole {
			u.properties = maps.Clone(first.properties)
		}
		u.properties[r.Companion] = quote(markText)
		if u.properties[r.Property] = json.RawMessage(sent); sent == "" {
			delete(u.properties, r.Property)
		}
		all = append(all, u)
	}
	return all
}

// foreign reports whether a property holds what nobody here wrote.
func (s *session) foreign(name string) bool { return !s.now.same(s.first, name) && !s.wrote(name) }

// meddledError: somebody else has changed what is worked on.
type meddledError struct{ *RefusedError }

func (s *session) meddled(name string) error {
	return &meddledError{&RefusedError{fmt.Sprintf("%q of customer %q became %s while the probe ran: somebody else changed it, choose a customer that nobody works on", name, s.o.Customer, shown(s.now.properties[name]))}}
}

// Unwrap is the refusal.
func (e *meddledError) Unwrap() error { return e.RefusedError }

// LostError: what somebody else wrote while the probe ran was overwritten. The
// values were told by Options.Tell.
type LostError struct {
	Customer   string
	Properties []string
}

func (e *LostError) Error() string {
	return fmt.Sprintf("what somebody else wrote into %s of customer %q while the probe ran was overwritten: put it right in Fincome, the values are told as lost", quoted(e.Properties), e.Customer)
}

// judge tells what became of what somebody else has changed: nil where it all stands.
// Where the customer is not put back yet only what is lost is told.
func (s *session) judge(done bool) *LostError {
	var lost []string
	for _, name := range slices.Sorted(maps.Keys(s.edits)) {
		wrote, given := s.edits[name]
		held, there := s.now.properties[name]
		stands := bytes.Equal(wrote, held) && (given && wrote != nil) == there
		switch {
		case !stands:
			lost = append(lost, name)
			s.o.warn("lost", "%q of customer %q: somebody else had changed it to %s, and an update of the probe overwrote that (or it was taken back); now it is %s", name, s.o.Customer, whole(wrote), whole(held))
		case done && !s.now.same(s.first, name):
			s.o.warn("left alone", "%q of customer %q is %s, as somebody else changed it; before it was %s", name, s.o.Customer, whole(held), whole(s.first.properties[name]))
		}
	}
	if lost == nil {
		return nil
	}
	return &LostError{s.o.Customer, lost}
}

// ended says how the customer is now that it is put back.
func (s *session) ended(lost *LostError) {
	switch {
	case lost != nil:
		s.o.warn("customer", "%q is put back, but for what somebody else wrote and the probe overwrote", s.o.Customer)
	case slices.ContainsFunc(slices.Collect(maps.Keys(s.edits)), func(name string) bool { return !s.now.same(s.first, name) }):
		s.o.found("customer", "%q is put back; what somebody else changed is left", s.o.Customer)
	default:
		s.o.found("customer", "%q is as it was", s.o.Customer)
	}
}

// whole is a value for a person who may have to type it again.
func whole(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "absent"
	}
	return string(raw)
}

func quoted(names []string) string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = fmt.Sprintf("%q", name)
	}
	return list(all)
}
