package pipelines

import (
	"errors"
	"fmt"
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

// Stopped is a StoppedError: what was compared is not as it should be.
func Stopped(text string) error { return &StoppedError{text} }

// ExitCode is the exit code that an error stands for (not those of signals):
// only 1 is worth a retry.
func ExitCode(err error) int {
	var problems Problems
	var configuration *ConfigurationError
	var stopped *StoppedError
	var authorization interface{ Auth() bool }
	var misconfigured interface{ Configuration() bool }
	switch {
	case err == nil:
		return ExitDone
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
