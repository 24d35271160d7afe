package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/axisync/axisync/connector/fincome"
)

// session is a probe at work on its customer.
type session struct {
	o        Options
	access   access
	client   *fincome.Client
	answered *noting

	first, now customer // as read at the start, and last
	record     Record
	kept       bool             // the record is durable: something may have been written
	stale      bool             // now was read before the last update
	fieldless  bool             // the next update goes without the fields of the customer
	met        bool             // the customer was read by this path
	noVerbs    map[string]error // the verbs that update nothing, and what they were told
	findings   Findings

	flying []update                   // what may come to show, and what was seen last
	edits  map[string]json.RawMessage // what somebody else wrote last; nil: removed
}

// noting notes the status of the last answer.
type noting struct {
	http.RoundTripper
	status int
}

func (n *noting) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := n.RoundTripper.RoundTrip(r)
	if err == nil {
		n.status = answer.StatusCode
	}
	return answer, err
}

func newSession(o Options, a access) (*session, error) {
	s := &session{o: o, answered: &noting{RoundTripper: o.Transport}, edits: map[string]json.RawMessage{}, noVerbs: map[string]error{}}
	s.findings.AuthHeader, s.findings.AuthScheme, s.findings.ClientPath = a.header, a.scheme, a.path
	return s, s.reach(a)
}

// reach makes the client that reaches the customer so.
func (s *session) reach(a access) error {
	client, err := fincome.New(a.config(s.o.Config), s.answered)
	if err != nil {
		return err
	}
	if _, ok := client.CustomerPath(s.o.Customer); !ok {
		return refusedf("the customer id %q cannot stand in an address", s.o.Customer)
	}
	s.access, s.client = a, client
	return nil
}

func (s *session) read(ctx context.Context) (customer, error) {
	path, _ := s.client.CustomerPath(s.o.Customer)
	pages := 2
	if s.met {
		pages = s.client.Retry().Tries
	}
	body, err := s.get(ctx, path, pages)
	if err != nil {
		return customer{}, err
	}
	c, err := parse(body)
	if err != nil {
		return customer{}, fmt.Errorf("fincome: GET %s: %w: %w", path, errNoCustomer, err)
	}
	s.met = true
	return c, nil
}

// reread reads the customer and takes note of what somebody else has changed.
func (s *session) reread(ctx context.Context) error {
	now, err := s.read(ctx)
	if err == nil {
		s.look(now)
	}
	return err
}

var errNoCustomer = errors.New("the answer is no customer")

// write sends values to the custom properties, a nil value leaving its key out.
// Until it is known that an update merges, all the others go along as they were
// read last. It is not sent over what somebody else wrote, and before it is sent
// again the customer is read again.
//
// An update that was refused was not carried out, and leaves nothing open.
func (s *session) write(ctx context.Context, values map[string]json.RawMessage) error {
	open, before := s.record.Open, len(s.flying)
	for t, unheard := s.tries(s.client.Retry().Tries, true), false; ; {
		if s.stale {
			if err := s.reread(ctx); err != nil {
				return err
			}
		}
		if unheard && s.access.verb != "" && s.shows(values) {
			return nil
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if s.foreign(name) {
				return s.meddled(name)
			}
		}
		err := s.writeOnce(ctx, values)
		if err == nil {
			return nil
		}
		if !refused(err) {
			unheard = true
		} else if !unheard {
			s.record.Open, s.flying = open, s.flying[:before]
		}
		if err := t.again(ctx, err); err != nil {
			return err
		}
	}
}

// shows reports whether the customer holds what was sent: a mark, or else all of it.
func (s *session) shows(values map[string]json.RawMessage) bool {
	all := true
	for name, value := range values {
		equal := value != nil && bytes.Equal(s.now.properties[name], value)
		if text, _ := s.now.text(name); equal && marked(text) {
			return true
		}
		all = all && equal
	}
	return all
}

func (s *session) writeOnce(ctx context.Context, values map[string]json.RawMessage) error {
	properties, whole := map[string]json.RawMessage{}, s.findings.Update != Merge
	if whole {
		properties = maps.Clone(s.now.properties)
	}
	for name, value := range values {
		if properties[name] = value; value == nil {
			delete(properties, name)
		}
	}
	if value, tried := values[s.record.Property]; tried && !slices.Contains(s.record.Sent, string(value)) {
		s.record.Sent = append(s.record.Sent, string(value))
	}
	s.record.Open, s.stale = true, true
	if err := s.keep(); err != nil {
		return err
	}
	s.flying = append(s.flying, update{properties, whole})
	return s.update(ctx, properties)
}

// refused reports an answer that says no.
func refused(err error) bool {
	var failure *fincome.Error
	return errors.As(err, &failure) && failure.Status >= 400 && failure.Status < 500 && !failure.Temporary()
}

// update sends properties by the verb, or by each in turn until one is known. A
// customer that was read by the path is there, so that 404 is about the verb too.
func (s *session) update(ctx context.Context, properties map[string]json.RawMessage) error {
	if s.access.verb != "" {
		return s.updateBy(ctx, s.access.verb, properties)
	}
	var last error
	for _, verb := range verbsOf(s.o.Config) {
		if last = s.noVerbs[verb]; last != nil {
			continue
		}
		last = s.updateBy(ctx, verb, properties)
		var failure *fincome.Error
		if errors.As(last, &failure) && (failure.Status == http.StatusMethodNotAllowed || failure.Status == http.StatusNotFound || failure.Status == http.StatusNotImplemented) {
			s.noVerbs[verb] = last
			continue
		}
		if last == nil {
			s.access.verb, s.record.UpdateVerb, s.findings.UpdateVerb = verb, verb, verb
			return s.keep()
		}
		return last
	}
	return &noVerbError{last}
}

// noVerbError: no verb updates the customer, and nothing was written.
type noVerbError struct{ error }

func (e *noVerbError) Unwrap() error { return e.error }

// verbsOf are all the verbs, what the file says first. POST comes last: at the path
// of a customer it could make another one.
func verbsOf(c fincome.Config) []string {
	return once([]string{c.UpdateVerb, http.MethodPatch, http.MethodPut, http.MethodPost})
}

func (s *session) updateBy(ctx context.Context, verb string, properties map[string]json.RawMessage) error {
	sent, err := body(properties, s.fieldsFor(verb))
	if err != nil {
		return err
	}
	path, _ := s.client.CustomerPath(s.o.Customer)
	answer, err := s.client.Once().Send(ctx, verb, path, sent)
	if err == nil && isPage(answer) {
		err = &pageError{method: verb, path: path}
	}
	if err != nil {
		return err
	}
	shown, err := parse(answer)
	s.findings.Status, s.findings.Shows = s.answered.status, err == nil && shown.id == s.o.Customer
	return nil
}

// fieldsFor are the fields that go along: by PUT or POST an update may take the
// place of the whole customer. They are as read last, unless an update without them
// may have emptied them.
func (s *session) fieldsFor(verb string) map[string]json.RawMessage {
	switch {
	case verb == http.MethodPatch || s.fieldless:
		return nil
	case s.record.Fieldless:
		return s.first.fields
	}
	return s.now.fields
}

// errNotShown: an update was accepted, and no read showed it in time.
var errNotShown = errors.New("it was accepted and does not show")

const (
	firstPause = 250 * time.Millisecond
	mostPause  = 30 * time.Second
)

// await reads with growing pauses until done is satisfied or fails. Everything
// written before shows then.
func (s *session) await(ctx context.Context, patience time.Duration, done func() (bool, error)) error {
	sent := time.Now()
	for pause := firstPause; ; pause = min(mostPause, pause*3/2) {
		if err := s.reread(ctx); err != nil {
			return err
		}
		took := time.Since(sent)
		if shows, err := done(); err != nil {
			return err
		} else if shows {
			s.landed(took)
			return nil
		}
		if took >= patience {
			return fmt.Errorf("%w after %s", errNotShown, took.Round(time.Second))
		}
		if err := fincome.Wait(ctx, min(pause, patience-took)); err != nil {
			return err
		}
	}
}

// landed notes that the last update shows.
func (s *session) landed(took time.Duration) {
	s.record.Open, s.record.Landed = false, true
	s.findings.Slowest = max(s.findings.Slowest, took)
	s.record.Slowest = s.findings.Slowest
	if n := len(s.flying); n > 1 {
		s.flying = slices.Clone(s.flying[n-1:])
	}
}
