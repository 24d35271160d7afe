package parquet

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/storage"
)

// ManifestName is the file that makes a folder a snapshot. It is written last.
const ManifestName = "manifest.json"

// manifestVersion is the version of the form of a manifest. A field may be added
// under the same version; one that changes its meaning needs another.
const manifestVersion = 1

// Manifest says what a snapshot holds. Commit fills in Version, BucketHash,
// DigestName, Tables and Plain; everything else is the caller's.
type Manifest struct {
	Version int    `json:"version"`
	RunID   string `json:"run_id"`
	// Kind is plan, run, rollback, extract, delivery or diff.
	Kind   string `json:"kind"`
	Source string `json:"source"` // its name, as it is now
	Slug   string `json:"slug"`   // its name in paths, for ever
	// LogicalDate is a label given by whoever started the run.
	LogicalDate string    `json:"logical_date,omitempty"`
	ObservedAt  time.Time `json:"observed_at"`
	// Fingerprint stands for what of the configuration rows and cells depend on.
	Fingerprint    string           `json:"fingerprint,omitempty"`
	ProgramVersion string           `json:"program_version"`
	APIVersion     string           `json:"api_version,omitempty"`
	Counts         map[string]int64 `json:"counts,omitempty"`
	Ledger         map[string]int64 `json:"ledger,omitempty"`
	// Guards are the guards that stopped the run.
	Guards []string `json:"guards,omitempty"`
	// Foreign are the axes in which the change set replaces values that axisync did
	// not write.
	Foreign []string `json:"foreign,omitempty"`
	// RollsBack is the run whose writes a rollback puts back.
	RollsBack string `json:"rolls_back,omitempty"`
	// Target is the one that a delivery went to; empty in those of older versions.
	Target string `json:"target,omitempty"`
	// BucketHash is the hash of the id that places a row into a part: its top Depth
	// bits are the number of the part.
	BucketHash string `json:"bucket_hash"`
	// DigestName says how digests are made: see the constant of that name.
	DigestName string                   `json:"digest_name"`
	Tables     map[string]TableManifest `json:"tables"`
	// Plain are the files beside the tables, by name.
	Plain []PlainFile `json:"plain,omitempty"`
}

// TableManifest says what a table holds.
type TableManifest struct {
	Rows    int64    `json:"rows"`
	Depth   int      `json:"depth"` // there are 1<<Depth parts
	Key     []string `json:"key"`   // the columns by which the rows of a part are sorted, bytewise
	Digest  string   `json:"digest"`
	Columns []Column `json:"columns"`
	// Nulls counts the empty cells of every column.
	Nulls map[string]int64 `json:"nulls"`
	// Dirty counts the cells of every column that did not fit its type: they are
	// null in this table and stand as text in the table with _dirty to its name.
	// It is absent where no column is typed.
	Dirty map[string]int64 `json:"dirty,omitempty"`
	Files []File           `json:"files"` // the parts in order
}

// Column is a column of a table.
type Column struct {
	Name     string            `json:"name"`
	Type     string            `json:"type"` // utf8, boolean, int64, date, timestamp[us, UTC], decimal(p, s)
	Nullable bool              `json:"nullable"`
	Metadata map[string]string `json:"metadata,omitempty"` // what the connector says of it: describe, axis
}

// File is a part of a table.
type File struct {
	Path   string `json:"path"` // relative to the folder of the snapshot, with slashes
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	Digest string `json:"digest"` // of its rows
}

// readManifest reads the manifest of a snapshot. The error is os.ErrNotExist
// where there is none.
func readManifest(ctx context.Context, dir string) (Manifest, error) {
	var m Manifest
	place, err := storage.At(ctx, dir)
	if err != nil {
		return m, fmt.Errorf("snapshot: %w", err)
	}
	content, err := place.Read(ctx, ManifestName)
	if err != nil {
		return m, fmt.Errorf("snapshot: %w", err)
	}
	path := storage.Named(storage.Join(dir, ManifestName))
	if err := json.Unmarshal(content, &m); err != nil {
		return m, Damaged(fmt.Errorf("%s is damaged: %w", path, err))
	}
	if m.Version != manifestVersion {
		return m, Damaged(fmt.Errorf("%s has version %d, this program reads version %d", path, m.Version, manifestVersion))
	}
	for name, table := range m.Tables {
		if err := table.check(); err != nil {
			return m, Damaged(fmt.Errorf("%s is damaged: table %s: %w", path, name, err))
		}
	}
	return m, nil
}

// IsManifest reports whether a file that was read is the manifest of a snapshot, or of
// something else that Commit made, of whichever version.
func IsManifest(content []byte, err error) bool {
	var m struct {
		BucketHash string `json:"bucket_hash"`
	}
	return err == nil && json.Unmarshal(content, &m) == nil && m.BucketHash != ""
}

// deepest is more than the depth of any table.
const deepest = 30

// check holds the figures of a table against each other.
func (t TableManifest) check() error {
	if t.Depth < 0 || t.Depth > deepest || len(t.Files) != 1<<t.Depth {
		return fmt.Errorf("it has %d parts at the depth %d", len(t.Files), t.Depth)
	}
	var rows int64
	for _, file := range t.Files {
		rows += file.Rows
		if file.Rows < 0 || file.Bytes < 0 {
			return fmt.Errorf("%s has %d rows and %d bytes", file.Path, file.Rows, file.Bytes)
		}
	}
	if rows != t.Rows {
		return fmt.Errorf("it has %d rows, and its files have %d", t.Rows, rows)
	}
	for name, n := range t.Nulls {
		if n < 0 || n > t.Rows {
			return fmt.Errorf("of %d rows %d are null in %s", t.Rows, n, name)
		}
	}
	return nil
}

// schema is the schema of a table as Read gives it: every column as utf8.
func (t TableManifest) schema(columns []int) *arrow.Schema {
	fields := make([]arrow.Field, 0, len(columns))
	for _, i := range columns {
		c := t.Columns[i]
		fields = append(fields, arrow.Field{Name: c.Name, Type: arrow.BinaryTypes.String, Nullable: c.Nullable, Metadata: arrow.MetadataFrom(c.Metadata)})
	}
	return arrow.NewSchema(fields, nil)
}
