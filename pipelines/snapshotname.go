package pipelines

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/storage"
)

// naming finds snapshots by what people call them.
type naming struct {
	ctx      context.Context
	pipeline *Pipeline
	past     *past // read once it is needed
}

func (n *naming) open(name string) (*parquet.Reader, error) {
	if err := checkLocation(name); err != nil {
		return nil, err
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() || storage.IsBucket(name) {
		reader, err := parquet.Open(n.ctx, name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, configurationf("%s holds no snapshot: it has no %s; give the folder of a run, such as snapshots/source=.../run=...", storage.Named(name), parquet.ManifestName)
		}
		return reader, err
	}
	if strings.ContainsRune(name, filepath.Separator) {
		return nil, configurationf("there is no folder %s", name)
	}
	if n.pipeline == nil {
		return nil, configurationf("%q is no folder of a snapshot; to name a run, a date, latest or previous, say of which source: --pipeline FILE", name)
	}
	if n.past == nil {
		var err error
		if n.past, err = newPast(n.ctx, n.pipeline); err != nil {
			return nil, err
		}
	}
	return n.past.snapshotNamed(name)
}

// snapshotNamed opens the snapshot that a word means.
func (h *past) snapshotNamed(name string) (*parquet.Reader, error) {
	switch name {
	case "latest":
		return h.accepted(0)
	case "previous":
		return h.accepted(1)
	}
	day, err := time.Parse(time.DateOnly, name)
	if err != nil {
		if !runIDForm.MatchString(name) {
			return nil, configurationf("%q names no snapshot; give a folder, the id of a run (20261123-0600-k3f7), a date in UTC (2026-11-23), latest or previous", name)
		}
		return h.of(name)
	}
	for _, f := range slices.Backward(h.found) {
		if f.ObservedAt.UTC().Format(time.DateOnly) == name {
			return open(f)
		}
	}
	return nil, configurationf("no snapshot in %s was observed on %s (UTC)%s", h.Parquet, name, h.nearest(day))
}

// nearest names the snapshot next to a day.
func (h *past) nearest(day time.Time) string {
	if len(h.found) == 0 {
		return ""
	}
	best := h.found[0]
	for _, f := range h.found {
		if f.ObservedAt.Sub(day).Abs() < best.ObservedAt.Sub(day).Abs() {
			best = f
		}
	}
	return "; the nearest is " + best.RunID
}

// accepted opens the newest snapshot that no guard stopped, or that was applied since
// (design.md 4.7), after skipping some of them.
func (h *past) accepted(skip int) (*parquet.Reader, error) {
	skipped := skip
	for _, f := range slices.Backward(h.found) {
		snapshot, err := open(f)
		if err != nil {
			h.skip(f, err)
			continue
		}
		if len(snapshot.Manifest().Guards) > 0 {
			deliveries, err := h.deliveries(f.RunID)
			if err != nil {
				return nil, err
			}
			if len(deliveries) == 0 {
				continue
			}
		}
		if skip--; skip < 0 {
			return snapshot, nil
		}
	}
	if len(h.found) == 0 {
		return nil, h.none()
	}
	why := ""
	if len(h.warnings) > 0 {
		why = "; " + h.warnings[0]
	}
	if skip == 0 && skipped > 0 {
		return nil, configurationf("there is no snapshot before the latest in %s (those that a guard stopped do not count)%s", h.Parquet, why)
	}
	return nil, configurationf("%s holds no snapshot that can be read and that no guard stopped%s", h.Parquet, why)
}
