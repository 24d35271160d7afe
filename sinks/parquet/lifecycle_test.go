package parquet_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/axisync/axisync/sinks/parquet"
)

// small is a snapshot of ten rows in dir.
func small(t *testing.T, dir string) *parquet.Reader {
	t.Helper()
	schema, rows := generated(10)
	return write(t, dir, schema, parquet.TableOptions{Key: []string{"Id"}}, rows, 10)
}

func TestNothingIsReadableBeforeCommit(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "source=a", "run="+manifest().RunID)
	s := create(t, dir)
	schema, rows := generated(10)
	table, err := s.Table("t", schema, parquet.TableOptions{Key: []string{"Id"}})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, table, schema, rows, 10)
	if err := table.Write(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := parquet.Open(t.Context(), dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open answers %v", err)
	}
	if list, err := parquet.Snapshots(t.Context(), root, "a"); err != nil || len(list) != 0 {
		t.Errorf("Snapshots shows %v, %v", list, err)
	}
	if parts, _ := filepath.Glob(filepath.Join(root, "*", "run=*", "*", "*.parquet")); slices.ContainsFunc(parts, func(p string) bool { return !strings.Contains(p, "/.") }) {
		t.Errorf("an engine that reads by pattern sees %v", parts)
	}
	if err := s.Commit(t.Context(), manifest()); err != nil {
		t.Fatal(err)
	}
	if list, err := parquet.Snapshots(t.Context(), root, "a"); err != nil || len(list) != 1 || list[0].RunID != manifest().RunID {
		t.Errorf("Snapshots shows %v, %v", list, err)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	before := openFiles(t, root)
	dir := filepath.Join(root, "source=a", "run=1")
	s := create(t, dir)
	schema, rows := generated(3000)
	for i, name := range []string{"written", "appended", "empty"} {
		table, err := s.Table(name, schema, parquet.TableOptions{Key: []string{"Id"}})
		if err != nil {
			t.Fatal(err)
		}
		table.SetHeld(10_000)
		if i < 2 {
			fill(t, table, schema, rows, 100)
		}
		if i == 0 {
			if err := table.Write(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 {
		if err := s.Abort(); err != nil {
			t.Fatal(err)
		}
	}
	if entries, _ := os.ReadDir(root); len(entries) > 0 {
		t.Errorf("%v is left", entries)
	}
	if after := openFiles(t, root); after != before {
		t.Errorf("%d files are still open", after-before)
	}
	if err := s.Commit(t.Context(), manifest()); err == nil {
		t.Error("an aborted snapshot was committed")
	}
}

func TestAbortAfterCommitDoesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := create(t, dir)
	if err := s.Commit(t.Context(), manifest()); err != nil {
		t.Fatal(err)
	}
	if err := s.Abort(); err != nil {
		t.Fatal(err)
	}
	if _, err := parquet.Open(t.Context(), dir); err != nil {
		t.Error(err)
	}
}

func TestAbortKeepsTheFolderThatWasThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := create(t, dir).Abort(); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestCommitWantsEveryTableWritten(t *testing.T) {
	t.Parallel()
	s := create(t, t.TempDir())
	if _, err := s.Table("t", textSchema("Id"), parquet.TableOptions{Key: []string{"Id"}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(t.Context(), manifest()); err == nil || !strings.Contains(err.Error(), "table t was not written") {
		t.Errorf("got %v", err)
	}
}

func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	full := t.TempDir()
	small(t, full)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{full: "not empty", file: "not a directory", filepath.Join(file, "below"): "not a directory"} {
		if s, err := parquet.Create(t.Context(), dir, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, %v", dir, s, err)
		}
	}
	if _, err := parquet.Open(t.Context(), full); err != nil {
		t.Errorf("the snapshot that was there: %v", err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("the file that was there: %v", err)
	}
}

func TestTableRefuses(t *testing.T) {
	t.Parallel()
	s := create(t, t.TempDir())
	number := arrow.NewSchema([]arrow.Field{{Name: "Id", Type: arrow.PrimitiveTypes.Int64}}, nil)
	for want, try := range map[string]struct {
		name   string
		schema *arrow.Schema
		key    []string
	}{
		"no name":              {"../t", textSchema("Id"), []string{"Id"}},
		"no column \"X\"":      {"t", textSchema("Id"), []string{"X"}},
		"no column is given":   {"t", textSchema("Id"), nil},
		"two columns":          {"t", textSchema("Id", "Id"), []string{"Id"}},
		"is int64, want utf8":  {"t", number, []string{"Id"}},
		"this is no name for ": {".partial", textSchema("Id"), []string{"Id"}},
	} {
		if _, err := s.Table(try.name, try.schema, parquet.TableOptions{Key: try.key}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	t.Parallel()
	s := create(t, t.TempDir())
	begin := func(name string) *parquet.Table {
		table, err := s.Table(name, textSchema("Id", "v?"), parquet.TableOptions{Key: []string{"Id"}})
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.BinaryTypes.String}, {Name: "b", Type: arrow.PrimitiveTypes.Int64}}, nil))
	defer b.Release()
	typed := b.NewRecordBatch()
	for want, rows := range map[string]arrow.RecordBatch{
		"has 1 columns, want 2":  batch(textSchema("Id"), nil),
		"null where the schema":  batch(textSchema("Id?", "v?"), cells{{nil, nil}}),
		"is int64, want utf8":    typed,
		"is it written already?": nil,
	} {
		table := begin(want)
		if rows == nil {
			if err := table.Write(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			rows, want = batch(textSchema("Id", "v?"), nil), "it is written already"
		}
		for range 2 { // the error stays
			if err := table.Append(rows); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want %q, got %v", want, err)
			}
		}
	}
}

func TestWriteStops(t *testing.T) {
	t.Parallel()
	s := create(t, t.TempDir())
	schema, rows := generated(100)
	for name, want := range map[string]error{"cancelled": context.Canceled, "each": errors.New("each says no")} {
		table, err := s.Table(name, schema, parquet.TableOptions{Key: []string{"Id"}})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, table, schema, rows, 10)
		ctx, cancel := context.WithCancel(t.Context())
		if name == "cancelled" {
			cancel()
		}
		if err := table.Write(ctx, func(parquet.Part) error { return want }); !errors.Is(err, want) {
			t.Errorf("%s: got %v", name, err)
		}
		cancel()
	}
	if err := s.Commit(t.Context(), manifest()); err == nil {
		t.Error("a snapshot with a broken table was committed")
	}
}

func TestOpenRefusesDamage(t *testing.T) {
	t.Parallel()
	damages := map[string]func(part, manifest string) error{
		"is missing":   func(part, _ string) error { return os.Remove(part) },
		"has 10 bytes": func(part, _ string) error { return os.Truncate(part, 10) },
		"is damaged":   func(_, manifest string) error { return os.Truncate(manifest, 100) },
		"version 99": func(_, manifest string) error {
			return os.WriteFile(manifest, []byte(`{"version": 99}`), 0o600)
		},
		"2 parts at the depth 0": func(_, manifest string) error {
			return os.WriteFile(manifest, []byte(`{"version": 1, "tables": {"t": {"files": [{"path": "a"}, {"path": "b"}]}}}`), 0o600)
		},
		"outside of it": func(_, manifest string) error {
			return os.WriteFile(manifest, []byte(`{"version": 1, "tables": {"t": {"files": [{"path": "../../x"}]}}}`), 0o600)
		},
	}
	for want, damage := range damages {
		dir := t.TempDir()
		small(t, dir)
		if err := damage(filepath.Join(dir, "t", "part-00000.parquet"), filepath.Join(dir, parquet.ManifestName)); err != nil {
			t.Fatal(err)
		}
		if _, err := parquet.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, os.ErrNotExist) || !errors.As(err, new(*parquet.DamagedError)) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

func TestReadTellsDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := small(t, dir)
	part := filepath.Join(dir, "t", "part-00000.parquet")
	content, err := os.ReadFile(part)
	if err != nil {
		t.Fatal(err)
	}
	for i := range content[4 : len(content)/3] {
		content[4+i] ^= 0x55
	}
	if err := os.WriteFile(part, content, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := r.Read("t")
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	for reader.Next() {
	}
	if err := reader.Err(); err == nil || !strings.Contains(err.Error(), "part-00000.parquet") {
		t.Errorf("got %v", err)
	}
}

func TestManifestIsDocumentedJSON(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	small(t, dir)
	content, err := os.ReadFile(filepath.Join(dir, parquet.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(content, &m); err != nil {
		t.Fatal(err)
	}
	table := m["tables"].(map[string]any)["t"].(map[string]any)
	file := table["files"].([]any)[0].(map[string]any)
	column := table["columns"].([]any)[1].(map[string]any)
	for _, has := range []struct {
		in    map[string]any
		names string
	}{
		{m, "api_version? bucket_hash digest_name fingerprint? kind observed_at program_version run_id slug source tables version"},
		{table, "columns depth digest files key nulls rows"},
		{column, "name nullable type"},
		{file, "bytes digest path rows sha256"},
	} {
		var names []string
		for name := range has.in {
			names = append(names, name)
		}
		slices.Sort(names)
		want := slices.DeleteFunc(strings.Fields(has.names), func(name string) bool { return strings.HasSuffix(name, "?") })
		if !slices.Equal(want, names) {
			t.Errorf("got %v, want %v", names, want)
		}
	}
	if m["bucket_hash"] != "xxh64" || m["digest_name"] != "murmur3-xxh3-128-sum-of-values" || file["path"] != "t/part-00000.parquet" || column["type"] != "utf8" {
		t.Errorf("%s", content)
	}
}

func TestModesKeepOthersOut(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "source=a", "run=1")
	small(t, dir)
	for path, want := range map[string]os.FileMode{".": 0o700, "t": 0o700, "t/part-00000.parquet": 0o600, parquet.ManifestName: 0o600, "..": 0o700} {
		info, err := os.Stat(filepath.Join(dir, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func TestSnapshotsAreOldestFirst(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if list, err := parquet.Snapshots(t.Context(), root, "a"); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	for i, id := range []string{"2", "3", "1"} {
		s := create(t, filepath.Join(root, "source=a", "run="+id))
		m := manifest()
		m.RunID, m.ObservedAt = id, m.ObservedAt.Add(time.Duration(min(i, 1))*time.Hour)
		if err := s.Commit(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	create(t, filepath.Join(root, "source=a", "run=unfinished"))
	list, err := parquet.Snapshots(t.Context(), root, "a")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range list {
		got = append(got, m.RunID)
	}
	if want := []string{"2", "1", "3"}; !slices.Equal(want, got) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSweepRemovesLeftOversOnly(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := parquet.Sweep(t.Context(), root, "a"); err != nil { // nothing is there yet
		t.Fatal(err)
	}
	source := filepath.Join(root, "source=a")
	keep := []string{"run=1", "deliveries/1/run=2"}
	for _, dir := range keep {
		small(t, filepath.Join(source, dir))
	}
	for _, dir := range []string{"run=3/.partial/t", "run=4/t", "run=5", "deliveries/1/run=6/t", "deliveries/2/run=7/.partial", "notes", "../source=b/run=8"} {
		if err := os.MkdirAll(filepath.Join(source, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"run=4/t/part-00000.parquet", "run=file", "notes/run=9"} {
		if err := os.WriteFile(filepath.Join(source, file), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := parquet.Sweep(t.Context(), root, "a"); err != nil {
		t.Fatal(err)
	}
	for _, dir := range keep {
		if _, err := parquet.Open(t.Context(), filepath.Join(source, dir)); err != nil {
			t.Error(err)
		}
	}
	for path, want := range map[string]bool{"run=3": false, "run=4": false, "run=5": false, "deliveries/1/run=6": false, "deliveries/2": false,
		"notes/run=9": true, "run=file": true, "../source=b/run=8": true} {
		if _, err := os.Stat(filepath.Join(source, path)); (err == nil) != want {
			t.Errorf("%s: there %t, want %t", path, err == nil, want)
		}
	}
}
