package pipelines

import (
	"errors"
	"io"
	"os"
)

// largestFile bounds what is read of a pipeline file, or of the file of a value.
const largestFile = 1 << 20

var (
	errNoFile  = errors.New("it is no regular file")
	errTooLong = errors.New("it is longer than 1 MB")
)

// readFile reads a regular file, or a link to one. To open a pipe would wait for its
// writer, whom no signal ends, and a device may have no end.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "read", Path: path, Err: errNoFile}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, largestFile+1))
	if err == nil && len(content) > largestFile {
		err = &os.PathError{Op: "read", Path: path, Err: errTooLong}
	}
	return content, err
}
