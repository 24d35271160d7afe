package grace_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axisync/axisync/grace"
)

var errSignal = errors.New("signal")

// Whatever is asked for after the interrupt, however late and by whatever way, ends with
// the same grace.
func TestTheGraceIsOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, interrupt := context.WithCancelCause(t.Context())
		ctx, end := grace.Begin(asked)
		defer end()
		early, done := grace.Outlive(ctx)
		defer done()
		time.Sleep(time.Hour)
		if early.Err() != nil {
			t.Error("it ends although nobody interrupts")
		}
		begun := time.Now()
		interrupt(errSignal)
		time.Sleep(grace.Period / 2)
		late, done := grace.Outlive(context.WithoutCancel(ctx))
		defer done()
		if early.Err() != nil || late.Err() != nil {
			t.Error("it ends at once")
		}
		<-early.Done()
		<-late.Done()
		if took := time.Since(begun); took != grace.Period || !errors.Is(context.Cause(late), errSignal) {
			t.Errorf("it ended after %v by %v", took, context.Cause(late))
		}
	})
}

// Without Begin it is counted from the end of the context at hand.
func TestGraceOfAnyContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, interrupt := context.WithCancel(t.Context())
		ctx, done := grace.Outlive(asked)
		defer done()
		begun := time.Now()
		interrupt()
		<-ctx.Done()
		if took := time.Since(begun); took != grace.Period {
			t.Errorf("it ended after %v", took)
		}
	})
}
