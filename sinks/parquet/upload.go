package parquet

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/sourcegraph/conc/pool"
)

// uploads is how many files go to a bucket at once: each takes some megabytes.
const uploads = 4

// upload sends the files to their bucket, and the manifest when all are there for
// good. After an error nothing but files without a manifest are there, which Abort
// removes, or Sweep.
func (s *Snapshot) upload(ctx context.Context, m Manifest, manifest []byte) error {
	work := pool.New().WithMaxGoroutines(uploads).WithContext(ctx).WithCancelOnError().WithFirstError()
	send := func(name string) {
		work.Go(func(ctx context.Context) error {
			return s.bucket.Upload(ctx, name, filepath.Join(s.dir, partial, filepath.FromSlash(name)))
		})
	}
	for _, table := range m.Tables {
		for _, file := range table.Files {
			send(file.Path)
		}
	}
	for _, file := range m.Plain {
		send(file.Name)
	}
	if err := work.Wait(); err != nil {
		return err
	}
	if err := s.bucket.PutNew(ctx, ManifestName, manifest); err != nil {
		return err
	}
	_ = os.RemoveAll(s.dir) // it is only a copy now
	s.unclaim()
	return nil
}

// unclaim gives up the folder in which the snapshot was made.
func (s *Snapshot) unclaim() {
	if s.claim != nil {
		s.claim.Cleanup()
	}
}

// discard removes what was sent of a snapshot that is not committed. Where that does
// not work Sweep does it: without a manifest it is nothing.
func (s *Snapshot) discard() {
	if s.bucket == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second) // an interrupted run ends soon
	defer cancel()
	_ = s.bucket.Remove(ctx, ManifestName) // it may be there though its writing failed
	_ = s.bucket.Remove(ctx, "")
}
