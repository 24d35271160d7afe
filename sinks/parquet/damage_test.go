package parquet_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/axisync/axisync/sinks/parquet"
)

// readers are the ways to read a table of a snapshot.
var readers = map[string]func(r *parquet.Reader) error{
	"read": func(r *parquet.Reader) error {
		reader, err := r.Read("t")
		if err != nil {
			return err
		}
		defer reader.Release()
		for reader.Next() {
		}
		return reader.Err()
	},
	"walk": func(r *parquet.Reader) error {
		walk, err := r.Walk("t", 0)
		if err != nil {
			return err
		}
		defer walk.Close()
		for place := range r.Manifest().Tables["t"].Columns {
			column := walk.Column(place)
			for left := int(walk.Rows()); left > 0 && err == nil; {
				var cells parquet.Cells
				cells, err = column.Next(left)
				left -= cells.Len()
			}
			column.Close()
		}
		return err
	},
	"find": func(r *parquet.Reader) error { _, err := r.Find("t", firstID()); return err },
}

// Whoever reads what is not what was written is told that trying again does not help.
func TestDamageIsForAPerson(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(part, manifest []byte) ([]byte, []byte){
		"a flipped byte": func(part, manifest []byte) ([]byte, []byte) {
			for i := range part[4 : len(part)/3] {
				part[4+i] ^= 0x55
			}
			return part, manifest
		},
		"other rows": func(part, manifest []byte) ([]byte, []byte) {
			return part, bytes.ReplaceAll(manifest, []byte(`"rows": 10`), []byte(`"rows": 11`))
		},
		"no footer": func(part, manifest []byte) ([]byte, []byte) { return make([]byte, len(part)), manifest },
	} {
		dir := t.TempDir()
		small(t, dir)
		path, manifestPath := filepath.Join(dir, "t", "part-00000.parquet"), filepath.Join(dir, parquet.ManifestName)
		part, err := os.ReadFile(path)
		manifest, manifestErr := os.ReadFile(manifestPath)
		part, manifest = damage(part, manifest)
		if err := errors.Join(err, manifestErr, os.WriteFile(path, part, 0o600), os.WriteFile(manifestPath, manifest, 0o600)); err != nil {
			t.Fatal(err)
		}
		r, err := parquet.Open(t.Context(), dir)
		if err != nil {
			t.Fatal(name, err)
		}
		for how, read := range readers {
			var damaged *parquet.DamagedError
			if err := read(r); !errors.As(err, &damaged) && !(how == "find" && name == "other rows") { // which reads no more than it has to
				t.Errorf("%s: %s: %v", name, how, err)
			}
		}
	}
}

// That a file cannot be read now says nothing of what it holds.
func TestAFailingPlaceIsNoDamage(t *testing.T) {
	t.Parallel()
	r := small(t, t.TempDir())
	r.Watch(func(io.ReaderAt) io.ReaderAt { return failingFile{} })
	_, err := r.Find("t", firstID())
	if damaged := (*parquet.DamagedError)(nil); err == nil || errors.As(err, &damaged) || !errors.Is(err, errBusy) {
		t.Error(err)
	}
}

var errBusy = errors.New("the object store is busy")

type failingFile struct{}

func (failingFile) ReadAt([]byte, int64) (int, error) { return 0, errBusy }

// firstID is an id of the snapshot that small makes.
func firstID() string {
	_, rows := generated(10)
	return *rows[0][0]
}
