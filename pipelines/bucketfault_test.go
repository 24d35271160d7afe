package pipelines_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/storage"
)

// failing is a proxy before the S3 server that fails from one request on.
type failing struct {
	*httptest.Server
	seen, from atomic.Int64
	refuses    atomic.Value // a method, and the part of a name of an object, that fail
}

func newFailing(t testing.TB) *failing {
	target, err := url.Parse("http://" + buckets.Address)
	if err != nil {
		t.Fatal(err)
	}
	f := &failing{}
	f.from.Store(1 << 40)
	f.refuses.Store("")
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method, name, _ := strings.Cut(f.refuses.Load().(string), " ")
		if f.seen.Add(1) > f.from.Load() || r.Method == method && strings.Contains(r.URL.Path, name) {
			panic(http.ErrAbortHandler) // the connection breaks
		}
		proxy.ServeHTTP(w, r)
	}))
	f.Config.ErrorLog = nil
	t.Cleanup(f.Close)
	return f
}

// A bucket that fails from any request on leaves the earlier snapshot the latest, or
// the new one whole; and the next run, once it works, gives what an undisturbed one
// gives.
func TestFailingBucket(t *testing.T) {
	t.Parallel()
	proxy, local := newFailing(t), newWorld(t, settings{})
	w := inBucket(t, settings{}, proxy.Listener.Addr().String())
	for _, world := range []*world{w, local} {
		world.mustRun()
	}
	before := proxy.seen.Load()
	w.salesforce.Change(0.1)
	local.salesforce.Change(0.1)
	local.mustRun()
	w.mustRun()
	whole := proxy.seen.Load() - before
	sameProperties(t, w.properties(), local.properties())
	step := max(1, whole/4)
	if os.Getenv("AXISYNC_LARGE") != "" {
		step = 1
	}
	for fails := int64(1); fails < whole; fails += step {
		for _, world := range []*world{w, local} {
			world.salesforce.Change(0.05)
		}
		known := w.snapshotsInBucket()
		proxy.from.Store(proxy.seen.Load() + fails)
		result, err := w.run()
		proxy.from.Store(1 << 40)
		if err == nil {
			continue // what failed was the end of the lease
		}
		if code := pipelines.ExitCode(err); code != 1 {
			t.Errorf("after %d requests: exit code %d: %s", fails, code, describe(result, err))
		}
		for _, dir := range w.snapshotsInBucket() {
			if _, err := parquet.Open(t.Context(), dir); err != nil && !slices.Contains(known, dir) {
				t.Errorf("after %d requests: %v", fails, err)
			}
		}
		w.move()
		w.eventually(t)
		local.mustRun()
		sameProperties(t, w.properties(), local.properties())
	}
}

// One object of a snapshot that cannot be written, while all others can, leaves no
// snapshot, and nothing is sent.
func TestObjectThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"/matches/part-", "/fix.csv", "/manifest.json", "/state.json"} {
		proxy := newFailing(t)
		w := inBucket(t, settings{}, proxy.Listener.Addr().String())
		first := w.mustRun()
		w.salesforce.Change(0.2)
		proxy.refuses.Store("PUT " + name)
		writes := w.fincome.Writes()
		result, err := w.run()
		proxy.refuses.Store("")
		if pipelines.ExitCode(err) != 1 || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %s", name, describe(result, err))
		}
		if n := w.fincome.Writes(); n != writes {
			t.Errorf("%s: %d writes were sent", name, n-writes)
		}
		if got := w.snapshotRuns(); name != "/state.json" && !slices.Equal(got, []string{first.Run}) {
			t.Errorf("%s: there are the snapshots of %q, want %q alone", name, got, first.Run)
		}
		w.move()
		w.eventually(t)
		if again := w.mustRun(); again.Outcome != "unchanged" {
			t.Errorf("%s: the next run: %s", name, jsonText(t, again))
		}
	}
}

// eventually runs until the lease of a run is free that could not end it.
func (w *world) eventually(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		result, err := w.run()
		if err == nil && result.Exit == 0 {
			return
		}
		if !errors.Is(err, pipelines.ErrLocked) {
			t.Fatal(describe(result, err))
		}
		select {
		case <-ctx.Done():
			t.Fatal("the lease is never free")
		case <-time.After(shortLease.Length / 8):
		}
	}
}

// A run on a state in a bucket that is killed, on a machine whose disk is lost with it,
// leaves Fincome as an undisturbed one does, and costs no second job where its job was
// done.
func TestKilledOnASharedState(t *testing.T) {
	t.Parallel()
	s := settings{accounts: 400, customers: 60, salesforce: salesforce.Config{PageRows: 50}}
	undisturbed, requests := newCountedWorld(t, s)
	undisturbed.mustRun()
	total, want, kills := requests.Load(), undisturbed.properties(), int64(3)
	if os.Getenv("AXISYNC_LARGE") != "" {
		kills = 50
	}
	for kill := range kills {
		at := 1 + (2*kill+1)*total/(2*kills)
		t.Run(fmt.Sprintf("at request %d of %d", at, total), func(t *testing.T) {
			t.Parallel()
			w, requests := newCountedWorld(t, bucketed(t, s, buckets.Address))
			before := w.properties()
			w.killed("run", at, requests)
			committed := len(w.snapshots()) > 0
			requests.Store(-1 << 40) // nobody kills any more
			w.move()
			w.eventually(t)
			sameProperties(t, w.properties(), want)
			w.checkSnapshots()
			w.checkToldOfAll(before)
			if made := w.salesforce.Count("POST", "jobs/query"); made > 2 && !committed {
				t.Errorf("%d jobs were made, want 2", made)
			}
		})
	}
}

// A state in a bucket that is damaged or was lost is told by the names that a person can
// do something about.
func TestDamagedStateInABucket(t *testing.T) {
	t.Parallel()
	w := inBucket(t, settings{}, buckets.Address)
	w.mustRun()
	p := w.load()
	b, err := storage.OpenBucket(t.Context(), storage.Join(p.State, p.Slug))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		do   func() error
		want string
	}{
		{func() error { return b.Put(t.Context(), "state.json", []byte("{")) }, "/state.json is damaged"},
		{func() error { return b.Remove(t.Context(), "state.json") }, "runs and result.json out of " + b.String()},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		_, runErr := w.run()
		rejectsErr := pipelines.Rejects(t.Context(), w.offline(), func(pipelines.RejectTold) error { return nil })
		for _, err := range []error{runErr, rejectsErr} {
			if pipelines.ExitCode(err) != 2 || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), b.String()+"/state.json") || strings.Contains(err.Error(), w.dir) {
				t.Errorf("%v", err)
			}
		}
	}
}

// A delivery that died before its first word, on a machine that is lost, is gone on
// with elsewhere: its journal is empty.
func TestDeliveryThatDiedBeforeItsFirstWord(t *testing.T) {
	t.Parallel()
	w := inBucket(t, settings{}, buckets.Address)
	plan, err := w.plan()
	if err != nil {
		t.Fatal(describe(plan, err))
	}
	p := w.load()
	b, err := storage.OpenBucket(t.Context(), storage.Join(p.State, p.Slug))
	if err != nil {
		t.Fatal(err)
	}
	begun := fmt.Sprintf(`{"target":"fincome","journal":"journal-000001.ndjson","offset":0,"snapshot":%q,"manifest":{"run_id":"20261123-0730-aaaa","kind":"delivery","target":"fincome"}}`, plan.Run)
	empty := "targets/fincome/journal-000001.ndjson/000000000000-000000000000"
	if err := errors.Join(b.Put(t.Context(), empty, nil), b.Put(t.Context(), "delivering.json", []byte(begun))); err != nil {
		t.Fatal(err)
	}
	w.move()
	w.mustRun()
}

// An extract that a store has refused leaves nothing there, so that the same command
// can be tried again.
func TestRefusedExtractLeavesNothing(t *testing.T) {
	t.Parallel()
	proxy := newFailing(t)
	w := inBucket(t, settings{}, proxy.Listener.Addr().String())
	p := w.load()
	to := pipelines.ExtractTo{Parquet: storage.Join(p.State, "..", "extract")}
	proxy.refuses.Store("PUT extract/manifest.json")
	if _, err := pipelines.Extract(t.Context(), p, w.options(), to); pipelines.ExitCode(err) != 1 {
		t.Fatal(err)
	}
	proxy.refuses.Store("")
	place, err := storage.At(t.Context(), to.Parquet)
	if err != nil {
		t.Fatal(err)
	}
	if left, err := place.Tree(t.Context(), ""); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
	if _, err := pipelines.Extract(t.Context(), p, w.options(), to); err != nil {
		t.Error(err)
	}
}
