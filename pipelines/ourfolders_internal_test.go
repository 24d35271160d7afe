package pipelines

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A folder that cannot be made is told as the one that it is, whichever above it failed.
func TestMakeFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wanted := filepath.Join(file, "above", "state")
	if path, _ := failedAt(makeFolder(wanted)); path != wanted {
		t.Errorf("told of %q", path)
	}
	p := &Pipeline{State: "/proc/above/state", Slug: "a", Parquet: "/proc/else"}
	err := p.barredFolder(&fs.PathError{Op: "mkdir", Path: "/proc/above/state/a", Err: syscall.ENOENT})
	if want := "state: there is no folder /proc/above/state, and none can be made: "; ExitCode(err) != ExitConfiguration || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v", err)
	}
}

// A new file in a folder that cannot be written is told with the folder and the remedy; one
// that is there stays what it is.
func TestDraftBarred(t *testing.T) {
	t.Parallel()
	d := Draft{File: "/etc/axisync/daily.yaml"}
	err := d.barred(&fs.PathError{Op: "mkdir", Path: "/etc/axisync/secrets", Err: syscall.EACCES})
	if text := err.Error(); ExitCode(err) != ExitConfiguration || !strings.HasPrefix(text, "the folder /etc/axisync cannot be written by this user (uid ") || !strings.HasSuffix(text, "or name a file in another folder") {
		t.Errorf("%v", err)
	}
	if err := d.barred(&fs.PathError{Op: "link", Path: d.File, Err: syscall.EEXIST}); !errors.Is(err, os.ErrExist) {
		t.Errorf("%v", err)
	}
}

// A failure of a disk is told of the folder that is on it; what is not ours, or passes by
// itself, stays as it is.
func TestBarredFolder(t *testing.T) {
	t.Parallel()
	p := &Pipeline{State: "/data/state", Slug: "a", Parquet: "/data/state/a/snapshots", ImportFile: &ImportFile{Path: "/imports"}, TokenStore: "/keys/a.json"}
	for _, c := range []struct {
		path string
		err  error
		code int
		want string
	}{
		{"/data/state/a/state.json", syscall.ENOSPC, 1, "state: the disk of /data/state is full: open /data/state/a/state.json: no space left on device; make room, or move it and say where it is: state in the file, or --state"},
		{"/data/state/a/snapshots/x", syscall.EROFS, 2, "state: /data/state is on a file system that is read-only: "},
		{"/imports/x.csv", syscall.EACCES, 2, "import files: /imports cannot be used by this user (uid "},
		{"/keys/a.json", syscall.EACCES, 2, "token store: /keys cannot be used by this user (uid "},
		{"/data/state/a/state.json", syscall.EIO, 1, ""},
		{"/elsewhere/x", syscall.EACCES, 1, ""},
	} {
		failed := fmt.Errorf("it failed: %w", &fs.PathError{Op: "open", Path: c.path, Err: c.err})
		got := p.barredFolder(errors.Join(errors.New("else"), failed))
		if code := ExitCode(got); code != c.code || !strings.HasPrefix(got.Error(), c.want) {
			t.Errorf("%s, %v: exit code %d, %v", c.path, c.err, code, got)
		}
	}
}
