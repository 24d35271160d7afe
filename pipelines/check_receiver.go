package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/words"
)

// writableFolder makes a folder where it is missing and proves that it can be written.
func writableFolder(dir string) error {
	if err := makeFolder(dir); err != nil {
		return err
	}
	probe := filepath.Join(dir, writable)
	if err := os.WriteFile(probe, nil, 0o600); err != nil {
		return err
	}
	return os.Remove(probe)
}

// writablePlace is writableFolder for what may be in a bucket.
func writablePlace(ctx context.Context, location string) error {
	if !storage.IsBucket(location) {
		return writableFolder(location)
	}
	bucket, err := storage.OpenBucket(ctx, location)
	if err != nil {
		return err
	}
	return errors.Join(bucket.Put(ctx, writable, nil), bucket.Remove(ctx, writable))
}

// onFinish tells whether what is told of a run can be told, as far as is known without
// telling it.
func (c *checker) onFinish(p *Pipeline) {
	switch f := p.OnFinish; {
	case f == nil:
	case f.Command == nil:
		c.ok("on finish", "a webhook is told when the source stands otherwise than before")
	default:
		path, err := exec.LookPath(f.Command[0])
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound) {
			err = f.absent()
		}
		if err != nil { // which fails no run
			c.tell(Tick{Warn, "on finish", p.File + ": on_finish.command: " + err.Error(), "install the program, or correct its path in the file"})
			return
		}
		c.ok("on finish", "%s is told when the source stands otherwise than before", path)
	}
}

// receiver tells whether what takes the changes is there.
func (c *checker) receiver(p *Pipeline) {
	switch {
	case p.ImportFile != nil:
		if err := writableFolder(p.ImportFile.Path); err != nil {
			c.fail("import files", p.barredFolder(fmt.Errorf("%s cannot be written: %w", p.ImportFile.Path, err)))
			return
		}
		c.ok("import files", "%s, %s, at most %s rows each", p.ImportFile.Path, p.ImportFile.Format, words.Count(int64(p.ImportFile.Rows)))
	case p.Exec != nil:
		path, err := exec.LookPath(p.Exec.Command[0])
		if err != nil {
			c.fail("program", configurationf("%s: %s", p.File, err))
			return
		}
		c.ok("program", "%s", path)
	}
}
