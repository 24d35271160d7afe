package fincome_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
)

// faulty draws faults: a third of all requests has one.
type faulty struct {
	mu   sync.Mutex
	draw *rand.Rand
}

func (f *faulty) next(*http.Request) *simulator.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.draw.IntN(3) > 0 {
		return nil
	}
	after := http.Header{"Retry-After": {strconv.Itoa(f.draw.IntN(4))}}
	date := http.Header{"Retry-After": {time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat)}}
	all := []simulator.Fault{
		{Status: 429}, {Status: 429, Header: after}, {Status: 429, Header: date}, {Status: 503, Header: after}, {Status: 503},
		{Status: 500, Body: "<html>"}, {Status: 502}, {Status: 504}, {Status: 408}, {Status: 409}, {Status: 409},
		{Cut: simulator.CutBefore}, {Cut: simulator.CutUnheard}, {Cut: simulator.CutHalfway}, {Cut: simulator.CutUnheard},
	}
	if f.draw.IntN(10) == 0 {
		all = []simulator.Fault{{Status: 400}, {Status: 404}, {Status: 410}, {Status: 413}, {Status: 422}}
	}
	return &all[f.draw.IntN(len(all))]
}

// TestMixturesOfFaults: with faults of every kind at random, each cell is
// delivered exactly, or refused and reported, or the delivery says what stopped it
// and is finished by another; nothing else changes by a byte, and no cell is ever
// written anything else.
func TestMixturesOfFaults(t *testing.T) {
	t.Parallel()
	for _, seed := range mixtureSeeds(t) {
		for _, update := range []string{"merge", "replace"} {
			synctest.Test(t, func(t *testing.T) { mixture(t, seed, update) })
			if t.Failed() {
				t.Fatalf("that was AXISYNC_SEED=%d, %s", seed, update)
			}
		}
	}
}

func mixtureSeeds(t *testing.T) []uint64 {
	t.Helper()
	if given, err := strconv.ParseUint(os.Getenv("AXISYNC_SEED"), 10, 64); err == nil {
		return []uint64{given}
	}
	drawn := make([]uint64, 3)
	if os.Getenv("AXISYNC_LARGE") != "" {
		drawn = make([]uint64, 300)
	}
	for i := range drawn {
		drawn[i] = rand.Uint64()
	}
	return drawn
}

func mixture(t *testing.T, seed uint64, update string) {
	config := simulator.Config{Customers: 80, Seed: seed, Fault: (&faulty{draw: rand.New(rand.NewPCG(seed, 1))}).next}
	if update == "replace" {
		config.Update = simulator.Replace
	}
	server := simulator.New(config)
	p := &tap{Handler: server}
	target, end := virtual(t, p, fincome.Config{Update: update})
	defer end()
	all := customersOf(server)
	before := map[string]map[string]string{}
	for _, id := range all {
		before[id] = holds(server, id)
	}
	journal := &memory{}
	var err error
	for try := 0; try == 0 || err != nil; try++ {
		if _, err = target.Deliver(context.Background(), changes(t, all), journal); err != nil && !plain(err) || try > 50 {
			t.Errorf("try %d: %v", try, err)
			return
		}
	}
	end()
	for _, s := range p.seen {
		if s.method == http.MethodPatch && string(s.sent["Axis"]) != `"x"` {
			t.Errorf("%s was sent %s", s.path, s.sent["Axis"])
		}
	}
	arrived := map[string]sinks.OutcomeKind{}
	for _, o := range journal.outcomes {
		if arrived[o.CustomerID] != sinks.Accepted && arrived[o.CustomerID] != sinks.Acknowledged {
			arrived[o.CustomerID] = o.Kind
		}
	}
	for _, id := range all {
		after := holds(server, id)
		switch kind := arrived[id]; {
		case (kind == sinks.Accepted || kind == sinks.Acknowledged) && after["Axis"] == `"x"`:
		case kind == sinks.Rejected: // on the first try, or after a write that was not answered
		default:
			t.Errorf("%s: %q, and it holds %q", id, kind, after["Axis"])
		}
		delete(after, "Axis")
		if fmt.Sprint(after) != fmt.Sprint(before[id]) {
			t.Errorf("%s held %v, now %v", id, before[id], after)
		}
	}
}

// plain errors say what was asked and what came of it.
func plain(err error) bool {
	var temporary interface{ Temporary() bool }
	return errors.As(err, &temporary) && temporary.Temporary() && strings.Contains(err.Error(), "fincome: ") && strings.Contains(err.Error(), "try again later")
}
