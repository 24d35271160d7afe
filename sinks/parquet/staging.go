package parquet

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/durable"
)

// stagedPrefix begins the names of the folders, in the temporary one, in which
// snapshots are made that go to a bucket. claimName is the file in such a folder that is
// pending for as long as its process lives.
const (
	stagedPrefix = "axisync-snapshot-"
	claimName    = "claim"
)

// stagedAge is how old a folder is at least that nobody will claim any more.
const stagedAge = 6 * time.Hour

// stage makes a folder for a snapshot that goes to a bucket: in staging or, where that
// is empty, in the temporary folder, which nobody else clears of what killed processes
// left there of accounts. The claim is nil in staging, which has an owner.
func stage(staging string) (dir string, claim *durable.File, err error) {
	if staging != "" {
		dir, err = os.MkdirTemp(staging, "snapshot-")
		return dir, nil, err
	}
	sweepStaged(os.TempDir())
	if dir, err = os.MkdirTemp("", stagedPrefix); err == nil {
		claim, err = durable.Pending(filepath.Join(dir, claimName))
	}
	return dir, claim, err
}

// sweepStaged removes what killed processes left in a folder. What cannot be removed is
// another user's, or is tried again by the next.
func sweepStaged(parent string) {
	entries, _ := os.ReadDir(parent)
	for _, entry := range entries {
		if dir := filepath.Join(parent, entry.Name()); entry.IsDir() && strings.HasPrefix(entry.Name(), stagedPrefix) && isLeft(dir, entry) {
			_ = os.RemoveAll(dir)
		}
	}
}

// isLeft reports whether the process is gone that made a folder: its claim can be
// swept. Where a folder has none, its process may be about to make it.
func isLeft(dir string, entry fs.DirEntry) bool {
	had, err := claimed(dir)
	if err != nil {
		return false
	}
	if !had {
		info, err := entry.Info()
		return err == nil && time.Since(info.ModTime()) > stagedAge
	}
	if durable.SweepLeft(filepath.Join(dir, claimName), stagedAge) != nil {
		return false
	}
	has, err := claimed(dir)
	return err == nil && !has
}

func claimed(dir string) (bool, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), "."+claimName+".") }), err
}
