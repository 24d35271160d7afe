package conformance

import (
	"cmp"
	"testing"

	"github.com/axisync/axisync/sinks"
)

// Traits are the ways in which a target differs from one that reads before it writes
// and hears that a write was accepted.
type Traits struct {
	// Blind: it does not read what a cell holds, so that it meets no conflict.
	Blind bool
	// Written is the outcome of a cell that was written; Accepted when empty.
	Written sinks.OutcomeKind
	// Again is the outcome of a cell that is delivered again and holds its value
	// already; Acknowledged when empty.
	Again sinks.OutcomeKind
	// TakesStrangers: it does not know which customers there are.
	TakesStrangers bool
	// Refuses says which texts it has no way to write; nil: none.
	Refuses func(text string) bool
}

// Limited is a Receiver whose target has Traits.
type Limited interface {
	Receiver
	Traits() Traits
}

func traitsOf(r Receiver) Traits {
	var t Traits
	if limited, ok := r.(Limited); ok {
		t = limited.Traits()
	}
	t.Written, t.Again = cmp.Or(t.Written, sinks.Accepted), cmp.Or(t.Again, sinks.Acknowledged)
	return t
}

// seeing is a test of a target that reads before it writes.
func seeing(test func(*testing.T, *fixture)) func(*testing.T, *fixture) {
	return func(t *testing.T, f *fixture) {
		if f.traits.Blind {
			t.Skip("it does not read before it writes")
		}
		test(t, f)
	}
}
