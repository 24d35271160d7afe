package parquet_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/sinks/parquet"
)

// What killed processes left of snapshots for buckets goes; what is being made stays, and
// so does what is another's.
func TestStagedSnapshotsAreSwept(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	make := func(name string, claimed, alive bool) {
		dir := filepath.Join(parent, name)
		if err := os.MkdirAll(filepath.Join(dir, ".partial", "accounts"), 0o700); err != nil {
			t.Fatal(err)
		}
		if !claimed {
			return
		}
		file, err := durable.Pending(filepath.Join(dir, "claim"))
		if err != nil {
			t.Fatal(err)
		}
		if alive {
			t.Cleanup(file.Cleanup)
		} else if err := file.Close(); err != nil { // as the end of a process does
			t.Fatal(err)
		}
	}
	make("axisync-snapshot-alive", true, true)
	make("axisync-snapshot-killed", true, false)
	make("axisync-snapshot-new", false, false)
	make("axisync-snapshot-old", false, false)
	make("snapshot-other", true, false)
	old := time.Now().Add(-7 * time.Hour)
	if err := errors.Join(os.Chtimes(filepath.Join(parent, "axisync-snapshot-old"), old, old), os.Chtimes(filepath.Join(parent, "axisync-snapshot-alive"), old, old)); err != nil {
		t.Fatal(err)
	}
	parquet.SweepStaged(parent)
	entries, err := os.ReadDir(parent)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if want := []string{"axisync-snapshot-alive", "axisync-snapshot-new", "snapshot-other"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("left are %q, want %q (%v)", names, want, err)
	}
}
