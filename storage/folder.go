package storage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// folder is a folder of this machine.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), filepath.FromSlash(name)) }

func (f folder) String() string { return string(f) }

func (f folder) Read(_ context.Context, name string) ([]byte, error) {
	return os.ReadFile(f.path(name))
}

func (f folder) Open(_ context.Context, name string, _ int64) (File, error) {
	return os.Open(f.path(name))
}

func (f folder) Fetch(_ context.Context, name string) (*os.File, error) {
	return os.Open(f.path(name))
}

func (f folder) List(_ context.Context, name string) ([]Entry, error) {
	entries, err := os.ReadDir(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	list := make([]Entry, 0, len(entries))
	for _, entry := range entries {
		info, infoErr := entry.Info()
		if errors.Is(infoErr, fs.ErrNotExist) { // gone meanwhile
			continue
		}
		if infoErr != nil {
			return nil, infoErr
		}
		list = append(list, Entry{Name: entry.Name(), Folder: entry.IsDir(), Size: info.Size(), Changed: info.ModTime()})
	}
	return list, err
}

func (f folder) Tree(_ context.Context, name string) (map[string]Entry, error) {
	return treeOf(f.path(name), func(string) bool { return true })
}

// treeOf are the files below a folder for which mine is true; a folder is asked for by
// its name with a slash at its end.
func treeOf(root string, mine func(name string) bool) (map[string]Entry, error) {
	found := map[string]Entry{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone meanwhile, or there never was such a folder
		}
		if err != nil || path == root {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(relative)
		if entry.IsDir() {
			if !mine(name + "/") {
				return fs.SkipDir
			}
			return nil
		}
		if !mine(name) {
			return nil
		}
		info, err := os.Stat(path) // a link counts as what it leads to
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		found[name] = Entry{Name: name, Size: info.Size(), Changed: info.ModTime()}
		return nil
	})
	return found, err
}

func (f folder) Remove(_ context.Context, name string) error { return os.RemoveAll(f.path(name)) }
