// Package durable replaces files so that a crash leaves the old one or the new
// one, and nothing of either anywhere else: what is being written lies beside the
// file, its owner's alone, under a name that Sweep knows. (A temporary folder is
// the wrong place: it may be shared, and nobody clears what a killed process left
// there of tokens and of accounts.)
package durable

import (
	"errors"
	"os"
	"path/filepath"
)

// mode is that of every file, whatever the one before had.
const mode = 0o600

// WriteFile replaces the file at path. It is on disk when nil is returned.
func WriteFile(path string, content []byte) error {
	file, err := Pending(path)
	if err != nil {
		return err
	}
	defer file.Cleanup()
	if _, err := file.Write(content); err != nil {
		return err
	}
	return file.Replace()
}

// File is what will take the place of another file once it is whole.
type File struct {
	*os.File
	path string
	done bool
}

// Pending begins the file that replaces the one at path. It ends with Replace or
// with Cleanup.
func Pending(path string) (*File, error) {
	for {
		file, err := os.CreateTemp(filepath.Dir(path), prefix(path)+"*"+suffix)
		if err != nil {
			return nil, err
		}
		f := &File{File: file, path: path}
		claimed, err := claim(file)
		if err == nil {
			err = file.Chmod(mode) // whatever the umask
		}
		switch {
		case err != nil:
			f.Cleanup()
			return nil, err
		case claimed:
			return f, nil
		}
		_ = file.Close() // it was swept before it was claimed; nobody has it
	}
}

// Replace puts the file in its place. It is there for good when nil is returned.
func (f *File) Replace() error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := place(f.File, f.path); err != nil {
		return err
	}
	f.done = true
	return SyncFolder(filepath.Dir(f.path))
}

// Create puts the file in its place unless there is one already: that is an error
// which is os.ErrExist, and the one that is there stays as it is.
func (f *File) Create() error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Link(f.Name(), f.path); err != nil {
		if _, there := os.Lstat(f.path); !errors.Is(err, os.ErrExist) && errors.Is(there, os.ErrNotExist) {
			return f.Replace() // a file system without links
		}
		return err
	}
	f.Cleanup()
	return SyncFolder(filepath.Dir(f.path))
}

// Cleanup removes what was not put in its place; after Replace it does nothing.
func (f *File) Cleanup() {
	if f.done {
		return
	}
	f.done = true
	_ = f.Close() // it may be closed already
	_ = os.Remove(f.Name())
}

// Follow is the file that a path stands for, which may be a link, also to a file
// that is not there yet: to replace a link would leave what it leads to as it was,
// and a lock beside a link would not be that of the file. Where links lead in a
// circle it is the path itself, and whoever opens that is told.
func Follow(path string) string {
	const most = 40 // as the system does
	file := path
	for range most {
		target, err := os.Readlink(file)
		if err != nil {
			return file
		}
		if !filepath.IsAbs(target) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(file)) // whose .. is another one than that of the link
			if err != nil {
				return path
			}
			target = filepath.Join(dir, target)
		}
		file = target
	}
	return path
}

// SyncFolder makes the entries of a folder durable.
func SyncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
