package pipelines

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/axisync/axisync/durable"
)

// ExtractTo says where the accounts go; one of the two is set.
type ExtractTo struct {
	CSV     string // a file, replaced when it is whole
	Parquet string // a folder, which must not hold a snapshot yet
}

// checked refuses, before anybody is asked for anything, what an extract must not
// replace and where it cannot write. A link is followed.
func (to ExtractTo) checked(p *Pipeline) (ExtractTo, error) {
	if to.Parquet != "" {
		return to, to.checkFolder(p)
	}
	if to.CSV == "-" {
		return to, configurationf("an extract goes to a file, which appears when it is whole; give its name")
	}
	folder := filepath.Dir(to.CSV)
	if parent, err := os.Stat(folder); err != nil || !parent.IsDir() {
		return to, configurationf("%s cannot be written: there is no folder %s", to.CSV, folder)
	}
	if _, err := os.Lstat(to.CSV); !errors.Is(err, fs.ErrNotExist) {
		path, err := filepath.EvalSymlinks(to.CSV)
		if err != nil {
			return to, configurationf("%s cannot be written: %v", to.CSV, err)
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return to, configurationf("%s is no regular file and is not replaced; give the name of a file", to.CSV)
		}
		to.CSV = path
	}
	if what := p.owns(to.CSV); what != "" {
		return to, configurationf("%s is %s and is not replaced by accounts; give another name", to.CSV, what)
	}
	return to, proveWritable(to.CSV, to.CSV)
}

func (to ExtractTo) checkFolder(p *Pipeline) error {
	if entries, err := os.ReadDir(to.Parquet); err == nil && len(entries) > 0 {
		return configurationf("%s is not empty; give a folder that is empty or missing", to.Parquet)
	}
	if what := p.owns(to.Parquet); what != "" {
		return configurationf("%s is %s and takes no extract; give another folder", to.Parquet, what)
	}
	return proveWritable(to.Parquet, filepath.Join(existing(to.Parquet), writable))
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
	store := p.tokenStore().Path()
	type kept struct{ path, what string }
	files := []kept{
		{p.File, "the pipeline file"}, {p.CustomersFile, "the file of the customers"},
		{store, "the token store"}, {store + ".lock", "the lock of the token store"},
		{filepath.Join(p.State, p.Slug, "state.json"), "what the source remembers"},
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
		{p.alone(p.State, p.Slug), "in the folder of the state"}, {p.workDir(), "in the work folder"},
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
	path, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	if real, err := filepath.EvalSymlinks(existing(path)); err == nil {
		if rest, err := filepath.Rel(existing(path), path); err == nil {
			path = filepath.Join(real, rest)
		}
	}
	for ; !sameFile(path, folder); path = filepath.Dir(path) {
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
