package salesforce_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// trial is an extraction while a plan of faults is at work, and what comes after.
type trial struct {
	plan   *simulator.FaultPlan
	seed   uint64
	shape  simulator.ResultPages
	within time.Duration
	config salesforce.Config
}

// errShort, errWrong: rows are missing or too many, or have other values, and the
// extraction says that it is complete.
var (
	errShort = errors.New("it ended without an error and has not exactly the rows of the org")
	errWrong = errors.New("a row is not that of the org")
)

// run extracts under the faults and again without them. The answer is what is wrong
// with the client, nil if nothing is.
func (x *trial) run(t *testing.T) error {
	r := rand.New(rand.NewPCG(x.seed, 2))
	sim, org := simulate(t, simulator.Config{Seed: x.seed % 7, Accounts: 900, PageRows: 50 + r.IntN(400), PollsUntilComplete: r.IntN(3), ResultPages: x.shape}, func(c *salesforce.Config) {
		c.Attempts, c.IdleTimeout, c.JobDeadline = 4, 400*time.Millisecond, 6*time.Second
		c.PageRows, c.Downloads, c.PagesAhead = 50+r.IntN(400), 1+r.IntN(5), 1+r.IntN(8)
		x.config = *c
	})
	query := salesforce.Query{Object: "Account", Properties: selection(t, org, "Name", "Description", "AnnualRevenue", "CreatedDate")}
	dir := t.TempDir()
	sim.Faults(x.plan)
	began := time.Now()
	err := x.extract(org, query, dir, sim.View())
	took := time.Since(began)
	sim.Faults(nil)
	outcome := x.outcome()
	switch {
	case errors.Is(err, errShort), errors.Is(err, errWrong):
		return err
	case took > x.within:
		return fmt.Errorf("it took %s", took)
	case outcome == simulator.Passes && err != nil:
		return fmt.Errorf("what passes by itself has ended it: %w", err)
	case outcome == simulator.Fatal && err == nil:
		return errors.New("what no client survives has not ended it")
	case err == nil:
		return nil
	case strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "salesforce: "):
		return fmt.Errorf("the error is not clear: %w", err)
	}
	return x.again(sim, query, dir, err)
}

// outcome is what the faults that struck mean together. A session that ended twice
// may have met one request twice, which is tried again once.
func (x *trial) outcome() simulator.Outcome {
	outcome, expired := x.plan.Outcome(), 0
	for i, n := range x.plan.Struck() {
		if x.plan.Rules[i].Fault == "expire_token" {
			expired += n
		}
	}
	if expired > 1 && outcome == simulator.Passes {
		return simulator.Either
	}
	return outcome
}

// again extracts without faults after an error, once what lasts has been mended by
// people: an app that was blocked, a day that was used up. What can be gone on with
// is not begun again.
func (x *trial) again(sim *simulator.Server, query salesforce.Query, dir string, failed error) error {
	sim.Unblock()
	made, left := countJobs(sim)
	had := left > 0
	if limit := (*salesforce.Error)(nil); errors.As(failed, &limit) && strings.HasSuffix(limit.Code, "LIMIT_EXCEEDED") && !had {
		sim.Advance()
	}
	org, err := salesforce.Connect(context.Background(), x.config, nil) // the login of before may have been revoked
	if err != nil {
		return err
	}
	defer org.Close()
	err = x.extract(org, query, dir, sim.View())
	if err != nil && x.outcome() != simulator.Passes { // a page that lied was kept: it is gone now
		err = x.extract(org, query, dir, sim.View())
		had = false
	}
	if err != nil {
		return fmt.Errorf("after %w: %w", failed, err)
	}
	if after, _ := countJobs(sim); had && after > made && resumable(failed) {
		return fmt.Errorf("after %w another job was made", failed)
	}
	return nil
}

// countJobs counts the jobs that were made, and those that are on the server.
func countJobs(sim *simulator.Server) (made, left int) {
	for _, r := range sim.Requests() {
		switch {
		case r.Method == http.MethodPost && r.Endpoint == "jobs/query" && r.Status == http.StatusOK:
			made++
			left++
		case r.Method == http.MethodDelete && r.Endpoint == "jobs/query/{id}" && r.Status == http.StatusNoContent:
			left--
		}
	}
	return made, left
}

// resumable: trying again later was all that could help, so the job is still good.
func resumable(err error) bool {
	var passing interface{ Temporary() bool }
	return errors.As(err, &passing) && passing.Temporary()
}

// extract reads everything and compares it with the org.
func (x *trial) extract(org *salesforce.Org, query salesforce.Query, dir string, truth truth) error {
	ctx, cancel := context.WithTimeout(context.Background(), 4*x.within)
	defer cancel()
	e, err := org.Extract(ctx, query, dir)
	if err != nil {
		return err
	}
	reader := e.Reader()
	defer reader.Release()
	if err := compare(reader, truth); err != nil {
		_ = e.Leave(ctx) // a job that stays on the server is told, and no failure
		return err
	}
	_ = e.Close(ctx) // likewise
	return nil
}

type truth interface {
	Find(id string) (simulator.Account, bool)
	Live() int
}

// compare holds every cell against the org: each account is there once.
func compare(reader array.RecordReader, view truth) error {
	seen := map[string]bool{}
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			id := string([]byte(batch.Column(0).(*array.String).Value(i)))
			account, known := view.Find(id)
			if !known || seen[id] {
				return fmt.Errorf("%w: %s (a second time: %v)", errWrong, id, seen[id])
			}
			seen[id] = true
			for c, field := range reader.Schema().Fields() {
				if want, _ := account.Value(field.Name); batch.Column(c).(*array.String).Value(i) != want {
					return fmt.Errorf("%w: %s of %s", errWrong, field.Name, id)
				}
			}
		}
	}
	if err := reader.Err(); err != nil {
		return err
	}
	if len(seen) != view.Live() {
		return fmt.Errorf("%w: %d of %d", errShort, len(seen), view.Live())
	}
	return nil
}

// TestEveryFaultAlone: each kind of fault by itself, under every form of the list of
// pages.
func TestEveryFaultAlone(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	for _, shape := range []simulator.ResultPages{simulator.Documented, simulator.Observed, simulator.Off} {
		for kind, plan := range simulator.AloneFaults(seed) {
			t.Run(fmt.Sprint(kind, " ", shape), func(t *testing.T) {
				t.Parallel()
				if err := (&trial{plan: plan, seed: seed, shape: shape, within: 15 * time.Second}).run(t); err != nil {
					t.Errorf("seed %d: %v\n%s", seed, err, plan)
				}
			})
		}
	}
}

// TestFaultsMixed: random mixtures of faults. Their seed is drawn anew for every run;
// AXISYNC_SEED plays one again.
func TestFaultsMixed(t *testing.T) {
	t.Parallel()
	mixtures := 60
	if os.Getenv("AXISYNC_LARGE") != "" {
		mixtures = 3000
	}
	seed := seedOf(t)
	shapes := []simulator.ResultPages{simulator.Documented, simulator.Observed, simulator.Off}
	for i := range uint64(mixtures) {
		t.Run(strconv.FormatUint(seed+i, 10), func(t *testing.T) {
			t.Parallel()
			plan := simulator.RandomFaults(seed + i)
			if err := (&trial{plan: plan, seed: seed + i, shape: shapes[(seed+i)%3], within: 20 * time.Second}).run(t); err != nil {
				t.Errorf("AXISYNC_SEED=%d: %v\n%s", seed+i, err, plan)
			}
		})
	}
}

// seedOf draws a seed and prints it, unless one is given.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	if text := os.Getenv("AXISYNC_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return seed
	}
	seed := rand.Uint64() >> 20
	t.Logf("AXISYNC_SEED=%d", seed)
	return seed
}
