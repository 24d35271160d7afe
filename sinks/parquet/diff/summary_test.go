package diff

import (
	"fmt"
	"testing"
)

// Of many different movements those are told that are frequent for certain, not those
// that came last.
func TestMovementsOfMany(t *testing.T) {
	t.Parallel()
	for _, kept := range []int{0, movementsKept} {
		for _, frequently := range []int{2, 60, 4000} {
			s := Summary{Columns: []Column{{}}}
			c := &s.Columns[0]
			c.moved.most = kept
			for i := range 9000 {
				after := fmt.Sprint("only once ", i)
				if i%(9000/frequently) == 0 {
					after = "often"
				}
				c.count(Cell{Before: Value{Set: true, Text: []byte("was")}, After: Value{Set: true, Text: []byte(after)}})
			}
			s.settle()
			for i, m := range c.Movements {
				if m.Rows <= c.MovementsTooLowBy || *m.After != "often" && c.MovementsTooLowBy > 0 || i == 0 && *m.After != "often" {
					t.Errorf("%d of 9,000, %d kept: %q is told with %d rows, perhaps %d more", frequently, kept, *m.After, m.Rows, c.MovementsTooLowBy)
				}
			}
			if c.MovementsTooLowBy < int64(frequently)/2 && len(c.Movements) == 0 {
				t.Errorf("%d of 9,000, %d kept: it is not told, and counts are %d too low at most", frequently, kept, c.MovementsTooLowBy)
			}
		}
	}
}
