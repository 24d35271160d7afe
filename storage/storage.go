package storage

import (
	"context"
	"io"
	"os"
	"time"
)

// Place is a folder or a bucket from which is read. The names are relative to it,
// with slashes. Where something is not there the error is fs.ErrNotExist. Its
// methods may be called by several goroutines.
type Place interface {
	// String is the place as people know it.
	String() string
	// Read gives a small file whole.
	Read(ctx context.Context, name string) ([]byte, error)
	// Open gives a file of which little is read, at any place of it. size is its size
	// as the caller knows it; reads end with ctx. The caller closes it.
	Open(ctx context.Context, name string, size int64) (File, error)
	// Fetch gives a file to read from its beginning to its end: of a bucket, a copy on
	// this machine without a name, which is gone when the caller closes it.
	Fetch(ctx context.Context, name string) (*os.File, error)
	// List gives what lies in a folder, sorted by name, folders among it: nothing where
	// there is no such folder.
	List(ctx context.Context, folder string) ([]Entry, error)
	// Tree gives all files below a folder, by their names relative to it. What comes and
	// goes meanwhile may be among them or not.
	Tree(ctx context.Context, folder string) (map[string]Entry, error)
	// Remove removes a file, or a folder with all that is in it. What is not there
	// counts as removed.
	Remove(ctx context.Context, name string) error
}

// File is a file that is read at any place.
type File interface {
	io.ReaderAt
	io.Closer
}

// Entry is a file or a folder.
type Entry struct {
	Name    string
	Folder  bool
	Size    int64     // of a file
	Changed time.Time // of a file, by the clock of the place
	MD5     string    // of a file of a bucket that knows it
}

// At is the place at a location. A bucket is opened once for the life of the
// process; the first call finds out its credentials.
func At(ctx context.Context, location string) (Place, error) {
	if IsBucket(location) {
		return OpenBucket(ctx, location)
	}
	return folder(location), nil
}
