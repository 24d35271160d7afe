package pipelines

import (
	"context"
	"errors"
	"fmt"

	"github.com/axisync/axisync/storage"
)

// ConfigurationError is a fault of the configuration that shows only when the
// remote systems are asked. Trying again does not help.
type ConfigurationError struct{ text string }

// Error is the fault and its remedy.
func (e *ConfigurationError) Error() string { return e.text }

func configurationf(format string, args ...any) error {
	return &ConfigurationError{fmt.Sprintf(format, args...)}
}

// The exit codes of design.md 4.10.
const (
	ExitDone          = 0
	ExitFailed        = 1
	ExitConfiguration = 2
	ExitAuthorization = 3
	ExitStopped       = 4
	ExitRejects       = 5
)

// StoppedError: a guard stopped the run before anything was sent, or a plan
// cannot be applied any more. A person decides.
type StoppedError struct{ text string }

// Error says what stopped the run and what to do.
func (e *StoppedError) Error() string { return e.text }

// InterruptedError: a signal ended the run. Its exit code is that of the signal.
type InterruptedError struct{ cause, err error }

// Error is the signal, and what it cut short.
func (e *InterruptedError) Error() string {
	if errors.Is(e.err, e.cause) || errors.Is(e.err, context.Canceled) && e.err.Error() == context.Canceled.Error() {
		return e.cause.Error()
	}
	return e.cause.Error() + ": " + e.err.Error()
}

// Unwrap is both.
func (e *InterruptedError) Unwrap() []error { return []error{e.cause, e.err} }

// signaled is the cause of a context that a signal ended.
type signaled interface{ Signal() int }

// caused is an error with the signal that caused it, if one did.
func caused(ctx context.Context, err error) error {
	var signal signaled
	var lost *storage.LostError
	if err != nil && errors.As(context.Cause(ctx), &lost) {
		return lost // what else went wrong came of it
	}
	if err == nil || !errors.As(context.Cause(ctx), &signal) {
		return err
	}
	return &InterruptedError{context.Cause(ctx), err}
}

// Stopped is a StoppedError: what was compared is not as it should be.
func Stopped(text string) error { return &StoppedError{text} }

// ExitCode is the exit code that an error stands for: only 1 is worth a retry.
func ExitCode(err error) int {
	var problems Problems
	var configuration *ConfigurationError
	var stopped *StoppedError
	var signal signaled
	var authorization interface{ Auth() bool }
	var misconfigured interface{ Configuration() bool }
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &signal):
		return 128 + signal.Signal()
	case errors.As(err, &problems), errors.As(err, &configuration):
		return ExitConfiguration
	case errors.As(err, &misconfigured) && misconfigured.Configuration():
		return ExitConfiguration
	case errors.As(err, &authorization) && authorization.Auth():
		return ExitAuthorization
	case errors.As(err, &stopped):
		return ExitStopped
	}
	return ExitFailed
}
