package pipelines_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

// Accounts and differences go to a bucket as they go to a folder, and never where the
// source keeps what it has.
func TestExtractAndDiffToABucket(t *testing.T) {
	t.Parallel()
	w := inBucket(t, settings{}, buckets.Address)
	w.mustRun()
	w.salesforce.Change(0.1)
	last := w.mustRun()
	p := w.load()
	if last.Fix == nil || last.Fix.Path != storage.Join(last.Snapshot, pipelines.FixName) || !strings.HasPrefix(last.Fix.Path, "s3://") || !strings.Contains(last.Fix.Path, "/"+pipelines.FixName+"?") {
		t.Errorf("the corrected identifiers are in %+v", last.Fix)
	}
	free := func(name string) string { return storage.Join(p.State, "..", "taken", name) }
	extracted, err := pipelines.Extract(t.Context(), p, w.options(), pipelines.ExtractTo{Parquet: free("extract")})
	if err != nil {
		t.Fatal(err)
	}
	reader, err := parquet.Open(t.Context(), free("extract"))
	if err != nil || reader.Rows("accounts") != extracted.Accounts || reader.Manifest().RunID != "extract" {
		t.Fatalf("%+v, %+v, %v", reader, extracted, err)
	}
	c, err := pipelines.NewComparison(t.Context(), w.offline(), "previous", last.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := c.WriteParquet(t.Context(), diff.Options{Table: "accounts"}, free("diff"), w.now, "test")
	if err != nil || summary.Changed == 0 {
		t.Fatal(summary, err)
	}
	if reader, err = parquet.Open(t.Context(), free("diff")); err != nil || reader.Rows("differences") < summary.Changed {
		t.Error(err)
	}
	for location, want := range map[string]string{
		free("extract"): "is not empty", storage.Join(p.State, p.Slug, "x"): "is where the source keeps what it has", storage.Join(p.Parquet, "source="+p.Slug): "is where the source keeps what it has",
		storage.Join(last.Snapshot, "x"): "is where the source keeps", free("extract/x"): "would lie in the snapshot " + storage.Named(free("extract")),
		"swift://bucket/x": "there are no buckets of swift://",
	} {
		if _, err := pipelines.Extract(t.Context(), p, w.options(), pipelines.ExtractTo{Parquet: location}); pipelines.ExitCode(err) != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", location, err)
		}
	}
	if _, err := pipelines.Extract(t.Context(), p, w.options(), pipelines.ExtractTo{CSV: "s3://bucket/accounts.csv"}); pipelines.ExitCode(err) != 2 || !strings.Contains(err.Error(), "is no file of this machine") {
		t.Error(err)
	}
}
