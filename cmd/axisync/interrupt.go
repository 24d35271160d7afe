package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/axisync/axisync/pipelines"
)

// What the same command does when it is given again after an interrupt.
const (
	goesOn      = "the same command goes on from what is saved"
	beginsAnew  = "the same command begins anew"
	atTheLatest = 4500 * time.Millisecond // after a signal the program ends; five seconds are promised
)

// interrupted is the cause of a context that a signal ended.
type interrupted struct{ signal syscall.Signal }

func (i interrupted) Error() string { return "interrupted: " + i.signal.String() }

// Signal is its number.
func (i interrupted) Signal() int { return int(i.signal) }

// interruptible is a context that the first SIGINT or SIGTERM ends; a second one
// ends the program at once.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		if s, ok := <-signals; ok {
			signal.Stop(signals) // from here on the signal does what it always does
			cancel(interrupted{s.(syscall.Signal)})
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}

// whatNext says behind an interrupt what to do about it.
func (c *command) whatNext() string {
	if text, ok := c.again.Load().(string); ok {
		return "; " + text
	}
	return ""
}

// warned tells, when a signal comes, that the command is stopping; whoever cannot wait
// may send another. The caller calls the function that it gives back.
func (c *command) warned(ctx context.Context, doing string) (done func() bool) {
	errs := c.errs
	return context.AfterFunc(ctx, func() {
		if errors.As(context.Cause(ctx), new(interrupted)) {
			fmt.Fprintln(errs, "stopping: "+doing+"; a second signal ends it at once")
		}
	})
}

// saving is what run, plan, apply and extract do when they are stopped.
const saving = "what is done is being saved"

// bound ends the program in time after a signal, whatever it waits for: a server that
// does not answer, or a disk. What is saved is whole at any moment, as under kill -9.
func (c *command) bound(ctx context.Context) {
	errs, asJSON := c.errs, c.json
	context.AfterFunc(ctx, func() {
		signaled := interrupted{}
		if !errors.As(context.Cause(ctx), &signaled) {
			return // the command has ended
		}
		time.AfterFunc(atTheLatest, func() {
			code := pipelines.ExitCode(signaled)
			time.AfterFunc(atTheLatest/20, func() { os.Exit(code) }) // also where nobody takes these words
			err := fmt.Errorf("%w; it did not stop in time and was cut short%s", signaled, c.whatNext())
			fmt.Fprintln(errs, err)
			failed := pipelines.Failed(err, code)
			c.xcom.end(failed)
			if asJSON && c.out.empty() {
				_ = json.NewEncoder(c.out).Encode(failed)
			}
			os.Exit(code)
		})
	})
}
