// Package probe finds out, on one customer, what Fincome documents nowhere of its
// API: the header of the key, the path and the verb, what an update does to the
// custom properties that it does not carry, what null and an empty text do, which
// types of values are kept, how long an update takes to show, and how customers are
// listed. Everything is put back.
//
// It works on two texts of the customer. One, the property, is what is tried on. The
// other, the companion, carries in every update a text that was never there before:
// once a read shows that, whatever the update did to the property shows as well,
// also where nothing happened to it. So nothing is concluded from a clock.
//
// Before the first write the customer is kept as it was read, and before every
// write what it will say: whoever finds such a Record finds a probe that was cut
// short, and Restore puts the customer back.
package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/axisync/axisync/connector/fincome"
)

// Options say whom to ask.
type Options struct {
	// Config is what is known or believed; it is tried first.
	Config   fincome.Config
	Customer string
	// Axis is the identification axis, which is left alone where the customer has two
	// other texts.
	Axis string
	// Timeout is how long an update may take to show; 15 minutes when 0.
	Timeout   time.Duration
	Transport http.RoundTripper // http.DefaultTransport when nil
	// Keep makes a record durable; an error ends the probe before the next write.
	Keep func(Record) error
	// Forget removes the record: the customer is as it was.
	Forget func() error
	Tell   func(Note)
}

// Note is something that was found out, as it comes.
type Note struct {
	Warn       bool
	Name, Text string
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 15 * time.Minute
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	if o.Tell == nil {
		o.Tell = func(Note) {}
	}
	return o
}

func (o Options) found(name, format string, args ...any) {
	o.Tell(Note{Name: name, Text: fmt.Sprintf(format, args...)})
}

func (o Options) warn(name, format string, args ...any) {
	o.Tell(Note{Warn: true, Name: name, Text: fmt.Sprintf(format, args...)})
}

// Run finds out everything and puts the customer back, also when it fails or ctx
// ends. The findings are whole only without an error.
//
// An error has Configuration() true where another customer, or another file, has to
// be given, and Auth() true where no header was accepted; *UnfinishedError says that
// the customer could not be put back.
func Run(ctx context.Context, o Options) (Findings, error) {
	o = o.withDefaults()
	s, err := open(ctx, o)
	if err != nil {
		return Findings{}, err
	}
	if err := s.findList(ctx); err != nil {
		return Findings{}, err
	}
	if s.first, err = s.read(ctx); err != nil { // the list took its time
		return Findings{}, err
	}
	s.now = s.first
	if err := s.choose(); err != nil {
		return Findings{}, err
	}
	err = s.trials(ctx)
	if !s.kept {
		return s.findings, err // nothing was written
	}
	if err != nil {
		o.warn("putting back", "the probe ends early, customer %q is put back", o.Customer)
	}
	if err == nil {
		return s.findings, s.restore(ctx)
	}
	return s.findings, errors.Join(err, s.restore(ctx))
}

// Restore puts back the customer of a probe that was cut short. Config has to reach
// the same account; header, path and verb are those of the record.
func Restore(ctx context.Context, o Options, r Record) error {
	o = o.withDefaults()
	o.Customer = r.Customer
	s, err := r.session(o)
	if err != nil {
		return err
	}
	return s.restore(ctx)
}

// trials writes. Whatever its end, restore follows.
func (s *session) trials(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		s.findVerb, s.findUpdate, s.findFields, s.findNull, s.findEmpty, s.findTypes,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	s.findings.conclude()
	within := "at once"
	if s.findings.Slowest >= time.Second {
		within = "within " + s.findings.Slowest.Round(time.Second).String()
	}
	s.o.found("delay", "an update shows %s; one that does not within %s counts as not applied", within, s.findings.Settle)
	return nil
}

// RefusedError is a customer, or a file, with which nothing can be found out.
type RefusedError struct{ text string }

func (e *RefusedError) Error() string { return e.text }

// Configuration is true: to try the same again does not help.
func (e *RefusedError) Configuration() bool { return true }

func refusedf(format string, args ...any) error {
	return &RefusedError{fmt.Sprintf(format, args...)}
}

// DeniedError: no header opened the API.
type DeniedError struct{ tried []string }

func (e *DeniedError) Error() string {
	return fmt.Sprintf("fincome accepted the key in none of the headers %s: check api_key, or set auth_header and auth_scheme", list(e.tried))
}

// Auth is true: the key, or where it is sent, is wrong.
func (e *DeniedError) Auth() bool { return true }

// UnfinishedError: the customer could not be put back; its record is kept.
type UnfinishedError struct {
	Customer string
	cause    error
}

func (e *UnfinishedError) Error() string {
	return fmt.Sprintf("customer %q is not put back yet: %v", e.Customer, e.cause)
}

// Unwrap is what kept it from being put back.
func (e *UnfinishedError) Unwrap() error { return e.cause }
