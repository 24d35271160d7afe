package pipelines

import (
	"fmt"
	"slices"
	"testing"
)

// Of many customers those are chosen who show every kind of change, in their order.
func TestExemplaryCustomers(t *testing.T) {
	t.Parallel()
	text := "x"
	cell := func(id int, kind Kind) []Sample {
		s := Sample{CustomerID: fmt.Sprint(id), Before: &text, After: &text}
		switch kind {
		case KindNew:
			s.Before = nil
		case KindCleared:
			s.After = nil
		}
		return []Sample{s}
	}
	many := make([][]Sample, 20)
	for i := range many {
		many[i] = cell(i, KindNew)
	}
	many[7], many[11] = cell(7, KindCleared), cell(11, KindChanged)
	for most, want := range map[int][]string{1: {"7"}, 3: {"0", "7", "11"}, 4: {"0", "1", "7", "11"}} {
		var got []string
		for _, cells := range exemplary(many, most) {
			got = append(got, cells[0].CustomerID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("of %d: %v, want %v", most, got, want)
		}
	}
	if got := exemplary(many, 100); len(got) != 20 {
		t.Errorf("%d of all", len(got))
	}
}
