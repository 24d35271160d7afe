package pipelines

import (
	"path/filepath"
	"strings"

	"github.com/axisync/axisync/storage"
)

// placedError is an error about a file of the working copy of a state, told of the
// bucket, which is where a person mends it: the copy is thrown away.
type placedError struct {
	err       error
	dir, home string
}

// placed is an error about files of the state in dir, nil for nil.
func (p *Pipeline) placed(dir string, err error) error {
	if err == nil || !storage.IsBucket(p.State) {
		return err
	}
	return &placedError{err, dir, storage.Named(storage.Join(p.State, p.Slug))}
}

// Error names the files by the bucket; other files of this machine, such as pages, by
// where they are.
func (e *placedError) Error() string {
	text := e.err.Error()
	for _, name := range []string{"state.json", "result.json", underWayName, probedFile, unfinishedFile, "targets", "deleted", "runs"} {
		text = strings.ReplaceAll(text, filepath.Join(e.dir, name), e.home+"/"+name)
	}
	return strings.ReplaceAll(text, "out of "+e.dir, "out of "+e.home)
}

// Unwrap is the error itself.
func (e *placedError) Unwrap() error { return e.err }
