package diff

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// The estimate is within four standard errors of the exact number, for few and for many.
func TestSketchIsNear(t *testing.T) {
	t.Parallel()
	var s sketch
	if s.estimate() != 0 {
		t.Errorf("nothing is about %d", s.estimate())
	}
	squares, looked, next := 0.0, 0, 10
	for i := range 500_000 {
		s.add(fmt.Appendf(nil, "value %d", i))
		s.add(fmt.Appendf(nil, "value %d", i/2)) // again
		if i+1 < next {
			continue
		}
		exact := float64(i + 1)
		off := float64(s.estimate())/exact - 1
		if math.Abs(off) > 4*0.0082 {
			t.Errorf("%.0f are about %d", exact, s.estimate())
		}
		squares, looked, next = squares+off*off, looked+1, next+next/3+1
	}
	if spread := math.Sqrt(squares / float64(looked)); spread > 0.0125 {
		t.Errorf("estimates are off by %.4f on average", spread)
	}
}

// Counts are never too high, and too low by low at most; a value on more than low is
// there.
func TestFrequentWithinItsBounds(t *testing.T) {
	t.Parallel()
	for round := range 200 {
		r := rand.New(rand.NewPCG(31, uint64(round)))
		f := frequent{most: 1 + r.IntN(20), room: int64(r.IntN(3) * 60)}
		exact := map[string]int64{}
		for range r.IntN(3000) {
			value := fmt.Sprint(int(r.ExpFloat64() * float64(1+round%40)))
			exact[value]++
			f.add([]byte(value))
		}
		size := int64(0)
		for value := range f.counts {
			size += int64(len(value))
		}
		if size != f.size || f.room > 0 && size > f.room || len(f.counts) > f.most {
			t.Fatalf("round %d: %d values of %d bytes, counted as %d", round, len(f.counts), size, f.size)
		}
		if f.room == 0 && f.low > f.n/int64(f.most+1) {
			t.Errorf("round %d: %d too low, of %d", round, f.low, f.n)
		}
		for value, n := range exact {
			got := int64(0)
			if kept := f.counts[value]; kept != nil {
				got = *kept
			}
			if got > n || got+f.low < n {
				t.Errorf("round %d: %s is there %d times, counted %d and %d more at most", round, value, n, got, f.low)
			}
		}
	}
}
