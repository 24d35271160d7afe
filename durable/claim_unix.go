//go:build linux || darwin

package durable

import (
	"errors"
	"os"
	"syscall"
)

// claim marks a pending file as being written, until it is closed or its process
// ends, however that ends. It is false when a sweep has taken the file meanwhile. A
// file system without locks marks nothing.
func claim(file *os.File) (bool, error) {
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX) != nil {
		return true, nil
	}
	mine, err := file.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(file.Name())
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(mine, there), err
}

// place renames a pending file while it is claimed, and closes it.
func place(file *os.File, path string) error {
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return file.Close()
}

// removeUnclaimed removes a pending file unless somebody writes it. known is false
// where that cannot be found out; then nothing is done.
func removeUnclaimed(path string) (known bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	switch err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return true, nil
	case err != nil:
		return false, nil
	}
	return true, os.Remove(path)
}
