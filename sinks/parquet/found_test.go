package parquet_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/sinks/parquet"
)

// A damaged snapshot and one of another version are found and named; a folder
// without a manifest is none.
func TestFoundSnapshots(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := func(run string) string { return filepath.Join(root, "source=s", "run="+run) }
	for i, run := range []string{"c", "a", "b"} {
		s := create(t, dir(run))
		m := manifest()
		m.RunID, m.ObservedAt = run, m.ObservedAt.Add(time.Duration(i)*time.Hour)
		if err := s.Commit(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	for run, content := range map[string]string{"damaged": "{", "later": `{"version": 99, "observed_at": "2026-11-23T06:00:00Z"}`} {
		if err := os.MkdirAll(dir(run), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir(run), parquet.ManifestName), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(dir("unfinished"), 0o700); err != nil {
		t.Fatal(err)
	}
	found, err := parquet.Snapshots(t.Context(), root, "s")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range found {
		reader, err := f.Open()
		if (err == nil) != (f.Err == nil) || err == nil && reader.Manifest().RunID != f.RunID {
			t.Errorf("%s: %v", f.RunID, err)
		}
		names = append(names, f.RunID)
	}
	if got := strings.Join(names, " "); got != "damaged later c a b" {
		t.Errorf("found %s", got)
	}
	if found[0].Err == nil || found[1].Err == nil || !strings.Contains(found[1].Err.Error(), "version 99") {
		t.Errorf("%v, %v", found[0].Err, found[1].Err)
	}
	if none, err := parquet.Snapshots(t.Context(), root, "nobody"); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
	if none, err := parquet.Deliveries(t.Context(), root, "s", "a"); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
}
