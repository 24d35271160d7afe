package parquet

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"sync/atomic"

	"github.com/axisync/axisync/storage"
)

// DamagedError: a snapshot is not what was written, or not what this version of the
// program writes. Trying again does not help.
type DamagedError struct{ err error }

// Damaged makes a DamagedError of what is wrong with a snapshot.
func Damaged(err error) error { return &DamagedError{err} }

// Error says what is wrong with it.
func (e *DamagedError) Error() string { return e.err.Error() }

// Unwrap is what is wrong with it.
func (e *DamagedError) Unwrap() error { return e.err }

// Configuration is true: a person has to bring the snapshot back, or name another.
func (e *DamagedError) Configuration() bool { return true }

// inContent is an error of reading what a file holds: damage, unless the file could not
// be read at all.
func inContent(err error) error {
	var ofFile *fs.PathError
	var ofPlace *placeError
	switch {
	case err == nil, errors.As(err, &ofFile), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &ofPlace):
		return ofPlace.err
	}
	return Damaged(err)
}

// placeError is an error of the place of a file, which libraries pass on or not.
type placeError struct{ err error }

func (e *placeError) Error() string { return e.err.Error() }

func (e *placeError) Unwrap() error { return e.err }

// noted is a file that remembers an error of its place.
type noted struct {
	storage.File
	failed atomic.Pointer[placeError]
}

func (n *noted) ReadAt(p []byte, offset int64) (int, error) {
	read, err := n.File.ReadAt(p, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		n.failed.Store(&placeError{err})
	}
	return read, err
}

// cause is an error of reading what the file holds.
func (n *noted) cause(err error) error {
	if failed := n.failed.Load(); err != nil && failed != nil {
		return failed
	}
	return err
}
