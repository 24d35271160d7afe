package parquet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/sourcegraph/conc/pool"

	"github.com/axisync/axisync/storage"
)

// Found is the location of a snapshot, or of what became of a delivery.
type Found struct {
	Dir        string
	RunID      string // as its folder says
	Kind       string // of its manifest
	ObservedAt time.Time
	Stopped    bool // by a guard
	// Err is why its manifest cannot be read: it is damaged, or of another version
	// of the program. ObservedAt is zero then.
	Err error

	ctx   context.Context // of whoever found it
	names string          // the run that its manifest names
}

// RunOf is the run that the location of a snapshot or of a delivery is of.
func RunOf(dir string) string { return strings.TrimPrefix(storage.Base(dir), runPrefix) }

// Open opens what was found, to be read while the context lasts with which it was
// found: see Open.
func (f Found) Open() (*Reader, error) {
	if f.Err != nil {
		return nil, f.Err
	}
	return Open(f.ctx, f.Dir)
}

// Snapshots finds the snapshots of a source below root, oldest first, those that
// cannot be read before all others. It keeps no manifests, so that its memory does not
// grow with what they hold, and it does not end at a damaged one.
func Snapshots(ctx context.Context, root, slug string) ([]Found, error) {
	return find(ctx, SourceDir(root, slug))
}

// Deliveries finds what became of the deliveries of a snapshot: see Snapshots.
func Deliveries(ctx context.Context, root, slug, runID string) ([]Found, error) {
	return find(ctx, storage.Join(SourceDir(root, slug), deliveriesName, runID))
}

// DeliveriesBy gives the locations of what a run delivered, of whichever snapshot.
func DeliveriesBy(ctx context.Context, root, slug, runID string) ([]string, error) {
	source, err := storage.At(ctx, SourceDir(root, slug))
	if err != nil {
		return nil, err
	}
	snapshots, err := source.List(ctx, deliveriesName)
	if err != nil {
		return nil, fmt.Errorf("the deliveries cannot be listed: %w", err)
	}
	by := make([]string, len(snapshots))
	work := pool.New().WithMaxGoroutines(atOnce).WithErrors().WithFirstError()
	for i, snapshot := range snapshots {
		work.Go(func() error {
			files, err := source.List(ctx, slashed(slashed(deliveriesName, snapshot.Name), runPrefix+runID))
			if len(files) > 0 {
				by[i] = DeliveryDir(root, slug, snapshot.Name, runID)
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, fmt.Errorf("the deliveries cannot be listed: %w", err)
	}
	return slices.DeleteFunc(by, func(dir string) bool { return dir == "" }), nil
}

// Begun is the number of the deliveries of a snapshot, also of those without a
// manifest: of a run at work, or of one that was killed.
func Begun(ctx context.Context, root, slug, runID string) (int, error) {
	place, err := storage.At(ctx, storage.Join(SourceDir(root, slug), deliveriesName, runID))
	if err != nil {
		return 0, err
	}
	entries, err := place.List(ctx, "")
	return len(entries), err
}

// Committed reports whether there is a snapshot at a location: a manifest.
func Committed(ctx context.Context, dir string) (bool, error) {
	place, err := storage.At(ctx, dir)
	if err != nil {
		return false, err
	}
	files, err := place.List(ctx, "")
	return slices.ContainsFunc(files, isManifest), err
}

// Remove removes a snapshot, or what is left of one: first the manifest, so that what
// is left is none.
func Remove(ctx context.Context, dir string) error {
	place, err := storage.At(ctx, dir)
	if err != nil {
		return err
	}
	if err := place.Remove(ctx, ManifestName); err != nil {
		return err
	}
	return place.Remove(ctx, "")
}

// atOnce is how many folders or manifests are read at once: in a bucket each takes the
// time of a journey.
const atOnce = 8

func find(ctx context.Context, parent string) ([]Found, error) {
	runs, err := folders(ctx, parent)
	if err != nil {
		return nil, fmt.Errorf("the snapshots cannot be listed: %w", err)
	}
	all := make([]Found, len(runs))
	work := pool.New().WithMaxGoroutines(atOnce)
	for i, dir := range runs {
		work.Go(func() {
			m, err := readManifest(ctx, dir)
			all[i] = Found{ctx: ctx, names: m.RunID, Dir: dir, RunID: RunOf(dir), Kind: m.Kind, ObservedAt: m.ObservedAt, Stopped: len(m.Guards) > 0, Err: err}
		})
	}
	work.Wait()
	var found []Found
	for _, f := range all {
		if errors.Is(f.Err, fs.ErrNotExist) || f.Err == nil && f.RunID != f.names {
			continue // none, or a copy that somebody made under another name
		}
		if f.Err != nil {
			f.ObservedAt = time.Time{}
		}
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b Found) int {
		if c := a.ObservedAt.Compare(b.ObservedAt); c != 0 {
			return c
		}
		return strings.Compare(a.RunID, b.RunID)
	})
	return found, nil
}
