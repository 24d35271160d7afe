package probe_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/probe"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

func large() bool { return os.Getenv("AXISYNC_LARGE") != "" }

// lists are shapes of lists, and what is found of each.
var lists = []simulator.List{
	{}, {Path: "/customers", LimitName: "page_size", After: "page", DataKey: "items", NextKey: "next_page", Numbered: true},
	{LimitName: "per_page", After: "starting_after", DataKey: "results", NextKey: "next", MaxLimit: 100},
	{LimitName: "size", After: "page", DataKey: "customers", NextKey: "more", MaxLimit: 50, Numbered: true},
	{Offset: true}, {Path: "/customers", LimitName: "per_page", After: "skip", DataKey: "items", Offset: true, Bare: true, MaxLimit: 100},
	{Refused: 404}, {Refused: 405}, {Path: "/v1/clients", After: "next_page_token", NextKey: "next_page_token", DataKey: "clients", MaxLimit: 500},
}

var effects = map[simulator.Effect]probe.Effect{
	simulator.Removes: probe.Removed, simulator.Stores: probe.Kept, simulator.Ignores: probe.Ignored, simulator.Refuses: probe.Refused,
}

var keeps = map[simulator.Keep]probe.Effect{
	simulator.KeptAsSent: probe.Kept, simulator.KeptAsText: probe.AsText, simulator.KeptNot: probe.Refused,
}

// draw is a server of which the behaviours that hang together are given and all
// others are drawn.
func draw(rng *rand.Rand, core simulator.Config) simulator.Config {
	c := core
	c.AuthHeader = []string{"", "Authorization", "X-API-Key", "Api-Key", "APIKey", "x-auth-token"}[rng.IntN(6)]
	if c.AuthHeader == "Authorization" {
		c.AuthScheme = []string{"", "Token", "ApiKey"}[rng.IntN(3)]
	}
	c.DeniedStatus = []int{401, 403}[rng.IntN(2)]
	c.ClientPath = []string{"", "/customers/{id}", "/v1/clients/{id}", "/v1/customers/{id}", "/client/{id}"}[rng.IntN(5)]
	c.List = lists[rng.IntN(len(lists))]
	c.Numbers, c.Booleans, c.Structures = simulator.Keep(rng.IntN(3)), simulator.Keep(rng.IntN(3)), simulator.Keep(rng.IntN(3))
	c.Trim, c.Retype, c.Renotate = rng.IntN(2) == 0, rng.IntN(2) == 0, rng.IntN(2) == 0
	c.UpdateStatus, c.Silent = []int{200, 202, 204}[rng.IntN(3)], rng.IntN(2) == 0
	c.Unknown = simulator.Unknown(rng.IntN(3))
	if rng.IntN(4) == 0 {
		c.Limit = simulator.Limit{PerSecond: 2, Burst: 3, RetryAfter: simulator.RetryAfter(rng.IntN(3))}
	}
	if rng.IntN(4) == 0 { // trouble: every few requests one is out of order or cut
		every, n := 3+rng.IntN(5), 0
		kinds := []simulator.Fault{{Status: 503}, {Status: 500}, {Cut: simulator.CutBefore}, {Cut: simulator.CutUnheard}, {Cut: simulator.CutHalfway}}
		spared := map[string]int{} // requests of a method: else every write could be the one, with its reads and 429s between
		c.Fault = func(r *http.Request) *simulator.Fault {
			n++
			if spared[r.Method]--; n%every != 0 || spared[r.Method] > 0 {
				return nil
			}
			spared[r.Method] = 12 // twice the tries of one, for those that the limit refuses count
			return &kinds[n/every%len(kinds)]
		}
	}
	return c
}

// delays are those by reads, by time, and both.
var delays = []simulator.Delay{{}, {Reads: 3}, {After: 90 * time.Second}}

// eachServer calls do with every combination of the behaviours that hang together:
// verb, merge or replace, null, empty text, delay.
func eachServer(do func(core simulator.Config)) {
	for _, verb := range []string{"PATCH", "PUT", "POST"} {
		for _, update := range []simulator.Update{simulator.Merge, simulator.Replace} {
			for null := simulator.Removes; null <= simulator.Refuses; null++ {
				for empty := simulator.Removes; empty <= simulator.Refuses; empty++ {
					for _, delay := range delays {
						do(simulator.Config{UpdateVerb: verb, Update: update, Null: null, Empty: empty, Delay: delay})
					}
				}
			}
		}
	}
}

func rounds() int {
	if large() {
		return 100
	}
	return 1
}

// someServers calls do with a drawn server of every one that eachServer gives, or of
// a few of them. None has faults: who kills counts requests.
func someServers(rng *rand.Rand, do func(config simulator.Config)) {
	const few = 5
	skip := 0
	eachServer(func(core simulator.Config) {
		if skip--; skip > 0 && !large() {
			return
		}
		skip = 1 + rng.IntN(2*288/few)
		config := draw(rng, core)
		config.Fault = nil
		do(config)
	})
}

func seeded(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 5))
}

func TestEveryServer(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	for range rounds() {
		eachServer(func(core simulator.Config) {
			config := draw(rng, core)
			synctest.Test(t, func(t *testing.T) {
				server := account(config)
				var k kept
				f, err := probe.Run(context.Background(), k.options(&wire{handler: server}, fincome.Config{}))
				if err != nil {
					t.Fatalf("%+v\n%v", config, err)
				}
				right(t, config, f)
				untouched(t, server)
				if k.record != nil {
					t.Errorf("the record is left: %+v", k.record)
				}
				if t.Failed() {
					t.Fatalf("%+v\n%+v", config, f)
				}
			})
		})
	}
}

// right fails the test when findings are not what the server does.
func right(t testing.TB, c simulator.Config, f probe.Findings) {
	t.Helper()
	header, scheme := c.AuthHeader, c.AuthScheme
	if header == "" {
		header, scheme = "Authorization", "Bearer"
	}
	path := c.ClientPath
	if path == "" {
		path = "/clients/{id}"
	}
	update := map[simulator.Update]string{simulator.Merge: probe.Merge, simulator.Replace: probe.Replace}[c.Update]
	for _, fact := range []struct{ what, got, want string }{
		{"header", http.CanonicalHeaderKey(f.AuthHeader), http.CanonicalHeaderKey(header)}, {"scheme", f.AuthScheme, scheme},
		{"path", f.ClientPath, path}, {"verb", f.UpdateVerb, c.UpdateVerb}, {"update", f.Update, update},
		{"null", string(f.Null), string(effects[c.Null])}, {"empty", string(f.Empty), string(effects[c.Empty])},
		{"numbers", string(f.Numbers), string(keeps[c.Numbers])}, {"booleans", string(f.Booleans), string(keeps[c.Booleans])},
		{"lists", string(f.Lists), string(keeps[c.Structures])}, {"objects", string(f.Objects), string(keeps[c.Structures])},
		{"clear", f.Clear, clearing(c)}, {"status", fmt.Sprint(f.Status), fmt.Sprint(c.UpdateStatus)},
		{"shows", fmt.Sprint(f.Shows), fmt.Sprint(!c.Silent && c.UpdateStatus != 204)},
		{"list", listText(f.List), listText(listOf(c.List))}, {"fields", fmt.Sprint(f.FieldsLost), "false"},
	} {
		if fact.got != fact.want {
			t.Errorf("%s: found %q, and it is %q", fact.what, fact.got, fact.want)
		}
	}
	if f.Slowest < c.Delay.After || f.Settle <= f.Slowest || f.Settle < time.Minute {
		t.Errorf("a delay of %v was found to be %v, settle time %v", c.Delay, f.Slowest, f.Settle)
	}
}

// clearing is what the server makes of "clear" by the rule of the documentation.
func clearing(c simulator.Config) string {
	switch {
	case c.Null == simulator.Removes || c.Null == simulator.Stores:
		return probe.ClearJSONNull
	case c.Empty == simulator.Removes || c.Empty == simulator.Stores:
		return probe.ClearEmptyText
	case c.Update == simulator.Replace:
		return probe.ClearRemoveKey
	}
	return probe.ClearUnknown
}

func listOf(l simulator.List) *fincome.List {
	if l.Refused != 0 {
		return nil
	}
	limit := l.MaxLimit
	if limit == 0 {
		limit = 1000
	}
	found := fincome.Config{List: fincome.List{Path: l.Path, LimitName: l.LimitName, After: l.After, DataKey: l.DataKey, NextKey: l.NextKey, Limit: limit, Offset: l.Offset, Bare: l.Bare}}
	if l.Bare {
		found.List.DataKey = "" // it has none
	}
	whole := found.WithDefaults().List
	return &whole
}

func listText(l *fincome.List) string {
	if l == nil {
		return "none"
	}
	return fmt.Sprintf("%+v", *l)
}
