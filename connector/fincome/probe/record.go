package probe

import (
	"fmt"
	"strings"
	"time"
)

// Record is what it takes to put a customer back. It is durable before each write.
type Record struct {
	Customer string    `json:"customer"`
	BaseURL  string    `json:"base_url"`
	Started  time.Time `json:"started"`
	// Read is the customer as it was before the first write, the whole answer.
	Read string `json:"read"`

	AuthHeader string `json:"auth_header"`
	AuthScheme string `json:"auth_scheme"`
	ClientPath string `json:"client_path"`
	// UpdateVerb is empty until an update was accepted, Update until it is known.
	UpdateVerb string `json:"update_verb,omitempty"`
	Update     string `json:"update,omitempty"`

	Property  string `json:"property"`  // what is tried on
	Companion string `json:"companion"` // carries the marks
	// Sent are the values that the property was given, as JSON; an empty one left it
	// out.
	Sent []string `json:"sent,omitempty"`
	// Marks is how many the companion was given, or nearly was.
	Marks int `json:"marks"`
	// Fieldless: an update went without the fields of the customer.
	Fieldless bool `json:"fieldless,omitempty"`
	// Landed: an update was seen, the slowest after Slowest.
	Landed  bool          `json:"landed,omitempty"`
	Slowest time.Duration `json:"slowest_ns,omitempty"`
	// Open: the last update was not seen yet, or not even answered.
	Open bool `json:"open"`
}

// access is how the customer was reached.
func (r Record) access() access {
	return access{header: r.AuthHeader, scheme: r.AuthScheme, path: r.ClientPath, verb: r.UpdateVerb}
}

// session takes up the probe where it was cut.
func (r Record) session(o Options) (*session, error) {
	if base := o.Config.WithDefaults().BaseURL; base != r.BaseURL {
		return nil, refusedf("the probe of customer %q was cut short at %s, and the file names %s: set base_url back to put the customer back", r.Customer, r.BaseURL, base)
	}
	s, err := newSession(o, r.access())
	if err != nil {
		return nil, err
	}
	first, err := parse([]byte(r.Read))
	if err != nil {
		return nil, fmt.Errorf("what was kept of customer %q is damaged: %w", r.Customer, err)
	}
	s.first, s.now, s.record, s.kept = first, first, r, true
	s.findings.Update, s.findings.Slowest = r.Update, r.Slowest
	s.flying, s.met = r.before(first), true
	return s, nil
}

const markText = "axisync probe "

// mark is the text that the companion is given next. No two are alike.
func (r *Record) mark() string {
	r.Marks++
	return fmt.Sprintf("%s%d", markText, r.Marks)
}

func marked(text string) bool { return strings.HasPrefix(text, markText) }

// begin makes the record of a customer that is about to be written.
func (s *session) begin() {
	s.record.Customer, s.record.BaseURL = s.o.Customer, s.o.Config.WithDefaults().BaseURL
	s.record.Started, s.record.Read = time.Now().UTC(), string(s.first.raw)
	s.record.AuthHeader, s.record.AuthScheme, s.record.ClientPath = s.access.header, s.access.scheme, s.access.path
}

// keep makes the record durable.
func (s *session) keep() error {
	if err := s.o.Keep(s.record); err != nil {
		return fmt.Errorf("what it takes to put customer %q back cannot be kept, nothing more is written: %w", s.o.Customer, err)
	}
	s.kept = true
	return nil
}
