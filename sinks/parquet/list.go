package parquet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/axisync/axisync/storage"
)

const runPrefix = "run="

// List gives the manifests of the snapshots of a source below root, newest
// first. Folders without a manifest are left out; a manifest that cannot be read
// is an error.
func List(ctx context.Context, root, slug string) ([]Manifest, error) {
	runs, err := folders(ctx, SourceDir(root, slug))
	if err != nil {
		return nil, fmt.Errorf("the snapshots cannot be listed: %w", err)
	}
	var list []Manifest
	for _, dir := range runs {
		m, err := readManifest(ctx, dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b Manifest) int {
		if c := b.ObservedAt.Compare(a.ObservedAt); c != 0 {
			return c
		}
		return strings.Compare(b.RunID, a.RunID)
	})
	return list, nil
}

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
	parents := []string{""}
	for _, entry := range snapshots {
		if entry.Folder {
			parents = append(parents, deliveriesName+"/"+entry.Name)
		}
	}
	for _, parent := range parents {
		if err := sweepRuns(ctx, source, parent); err != nil {
			return fmt.Errorf("left-overs cannot be swept: %w", err)
		}
	}
	return nil
}

func sweepRuns(ctx context.Context, source storage.Place, parent string) error {
	entries, err := source.List(ctx, parent)
	if err != nil {
		return err
	}
	whole := false
	for _, entry := range entries {
		if !isRun(entry) {
			whole = true
			continue
		}
		files, err := source.List(ctx, slashed(parent, entry.Name))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(files, func(e storage.Entry) bool { return e.Name == ManifestName }) {
			whole = true
			continue
		}
		if err := source.Remove(ctx, slashed(parent, entry.Name)); err != nil {
			return err
		}
	}
	if whole || parent == "" {
		return nil
	}
	return source.Remove(ctx, parent) // nothing is left in it
}

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
