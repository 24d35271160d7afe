package salesforce_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// Each fault alone: the extraction ends, complete and exact or with an error, as the
// fault allows; and the next one, without faults, is complete, of the same job where
// it was left.
func TestEachFaultAlone(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	plans := simulator.AloneFaults(seed)
	for _, kind := range slices.Sorted(maps.Keys(plans)) {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			err := underFaults(t, seed, plans[kind])
			var refused interface{ Auth() bool }
			if auth := errors.As(err, &refused) && refused.Auth(); auth != (kind == "block_app") {
				t.Errorf("to be told as a matter of authorization: %v (%v)", auth, err)
			}
		})
	}
}

// Random mixtures of faults, drawn anew in each run: the seed is told.
func TestMixturesOfFaults(t *testing.T) {
	t.Parallel()
	mixtures := 16
	if os.Getenv("AXISYNC_LARGE") != "" {
		mixtures = 400
	}
	for range mixtures {
		seed := rand.Uint64()
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			underFaults(t, seed, simulator.RandomFaults(seed))
		})
	}
}

// underFaults extracts while the plan strikes, and once more when it has ended. It
// gives the error of the first.
func underFaults(t *testing.T, seed uint64, plan *simulator.FaultPlan) error {
	r := rand.New(rand.NewPCG(seed, 2))
	shape := []simulator.ResultPages{simulator.Documented, simulator.Observed, simulator.Off}[r.IntN(3)]
	sim, org := simulate(t, simulator.Config{Seed: 5, Accounts: 1200, PageRows: 50 + r.IntN(400), PollsUntilComplete: r.IntN(3), ResultPages: shape, DateTimeOffset: r.IntN(2) == 0},
		func(c *salesforce.Config) {
			c.JobDeadline = 20 * time.Second
			if slices.ContainsFunc(plan.Rules, func(rule simulator.Rule) bool { return rule.Fault == "job_stuck" }) {
				c.JobDeadline = time.Second
			}
			c.Attempts, c.IdleTimeout, c.PageRows, c.Downloads, c.PagesAhead = 6, 300*time.Millisecond, 50+r.IntN(400), 1+r.IntN(5), 1+r.IntN(8)
		})
	for i := range plan.Rules {
		if plan.Rules[i].For == 0 && strings.HasPrefix(plan.Rules[i].Fault, "stall") {
			plan.Rules[i].For = 10 * time.Second
		}
	}
	query := salesforce.Query{Object: "Account", Properties: selection(t, org, properties...)}
	dir := filepath.Join(t.TempDir(), "accounts")
	told := func() string {
		return fmt.Sprintf("seed %d, resultPages %s, struck %v\n%s", seed, shape, plan.Struck(), plan)
	}

	sim.Faults(plan)
	err := extractWithin(t, sim, org, query, dir)
	outcome := plan.Outcome()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		t.Fatalf("it does not end: %v\n%s", err, told())
	case err != nil && outcome == simulator.Passes, err == nil && outcome == simulator.Fatal:
		t.Fatalf("it ended with %v, the faults are: %s\n%s", err, outcome, told())
	case err != nil && (strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "salesforce: ")):
		t.Errorf("the error is not clear: %v\n%s", err, told())
	}
	sim.Faults(nil)
	if lasts(plan) {
		return err
	}
	before, stays := sim.Count("POST", "jobs/query"), strings.Contains(contentOf(filepath.Join(dir, "job.json")), `"id"`)
	if err := extractWithin(t, sim, org, query, dir); err != nil {
		t.Fatalf("after %v the next ended with %v\n%s", outcome, err, told())
	}
	if made := sim.Count("POST", "jobs/query") - before; stays && made != 0 {
		t.Errorf("the job was left and another one was made\n%s", told())
	}
	return err
}

// lasts reports whether a fault struck that does not end with the plan.
func lasts(plan *simulator.FaultPlan) bool {
	for i, struck := range plan.Struck() {
		if struck > 0 && slices.Contains([]string{"block_app", "quota_daily", "quota_jobs"}, plan.Rules[i].Fault) {
			return true
		}
	}
	return false
}

func contentOf(path string) string {
	content, _ := os.ReadFile(path) // what is not there has none
	return string(content)
}

// extractWithin extracts within a minute, compares every cell with the org, and
// closes or leaves the job.
func extractWithin(t *testing.T, sim *simulator.Server, org *salesforce.Org, query salesforce.Query, dir string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	e, err := org.Extract(ctx, query, dir)
	if err != nil {
		return err
	}
	reader := e.Reader()
	defer reader.Release()
	if err := exact(sim, reader); err != nil {
		if left := e.Leave(ctx); left != nil {
			t.Logf("the job stays: %v", left)
		}
		return err
	}
	if err := e.Close(ctx); err != nil {
		t.Logf("the job stays: %v", err)
	}
	return nil
}

// exact reads the extraction; what it delivers without an error has to be every
// account, once, with every cell. A difference panics: it is no error of the reader.
func exact(sim *simulator.Server, reader array.RecordReader) error {
	view, seen := sim.View(), map[string]bool{}
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			id := batch.Column(0).(*array.String).Value(i)
			account, known := view.Find(id)
			if !known || seen[strings.Clone(id)] {
				panic(fmt.Sprintf("account %s: known %v, seen %v", id, known, seen[id]))
			}
			seen[strings.Clone(id)] = true
			for c, field := range reader.Schema().Fields() {
				want, _ := account.Value(field.Name)
				if field.Name == "CreatedDate" {
					continue // in two forms
				}
				if got := batch.Column(c).(*array.String).Value(i); got != want {
					panic(fmt.Sprintf("%s of %s is %q, want %q", field.Name, id, got, want))
				}
			}
		}
	}
	if err := reader.Err(); err != nil {
		return err
	}
	if len(seen) != view.Live() {
		panic(fmt.Sprintf("%d accounts and no error, want %d", len(seen), view.Live()))
	}
	return nil
}
