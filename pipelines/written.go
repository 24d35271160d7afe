package pipelines

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/storage"
)

// checkFile refuses a file that what must not replace, or that cannot be written, and
// gives its path: a link is followed. p, whose files are left alone, may be nil.
func checkFile(p *Pipeline, path, what string) (string, error) {
	if err := checkLocation(path); err != nil {
		return path, err
	}
	if storage.IsBucket(path) {
		return path, configurationf("%s is no file of this machine; name one, or write Parquet, which a bucket takes", storage.Named(path))
	}
	folder := filepath.Dir(path)
	if parent, err := os.Stat(folder); err != nil || !parent.IsDir() {
		return path, configurationf("%s cannot be written: there is no folder %s", path, folder)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return path, configurationf("%s cannot be written: %v", path, err)
		}
		if info, err := os.Stat(real); err != nil || !info.Mode().IsRegular() {
			return path, configurationf("%s is no regular file and is not replaced; give the name of a file", path)
		}
		path = real
	}
	if owned := p.owns(path); owned != "" {
		return path, configurationf("%s is %s and is not replaced by %s; give another name", path, owned, what)
	}
	if snapshot := snapshotAround(filepath.Dir(path)); snapshot != "" {
		return path, configurationf("%s would lie in the snapshot %s, which never changes; give another name", path, snapshot)
	}
	return path, proveWritable(path, path)
}

// checkLocation refuses what cannot be a folder or a bucket, and what was likely meant
// to be the other: it shows nothing that may be a secret.
func checkLocation(location string) error {
	err := storage.Check(location)
	switch {
	case err == nil:
		return nil
	case storage.IsBucket(location):
		return configurationf("%s: %v", storage.Named(location), err)
	}
	return configurationf("%v", err) // which names it
}

// snapshotAround is the folder with the manifest of a snapshot that a folder is or lies
// in, by its real name; empty: there is none.
func snapshotAround(folder string) string {
	for folder = realPath(folder); ; folder = filepath.Dir(folder) {
		if parquet.IsManifest(os.ReadFile(filepath.Join(folder, parquet.ManifestName))) {
			return folder
		}
		if filepath.Dir(folder) == folder {
			return ""
		}
	}
}

// realPath is a path, which need not be there yet, without links.
func realPath(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	if real, err := filepath.EvalSymlinks(existing(path)); err == nil {
		if rest, err := filepath.Rel(existing(path), path); err == nil {
			path = filepath.Join(real, rest)
		}
	}
	return path
}

// checkFolder refuses a folder that holds something, is the program's own, or cannot
// be written. p may be nil. It may be in a bucket.
func checkFolder(ctx context.Context, p *Pipeline, path, what string) error {
	if err := checkLocation(path); err != nil {
		return err
	}
	if storage.IsBucket(path) {
		return checkBucket(ctx, p, path, what)
	}
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
		return configurationf("%s is not empty; give a folder that is empty or missing", path)
	}
	if owned := p.owns(path); owned != "" {
		return configurationf("%s is %s and takes no %s; give another folder", path, owned, what)
	}
	if snapshot := snapshotAround(path); snapshot != "" {
		return configurationf("%s would lie in the snapshot %s, which never changes; give another folder", path, snapshot)
	}
	return proveWritable(path, filepath.Join(existing(path), writable))
}

// checkBucket is checkFolder for a bucket.
func checkBucket(ctx context.Context, p *Pipeline, location, what string) error {
	bucket, err := storage.OpenBucket(ctx, location)
	if err != nil {
		return err
	}
	if p != nil {
		for _, own := range []string{storage.Join(p.State, p.Slug), parquet.SourceDir(p.Parquet, p.Slug)} {
			if strings.HasPrefix(bucket.String()+"/", storage.Named(own)+"/") {
				return configurationf("%s is where the source keeps what it has and takes no %s; give another place", bucket, what)
			}
		}
	}
	switch held, err := bucket.List(ctx, ""); {
	case err != nil:
		return err
	case len(held) > 0:
		return configurationf("%s is not empty; give a place that is empty or missing", bucket)
	}
	if err := outsideSnapshots(ctx, location); err != nil {
		return err
	}
	return writablePlace(ctx, location)
}

// outsideSnapshots refuses a place in a bucket that lies in a snapshot.
func outsideSnapshots(ctx context.Context, location string) error {
	for around := storage.Join(location, ".."); ; around = storage.Join(around, "..") {
		bucket, err := storage.OpenBucket(ctx, around)
		if err != nil {
			return err
		}
		content, err := bucket.Read(ctx, parquet.ManifestName)
		var refused *storage.SettingError // one who may not read there reads no snapshot there
		switch {
		case parquet.IsManifest(content, err):
			return configurationf("%s would lie in the snapshot %s, which never changes; give another place", storage.Named(location), bucket)
		case err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.As(err, &refused):
			return err
		case storage.Join(around, "..") == around:
			return nil
		}
	}
}

// proveWritable begins a file, where a path is to be written, and removes it: this is
// found out before a job is spent.
func proveWritable(path, file string) error {
	probe, err := durable.Pending(file)
	if err != nil {
		return configurationf("%s cannot be written: %s", path, cause(err))
	}
	probe.Cleanup()
	return nil
}

// owns says what a path is to the pipeline, empty where it is nothing: a file that it
// reads or keeps, also by another name, or a place in a folder that it keeps.
func (p *Pipeline) owns(path string) string {
	if p == nil {
		return ""
	}
	store := p.tokenStore().Path()
	type kept struct{ path, what string }
	files := []kept{
		{p.File, "the pipeline file"}, {p.CustomersFile, "the file of the customers"},
		{store, "the token store"}, {store + ".lock", "the lock of the token store"},
		{filepath.Join(p.stateDir(), "state.json"), "what the source remembers"},
	}
	for _, file := range p.valueFiles {
		files = append(files, kept{file, "a file that holds a value of the pipeline file"})
	}
	for _, file := range files {
		if file.path != "" && sameFile(path, file.path) {
			return file.what
		}
	}
	for _, folder := range []kept{
		{p.alone(p.localState(), p.Slug), "in the folder of the state"}, {p.workDir(), "in the work folder"},
		{p.alone(p.Parquet, "source="+p.Slug), "in the folder of the snapshots"},
	} {
		if folder.path != "" && inside(path, folder.path) {
			return folder.what
		}
	}
	return ""
}

// alone is what of a folder is the program's alone: all of it or, where the pipeline
// file lies in it too, what has the name of the source.
func (p *Pipeline) alone(folder, source string) string {
	if folder != "" && p.File != "" && inside(p.File, folder) {
		return filepath.Join(folder, source)
	}
	return folder
}

// inside reports whether a path is a folder or lies in it, by whatever names.
func inside(path, folder string) bool {
	for path = realPath(path); !sameFile(path, folder); path = filepath.Dir(path) {
		if filepath.Dir(path) == path {
			return false
		}
	}
	return true
}

// sameFile reports whether two paths lead to one file or folder, which need not be
// there yet.
func sameFile(a, b string) bool {
	one, errOne := os.Stat(a)
	other, errOther := os.Stat(b)
	if errOne == nil && errOther == nil {
		return os.SameFile(one, other)
	}
	absolute, errOne := filepath.Abs(a)
	same, errOther := filepath.Abs(b)
	return errOne == nil && errOther == nil && absolute == same
}
