package probe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/probe"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

// person edits axes of the customer before a request, once.
type person struct {
	server *simulator.Server
	axes   map[string]any // nil removes
	made   bool
	shown  map[string]bool // a read has shown the edit
}

func (p *person) edit(t testing.TB) {
	p.made, p.shown = true, map[string]bool{}
	for axis, value := range p.axes {
		if err := p.server.Edit(tested, axis, value); err != nil {
			t.Error(err)
		}
	}
}

// look is called after each request: what is stored then is what a read has shown.
func (p *person) look(r *http.Request) {
	if !p.made || r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/"+tested) {
		return
	}
	now := stored(p.server)
	for axis, value := range p.axes {
		p.shown[axis] = p.shown[axis] || stands(now, axis, value)
	}
}

func stored(s *simulator.Server) simulator.Customer {
	for c := range s.Customers() {
		if c.ID == tested {
			return c
		}
	}
	return simulator.Customer{}
}

func stands(c simulator.Customer, axis string, value any) bool {
	held, there := c.Properties[axis]
	if value == nil {
		return !there
	}
	want, _ := json.Marshal(value)
	return there && bytes.Equal(held, want)
}

// notes are what was told, by name.
func notes(o *probe.Options) map[string]string {
	told := map[string]string{}
	o.Tell = func(n probe.Note) { told[n.Name] += n.Text + "\n" }
	return told
}

// Whoever edits the customer while the probe runs, whenever and in whatever property:
// nothing of the probe is left there, now or later; an edit that a read has shown is
// told, and stands or is told as lost, with its value and an error.
func TestEditsAreNeverSilentlyLost(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	edits := []map[string]any{
		{"Industry": "by a person"}, {"Region": "by a person"}, {"Region": nil}, {"Industry": "one", "Region": "other"},
		{"Employees": 77}, {"Employees": nil}, {"New": "by a person"},
	}
	for _, update := range []simulator.Update{simulator.Merge, simulator.Replace} {
		for _, delay := range []time.Duration{0, 3 * time.Second, 40 * time.Second} {
			for _, axes := range edits {
				for at, done := 1+rng.IntN(12), false; !done; at += stride(rng, 24) {
					synctest.Test(t, func(t *testing.T) {
						done = !editedAt(t, at, axes, simulator.Config{Update: update, Delay: simulator.Delay{After: delay}})
					})
				}
			}
		}
	}
}

// stride is the step from one request to try something at to the next.
func stride(rng *rand.Rand, most int) int {
	if large() {
		return 1
	}
	return 1 + rng.IntN(most)
}

func editedAt(t *testing.T, at int, axes map[string]any, config simulator.Config) (made bool) {
	t.Helper()
	server := account(config)
	p := &person{server: server, axes: axes}
	w := &wire{handler: server, before: func(n int, _ *http.Request) {
		if n >= at && server.Writes() > 0 && !p.made {
			p.edit(t)
		}
	}, after: func(_ int, r *http.Request) { p.look(r) }}
	var k kept
	o := k.options(w, fincome.Config{})
	told := notes(&o)
	_, err := probe.Run(context.Background(), o)
	if !p.made {
		return false
	}
	where := fmt.Sprintf("%v before request %d, update %d, delay %v (%v)\n%v", axes, at, config.Update, config.Delay.After, err, told)
	if left := (*probe.UnfinishedError)(nil); errors.As(err, &left) || k.record != nil {
		t.Fatalf("%s: the record is %v", where, k.record)
	}
	ended := describe(stored(server))
	if later := held(t, server); later != ended || strings.Contains(later, "axisync") {
		t.Fatalf("%s: at the end %s\nand later %s", where, ended, later)
	}
	for axis, value := range axes {
		checkEdit(t, where, told, err, server, axis, value, p.shown[axis])
	}
	if !stands(stored(server), "Score", "12.50") || ended != describe(given()) && strings.Contains(told["customer"], "as it was") {
		t.Fatalf("%s: %s", where, ended)
	}
	return true
}

func checkEdit(t *testing.T, where string, told map[string]string, err error, server *simulator.Server, axis string, value any, shown bool) {
	t.Helper()
	text := "absent"
	if value != nil {
		raw, _ := json.Marshal(value)
		text = string(raw)
	}
	if shown && !strings.Contains(told["edited"], fmt.Sprintf("%q of customer %q to %s;", axis, tested, text)) {
		t.Fatalf("%s: %q was shown and is not told", where, axis)
	}
	if stands(stored(server), axis, value) {
		if shown && !strings.Contains(told["left alone"], fmt.Sprintf("%q of customer", axis)) {
			t.Fatalf("%s: %q stands and is not told", where, axis)
		}
		return
	}
	if !stands(stored(server), axis, rawOf(axis)) {
		t.Fatalf("%s: %q is neither as it was nor as it was edited", where, axis)
	}
	var lost *probe.LostError
	if shown && (!errors.As(err, &lost) || !strings.Contains(told["lost"], fmt.Sprintf("%q of customer", axis)) || !strings.Contains(told["lost"], text)) {
		t.Fatalf("%s: %q is lost, and that is not told", where, axis)
	}
}

// rawOf is what an axis held before.
func rawOf(axis string) any {
	raw, there := given().Properties[axis]
	if !there {
		return nil
	}
	return raw
}

// What somebody else changed since a probe was killed is told when it is put back.
func TestRestoringTellsWhatWasChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := account(simulator.Config{Delay: simulator.Delay{After: 5 * time.Second}})
		var k kept
		end(func() {
			_, _ = probe.Run(context.Background(), k.options(&wire{handler: server, after: func(n int, _ *http.Request) {
				if server.Writes() == 5 {
					kill(n)(n, nil)
				}
			}}, fincome.Config{}))
		})
		if err := server.Edit(tested, "Region", "by a person"); err != nil {
			t.Fatal(err)
		}
		o := k.options(&wire{handler: server}, fincome.Config{})
		told := notes(&o)
		err := probe.Restore(context.Background(), o, *k.record)
		var lost *probe.LostError
		if !errors.As(err, &lost) || !strings.Contains(told["lost"], `"Region" of customer "C/1 é": somebody else had changed it to "by a person"`) {
			t.Error(err, told)
		}
		if k.record != nil || strings.Contains(told["customer"], "as it was") {
			t.Error(k.record, told)
		}
		untouched(t, server)
	})
}
