package parquet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"

	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/sinks"
)

// Commit makes the snapshot durable and readable. Every table must have been
// written, every plain file closed. After an error there is no snapshot, and Abort removes what is there.
func (s *Snapshot) Commit(ctx context.Context, m Manifest) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return errors.New("the snapshot is committed or aborted already")
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	m.Version, m.BucketHash, m.DigestName = manifestVersion, sinks.HashName, DigestName
	m.Tables = map[string]TableManifest{}
	for name, t := range s.tables {
		if !t.written {
			return fmt.Errorf("table %s was not written", name)
		}
		m.Tables[name] = t.manifest()
	}
	m.Plain = nil
	for _, name := range slices.Sorted(maps.Keys(s.plain)) {
		if s.plain[name].whole == nil {
			return fmt.Errorf("file %s was not closed", name)
		}
		m.Plain = append(m.Plain, *s.plain[name].whole)
	}
	if err := s.publish(ctx, m); err != nil {
		return fmt.Errorf("the snapshot cannot be committed: %w", err)
	}
	s.done = true
	return nil
}

// publish moves the tables to where they are read, and writes the manifest when
// they are there for good.
func (s *Snapshot) publish(ctx context.Context, m Manifest) error {
	content, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	content = append(content, '\n')
	if s.bucket != nil {
		return s.upload(ctx, m, content)
	}
	for _, name := range s.names() {
		if err := durable.SyncFolder(filepath.Join(s.dir, partial, name)); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(s.dir, partial, name), filepath.Join(s.dir, name)); err != nil {
			return err
		}
	}
	for name := range s.plain {
		if err := os.Rename(filepath.Join(s.dir, partial, name), filepath.Join(s.dir, name)); err != nil {
			return err
		}
	}
	if err := durable.SyncFolder(s.dir); err != nil {
		return err
	}
	for _, dir := range s.created {
		if err := durable.SyncFolder(filepath.Dir(dir)); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(s.dir, partial)); err != nil { // it is empty now
		return err
	}
	return durable.WriteFile(filepath.Join(s.dir, ManifestName), content)
}

func (s *Snapshot) names() []string {
	names := make([]string, 0, len(s.tables))
	for name := range s.tables {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Abort removes everything that is not committed. After Commit it does nothing;
// it may be called twice. No method of a table may run at the same time.
func (s *Snapshot) Abort() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return nil
	}
	s.done = true
	for _, t := range s.tables {
		t.close()
	}
	for _, p := range s.plain {
		p.abort()
	}
	s.discard()
	if err := s.remove(); err != nil {
		return fmt.Errorf("the unfinished snapshot cannot be removed: %w", err)
	}
	return nil
}

// remove deletes what was staged, and the folders that were created if nothing
// else is in them.
func (s *Snapshot) remove() error {
	errs := []error{os.RemoveAll(filepath.Join(s.dir, partial)), os.RemoveAll(filepath.Join(s.dir, ManifestName))}
	for name := range s.tables {
		errs = append(errs, os.RemoveAll(filepath.Join(s.dir, name)))
	}
	for name := range s.plain {
		errs = append(errs, os.RemoveAll(filepath.Join(s.dir, name)))
	}
	s.unclaim()
	for _, dir := range s.created {
		if os.Remove(dir) != nil {
			break // somebody else uses it
		}
	}
	return errors.Join(errs...)
}
