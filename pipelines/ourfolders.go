package pipelines

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/axisync/axisync/storage"
)

// ourFolder is a folder of this machine that a pipeline writes, how it is named, and
// what to do where it cannot be written. A state that is only named anew remembers nothing.
type ourFolder struct{ key, dir, elsewhere string }

// ourFolders are those of the pipeline; a folder inside another stands behind it.
func (p *Pipeline) ourFolders() []ourFolder {
	folders := []ourFolder{{"state", p.State, "move it and say where it is: state in the file, or --state"}, {"work_dir", p.WorkDir, "name another one: work_dir"}}
	if p.Parquet != p.defaultSnapshots() {
		folders = append(folders, ourFolder{"snapshots", p.Parquet, "move it and say where it is: sinks.parquet.path"})
	}
	if p.ImportFile != nil {
		folders = append(folders, ourFolder{"import files", p.ImportFile.Path, "name another one: sinks.file.path"})
	}
	if p.TokenStore != "" && !storage.IsBucket(p.TokenStore) {
		folders = append(folders, ourFolder{"token store", filepath.Dir(p.TokenStore), "move it and say where it is: salesforce.auth.token_store"})
	}
	return folders
}

// barredFolder makes a failure of the file system in one of our folders the fault of the
// machine that it is: it says which folder that is, and what to do; what does not pass by
// itself is worth no retry. Any other error stays as it is.
func (p *Pipeline) barredFolder(err error) error {
	path, failure := failedAt(err)
	if path == "" {
		return err
	}
	var at ourFolder
	for _, folder := range p.ourFolders() {
		if folder.dir != "" && !storage.IsBucket(folder.dir) && inside(path, folder.dir) && len(folder.dir) >= len(at.dir) {
			at = folder
		}
	}
	if at.dir == "" {
		return err
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return configurationf("%s: %s cannot be used by this user (uid %d): %v; give it to the user that runs axisync, or %s", at.key, at.dir, os.Getuid(), failure, at.elsewhere)
	case errors.Is(err, syscall.EROFS):
		return configurationf("%s: %s is on a file system that is read-only: %v; mount it for writing, or %s", at.key, at.dir, failure, at.elsewhere)
	case made(failure) && errors.Is(err, fs.ErrNotExist):
		return configurationf("%s: there is no folder %s, and none can be made: %v; %s", at.key, at.dir, failure, at.elsewhere)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%s: the disk of %s is full: %w; make room, or %s", at.key, at.dir, failure, at.elsewhere) // room may be there by the next try
	}
	return err
}

// barred makes it the fault of the machine that it is where the folder of a new file
// cannot be written. Any other error stays as it is.
func (d Draft) barred(err error) error {
	if _, failure := failedAt(err); failure == nil || !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) {
		return err
	}
	folder, absErr := filepath.Abs(filepath.Dir(d.File))
	if absErr != nil {
		folder = filepath.Dir(d.File)
	}
	return configurationf("the folder %s cannot be written by this user (uid %d): %v; give it to the user that runs axisync, or name a file in another folder", folder, os.Getuid(), err)
}

// failedAt is the path of which an error of the file system tells, and that error;
// empty: none.
func failedAt(err error) (at string, failure error) {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Path, path
	case errors.As(err, &link):
		return link.New, link
	}
	return "", nil
}

// made reports whether it was as a folder was made that something failed.
func made(failure error) bool {
	var path *fs.PathError
	return errors.As(failure, &path) && path.Op == "mkdir"
}

// makeFolder makes a folder and those above it. The error is always that of the folder
// itself: which of those above failed does not say whose it is.
func makeFolder(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return &fs.PathError{Op: path.Op, Path: dir, Err: path.Err}
	}
	return err
}

// proveSnapshots finds out, without a trace, whether snapshots can be written: before
// anybody is asked for anything. What a bucket says shows with the first of its objects.
func (p *Pipeline) proveSnapshots() error {
	if storage.IsBucket(p.Parquet) {
		return nil
	}
	for dir := filepath.Join(p.Parquet, "source="+p.Slug); ; dir = filepath.Dir(dir) {
		_, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
			continue
		}
		if err == nil {
			err = mayWrite(dir)
		}
		if err != nil {
			return fmt.Errorf("snapshots: %w", err)
		}
		return nil
	}
}
