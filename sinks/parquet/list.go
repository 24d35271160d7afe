package parquet

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const runPrefix = "run="

// List gives the manifests of the snapshots of a source below root, newest
// first. Folders without a manifest are left out; a manifest that cannot be read
// is an error.
func List(root, slug string) ([]Manifest, error) {
	runs, err := folders(sourceDir(root, slug))
	if err != nil {
		return nil, fmt.Errorf("the snapshots cannot be listed: %w", err)
	}
	var list []Manifest
	for _, dir := range runs {
		m, err := readManifest(dir)
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
func Sweep(root, slug string) error {
	deliveries, err := os.ReadDir(filepath.Join(sourceDir(root, slug), "deliveries"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("left-overs cannot be swept: %w", err)
	}
	parents := []string{sourceDir(root, slug)}
	for _, entry := range deliveries {
		if entry.IsDir() {
			parents = append(parents, filepath.Join(sourceDir(root, slug), "deliveries", entry.Name()))
		}
	}
	for _, parent := range parents {
		if err := sweepRuns(parent); err != nil {
			return fmt.Errorf("left-overs cannot be swept: %w", err)
		}
	}
	for _, parent := range parents[1:] {
		_ = os.Remove(parent) // succeeds if nothing is left in it
	}
	return nil
}

func sweepRuns(parent string) error {
	runs, err := folders(parent)
	if err != nil {
		return err
	}
	for _, dir := range runs {
		_, err := os.Lstat(filepath.Join(dir, ManifestName))
		if errors.Is(err, fs.ErrNotExist) {
			err = os.RemoveAll(dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// folders are the folders of runs in parent, none if it does not exist.
func folders(parent string) ([]string, error) {
	entries, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var runs []string
	for _, entry := range entries {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), runPrefix) {
			runs = append(runs, filepath.Join(parent, entry.Name()))
		}
	}
	return runs, err
}

func sourceDir(root, slug string) string { return filepath.Join(root, "source="+slug) }
