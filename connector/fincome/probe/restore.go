package probe

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/grace"
)

// lastRequest is how long the last request may go on that began within --timeout.
const lastRequest = time.Minute

// interruptedPatience is how long putting back may take after an interrupt: time enough
// to write, and to see it where Fincome is quick.
const interruptedPatience = grace.Period - time.Second/2

// patience is how long putting back may take in all.
type patience struct {
	asked       context.Context // ends by an interrupt
	timeout     time.Duration
	started     time.Time
	interrupted time.Time
}

func (p *patience) left() time.Duration {
	now := time.Now()
	left := p.started.Add(p.timeout).Sub(now)
	if p.asked.Err() == nil {
		return left
	}
	if p.interrupted.IsZero() {
		p.interrupted = now
	}
	return min(left, p.interrupted.Add(interruptedPatience).Sub(now))
}

// cut reports that there is no patience for an update that may show yet.
func (p *patience) cut() bool { return p.asked.Err() != nil && p.timeout > interruptedPatience }

// restore puts the customer back and forgets the record. It goes on for a while when ctx ends.
func (s *session) restore(ctx context.Context) error {
	p := &patience{asked: ctx, timeout: s.o.Timeout, started: time.Now()}
	longer, over := grace.Outlive(ctx)
	defer over()
	// The last request may begin when the patience ends, and is tried again itself.
	bounded, cancel := context.WithTimeoutCause(longer, p.timeout+lastRequest, errTimeout)
	defer cancel()
	err := s.putAllBack(bounded, p)
	lost := s.judge(err == nil)
	if err == nil {
		err = s.o.Forget()
	}
	if err != nil {
		err = &UnfinishedError{s.o.Customer, err}
	} else {
		s.ended(lost)
	}
	switch {
	case lost == nil:
		return err
	case err == nil:
		return lost
	}
	return errors.Join(err, lost)
}

var errTimeout = errors.New("not within --timeout, try a longer one")

func (s *session) putAllBack(ctx context.Context, p *patience) error {
	if err := s.reread(ctx); err != nil {
		return err
	}
	for {
		late, err := s.settle(ctx, p)
		if none := (*noVerbError)(nil); errors.As(err, &none) {
			return nil // nothing could ever be written
		}
		if err != nil {
			return err
		}
		values := s.unlike()
		if len(values) == 0 {
			return late
		}
		err = s.write(ctx, values)
		if meddled(err) {
			continue // and is left out
		}
		if err != nil || late != nil {
			return errors.Join(err, late)
		}
		if err = s.await(ctx, s.share(p.left()), func() (bool, error) { return s.back(values), nil }); !errors.Is(err, errNotShown) || p.left() <= 0 {
			return err
		}
	}
}

func meddled(err error) bool {
	var meddled *meddledError
	return errors.As(err, &meddled)
}

// unlike are the properties to put back: they are the probe's, and not what they were
// or not for certain.
func (s *session) unlike() map[string]json.RawMessage {
	values := map[string]json.RawMessage{}
	for _, name := range []string{s.record.Property, s.record.Companion} {
		if !s.foreign(name) && (s.record.Open || !s.now.same(s.first, name)) {
			values[name] = s.first.properties[name]
		}
	}
	return values
}

// back reports whether what was put back shows. A property that somebody else has
// changed again proves nothing; the other does for both.
func (s *session) back(values map[string]json.RawMessage) bool {
	proven := false
	for name := range values {
		switch {
		case s.now.same(s.first, name):
			proven = true
		case s.wrote(name):
			return false
		}
	}
	return proven
}

// settle waits until nothing that was sent can come to show any more. late is what
// there was no patience for: what is written next is written behind it.
func (s *session) settle(ctx context.Context, p *patience) (late, err error) {
	for s.record.Open {
		carrier := s.carrier()
		if carrier == "" {
			return s.waitOut(ctx, p)
		}
		err := s.flush(ctx, carrier, p)
		switch {
		case meddled(err) || errors.Is(err, errNotShown) && p.left() > 0: // once more
		case errors.Is(err, errNotShown) && p.cut():
			return err, nil
		case errors.Is(err, errNotShown):
			return nil, nil // nothing shows here, ever
		case err != nil:
			return nil, err
		}
	}
	return nil, nil
}

// carrier is the property that a mark may be written to: not one that somebody else
// has changed.
func (s *session) carrier() string {
	for _, name := range []string{s.record.Companion, s.record.Property} {
		if !s.foreign(name) {
			return name
		}
	}
	return ""
}

// flush writes a mark behind whatever was sent, and what the property held. A mark
// that shows is the proof that everything before it does.
func (s *session) flush(ctx context.Context, carrier string, p *patience) error {
	mark := s.record.mark()
	values := map[string]json.RawMessage{}
	if !s.foreign(s.record.Property) {
		values[s.record.Property] = s.first.properties[s.record.Property]
	}
	values[carrier] = quote(mark)
	if err := s.write(ctx, values); err != nil {
		return err
	}
	return s.await(ctx, s.share(p.left()), func() (bool, error) { return s.marks(carrier, mark) })
}

var errOurs = errors.New("what was sent shows")

// waitOut waits where both properties are somebody else's, and no mark can be
// written, until what was sent shows or counts as not applied.
func (s *session) waitOut(ctx context.Context, p *patience) (late, err error) {
	enough := p.left()
	if s.record.Landed {
		enough = min(enough, max(leastSettle, margin(s.record.Slowest)))
	}
	err = s.await(ctx, enough, func() (bool, error) {
		if s.carrier() != "" {
			return false, errOurs
		}
		return false, nil
	})
	switch {
	case errors.Is(err, errOurs):
		return s.settle(ctx, p)
	case errors.Is(err, errNotShown) && p.cut() && !s.record.Landed:
		return err, nil
	case errors.Is(err, errNotShown):
		s.record.Open = false
		return nil, nil
	}
	return nil, err
}

// share is how long one update may take to show before it is sent again.
func (s *session) share(left time.Duration) time.Duration {
	third := max(left/3, leastSettle)
	if s.record.Landed {
		third = max(margin(s.record.Slowest), min(left/3, leastSettle))
	}
	return min(left, third)
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
