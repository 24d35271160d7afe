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
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/storage/storagetest"
)

// buckets is an S3 server for all tests.
var buckets *storagetest.Server

// shortLease are terms that a test can wait for.
var shortLease = storage.Terms{Length: 2 * time.Second, Renew: 400 * time.Millisecond, Margin: 500 * time.Millisecond}

var bucketsMade atomic.Int64

// inBucket is a world that keeps its state and its snapshots in a new bucket, behind
// an address.
func inBucket(t testing.TB, s settings, address string) *world {
	t.Helper()
	return newWorld(t, bucketed(t, s, address))
}

func bucketed(t testing.TB, s settings, address string) settings {
	t.Helper()
	name := fmt.Sprintf("world-%d", bucketsMade.Add(1))
	buckets.Bucket(t, name)
	if s.replace == nil {
		s.replace = map[string]string{}
	}
	location := buckets.URL(name, address)
	s.replace["state: ./state"] = "state: " + storage.Join(location, "state") + "\nwork_dir: ./work"
	s.replace["path: ./snapshots"] = "path: '" + storage.Join(location, "snapshots") + "'"
	return s
}

// move lets the world go on with another machine: its disk is lost.
func (w *world) move() {
	w.t.Helper()
	if err := os.RemoveAll(filepath.Join(w.dir, "work")); err != nil {
		w.t.Fatal(err)
	}
}

// snapshotsInBucket are the locations of all that has a manifest.
func (w *world) snapshotsInBucket() []string {
	w.t.Helper()
	root := w.load().Parquet
	place, err := storage.At(w.t.Context(), root)
	if err != nil {
		w.t.Fatal(err)
	}
	tree, err := place.Tree(w.t.Context(), "")
	if err != nil {
		w.t.Fatal(err)
	}
	var found []string
	for name := range tree {
		if dir, ok := strings.CutSuffix(name, "/manifest.json"); ok {
			found = append(found, storage.Join(root, dir))
		}
	}
	slices.Sort(found)
	return found
}

// A state in a bucket does what one in a folder does, though every run is on a machine
// without a disk that lasts.
func TestStateInABucket(t *testing.T) {
	t.Parallel()
	w, local := inBucket(t, settings{}, buckets.Address), newWorld(t, settings{})
	for _, world := range []*world{w, local} {
		world.mustRun()
	}
	sameProperties(t, w.properties(), local.properties())
	for _, world := range []*world{w, local} { // somebody changes accounts, and a cell of ours
		w.move()
		world.salesforce.Change(0.1)
		world.mustRun()
	}
	sameProperties(t, w.properties(), local.properties())
	for i, world := range []*world{w, local} {
		found := w.snapshotsInBucket()
		if i == 1 {
			found = local.snapshots()
		}
		if len(found) < 4 { // two runs, and what became of their deliveries
			t.Fatalf("%d snapshots: %v", len(found), found)
		}
		for _, dir := range found {
			if _, err := parquet.Open(t.Context(), dir); err != nil {
				t.Error(err)
			}
		}
		world.readsBack(t)
	}
	w.move()
	plan, err := w.plan()
	if err != nil || plan.Cells.Changes() != 0 {
		t.Errorf("what was acknowledged is not known any more: %s", describe(plan, err))
	}
}

// readsBack asks everything that reads what was kept.
func (w *world) readsBack(t *testing.T) {
	t.Helper()
	w.move()
	p, customer := w.offline(), ""
	for c := range w.fincome.Customers() {
		customer = c.ID
		break
	}
	if h, err := pipelines.ReadHistory(t.Context(), p, customer); err != nil || h.Snapshots < 2 || len(h.Warnings) > 0 {
		t.Errorf("history: %+v, %v", h, err)
	}
	if x, err := pipelines.Explain(t.Context(), p, customer, ""); err != nil || len(x.Snapshot.Path) == 0 {
		t.Errorf("explain: %v", err)
	}
	if err := pipelines.Rejects(t.Context(), p, func(pipelines.RejectTold) error { return nil }); err != nil {
		t.Errorf("rejects: %v", err)
	}
	c, err := pipelines.NewComparison(t.Context(), p, "previous", "latest")
	if err != nil {
		t.Fatal(err)
	}
	if s, err := c.Run(t.Context(), diff.Options{Table: "accounts"}, func(diff.Row) error { return nil }); err != nil || s.Changed == 0 {
		t.Errorf("diff: %+v, %v", s, err)
	}
}

// A plan that one machine made is applied by another, and put back by a third.
func TestPlanOfAnotherMachine(t *testing.T) {
	t.Parallel()
	w := inBucket(t, settings{}, buckets.Address)
	before := w.properties()
	plan, err := w.plan()
	if err != nil || plan.Cells.Changes() == 0 {
		t.Fatal(describe(plan, err))
	}
	w.move()
	if applied, err := w.apply(plan.Run); err != nil || applied.Exit != 0 || applied.Cells.Sent == 0 {
		t.Fatal(describe(applied, err))
	}
	w.move()
	w.now = w.now.Add(time.Hour)
	back, err := pipelines.Rollback(t.Context(), w.load(), w.lastDelivery(), w.options())
	if err != nil || back.Cells.Changes() == 0 {
		t.Fatal(describe(back, err))
	}
	w.move()
	if applied, err := w.apply(back.Run); err != nil || applied.Exit != 0 {
		t.Fatal(describe(applied, err))
	}
	sameProperties(t, withoutEmpty(w.properties()), withoutEmpty(before))
}

// lastDelivery is the run that delivered last.
func (w *world) lastDelivery() string {
	var last string
	for _, dir := range w.snapshotsInBucket() {
		if strings.Contains(dir, "/deliveries/") {
			last = strings.TrimPrefix(storage.Base(dir), "run=")
		}
	}
	return last
}

func withoutEmpty(all map[string]map[string]string) map[string]map[string]string {
	for _, properties := range all {
		for axis, raw := range properties {
			if raw == "null" {
				delete(properties, axis)
			}
		}
	}
	return all
}

// Two machines cannot run one source at once; the second is told who does.
func TestOneRunOfASharedState(t *testing.T) {
	t.Parallel()
	w := inBucket(t, settings{}, buckets.Address)
	p := w.load()
	lease, err := storage.Acquire(t.Context(), leaseOf(t, p), storage.Holder{Host: "other-machine", PID: 77, What: "run", Since: w.now}, shortLease)
	if err != nil {
		t.Fatal(err)
	}
	result, err := w.run()
	if result != nil || !errors.Is(err, pipelines.ErrLocked) || pipelines.ExitCode(err) != 1 || !strings.Contains(err.Error(), "run has it since 2026-11-23 06:00:00 UTC (process 77 on other-machine)") {
		t.Errorf("%v", err)
	}
	lease.Release()
	w.mustRun()
}

func leaseOf(t *testing.T, p *pipelines.Pipeline) *storage.Bucket {
	t.Helper()
	b, err := storage.OpenBucket(t.Context(), storage.Join(p.State, p.Slug, "lease"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A run whose lease another machine has taken sends nothing more, and says so.
func TestLostLeaseSendsNothing(t *testing.T) {
	t.Parallel()
	w := inBucket(t, settings{customers: 400}, buckets.Address)
	p := w.load()
	taken := make(chan struct{})
	var once atomic.Bool
	o := w.options()
	o.Now = func() time.Time { // asked for every request that is sent
		if w.fincome.Writes() > 20 && once.CompareAndSwap(false, true) {
			takeLease(t, p)
			close(taken)
			<-time.After(2 * shortLease.Renew) // in which the holder finds out
		}
		return w.now
	}
	result, err := pipelines.Run(t.Context(), p, o)
	select {
	case <-taken:
	default:
		t.Fatalf("the delivery was over before the lease was taken: %s", describe(result, err))
	}
	var lost *storage.LostError
	if !errors.As(err, &lost) || pipelines.ExitCode(err) != 1 || result == nil || result.Cells.NotAttempted == 0 {
		t.Errorf("%s", describe(result, err))
	}
}

// takeLease does what another machine does when it finds the lease expired.
func takeLease(t *testing.T, p *pipelines.Pipeline) {
	b := leaseOf(t, p)
	entries, err := b.List(t.Context(), "")
	if err != nil {
		t.Error(err)
		return
	}
	var number int64
	for _, entry := range entries {
		var n int64
		if _, err := fmt.Sscanf(entry.Name, "term-%d", &n); err == nil {
			number = max(number, n)
		}
	}
	for range 50 { // the holder renews it meanwhile
		number++
		if err := b.PutNew(t.Context(), fmt.Sprintf("term-%012d", number), []byte(`{"host":"other","what":"run"}`)); err == nil {
			return
		}
	}
	t.Error("the lease cannot be taken")
}

// failing is a proxy before the S3 server that fails from one request on.
type failing struct {
	*httptest.Server
	seen, from atomic.Int64
	refuses    atomic.Value // the part of a name of an object that cannot be written
}

func newFailing(t testing.TB) *failing {
	target, err := url.Parse("http://" + buckets.Address)
	if err != nil {
		t.Fatal(err)
	}
	f := &failing{}
	f.from.Store(1 << 40)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host }}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _ := f.refuses.Load().(string)
		if f.seen.Add(1) > f.from.Load() || name != "" && r.Method == http.MethodPut && strings.Contains(r.URL.Path, name) {
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
		proxy.refuses.Store(name)
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
