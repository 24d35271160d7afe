package pipelines

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// gone is an error when the folder of the source is not there any more, or is another
// one than that which was locked: it was removed, restored or unmounted while somebody is
// at work. Nothing may be written to what is there now: another run may be at work in it,
// and what is remembered would stand beside files of another day.
func (s *state) gone() error {
	there, err := os.Stat(s.lock.Path())
	switch {
	case err == nil && os.SameFile(s.locked, there):
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("state: %w", err)
	case s.shared != nil:
		return fmt.Errorf("work_dir: %s was removed or replaced during the run; nothing more was sent, the state in the bucket is whole: the same command goes on from it", s.dir)
	}
	return configurationf("state: %s was removed or replaced during the run; nothing more was sent, what was sent until then stands in Fincome: bring the folder back from a backup, or mount it again; "+
		"without it the next run begins anew and overwrites none of the values that it finds there unasked", s.dir)
}
