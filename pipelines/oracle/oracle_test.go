package oracle_test

import (
	"flag"
	"fmt"
	"math/bits"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/axisync/axisync/pipelines/oracle"
)

// live lets the days of a scenario pass.
func (w *world) live() {
	for day := range w.s.days {
		if day > 0 {
			w.night()
		}
		w.note("day %d, %s", day, w.at.now())
		if w.s.file != "" && (day == 0 || chance(w.d, 75)) {
			w.export(time.Duration(w.d.below(90)) * time.Minute)
		}
		w.dies, w.meddles = chance(w.d, 50), chance(w.d, 40)
		if !w.run(day == 0 || chance(w.d, 70)) {
			return
		}
		w.at.pass(time.Minute)
		if w.s.file != "" && chance(w.d, 50) {
			w.export(0)
		}
		if !w.run(false) {
			return
		}
	}
}

// large asks for many more worlds than a daily test has time for.
var large = os.Getenv("AXISYNC_LARGE") == "1"

// TestOracleDays: several sources, each over three days.
func TestOracleDays(t *testing.T) {
	t.Parallel()
	servers := []oracle.Server{
		{Clear: "json_null", Renotate: true}, {Replace: true, Clear: "remove_key"}, {Clear: "empty_text", Trim: true}, {Replace: true, Clear: "json_null", Retype: true},
	}
	seeds := uint64(4)
	if large {
		seeds = 200
	}
	for seed := range seeds {
		server := servers[seed%4]
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			d := diceOf(seed)
			w, stop := start(t, draw(d, seed, server, "", "", "csv", "french", "xlsx"), d, t.TempDir())
			defer stop()
			w.live()
		})
	}
}

// drawn is dice whose throws rapid chooses, and makes smaller when a test fails.
type drawn struct{ *rapid.T }

func (d drawn) below(n int) int {
	if n == 1 {
		return 0
	}
	return evenly(n).Draw(d.T, "choice")
}

// evenly is a number from 0 to n-1, each as likely as any other: rapid's own
// numbers are small ones mostly, and chance(d, 60) would be 80 of 100.
func evenly(n int) *rapid.Generator[int] {
	return rapid.Custom(func(t *rapid.T) int {
		for {
			number := 0
			for range bits.Len(uint(n - 1)) {
				number *= 2
				if rapid.Bool().Draw(t, "bit") {
					number++
				}
			}
			if number < n {
				return number
			}
		}
	})
}

// TestOracleSmallWorlds: any small source, in any combination of rules and servers.
// With the seed and the length of a daily test, everything that coverage wants has
// to occur in them.
func TestOracleSmallWorlds(t *testing.T) {
	t.Parallel()
	seen := &coverage{}
	t.Run("worlds", func(t *testing.T) {
		for name, files := range map[string][]string{"api": {""}, "file": {"csv", "french", "xlsx"}} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(t *rapid.T) { smallWorld(t, seen, files) })
			})
		}
	})
	if !t.Failed() && demanding {
		seen.demand(t)
	}
}

func smallWorld(t *rapid.T, seen *coverage, files []string) {
	d := drawn{t}
	server := oracle.Server{Replace: chance(d, 50), Clear: pick(d, "json_null", "empty_text"), Trim: chance(d, 60), Retype: chance(d, 30), Renotate: chance(d, 30)}
	if server.Replace && chance(d, 50) {
		server.Clear = "remove_key"
	}
	s := draw(d, uint64(d.below(1_000_000)), server, files...)
	s.accounts, s.customers, s.days, s.seen = 10+d.below(50), 3+d.below(20), 2+d.below(3), seen
	if chance(d, 12) { // nothing ever shows
		s.late, s.delay, s.settles, s.days = true, 0, false, 4
	}
	folder, err := os.MkdirTemp("", "oracle")
	if err != nil {
		t.Fatalf("%v", err)
	}
	defer func() { _ = os.RemoveAll(folder) }() // a rest in the temporary folder harms nobody
	w, stop := start(t, s, d, folder)
	defer stop()
	w.identify()
	w.live()
}

// demanding: the worlds are those of a daily test, or many more.
var demanding bool

// TestMain bounds the property-based test, and lets it draw the same worlds each
// time unless a large test is asked for.
func TestMain(m *testing.M) {
	flag.Parse()
	set := map[string]string{"rapid.checks": "26", "rapid.seed": "20261123", "rapid.nofailfile": "true"}
	if large {
		set = map[string]string{"rapid.checks": "1500", "rapid.nofailfile": "true"}
	}
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	demanding = !given["rapid.checks"] && (large || !given["rapid.seed"])
	for name, value := range set {
		if given[name] {
			continue
		}
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}
