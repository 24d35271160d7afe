// Package parquet keeps snapshots: the tables of one run as Parquet files below
// one folder, and a manifest that is written last. Without a manifest there is
// no snapshot.
//
//	<root>/source=<slug>/run=<run id>/<table>/part-NNNNN.parquet
//	<root>/source=<slug>/run=<run id>/<plain file>
//	<root>/source=<slug>/run=<run id>/manifest.json
//	<root>/source=<slug>/deliveries/<snapshot id>/run=<run id>/...
//
// A part is a bucket: the rows whose id has the same top bits of a named hash.
// Within a part rows are sorted by the key, bytewise. The number of parts is a
// power of two that follows from the number of rows alone. So the same rows make
// the same files, in whatever order and batches they arrive (on the same build
// of the program), and the digest of a table does not even depend on the number
// of its parts.
//
// While a table is filled its rows lie scattered by bucket in one unnamed file;
// to write the table is to load, sort and write one bucket after the other. So
// memory does not grow with the number of rows. A column whose texts repeat lies
// there, and is sorted, hashed and written, as codes: numbers of the different
// texts of the column. Which columns do is found out while the rows arrive, and
// changes nothing in the files.
package parquet

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/storage"
)

// partial is the folder within a snapshot's in which its tables grow. Its name
// starts with a dot, so that engines which read by pattern do not see it.
const partial = ".partial"

// Snapshot is a snapshot that is being written. Its methods may be called by
// several goroutines.
type Snapshot struct {
	dir     string          // in which it is made: its own, or one of this machine
	bucket  *storage.Bucket // to which it goes from there; nil: it is where it belongs
	claim   *durable.File   // of a folder in the temporary one; nil: it is elsewhere
	created []string        // folders that Create made, the innermost first

	mu     sync.Mutex
	tables map[string]*Table
	plain  map[string]*Plain
	done   bool // committed or aborted
}

// Create begins a snapshot at a location, which must be missing or empty. Nothing
// below it can be read before Commit. The caller ends with Commit or Abort, or both.
// What goes to a bucket is made in a new folder in staging, a folder of this machine
// that is the temporary one where it is empty.
func Create(ctx context.Context, location, staging string) (*Snapshot, error) {
	place, err := storage.At(ctx, location)
	if err != nil {
		return nil, err
	}
	switch entries, err := place.List(ctx, ""); {
	case err == nil && len(entries) > 0:
		return nil, fmt.Errorf("%s is not empty; give a folder that is empty or missing", place)
	case err != nil && storage.IsBucket(location):
		return nil, err
	}
	s := &Snapshot{dir: location, tables: map[string]*Table{}, plain: map[string]*Plain{}}
	if bucket, ok := place.(*storage.Bucket); ok {
		s.bucket = bucket
		s.dir, s.claim, err = stage(staging)
		s.created = []string{s.dir}
	} else {
		s.created, err = makeFolder(s.dir)
	}
	if err == nil {
		err = os.Mkdir(filepath.Join(s.dir, partial), dirMode)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the snapshot cannot be created: %w", err), s.remove())
	}
	return s, nil
}

// Table begins a table. The columns of the schema are utf8; their metadata goes
// to the manifest. A table that is typed brings a second one along, with _dirty
// to its name: the columns of its id, property and value.
func (s *Snapshot) Table(name string, schema *arrow.Schema, options TableOptions) (*Table, error) {
	t, err := newTable(name, schema, options)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", name, err)
	}
	if options.Typed {
		if t.dirty, err = s.Table(name+"_dirty", dirtySchema(options.Key[0]), TableOptions{Key: []string{options.Key[0], dirtyProperty}}); err != nil {
			return nil, err
		}
	}
	t.dir = filepath.Join(s.dir, partial, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done || s.tables[name] != nil || s.plain[name] != nil {
		return nil, fmt.Errorf("table %s: the snapshot has it already or is closed", name)
	}
	s.tables[name] = t
	return t, nil
}
