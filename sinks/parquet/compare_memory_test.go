package parquet_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// comparesIn names two snapshots, in a child of TestMemoryOfCompare.
const comparesIn = "AXISYNC_COMPARE_IN"

// The memory of a comparison does not grow with the accounts, nor with how many of them
// changed: the bar is 80 MB, of the whole process.
func TestMemoryOfCompare(t *testing.T) {
	if dir := os.Getenv(comparesIn); dir != "" {
		compareChild(t, dir)
		return
	}
	t.Parallel()
	sizes := []int{300_000}
	if raceEnabled {
		sizes = []int{100_000}
	}
	if os.Getenv("AXISYNC_LARGE") != "" {
		sizes = []int{1_000_000, 10_000_000}
	}
	for _, n := range sizes {
		dir := t.TempDir()
		compareSnapshot(t, filepath.Join(dir, "a"), n, 0)
		compareSnapshot(t, filepath.Join(dir, "b"), n, 1)
		if peak := peakOf(t, n, comparesIn+"="+dir); peak > 80 && !raceEnabled {
			t.Errorf("comparing %d accounts took %d MB", n, peak)
		}
	}
}

// peakOf runs the test in a process of its own, with a variable that tells it so and the
// settings of the program, and gives its peak memory in MB, which tellPeak has told.
func peakOf(t *testing.T, accounts int, variable string) int {
	t.Helper()
	child := exec.Command(copied(t, os.Args[0]), "-test.run=^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), variable, "GOMEMLIMIT=112MiB", "GOGC=50")
	output, err := child.CombinedOutput()
	found := peakLine.FindSubmatch(output)
	if err != nil || found == nil {
		t.Fatalf("%v\n%s", err, output)
	}
	kilobytes, _ := strconv.Atoi(string(found[1]))
	t.Logf("%d accounts: %d MB, %.2f s of CPU", accounts, kilobytes>>10, (child.ProcessState.UserTime() + child.ProcessState.SystemTime()).Seconds())
	return kilobytes >> 10
}

func tellPeak(t *testing.T) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("the peak of the memory is not known on this system")
	}
	t.Log(string(peakLine.Find(status)))
}

// copied is a copy of a program. How much of a program counts as memory depends on how
// its file lies in the cache of the system, and one that was linked just now lies there
// in large pieces, which count whole; one that is read from disk does not.
func copied(t *testing.T, program string) string {
	path := filepath.Join(t.TempDir(), filepath.Base(program))
	from, err := os.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o700)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 16<<10))
	if err = errors.Join(err, to.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func compareChild(t *testing.T, dir string) {
	before, err := parquet.Open(t.Context(), filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	after, err := parquet.Open(t.Context(), filepath.Join(dir, "b"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := diff.Compare(t.Context(), before, after, diff.Options{Table: "accounts"}, func(diff.Row) error { return nil }); err != nil {
		t.Fatal(err)
	}
	tellPeak(t)
}

// peakLine is the peak of the resident memory of a process, as it tells it itself: what
// its parent is told (maxrss) begins with the parent's own.
var peakLine = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)
