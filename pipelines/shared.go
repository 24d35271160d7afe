package pipelines

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/grace"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/storage"
)

// shared is a state in a bucket, which several machines share. A lease says which of
// them may write it; that one works on a copy on its own disk and brings every file
// to the bucket before what it stands for counts.
type shared struct {
	lease *storage.Lease
	copy  *storage.Copy
	asked context.Context // of whoever opened it: what happened is brought there a while longer
	done  func()
}

// leaseName is the folder of the lease in the state of a source.
const leaseName = "lease"

// ofState reports whether a file is part of what a source remembers, by its name in
// the folder of the source, or a folder (with a slash at its end) may hold such files:
// the others there, such as result pages, are of this machine, and the token has a lock
// of its own.
func ofState(name string) bool {
	dir, base := path.Split(name)
	top, rest, _ := strings.Cut(dir, "/")
	switch {
	case strings.HasPrefix(base, "."):
		return false // pending, or a probe
	case dir == "":
		return slices.Contains([]string{"state.json", "result.json", underWayName, probedFile, unfinishedFile}, name)
	case top == "jobs" && strings.HasPrefix(rest, extractPurpose):
		return false // an extract is not a run
	case top == "jobs" && base != "": // the record of a job; its pages can be had again
		return base == salesforce.RecordName && strings.Count(rest, "/") == 1
	}
	return slices.Contains([]string{"runs", "targets", "deleted", "jobs"}, top)
}

// stateDir is the folder of this machine with the state of the source: the state
// itself, or a working copy.
func (p *Pipeline) stateDir() string { return filepath.Join(p.localState(), p.Slug) }

// localState is the folder of this machine for the states of sources.
func (p *Pipeline) localState() string {
	if storage.IsBucket(p.State) {
		return p.WorkDir
	}
	return p.State
}

// bucket is the place of the state of the source, which is in a bucket.
func (p *Pipeline) bucket(ctx context.Context) (*storage.Bucket, error) {
	b, err := storage.OpenBucket(ctx, storage.Join(p.State, p.Slug))
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return b, nil
}

// openShared takes the lease of the source and brings the copy up to date.
func openShared(ctx context.Context, p *Pipeline, what string) (*shared, context.Context, error) {
	bucket, err := p.bucket(ctx)
	if err != nil {
		return nil, nil, err
	}
	lease, err := storage.Acquire(ctx, bucket.Below(leaseName), thisProcess(what), p.leaseTerms())
	var held *storage.HeldError
	if errors.As(err, &held) {
		return nil, nil, fmt.Errorf("%w: %w", ErrLocked, held)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("state: %w", err)
	}
	s := &shared{lease: lease, asked: ctx, copy: storage.NewCopy(bucket, p.stateDir(), storage.Options{Mine: ofState, Last: "state.json"})}
	ctx, s.done = lease.While(ctx)
	if err := s.copy.Load(ctx); err != nil {
		s.close()
		return nil, nil, fmt.Errorf("state: %w", caused(ctx, err))
	}
	return s, ctx, nil
}

// leaseTerms are how the state is held.
func (p *Pipeline) leaseTerms() storage.Terms {
	if p.Lease != (storage.Terms{}) {
		return p.Lease
	}
	return storage.DefaultTerms
}

func (s *shared) close() {
	s.done()
	s.lease.Release()
}

// publishing is how long it may take to bring what has changed to the bucket.
const publishing = 10 * time.Minute

// publish brings what has changed to the bucket, also when the run was interrupted, while
// the grace lasts: what happened has to be remembered. Nothing is brought once the lease
// is lost.
func (s *state) publish() error {
	if s.shared == nil {
		return nil
	}
	if err := s.gone(); err != nil { // what is missing here is missing nowhere else
		return err
	}
	if err := s.shared.lease.Err(); err != nil {
		return err
	}
	longer, over := grace.Outlive(s.shared.asked)
	defer over()
	ctx, cancel := context.WithTimeout(longer, publishing)
	defer cancel()
	ctx, done := s.shared.lease.While(ctx)
	defer done()
	if err := s.shared.copy.Publish(ctx); err != nil {
		return fmt.Errorf("state: %w", caused(ctx, err))
	}
	return nil
}

// openJournal opens the journal of a target. What it says is durable is in the bucket
// too.
func (s *state) openJournal(path string, onEvent func(sinks.Event)) (journal *sinks.FileJournal, end func() error, err error) {
	journal, err = sinks.OpenJournal(path, onEvent)
	if err != nil {
		return nil, nil, err
	}
	if s.shared == nil {
		journal.Replicate(func(int64) error { return s.gone() })
		return journal, func() error { return journal.Close() }, nil
	}
	name, err := filepath.Rel(s.dir, path)
	if err != nil {
		return nil, nil, errors.Join(err, journal.Close())
	}
	longer, over := grace.Outlive(s.shared.asked)
	ctx, released := s.shared.lease.While(longer)
	done := func() { released(); over() }
	log, err := s.shared.copy.Log(ctx, filepath.ToSlash(name))
	if err != nil {
		defer done()
		return nil, nil, errors.Join(caused(ctx, err), journal.Close())
	}
	journal.Replicate(func(size int64) error {
		if err := errors.Join(s.shared.lease.Err(), s.gone()); err != nil {
			return err
		}
		return caused(ctx, log.Extend(ctx, size))
	})
	return journal, func() error {
		defer done()
		err := journal.Close()
		if err == nil {
			err = log.Close(ctx)
		}
		return err
	}, nil
}
