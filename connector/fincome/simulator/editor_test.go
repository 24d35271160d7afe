package simulator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector/fincome/simulator"
)

// What is lost is told with the read that the update could have been based on.
func TestLostEdits(t *testing.T) {
	t.Parallel()
	now := newClock()
	config := one(map[string]string{"ours": `"0"`, "theirs": `"0"`, "same": `"0"`, "calm": `"0"`})
	config.Update, config.Clock = simulator.Replace, now.time
	server, a := serve(t, config)
	at := func(second int) time.Time { return newClock().time().Add(time.Duration(second) * time.Second) }
	step := func(do func()) { do(); now.advance(time.Second) }
	edit := func(axis string, value any) func() {
		return func() {
			if err := server.Edit("c", axis, value); err != nil {
				t.Error(err)
			}
		}
	}
	step(edit("ours", "early"))                                                            // 0
	step(edit("theirs", "earlier"))                                                        // 1
	step(func() { a.properties("c") })                                                     // 2
	step(edit("theirs", "unseen"))                                                         // 3: it alone is in place
	step(edit("same", "1"))                                                                // 4
	step(edit("new", "unseen too"))                                                        // 5
	step(edit("calm", nil))                                                                // 6
	step(func() { a.patch("c", `{"ours":"1","theirs":"earlier","same":"1","calm":"0"}`) }) // 7
	step(func() { a.patch("c", `{"ours":"2","theirs":"x","same":"1"}`) })                  // 8: nothing stands any more
	step(func() { a.patch("c", `{"same":"2"}`) })                                          // 9
	want := []simulator.LostEdit{
		{Customer: "c", Axis: "ours", Value: json.RawMessage(`"early"`), Became: json.RawMessage(`"1"`), Edited: at(0), Read: at(2), Updated: at(7), Informed: true},
		{Customer: "c", Axis: "theirs", Value: json.RawMessage(`"unseen"`), Became: json.RawMessage(`"earlier"`), Edited: at(3), Read: at(2), Updated: at(7)},
		{Customer: "c", Axis: "new", Value: json.RawMessage(`"unseen too"`), Edited: at(5), Read: at(2), Updated: at(7)},
		{Customer: "c", Axis: "calm", Became: json.RawMessage(`"0"`), Edited: at(6), Read: at(2), Updated: at(7)},
		{Customer: "c", Axis: "same", Value: json.RawMessage(`"1"`), Became: json.RawMessage(`"2"`), Edited: at(4), Read: at(2), Updated: at(9)},
	}
	if diff := cmp.Diff(want, server.LostEdits()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := server.Windows(); !slices.Equal(got, []time.Duration{5 * time.Second, 6 * time.Second, 7 * time.Second}) {
		t.Errorf("windows %v", got)
	}
	if diff := cmp.Diff(map[string]int{"ours": 2, "theirs": 2, "same": 3, "calm": 1}, server.Carried()); diff != "" {
		t.Errorf("carried (-want +got):\n%s", diff)
	}
}

// An update that never read, a list that did, an axis that was removed, and an
// edit while an update waits.
func TestLostEditsOtherwise(t *testing.T) {
	t.Parallel()
	config := simulator.Config{Extra: []simulator.Customer{given("c", map[string]string{"a": `"0"`}), given("d", map[string]string{"a": `"0"`})}}
	config.Delay.UntilSettle = true
	server, a := serve(t, config)
	if err := server.Edit("c", "a", "1"); err != nil {
		t.Fatal(err)
	}
	a.patch("c", `{"a":"2"}`)
	a.do("GET", "/clients", "")
	server.RemoveAxis("a")
	a.patch("d", `{"a":"2"}`)
	if got := server.LostEdits(); len(got) != 0 {
		t.Errorf("before it shows: %v", got)
	}
	server.Settle()
	got := server.LostEdits()
	if len(got) != 2 || got[0].Customer != "c" || got[0].Value != nil || !got[0].Read.IsZero() || got[0].Informed || got[0].Edited.Before(got[0].Updated) ||
		got[1].Customer != "d" || got[1].Read.IsZero() || got[1].Informed {
		t.Errorf("%+v", got)
	}
}

// The books agree with what a bystander sees: random edits, reads and updates.
func TestTheBooksAreRight(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		config := simulator.Config{Extra: []simulator.Customer{given("c", nil), given("d", nil)}, Update: simulator.Update(seed % 2)}
		server, a := serve(t, config)
		editor := server.Editor(simulator.EditorConfig{Seed: seed, Axes: []string{"x", "y", "z"}})
		read := map[string]map[string]string{"c": {}, "d": {}}
		after := map[[2]string]int{} // step of an edit that stands
		readAt := map[string]int{"c": -1, "d": -1}
		informed, uninformed := 0, 0
		for i := range 200 {
			id := []string{"c", "d"}[rng.IntN(2)]
			switch rng.IntN(3) {
			case 0:
				edit := editor.Step()
				after[[2]string{edit.Customer, edit.Axis}] = i
			case 1:
				read[id], readAt[id] = a.properties(id), i
			case 2:
				before := held(server, id)
				sent := map[string]json.RawMessage{"x": json.RawMessage(fmt.Sprintf("%d", i))}
				for name, value := range read[id] {
					if name != "x" && config.Update == simulator.Replace {
						sent[name] = json.RawMessage(value)
					}
				}
				body, err := json.Marshal(sent)
				if err != nil {
					t.Fatal(err)
				}
				a.patch(id, string(body))
				now := held(server, id)
				for _, axis := range []string{"x", "y", "z"} {
					step, stands := after[[2]string{id, axis}]
					if !stands || before[axis] == now[axis] {
						continue
					}
					delete(after, [2]string{id, axis})
					if step < readAt[id] {
						informed++
					} else {
						uninformed++
					}
				}
			}
		}
		for _, lost := range server.LostEdits() {
			if lost.Informed {
				informed--
			} else {
				uninformed--
			}
		}
		if informed != 0 || uninformed != 0 || len(server.LostEdits()) < 5 {
			t.Errorf("seed %d: %d informed and %d others are missing of %d", seed, informed, uninformed, len(server.LostEdits()))
		}
	}
}

func held(server *simulator.Server, id string) map[string]string {
	texts := map[string]string{}
	for c := range server.Customers() {
		for name, value := range c.Properties {
			if c.ID == id {
				texts[name] = string(value)
			}
		}
	}
	return texts
}

func TestEditorsAtARate(t *testing.T) {
	t.Parallel()
	var made [2][]simulator.Edit
	for i := range made {
		server := simulator.New(simulator.Config{Customers: 30})
		editor := server.Editor(simulator.EditorConfig{Seed: 7, Axes: []string{"ours", simulator.AxisRegion}})
		for range 100 {
			made[i] = append(made[i], editor.Step())
		}
	}
	if diff := cmp.Diff(made[0], made[1]); diff != "" {
		t.Errorf("one seed edits twice otherwise:\n%s", diff)
	}
	removed := 0
	for _, e := range made[0] {
		if e.Value == nil {
			removed++
		}
	}
	if removed < 3 || removed > 25 {
		t.Errorf("%d of 100 edits remove", removed)
	}
	synctest.Test(t, func(t *testing.T) {
		server := simulator.New(simulator.Config{Customers: 30})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if n := server.Editor(simulator.EditorConfig{}).Run(ctx, 50); n < 498 || n > 500 {
			t.Errorf("%d edits in ten seconds, 50 a second", n)
		}
	})
}

// BenchmarkUpdates is a delivery of whole dictionaries under editors: reads and
// updates of 10,000 customers, all of it on one core.
func BenchmarkUpdates(b *testing.B) {
	server := simulator.New(simulator.Config{Customers: 10_000, Accounts: accounts(20_000), Update: simulator.Replace})
	editor := server.Editor(simulator.EditorConfig{})
	var ids []string
	for c := range server.Customers() {
		ids = append(ids, c.ID)
	}
	for i := 0; b.Loop(); i++ {
		if i%40 == 0 {
			editor.Step()
		}
		id := url.PathEscape(ids[i%len(ids)])
		direct(b.Context(), server, http.MethodGet, "/clients/"+id, "")
		direct(b.Context(), server, http.MethodPatch, "/clients/"+id, `{"custom_properties":{"Salesforce_726564_Industry":"Software","Région":"Bayern","Seats":12.50}}`)
	}
}
