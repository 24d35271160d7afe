package parquet_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axisync/axisync/sinks/parquet"
)

// filling is what the plain files of the tests hold: more than a buffer.
var filling = []byte(strings.Repeat("a,b\n", 50_000))

func plain(t *testing.T, s *parquet.Snapshot, name string) *parquet.Plain {
	t.Helper()
	p, err := s.Plain(name)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := p.Write(filling); n != len(filling) || err != nil {
		t.Fatal(n, err)
	}
	return p
}

func TestPlainFileComesWithTheSnapshot(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "run=1")
	s := create(t, dir)
	p := plain(t, s, "fix.csv")
	if err := s.Commit(t.Context(), manifest()); err == nil || !strings.Contains(err.Error(), "file fix.csv was not closed") {
		t.Errorf("an open file was committed: %v", err)
	}
	if err := p.Close(7); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Write(filling); err == nil {
		t.Error("a closed file was written")
	}
	if _, err := os.Stat(filepath.Join(dir, "fix.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is there before the snapshot: %v", err)
	}
	if err := s.Commit(t.Context(), manifest()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "fix.csv"))
	if err != nil || !bytes.Equal(content, filling) {
		t.Errorf("it holds %d bytes, %v", len(content), err)
	}
	if info, err := os.Stat(filepath.Join(dir, "fix.csv")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	r, err := parquet.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(filling)
	want := parquet.PlainFile{Name: "fix.csv", Rows: 7, Bytes: int64(len(filling)), SHA256: hex.EncodeToString(sum[:])}
	if got := r.Manifest().Plain; len(got) != 1 || got[0] != want {
		t.Errorf("the manifest says %+v, want %+v", got, want)
	}
}

func TestDamagedPlainFileIsRefused(t *testing.T) {
	t.Parallel()
	for what, damage := range map[string]func(path string) error{
		"is missing": os.Remove,
		"has 3 bytes": func(path string) error {
			return os.Truncate(path, 3)
		},
	} {
		dir := filepath.Join(t.TempDir(), "run=1")
		s := create(t, dir)
		if err := errors.Join(plain(t, s, "fix.csv").Close(1), s.Commit(t.Context(), manifest()), damage(filepath.Join(dir, "fix.csv"))); err != nil {
			t.Fatal(err)
		}
		if _, err := parquet.Open(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "fix.csv "+what) {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestAbortRemovesPlainFiles(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	before := openFiles(t, root)
	s := create(t, filepath.Join(root, "run=1"))
	if err := plain(t, s, "closed.csv").Close(1); err != nil {
		t.Fatal(err)
	}
	plain(t, s, "open.csv")
	if err := s.Abort(); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(root); len(entries) > 0 || openFiles(t, root) != before {
		t.Errorf("%v is left, %d files are open", entries, openFiles(t, root)-before)
	}
	if _, err := s.Plain("late.csv"); err == nil {
		t.Error("an aborted snapshot takes files")
	}
}

func TestPlainRefusesNames(t *testing.T) {
	t.Parallel()
	s := create(t, t.TempDir())
	if _, err := s.Table("t", textSchema("Id"), parquet.TableOptions{Key: []string{"Id"}}); err != nil {
		t.Fatal(err)
	}
	plain(t, s, "fix.csv")
	for _, name := range []string{"", ".", "..", "a/b", "/a", ".partial", parquet.ManifestName, "t", "fix.csv"} {
		if _, err := s.Plain(name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	if _, err := s.Table("fix.csv", textSchema("Id"), parquet.TableOptions{Key: []string{"Id"}}); err == nil {
		t.Error("a table takes the name of a file")
	}
}
