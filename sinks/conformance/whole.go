package conformance

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/sinks"
)

// everybody gives every customer a value in two axes.
func (f *fixture) everybody() []change {
	var changes []change
	for i, id := range f.Customers() {
		changes = append(changes,
			change{id, axisA, sinks.Value{}, sinks.Text(fmt.Sprint("a", i)), "new"},
			change{id, axisB, sinks.Value{}, sinks.Text(fmt.Sprint("b", i)), "new"})
	}
	return changes
}

// many: every cell is written and reported once.
func many(t *testing.T, f *fixture) {
	changes := f.everybody()
	f.mustDeliver(t, changes...)
	for _, c := range changes {
		f.expect(t, c.customer, c.axis, c.after)
	}
	if n := f.journal.count(f.traits.Written); n != len(changes) {
		t.Errorf("%d of %d cells %s", n, len(changes), f.traits.Written)
	}
}

// interrupted: told to stop once the first intent is durable, a delivery ends with the
// reason, has reported no cell twice, and the same changes again finish the work.
func interrupted(t *testing.T, f *fixture) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	changes := f.everybody()
	f.journal.sending = cancel
	_, err := f.Target().Deliver(ctx, reader(t, changes), f.journal)
	reported := map[string]bool{}
	for _, outcome := range f.journal.outcomes {
		name := outcome.CustomerID + " " + outcome.Cell.Axis
		if reported[name] {
			t.Errorf("%s was reported twice", name)
		}
		reported[name] = true
	}
	if err == nil && len(reported) < len(changes) || err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v after %d of %d cells", err, len(reported), len(changes))
	}
	f.journal = &journal{receiver: f}
	f.mustDeliver(t, changes...)
	for _, c := range changes {
		f.expect(t, c.customer, c.axis, c.after)
	}
}

// leavesNothing: when a delivery is over, whether it ended well, was interrupted or
// could not journal, no goroutine that it started goes on.
func leavesNothing(t *testing.T, f *fixture) {
	f.mustDeliver(t, f.everybody()...)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f.journal = &journal{receiver: f, sending: cancel}
	changes := f.everybody()
	for i := range changes {
		changes[i].before, changes[i].after = changes[i].after, sinks.Text("again")
	}
	_, _ = f.Target().Deliver(ctx, reader(t, changes), f.journal) // how it ends is the matter of other tests
	f.journal = &journal{receiver: f, broken: errors.New("no space left on device")}
	_ = f.deliver(t, changes...)
	until := time.Now().Add(5 * time.Second)
	for running := started(); running != ""; running = started() {
		if time.Now().After(until) {
			t.Fatalf("something goes on:\n%s", running)
		}
		runtime.Gosched()
	}
}

// started is the stack of a goroutine that a target has started, empty if there is
// none. What tests have started, the servers of others that run at the same time, is
// none of it.
func started() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		_, by, _ := strings.Cut(stack, "created by ")
		if strings.Contains(by, "github.com/axisync/axisync/sinks/") && !strings.Contains(by, "conformance") && !strings.Contains(by, "_test.") {
			return stack
		}
	}
	return ""
}
