package pipelines_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/storage/storagetest"
)

// TestKilledAnywhere kills a run, with SIGKILL, at its Nth request, and runs the
// same command again: there is never a snapshot that looks whole and is not, and
// Fincome ends as after a run that nobody disturbed.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	kills := 6
	if os.Getenv("AXISYNC_LARGE") != "" {
		kills = 50
	}
	s := settings{accounts: 400, customers: 60, salesforce: salesforce.Config{PageRows: 50}}
	undisturbed, requests := newCountedWorld(t, s)
	undisturbed.mustRun()
	total := requests.Load()
	want := undisturbed.properties()
	for kill := range kills {
		at := 1 + int64(kill)*(total-1)/int64(kills-1)
		t.Run(fmt.Sprintf("at request %d of %d", at, total), func(t *testing.T) {
			t.Parallel()
			w, requests := newCountedWorld(t, s)
			before := w.properties()
			w.killed("run", at, requests)
			w.checkSnapshots()
			requests.Store(-1 << 40) // nobody kills any more
			if _, err := w.run(); err != nil {
				t.Fatal(err)
			}
			sameProperties(t, w.properties(), want)
			if again := w.mustRun(); again.Outcome != "unchanged" {
				t.Errorf("the next run: %s", jsonText(t, again))
			}
			w.checkSnapshots()
			w.checkLeftOvers()
			w.checkToldOfAll(before)
		})
	}
}

// counted counts the requests to both servers and says when the limit is
// reached.
type counted struct {
	atomic.Int64
	limit   atomic.Int64
	reached chan bool

	mu    sync.Mutex
	asked []string // result pages
}

func newCountedWorld(t *testing.T, s settings) (*world, *counted) {
	c := &counted{reached: make(chan bool)}
	c.limit.Store(1 << 60)
	s.fincome.Fault = func(*http.Request) *fincome.Fault { c.add(); return nil }
	w := newWorld(t, s)
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault { c.note(r); c.add(); return nil })
	return w, c
}

// add stops at the limit until the process that asked is dead: the request that
// reaches it never gets an answer.
func (c *counted) add() {
	if c.Add(1) == c.limit.Load() {
		c.reached <- true
		<-c.reached
	}
}

// killed runs or extracts the pipeline in a process of its own and kills it when it
// has sent so many requests.
func (w *world) killed(command string, at int64, requests *counted) {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	requests.limit.Store(at)
	child := w.child(command)
	if err := child.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	select {
	case <-requests.reached:
	case err := <-ended:
		w.t.Fatalf("it ended by itself before its request %d of %d: %v", requests.Load(), at, err)
	}
	if err := child.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	<-ended // it was killed
	requests.reached <- true
}

// child is a process that runs or extracts the pipeline by the clock of the world.
func (w *world) child(command string) *exec.Cmd {
	w.t.Helper()
	if err := os.MkdirAll(w.temporary(), 0o700); err != nil {
		w.t.Fatal(err)
	}
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "TMPDIR="+w.temporary(), "AXISYNC_TEST_CHILD="+w.file, "AXISYNC_TEST_COMMAND="+command, "AXISYNC_TEST_NOW="+strconv.FormatInt(w.now.Unix(), 10))
	return child
}

// temporary is the temporary folder of the children.
func (w *world) temporary() string { return filepath.Join(w.dir, "temporary") }

// pending are the files that were being written when a child was killed.
func (w *world) pending() []string {
	w.t.Helper()
	var paths []string
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(entry.Name(), ".") && strings.HasSuffix(entry.Name(), ".tmp") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return paths
}

// checkLeftOvers fails the test where a child that was killed has left what it was
// writing, or anything in the temporary folder.
func (w *world) checkLeftOvers() {
	w.t.Helper()
	if left := w.pending(); len(left) > 0 {
		w.t.Errorf("left are %q", left)
	}
	entries, err := os.ReadDir(w.temporary())
	if err != nil || len(entries) > 0 {
		w.t.Errorf("in the temporary folder: %v, %v", entries, err)
	}
}

// checkToldOfAll fails the test where a cell has changed and no delivery says that
// it wrote it: also a killed one does.
func (w *world) checkToldOfAll(before map[string]map[string]string) {
	w.t.Helper()
	told := map[string]bool{}
	for _, dir := range w.snapshots() {
		reader, err := parquet.Open(w.t.Context(), dir)
		if err != nil || reader.Manifest().Kind != "delivery" || reader.Rows("acknowledgements") == 0 {
			continue
		}
		rows, err := reader.Read("acknowledgements", "customer_id", "axis")
		if err != nil {
			w.t.Fatal(err)
		}
		for rows.Next() {
			batch := rows.RecordBatch()
			for i := range int(batch.NumRows()) {
				told[batch.Column(0).(*array.String).Value(i)+"\n"+batch.Column(1).(*array.String).Value(i)] = true
			}
		}
		rows.Release()
	}
	for id, properties := range w.properties() {
		for axis, raw := range properties {
			if before[id][axis] != raw && !told[id+"\n"+axis] {
				w.t.Errorf("nobody tells who wrote %s of %s", axis, id)
			}
		}
	}
}

// TestMain runs or extracts one pipeline when it is the child of killed.
func TestMain(m *testing.M) {
	file := os.Getenv("AXISYNC_TEST_CHILD")
	if file == "" {
		s, stop, err := storagetest.StartForAll()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		buckets = s
		code := m.Run()
		removeExample()
		stop()
		os.Exit(code)
	}
	seconds, err := strconv.ParseInt(os.Getenv("AXISYNC_TEST_NOW"), 10, 64)
	if err != nil {
		panic(err)
	}
	p, err := pipelines.Load(file)
	if err != nil {
		panic(err)
	}
	p.Lease = shortLease
	w := &world{now: time.Unix(seconds, 0)}
	if os.Getenv("AXISYNC_TEST_COMMAND") == "extract" {
		_, err = pipelines.Extract(context.Background(), p, w.options(), pipelines.ExtractTo{CSV: filepath.Join(filepath.Dir(file), "accounts.csv")})
		status, _ := os.ReadFile("/proc/self/status") // with the peak memory, on Linux
		fmt.Printf("%s", status)
	} else {
		_, err = pipelines.Run(context.Background(), p, w.options())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	os.Exit(pipelines.ExitCode(err))
}

// checkSnapshots opens everything that looks like a snapshot.
func (w *world) checkSnapshots() {
	w.t.Helper()
	for _, dir := range w.snapshots() {
		reader, err := parquet.Open(w.t.Context(), dir)
		if err != nil {
			w.t.Errorf("a snapshot looks whole and is not: %v", err)
			continue
		}
		if reader.Manifest().Kind == "delivery" {
			continue
		}
		for _, table := range []string{"accounts", "customers", "matches", "axes", "changes"} {
			rows, err := reader.Read(table, reader.Manifest().Tables[table].Columns[0].Name)
			if err != nil {
				w.t.Errorf("%s: %v", dir, err)
				continue
			}
			var n int64
			for rows.Next() {
				n += rows.RecordBatch().NumRows()
			}
			if rows.Err() != nil || n != reader.Rows(table) {
				w.t.Errorf("%s/%s: %d of %d rows, %v", dir, table, n, reader.Rows(table), rows.Err())
			}
			rows.Release()
		}
	}
}
