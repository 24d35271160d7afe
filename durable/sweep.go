package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// What is pending for a file NAME is called .NAME.DIGITS.tmp beside it. The dots
// keep it apart from what is pending for a file NAME2, and for NAME.2.
const suffix = ".tmp"

func prefix(path string) string { return "." + filepath.Base(path) + "." }

// Sweep removes what killed processes left pending of the file at path. It is
// called only with the lock held that guards the file: nobody writes it then.
func Sweep(path string) error { return sweep(filepath.Dir(path), pendingOf(path), os.Remove) }

// SweepLeft is Sweep for a file that no lock guards: what another process is writing
// stays. Where that cannot be found out, so does what was written to within age.
func SweepLeft(path string, age time.Duration) error {
	return sweep(filepath.Dir(path), pendingOf(path), func(file string) error {
		known, err := removeUnclaimed(file)
		if known || err != nil {
			return err
		}
		info, err := os.Stat(file)
		if err != nil || time.Since(info.ModTime()) < age {
			return err
		}
		return os.Remove(file)
	})
}

func pendingOf(path string) func(name string) bool {
	return func(name string) bool {
		middle, ours := strings.CutPrefix(name, prefix(path))
		return ours && digits(middle)
	}
}

// SweepFolder is Sweep for every file of a folder that one lock guards as a whole.
func SweepFolder(dir string) error {
	return sweep(dir, func(name string) bool {
		dot := strings.LastIndexByte(name, '.')
		return dot > 0 && name[0] == '.' && digits(name[dot+1:])
	}, os.Remove)
}

// sweep removes the files whose name, without the suffix, is pending. A folder that
// is not there holds none.
func sweep(dir string, pending func(name string) bool, remove func(file string) error) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var failed []error
	for _, entry := range entries {
		name, found := strings.CutSuffix(entry.Name(), suffix)
		if !found || !entry.Type().IsRegular() || !pending(name) {
			continue
		}
		if err := remove(filepath.Join(dir, entry.Name())); !errors.Is(err, fs.ErrNotExist) { // another process swept it
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func digits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
