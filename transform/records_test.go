package transform

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/axisync/axisync/sinks"
)

// Records come back as they went in, at whatever place and in whatever order they
// are asked for, also those longer than what is read at once.
func TestRecords(t *testing.T) {
	t.Parallel()
	for _, ahead := range []int{1, readAtRandom, readInOrder} {
		r, err := newRecords(t.TempDir(), ahead)
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		random := rand.New(rand.NewPCG(1, 2))
		type cell struct {
			text  string
			valid bool
		}
		want := map[int64][]cell{}
		var places []int64
		for range 3000 {
			place := r.begin()
			places = append(places, place)
			for range random.IntN(5) {
				c := cell{strings.Repeat("é", random.IntN(60)), random.IntN(4) > 0}
				if random.IntN(100) == 0 {
					c.text = strings.Repeat("x", 3*readAtRandom)
				}
				if !c.valid {
					c.text = ""
				}
				r.add(c.text, c.valid)
				want[place] = append(want[place], c)
			}
			if err := r.end(); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.flush(); err != nil {
			t.Fatal(err)
		}
		random.Shuffle(len(places)/2, func(i, j int) { places[i], places[j] = places[j], places[i] })
		for _, place := range places {
			cells, err := r.read(place)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range want[place] {
				if text, valid := cells.next(); text != c.text || valid != c.valid {
					t.Fatalf("cell %d at %d is %q, %t, want %q, %t", i, place, text, valid, c.text, c.valid)
				}
			}
			if len(cells) > 0 {
				t.Fatalf("%d bytes too many at %d", len(cells), place)
			}
		}
		if _, err := r.read(r.written - 1); err == nil {
			t.Error("a place behind the last record can be read")
		}
	}
}

// The filter never loses a key, and lets few others pass.
func TestWanted(t *testing.T) {
	t.Parallel()
	const keys = 50_000
	w := newWanted(keys)
	for i := range keys {
		w.add(sinks.Hash(fmt.Sprint("key ", i)))
	}
	others := 0
	for i := range keys {
		if !w.has(sinks.Hash(fmt.Sprint("key ", i))) {
			t.Fatalf("key %d is lost", i)
		}
		if w.has(sinks.Hash(fmt.Sprint("other ", i))) {
			others++
		}
	}
	if others > keys/50 {
		t.Errorf("%d of %d other keys pass", others, keys)
	}
	if newWanted(0).has(sinks.Hash("any")) {
		t.Error("a filter of nothing lets a key pass")
	}
}
