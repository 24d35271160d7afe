// Command axisync fills the analysis axes of Fincome from Salesforce Accounts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"runtime/debug"
	"strings"
	"sync"

	"github.com/axisync/axisync/grace"
	"github.com/axisync/axisync/pipelines"
)

// version is set by the build.
var version = "dev"

func main() {
	// Memory is part of the promise: near the limit garbage is collected more often.
	// It is a soft one and counts the heap of Go alone, not what DuckDB holds.
	if memoryIsOurs() {
		debug.SetMemoryLimit(112 << 20)
	}
	log.SetOutput(io.Discard) // clients of object stores write there what they return too
	os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
}

// memoryIsOurs: nobody has said how much garbage is to be kept.
func memoryIsOurs() bool { return os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" }

// frugal has garbage collected twice as often: for what reads snapshots beside other
// work on somebody's machine. It costs a few hundredths of a second.
func frugal() {
	if memoryIsOurs() {
		debug.SetGCPercent(50)
	}
}

// execute runs one command and gives its exit code. Results go to out, logs and
// errors to errs.
func execute(args []string, out, errs io.Writer) int {
	ctx, stop := interruptible()
	defer stop()
	ctx, over := grace.Begin(ctx)
	defer over()
	results := &checkedWriter{Writer: out}
	c := &command{out: results, errs: errs, jsonAsked: asksForJSON(args)}
	root := c.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil && results.failed != nil {
		err = fmt.Errorf("the command did its work, but its result cannot be written: %w", results.failed)
	}
	return c.exitCode(ctx, err, results)
}

// checkedWriter remembers the first failure, which those who print results do
// not look at.
type checkedWriter struct {
	io.Writer
	mu      sync.Mutex
	failed  error
	written int
}

func (w *checkedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.Writer.Write(b)
	w.written += n
	if err != nil && w.failed == nil {
		w.failed = err
	}
	return n, err
}

// empty reports whether nothing was written.
func (w *checkedWriter) empty() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written == 0
}

// exitCode tells an error and gives its exit code. Under --json it is an object on
// standard output too, unless something stands there already.
func (c *command) exitCode(ctx context.Context, err error, results *checkedWriter) int {
	c.still()
	if err != nil {
		c.complain(ctx, err)
	}
	code := c.codeOf(ctx, err)
	if err != nil {
		c.xcom.end(pipelines.Failed(err, code)) // unless it has a result
	}
	if err != nil && c.json && results.empty() {
		_ = json.NewEncoder(results).Encode(pipelines.Failed(err, code))
	}
	return code
}

// codeOf is the one place where an error becomes an exit code. A result that is
// written as JSON asks it as well: the object and the process say the same.
func (c *command) codeOf(ctx context.Context, err error) int {
	var signaled interrupted
	var usage usageError
	switch {
	case err == nil:
		return c.code
	case errors.As(context.Cause(ctx), &signaled):
		return pipelines.ExitCode(signaled)
	case errors.As(err, &usage):
		return pipelines.ExitConfiguration
	}
	return pipelines.ExitCode(err)
}

// complain tells an error.
func (c *command) complain(ctx context.Context, err error) {
	var signaled interrupted
	var usage usageError
	switch {
	case errors.As(context.Cause(ctx), &signaled):
		text := signaled.Error() + c.whatNext()
		if left := (interface{ Command() string })(nil); errors.As(err, &left) {
			text += "; " + left.Command()
		}
		fmt.Fprintln(c.errs, text)
	case errors.As(err, &usage):
		fmt.Fprintln(c.errs, err)
	default:
		fmt.Fprintln(c.errs, strings.TrimRight(err.Error(), "\n"))
	}
}

// usageError is a command line that cannot be understood.
type usageError struct{ error }
