package parquet

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/sourcegraph/conc/pool"

	"github.com/axisync/axisync/storage"
)

const runPrefix = "run="

// Sweep removes what killed runs of a source left below root: the folders of
// runs and deliveries that have no manifest. The caller sees to it that no run of
// the source is under way.
func Sweep(ctx context.Context, root, slug string) error {
	source, err := storage.At(ctx, SourceDir(root, slug))
	if err != nil {
		return err
	}
	snapshots, err := source.List(ctx, deliveriesName)
	if err != nil {
		return fmt.Errorf("left-overs cannot be swept: %w", err)
	}
	work := pool.New().WithMaxGoroutines(atOnce).WithErrors().WithFirstError()
	work.Go(func() error { _, err := sweepRuns(ctx, source, ""); return err })
	for _, entry := range snapshots {
		if !entry.Folder {
			continue
		}
		work.Go(func() error {
			parent := slashed(deliveriesName, entry.Name)
			left, err := sweepRuns(ctx, source, parent)
			if err == nil && !left {
				err = source.Remove(ctx, parent) // with what a store has to show a folder
			}
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return fmt.Errorf("left-overs cannot be swept: %w", err)
	}
	return nil
}

// sweepRuns removes the runs in a folder that have no manifest, and reports whether
// anything is left in it.
func sweepRuns(ctx context.Context, source storage.Place, parent string) (left bool, err error) {
	entries, err := source.List(ctx, parent)
	if err != nil {
		return false, err
	}
	kept := make([]bool, len(entries))
	work := pool.New().WithMaxGoroutines(atOnce).WithErrors().WithFirstError()
	for i, entry := range entries {
		if kept[i] = !isRun(entry); kept[i] {
			continue
		}
		work.Go(func() error {
			dir := slashed(parent, entry.Name)
			files, err := source.List(ctx, dir)
			if kept[i] = slices.ContainsFunc(files, isManifest); err != nil || kept[i] {
				return err
			}
			return source.Remove(ctx, dir)
		})
	}
	err = work.Wait()
	return slices.Contains(kept, true), err
}

func isManifest(e storage.Entry) bool { return e.Name == ManifestName }

func isRun(e storage.Entry) bool { return e.Folder && strings.HasPrefix(e.Name, runPrefix) }

// slashed joins two names, of which the first may be empty.
func slashed(parent, name string) string { return strings.TrimPrefix(parent+"/"+name, "/") }

// folders are the locations of the runs below another, none if it does not exist.
func folders(ctx context.Context, parent string) ([]string, error) {
	place, err := storage.At(ctx, parent)
	if err != nil {
		return nil, err
	}
	entries, err := place.List(ctx, "")
	var runs []string
	for _, entry := range entries {
		if isRun(entry) {
			runs = append(runs, storage.Join(parent, entry.Name))
		}
	}
	return runs, err
}

const deliveriesName = "deliveries"

// SourceDir is the location of all that a source has below root.
func SourceDir(root, slug string) string { return storage.Join(root, "source="+slug) }

// SnapshotDir is the location of the snapshot of a run of a source below root.
func SnapshotDir(root, slug, run string) string {
	return storage.Join(SourceDir(root, slug), runPrefix+run)
}

// DeliveriesDir is the location of all that became of deliveries of a snapshot.
func DeliveriesDir(root, slug, snapshot string) string {
	return storage.Join(SourceDir(root, slug), deliveriesName, snapshot)
}

// DeliveryDir is the location of what became of a delivery of a snapshot by a run.
func DeliveryDir(root, slug, snapshot, run string) string {
	return storage.Join(DeliveriesDir(root, slug, snapshot), runPrefix+run)
}
