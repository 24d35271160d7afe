// Package file delivers changed cells as files in the shape of Fincome's import
// "Enrich your data", for those who have no API: one row for a customer, one column
// for an axis, and a cell that is empty where nothing changes. A person uploads
// them; what has arrived, the next reading of the customers tells.
package file

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/sinks"
)

// The formats.
const (
	CSV  = "csv"  // RFC 4180 in UTF-8 with a byte order mark, which Excel needs
	XLSX = "xlsx" // every cell is a text
)

// The defaults.
const (
	DefaultRows     = 5000
	DefaultIDColumn = "Customer ID"
)

// MostRows is what a sheet holds with its header.
const MostRows = 1<<20 - 1

// bytesPerFile is how much text a file has at most, a customer more or less; a
// file is gathered in memory.
const bytesPerFile = 8 << 20

// Config says what is written, and where. Zero fields take the default named.
type Config struct {
	Dir  string // the folder; it is made where it is missing
	Slug string // the source, in the names of the files
	Run  string // the run of the snapshot, likewise: the same changes go to the same files

	Format   string // csv
	Rows     int    // of a file at most, without the header; DefaultRows
	IDColumn string // the header of the ids; DefaultIDColumn
	// OneAxis gives every axis files of its own, in which no cell is empty.
	OneAxis bool
	Now     func() time.Time
}

// Target writes import files. It implements sinks.Target.
type Target struct {
	config Config
	files  []Written
}

var _ sinks.Target = (*Target)(nil)

// Written is a file of a delivery.
type Written struct {
	Path string `json:"path"`
	// Kind is import, for a file to upload, or clear, for the list of the cells that a
	// person has to empty.
	Kind  string `json:"kind"`
	Rows  int64  `json:"rows"` // without the header
	Cells int64  `json:"cells"`
}

// The kinds of files.
const (
	Import = "import"
	Clear  = "clear"
)

// New makes a target. The folder is not touched yet.
func New(config Config) (*Target, error) {
	config.Format = cmp.Or(config.Format, CSV)
	config.Rows = cmp.Or(config.Rows, DefaultRows)
	config.IDColumn = cmp.Or(config.IDColumn, DefaultIDColumn)
	if config.Now == nil {
		config.Now = time.Now
	}
	switch {
	case config.Format != CSV && config.Format != XLSX:
		return nil, fmt.Errorf("file: the format %q is not known", config.Format)
	case config.Rows < 1 || config.Rows > MostRows:
		return nil, fmt.Errorf("file: a file takes 1 to %d rows, not %d", MostRows, config.Rows)
	case config.Dir == "" || config.Slug == "" || config.Run == "":
		return nil, errors.New("file: the folder, the source or the run is missing")
	}
	return &Target{config: config}, nil
}

// Name is file.
func (t *Target) Name() string { return "file" }

// Files are those of the last delivery that are in place.
func (t *Target) Files() []Written { return t.files }

// Deliver writes the changes: see sinks.Target. A cell is accepted when its file is
// in place, and never acknowledged. The same changes make the same files again.
func (t *Target) Deliver(ctx context.Context, changes array.RecordReader, journal sinks.Journal) (report sinks.Report, err error) {
	defer report.End(time.Now())
	d := &delivery{Target: t, journal: journal, numbers: map[string]int{}, piles: map[string]*pile{}}
	t.files = nil
	defer func() { report.Refused = d.refused.Kinds() }()
	if err := t.prepare(); err != nil {
		return report, err
	}
	seen := int64(0)
	err = sinks.Changes(changes, func(c sinks.Intent) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		seen++
		return d.customer(c)
	})
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = d.flush()
	}
	if err == nil {
		report.Customers = seen
	}
	return report, err
}

// prepare makes the folder and removes what a killed delivery of this source left
// half written. The source has a lock.
func (t *Target) prepare() error {
	if err := os.MkdirAll(t.config.Dir, 0o700); err != nil {
		return fmt.Errorf("file: %w", err)
	}
	entries, err := os.ReadDir(t.config.Dir)
	if err != nil {
		return fmt.Errorf("file: %w", err)
	}
	for _, entry := range entries {
		name, hidden := strings.CutPrefix(entry.Name(), ".")
		name, pending := strings.CutSuffix(name, ".tmp")
		dot := strings.LastIndexByte(name, '.')
		if hidden && pending && dot > 0 && strings.HasPrefix(name, t.config.Slug+"-") {
			if err := durable.Sweep(filepath.Join(t.config.Dir, name[:dot])); err != nil {
				return fmt.Errorf("file: %w", err)
			}
		}
	}
	return nil
}
