package simulator_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector/fincome/simulator"
)

func TestUpdateOfTheDictionary(t *testing.T) {
	t.Parallel()
	held := map[string]string{"a": `"old"`, "b": `12.50`, "n": `{"x":[1,null]}`}
	withNull := map[string]string{"a": `"old"`, "b": `12.50`, "n": `{"x":[1,null]}`, "z": `null`}
	for _, c := range []struct {
		name   string
		update simulator.Update
		clear  simulator.Clear
		sent   string
		want   map[string]string
	}{
		{"merge keeps the rest", simulator.Merge, simulator.JSONNull, `{"a":"new","c":true}`,
			map[string]string{"a": `"new"`, "b": `12.50`, "n": `{"x":[1,null]}`, "c": `true`}},
		{"replace drops the rest", simulator.Replace, simulator.JSONNull, `{"a":"new"}`, map[string]string{"a": `"new"`}},
		{"replace keeps bytes", simulator.Replace, simulator.JSONNull, `{"b":12.50,"n":{"x":[1,null]}}`,
			map[string]string{"b": `12.50`, "n": `{"x":[1,null]}`}},
		{"replace keeps what is sent back", simulator.Replace, simulator.JSONNull, `{"a":"old","z":null}`,
			map[string]string{"a": `"old"`, "z": `null`}},
		{"replace with nothing", simulator.Replace, simulator.JSONNull, `{}`, map[string]string{}},
		{"replace with null", simulator.Replace, simulator.JSONNull, `null`, map[string]string{}},
		{"null removes", simulator.Merge, simulator.JSONNull, `{"a":null,"b":""}`,
			map[string]string{"b": `""`, "n": `{"x":[1,null]}`}},
		{"empty text removes", simulator.Merge, simulator.EmptyText, `{"a":null,"b":""}`,
			map[string]string{"a": `"old"`, "n": `{"x":[1,null]}`}},
		{"neither removes", simulator.Merge, simulator.RemoveKey, `{"a":null,"b":""}`, held},
		{"only leaving it out removes", simulator.Replace, simulator.RemoveKey, `{"a":null,"b":""}`,
			map[string]string{"a": `"old"`, "b": `12.50`}},
	} {
		config := one(held)
		if strings.Contains(c.name, "sent back") {
			config = one(withNull)
		}
		config.Update, config.Clear = c.update, c.clear
		_, a := serve(t, config)
		a.patch("c", c.sent)
		if diff := cmp.Diff(c.want, a.properties("c")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestUpdateOfTheFields(t *testing.T) {
	t.Parallel()
	config := one(map[string]string{"a": `1`})
	config.Clock = newClock().time
	_, a := serve(t, config)
	sent := `{"name":"Zoë <&> \"q\"","country":null,"zip_code":"01234","id":"c","unheard_of":[1]}`
	want := `{"created_at":"2026-11-01T00:00:00Z","updated_at":"2026-11-23T06:00:00Z","id":"c","root_parent_id":null,` +
		`"name":"Zoë <&> \"q\"","email":null,"country":null,"zip_code":"01234","custom_properties":{"a":1}}`
	status, answer, _ := a.do("PATCH", "/clients/c", sent)
	if status != 202 || answer != want {
		t.Errorf("%d %s\nwant 202 %s", status, answer, want)
	}
	if _, answer, _ = a.do("GET", "/clients/c", ""); answer != want {
		t.Errorf("read %s\nwant %s", answer, want)
	}
}

func TestServerForms(t *testing.T) {
	t.Parallel()
	sent := `{"blank":" x ","zip":"01234","int":"42","dec":"12.50","yes":"true","word":"True","exp":"1e3","num":7,"id":"\u00a0 9 "}`
	for name, c := range map[string]struct {
		trim, retype bool
		want         map[string]string
	}{
		"trim": {true, false, map[string]string{
			"blank": `"x"`, "zip": `"01234"`, "int": `"42"`, "dec": `"12.50"`, "yes": `"true"`, "word": `"True"`, "exp": `"1e3"`, "num": `7`, "id": `"9"`}},
		"retype": {false, true, map[string]string{
			"blank": `" x "`, "zip": `"01234"`, "int": `42`, "dec": `12.5`, "yes": `true`, "word": `"True"`, "exp": `1000`, "num": `7`, "id": `9`}},
	} {
		config := one(nil)
		config.Trim, config.Retype = c.trim, c.retype
		_, a := serve(t, config)
		a.patch("c", sent)
		if diff := cmp.Diff(c.want, a.properties("c")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestDelayByReads(t *testing.T) {
	t.Parallel()
	config := one(map[string]string{"a": `"0"`})
	config.Delay = simulator.Delay{Reads: 2}
	server, a := serve(t, config)
	a.patch("c", `{"a":"1"}`)
	a.patch("c", `{"b":"2"}`)
	_, list, _ := a.do("GET", "/clients", "") // counts as a read of c
	if want := `"custom_properties":{"a":"0"}`; !strings.Contains(list, want) {
		t.Errorf("list %s, want %s", list, want)
	}
	if got := a.properties("c"); !cmp.Equal(got, map[string]string{"a": `"0"`}) {
		t.Errorf("second read: %v", got)
	}
	if got := a.properties("c"); !cmp.Equal(got, map[string]string{"a": `"1"`, "b": `"2"`}) {
		t.Errorf("third read: %v", got)
	}
	a.patch("c", `{"a":"3"}`)
	server.Settle()
	if got := a.properties("c"); got["a"] != `"3"` {
		t.Errorf("after Settle: %v", got)
	}
}

func TestDelayByClockAndBySettle(t *testing.T) {
	t.Parallel()
	now := newClock()
	config := one(nil)
	config.Delay, config.Clock = simulator.Delay{After: time.Minute}, now.time
	_, a := serve(t, config)
	a.patch("c", `{"a":"1"}`)
	now.advance(59 * time.Second)
	if got := a.properties("c"); len(got) != 0 {
		t.Errorf("before its time: %v", got)
	}
	now.advance(time.Second)
	if got := a.properties("c"); got["a"] != `"1"` {
		t.Errorf("in its time: %v", got)
	}

	config.Delay = simulator.Delay{UntilSettle: true}
	server, a := serve(t, config)
	a.patch("c", `{"a":"1"}`)
	now.advance(24 * time.Hour)
	for range 5 {
		if got := a.properties("c"); len(got) != 0 {
			t.Errorf("before Settle: %v", got)
		}
	}
	server.Settle()
	if got := a.properties("c"); got["a"] != `"1"` {
		t.Errorf("after Settle: %v", got)
	}
}

func TestPeopleEdit(t *testing.T) {
	t.Parallel()
	config := simulator.Config{Extra: []simulator.Customer{
		given("c", map[string]string{"a": `"1"`, "b": `2`}), given("d", map[string]string{"a": `"1"`}),
	}}
	server, a := serve(t, config)
	for axis, value := range map[string]any{"a": nil, "new": "<é>", "raw": json.RawMessage(`1.50`), "yes": true} {
		if err := server.Edit("c", axis, value); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"b": `2`, "new": `"<é>"`, "raw": `1.50`, "yes": `true`}
	if diff := cmp.Diff(want, a.properties("c")); diff != "" {
		t.Errorf("edited (-want +got):\n%s", diff)
	}
	server.RemoveAxis("a")
	if got := a.properties("d"); len(got) != 0 {
		t.Errorf("removed axis: %v", got)
	}
	if err := server.Edit("nobody", "a", "x"); err == nil {
		t.Error("an unknown customer was edited")
	}
	if server.Writes() != 0 {
		t.Errorf("people count as %d writes of the API", server.Writes())
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	server, a := serve(t, simulator.Config{Customers: 50, Accounts: accounts(300), Delay: simulator.Delay{Reads: 1}})
	var ids []string
	for c := range server.Customers() {
		ids = append(ids, c.ID)
	}
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i, id := range ids {
				a.patch(id, fmt.Sprintf(`{"w%d":"%d"}`, worker, i))
				a.properties(id)
				a.do("GET", "/clients?limit=50", "")
				server.RemoveAxis("nothing")
			}
		})
	}
	all.Wait()
	server.Settle()
	i := 0
	for c := range server.Customers() {
		for worker := range 4 {
			if got := string(c.Properties[fmt.Sprintf("w%d", worker)]); got != fmt.Sprintf(`"%d"`, i) {
				t.Errorf("%s w%d holds %s", c.ID, worker, got)
			}
		}
		i++
	}
	if server.Writes() != 200 {
		t.Errorf("%d writes counted, 200 sent", server.Writes())
	}
}

// clock stands still until it is told to go on.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)} }

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
