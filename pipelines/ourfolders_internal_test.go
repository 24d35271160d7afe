package pipelines

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// A failure of a disk is told of the folder that is on it; what is not ours, or passes by
// itself, stays as it is.
func TestBarredFolder(t *testing.T) {
	t.Parallel()
	p := &Pipeline{State: "/data/state", Slug: "a", Parquet: "/data/state/a/snapshots", ImportFile: &ImportFile{Path: "/imports"}, TokenStore: "/keys/a.json"}
	for _, c := range []struct {
		path string
		err  error
		want string
	}{
		{"/data/state/a/state.json", syscall.ENOSPC, "state: the disk of /data/state is full: open /data/state/a/state.json: no space left on device; make room, or name another place: state in the file, or --state"},
		{"/data/state/a/snapshots/x", syscall.EROFS, "state: /data/state is on a file system that is read-only: "},
		{"/imports/x.csv", syscall.EACCES, "import files: /imports cannot be used by this user (uid "},
		{"/keys/a.json", syscall.EACCES, "token store: /keys cannot be used by this user (uid "},
		{"/data/state/a/state.json", syscall.EIO, ""},
		{"/elsewhere/x", syscall.EACCES, ""},
	} {
		failed := fmt.Errorf("it failed: %w", &fs.PathError{Op: "open", Path: c.path, Err: c.err})
		got := p.barredFolder(errors.Join(errors.New("else"), failed))
		if code := ExitCode(got); c.want != "" && (code != ExitConfiguration || !strings.HasPrefix(got.Error(), c.want)) || c.want == "" && code != ExitFailed {
			t.Errorf("%s, %v: exit code %d, %v", c.path, c.err, code, got)
		}
	}
}
