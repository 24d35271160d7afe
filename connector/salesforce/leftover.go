package salesforce

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Sweep removes the result pages in dir where nobody may go on with their job any
// more, for they hold personal data. What tells of the job stays until Discard, or
// the next Extract into dir, has deleted it in the org too: left reports that it is
// there.
func Sweep(dir string) (left bool, err error) {
	r, err := readRecord(dir)
	switch {
	case err != nil:
		return false, err
	case r == nil: // it tells of no job
		return false, removeAll(dir)
	case r.Done || r.old():
		return true, emptyFolder(dir, RecordName)
	}
	return false, nil
}

// Discard deletes the job that dir tells of, and dir: what an earlier run left
// there that nobody goes on with. Where the job cannot be deleted, what tells of it
// stays to try again, until Salesforce has forgotten the job by itself.
func (o *Org) Discard(ctx context.Context, dir string) error {
	const forgotten = 7 * 24 * time.Hour
	ctx, cancel := patiently(ctx)
	defer cancel()
	r, err := readRecord(dir)
	if err == nil && r != nil {
		err = o.job(r, dir).drop(ctx)
	}
	if err != nil && r != nil && time.Since(r.Sent) < forgotten {
		return err
	}
	return errors.Join(err, removeAll(dir))
}

func removeAll(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("salesforce: %w", err)
	}
	return nil
}

// emptyFolder removes what lies in dir but for one name: pages of a job that is not
// gone on with.
func emptyFolder(dir, but string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("salesforce: %w", err)
	}
	for _, entry := range entries {
		if entry.Name() == but {
			continue
		}
		if err := removeAll(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
