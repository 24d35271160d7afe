package durable_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/axisync/axisync/durable"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

// write fails the test unless the file can be written.
func write(t *testing.T, path string, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// What is written is its owner's alone, also where the file before was not, and
// nothing else is left.
func TestWriteFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "token.json")
	write(t, path, "old and longer", 0o644)
	if err := durable.WriteFile(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	info, statErr := os.Stat(path)
	if err != nil || statErr != nil || string(content) != "new" || info.Mode().Perm() != 0o600 {
		t.Errorf("%q, %v, %v, %v", content, info.Mode(), err, statErr)
	}
	if list := names(t, dir); !slices.Equal(list, []string{"token.json"}) {
		t.Errorf("in the folder: %q", list)
	}
}

// What is pending lies beside the file, not in the temporary folder.
func TestPendingLiesBesideTheFile(t *testing.T) {
	dir, temporary := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	path := filepath.Join(dir, "accounts.csv")
	file, err := durable.Pending(path)
	if err != nil {
		t.Fatal(err)
	}
	if list := names(t, temporary); len(list) > 0 || filepath.Dir(file.Name()) != dir {
		t.Errorf("%s is pending; in the temporary folder: %q", file.Name(), list)
	}
	if info, err := file.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	file.Cleanup()
	if list := names(t, dir); len(list) > 0 {
		t.Errorf("after the cleanup: %q", list)
	}
	file.Cleanup()
}

// A file that cannot be replaced stays as it was, and nothing is left beside it.
func TestFileThatCannotBeReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "state.json", "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteFile(filepath.Join(dir, "state.json"), nil); err == nil {
		t.Error("a folder was replaced")
	}
	if err := durable.WriteFile(filepath.Join(dir, "nowhere", "state.json"), nil); err == nil {
		t.Error("a file was written in a folder that is not there")
	}
	if list := names(t, dir); !slices.Equal(list, []string{"state.json"}) {
		t.Errorf("in the folder: %q", list)
	}
}

// Links are followed from one to the next, also to a file that is not there yet, and
// from the folder that a link really lies in.
func TestFollow(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	in := func(elements ...string) string { return filepath.Join(append([]string{dir}, elements...)...) }
	if err := os.MkdirAll(in("deep", "er"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, in("token"), "", 0o600)
	for name, target := range map[string]string{
		"absolute": in("token"), "relative": "token", "second": "relative", "dangling": "not-yet", "short": filepath.Join("deep", "er"),
		filepath.Join("deep", "er", "up"): filepath.Join("..", "token"), "circle": "elcric", "elcric": "circle",
	} {
		if err := os.Symlink(target, in(name)); err != nil {
			t.Skip(err)
		}
	}
	for name, want := range map[string]string{
		"token": "token", "missing": "missing", "absolute": "token", "relative": "token", "second": "token", "dangling": "not-yet",
		filepath.Join("short", "up"): filepath.Join("deep", "token"), "circle": "circle",
	} {
		if got := durable.Follow(in(name)); got != in(want) {
			t.Errorf("%s leads to %s, want %s", name, got, in(want))
		}
	}
}

// left is what a process leaves that is killed while it writes the file.
func left(t *testing.T, path string) string {
	t.Helper()
	file, err := durable.Pending(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return filepath.Base(file.Name())
}

// A sweep takes what was left of one file, and nothing of others whose name begins
// alike.
func TestSweep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "token")
	stay := []string{left(t, path+"2"), left(t, path+".2"), left(t, path+".json"), left(t, filepath.Join(dir, ".token"))}
	others := []string{"token", "token.tmp", ".token.tmp", ".token.x.tmp", ".token.12", ".tmp", "..tmp"}
	for _, name := range others {
		write(t, filepath.Join(dir, name), "", 0o600)
	}
	if err := os.Mkdir(filepath.Join(dir, ".token.1.tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	left(t, path)
	left(t, path)
	if err := durable.Sweep(path); err != nil {
		t.Fatal(err)
	}
	want := append(append(stay, ".token.1.tmp"), others...)
	slices.Sort(want)
	if list := names(t, dir); !slices.Equal(list, want) {
		t.Errorf("left are %q, want %q", list, want)
	}
	if err := durable.SweepFolder(dir); err != nil {
		t.Fatal(err)
	}
	want = append([]string{".token.1.tmp"}, others...)
	slices.Sort(want)
	if list := names(t, dir); !slices.Equal(list, want) {
		t.Errorf("in the folder are left %q, want %q", list, want)
	}
	if err := durable.Sweep(filepath.Join(dir, "nowhere", "token")); err != nil {
		t.Error(err)
	}
}

// Where no lock guards the file, what somebody is writing stays however old it is, and
// what a killed process left goes at once.
func TestSweepLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "accounts.csv")
	writing, err := durable.Pending(path)
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-7 * time.Hour)
	if err := os.Chtimes(writing.Name(), before, before); err != nil {
		t.Fatal(err)
	}
	left(t, path)
	other := left(t, path+".2")
	if err := durable.SweepLeft(path, 6*time.Hour); err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Base(writing.Name()), other}
	slices.Sort(want)
	if list := names(t, dir); !slices.Equal(list, want) {
		t.Errorf("left are %q, want %q", list, want)
	}
	if err := writing.Replace(); err != nil {
		t.Fatal(err)
	}
	if list := names(t, dir); !slices.Equal(list, []string{other, "accounts.csv"}) {
		t.Errorf("left are %q", list)
	}
}

// Sweeps and writers of one file do not disturb each other: every file that is begun
// is put in its place.
func TestSweepsBesideWriters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "accounts.csv")
	var work sync.WaitGroup
	for range 4 {
		work.Go(func() {
			for range 100 {
				if err := errors.Join(durable.SweepLeft(path, time.Hour), durable.WriteFile(path, []byte("whole"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if list := names(t, dir); !slices.Equal(list, []string{"accounts.csv"}) {
		t.Errorf("left are %q", list)
	}
}

// Of many who create a file one does; the others are told, and what is there stays.
func TestCreateNeverReplaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	var group sync.WaitGroup
	created := make(chan string, 8)
	for _, content := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		group.Go(func() {
			file, err := durable.Pending(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer file.Cleanup()
			if _, err := file.WriteString(content); err != nil {
				t.Error(err)
			}
			switch err := file.Create(); {
			case err == nil:
				created <- content
			case !errors.Is(err, os.ErrExist):
				t.Error(err)
			}
		})
	}
	group.Wait()
	close(created)
	first, more := <-created, len(created)
	if there, err := os.ReadFile(path); err != nil || string(there) != first || more != 0 {
		t.Errorf("the file holds %q (%v), %q made it and %d others", there, err, first, more)
	}
	if left := names(t, dir); !slices.Equal(left, []string{"file"}) {
		t.Errorf("in the folder are %q", left)
	}
}
