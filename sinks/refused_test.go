package sinks_test

import (
	"fmt"
	"testing"

	"github.com/axisync/axisync/sinks"
)

// Customers are counted, not cells; kinds are told apart but for what differs from
// customer to customer, and not without end.
func TestRefusals(t *testing.T) {
	t.Parallel()
	var r sinks.Refusals
	for i := range 3 {
		id := fmt.Sprintf("C-%d", i)
		r.Add(id, sinks.RefusedKind{Code: "422", Reason: fmt.Sprintf(`"v%d" of row 1%d is too long`, i, i), Remedy: "shorten it"})
		r.Add(id, sinks.RefusedKind{Code: "422", Reason: fmt.Sprintf(`"w%d" of row 2%d is too long`, i, i), Remedy: "shorten it"})
	}
	r.Add("C-9", sinks.RefusedKind{Code: "404", Reason: "gone"})
	kinds := r.Kinds()
	if len(kinds) != 2 || kinds[0] != (sinks.RefusedKind{Code: "422", Reason: `"v0" of row 10 is too long`, Remedy: "shorten it", Customers: 3, Example: "C-0"}) || kinds[1].Customers != 1 {
		t.Errorf("%+v", kinds)
	}
	for i := range 1000 {
		r.Add(fmt.Sprint(i), sinks.RefusedKind{Code: fmt.Sprintf("code %d", i), Reason: "x"})
	}
	if n := len(r.Kinds()); n != 101 {
		t.Errorf("%d kinds", n)
	}
}
