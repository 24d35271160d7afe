package probe

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// interruptedPatience is how long an update may take to show after an interrupt.
const interruptedPatience = time.Minute

// restore puts the customer back and forgets the record. It goes on when ctx ends.
func (s *session) restore(ctx context.Context) error {
	patience := func() time.Duration {
		if ctx.Err() != nil {
			return min(s.o.Timeout, interruptedPatience)
		}
		return s.o.Timeout
	}
	if err := s.putAllBack(context.WithoutCancel(ctx), patience); err != nil {
		return &UnfinishedError{s.o.Customer, err}
	}
	if err := s.o.Forget(); err != nil {
		return &UnfinishedError{s.o.Customer, err}
	}
	s.o.found("customer", "%q is as it was", s.o.Customer)
	return nil
}

func (s *session) putAllBack(ctx context.Context, patience func() time.Duration) error {
	var err, late error
	if s.now, err = s.read(ctx); err != nil {
		return err
	}
	ours := s.ours()
	if s.record.Open && slices.Contains(ours, s.record.Companion) {
		// What was sent may show at any time. A mark behind it is the proof that it did.
		late = s.flush(ctx, ours, patience())
		var none *noVerbError
		switch {
		case errors.As(late, &none):
			return nil // nothing could ever be written
		case late != nil && !errors.Is(late, errNotShown):
			return late
		case late != nil && patience() == s.o.Timeout:
			late = nil // nothing shows here, ever; what follows is written behind it
		}
		ours = s.ours()
	}
	values := map[string]json.RawMessage{}
	for _, name := range ours {
		if s.record.Open || !s.now.same(s.first, name) {
			values[name] = s.first.properties[name]
		}
	}
	if len(values) == 0 {
		return nil
	}
	if err := errors.Join(s.write(ctx, values), late); err != nil {
		return err
	}
	err = s.await(ctx, patience(), func(now customer) (bool, error) {
		for name := range values {
			if !now.same(s.first, name) && s.wrote(name) {
				return false, nil // else somebody has changed it again
			}
		}
		return true, nil
	})
	if err == nil {
		_ = s.ours() // tells what somebody has changed
	}
	return err
}

// flush writes a mark behind whatever was sent, and what the property held.
func (s *session) flush(ctx context.Context, ours []string, patience time.Duration) error {
	mark := s.record.mark()
	values := map[string]json.RawMessage{s.record.Companion: quote(mark)}
	if slices.Contains(ours, s.record.Property) {
		values[s.record.Property] = s.first.properties[s.record.Property]
	}
	if err := s.write(ctx, values); err != nil {
		return err
	}
	return s.await(ctx, patience, func(now customer) (bool, error) {
		held, _ := now.text(s.record.Companion)
		return held == mark || !now.same(s.first, s.record.Companion) && !marked(held), nil
	})
}

// ours are the properties that hold what they held or what the probe wrote. Others
// are left to those who changed them.
func (s *session) ours() []string {
	var ours []string
	for _, name := range []string{s.record.Property, s.record.Companion} {
		if s.now.same(s.first, name) || s.wrote(name) {
			ours = append(ours, name)
			continue
		}
		if text := shown(s.now.properties[name]); s.left[name] != text {
			s.left[name] = text
			s.o.warn("left alone", "%q of customer %q was changed to %s while the probe ran; before it was %s", name, s.o.Customer, text, shown(s.first.properties[name]))
		}
	}
	return ours
}

// wrote reports whether a property may hold what the probe wrote, in whatever form
// the server keeps that.
func (s *session) wrote(name string) bool {
	held, there := s.now.properties[name]
	text, isText := s.now.text(name)
	if name == s.record.Companion {
		return isText && marked(text)
	}
	return slices.ContainsFunc(s.record.Sent, func(sent string) bool { return form(sent, held, there, text, isText) })
}

// form reports whether a value that is held may be what became of one that was sent.
func form(sent string, held json.RawMessage, there bool, text string, isText bool) bool {
	switch {
	case sent == "" || sent == "null" || sent == `""`:
		return !there || string(held) == "null" || isText && slices.Contains([]string{"", "None", "null"}, text)
	case strings.Contains(sent, markText):
		return strings.Contains(string(held), markText)
	case sent == "true" && (isText && slices.Contains([]string{"True", "TRUE", "1"}, text) || string(held) == "1"):
		return true
	}
	return alike(held, json.RawMessage(sent)) || isText && alike(json.RawMessage(text), json.RawMessage(sent))
}
