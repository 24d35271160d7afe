//go:build !linux && !darwin

package durable

import "os"

// Elsewhere a file that is open cannot be renamed, so that nothing is claimed, and
// nobody knows.

func claim(*os.File) (bool, error) { return true, nil }

func place(file *os.File, path string) error {
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func removeUnclaimed(string) (known bool, err error) { return false, nil }
