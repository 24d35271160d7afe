package parquet

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Found is the folder of a snapshot, or of what became of a delivery.
type Found struct {
	Dir        string
	RunID      string // as its folder says
	Kind       string // of its manifest
	ObservedAt time.Time
	// Err is why its manifest cannot be read: it is damaged, or of another version
	// of the program. ObservedAt is zero then.
	Err error
}

// Open opens what was found: see Open.
func (f Found) Open() (*Reader, error) {
	if f.Err != nil {
		return nil, f.Err
	}
	return Open(f.Dir)
}

// Snapshots finds the snapshots of a source below root, oldest first, those that
// cannot be read before all others. Unlike List it keeps no manifests, so that its
// memory does not grow with what they hold, and it does not end at a damaged one.
func Snapshots(root, slug string) ([]Found, error) {
	return find(sourceDir(root, slug))
}

// Deliveries finds what became of the deliveries of a snapshot: see Snapshots.
func Deliveries(root, slug, runID string) ([]Found, error) {
	return find(filepath.Join(sourceDir(root, slug), "deliveries", runID))
}

func find(parent string) ([]Found, error) {
	runs, err := folders(parent)
	if err != nil {
		return nil, fmt.Errorf("the snapshots cannot be listed: %w", err)
	}
	var found []Found
	for _, dir := range runs {
		m, err := readManifest(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		f := Found{Dir: dir, RunID: strings.TrimPrefix(filepath.Base(dir), runPrefix), Kind: m.Kind, ObservedAt: m.ObservedAt, Err: err}
		if err != nil {
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
