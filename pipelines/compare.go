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

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// Comparison is two snapshots that are compared.
type Comparison struct {
	before, after *parquet.Reader
	Warnings      []string
}

// NewComparison opens two snapshots by their names: the folder of a snapshot, or, of
// the source of p (nil: there is none), the id of a run, a date in UTC such as
// 2026-11-22 (the last snapshot observed on that day), latest (the newest snapshot that
// no guard stopped, or that was applied since) or previous (the one before it). It
// contacts nobody and takes no lock. A name that means nothing is a ConfigurationError.
func NewComparison(p *Pipeline, before, after string) (*Comparison, error) {
	c := &Comparison{}
	n := naming{pipeline: p}
	var err error
	if c.before, err = n.open(before); err != nil {
		return nil, err
	}
	if c.after, err = n.open(after); err != nil {
		return nil, err
	}
	if n.past != nil {
		c.Warnings = append(c.Warnings, n.past.warnings...)
	}
	was, now := c.before.Manifest(), c.after.Manifest()
	if was.Slug != now.Slug {
		c.Warnings = append(c.Warnings, "the snapshots are of two sources: "+was.Source+" and "+now.Source)
	}
	if was.ObservedAt.After(now.ObservedAt) {
		c.Warnings = append(c.Warnings, "the first snapshot is newer than the second: what is added here was removed")
	}
	return c, nil
}

// Tables are the tables that both snapshots have.
func (c *Comparison) Tables() []string {
	var names []string
	for name := range c.before.Manifest().Tables {
		if _, both := c.after.Manifest().Tables[name]; both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Run compares a table: see diff.Compare. A table that one of them does not have is a
// ConfigurationError.
func (c *Comparison) Run(ctx context.Context, options diff.Options, each func(diff.Row) error) (*diff.Summary, error) {
	if names := c.Tables(); !slices.Contains(names, options.Table) {
		return nil, configurationf("there is no table %s in both snapshots; they have %s", options.Table, strings.Join(names, ", "))
	}
	return diff.Compare(ctx, c.before, c.after, options, each)
}

// WriteParquet compares a table and writes what differs as Parquet files with a
// manifest into dir, which must be missing or empty: one row for a cell, in the table
// differences, with the columns of the key, kind, silent, column, before and after. A row that
// was added or removed and holds nothing but its key has a row without a column.
// Without the manifest, the files are not whole.
func (c *Comparison) WriteParquet(ctx context.Context, options diff.Options, dir string, now time.Time, version string) (*diff.Summary, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, configurationf("%s is not empty; give a folder that is empty or missing", dir)
	}
	snapshot, err := parquet.Create(dir)
	if err != nil {
		return nil, configurationf("%v", err)
	}
	defer func() { _ = snapshot.Abort() }() // after Commit it does nothing
	key := c.before.Manifest().Tables[options.Table].Key
	schema := differenceSchema(key)
	table, err := snapshot.Table("differences", schema, parquet.TableOptions{Key: append(slices.Clone(key), "column")})
	if err != nil {
		return nil, err
	}
	w := differences{table: table, builder: array.NewRecordBuilder(connector.Memory, schema), columns: c.Columns(options)}
	defer w.builder.Release()
	summary, err := c.Run(ctx, options, w.add)
	if err == nil {
		err = w.flush()
	}
	if err == nil {
		err = table.Write(ctx, nil)
	}
	if err != nil {
		return nil, err
	}
	m := c.after.Manifest()
	return summary, snapshot.Commit(ctx, parquet.Manifest{RunID: m.RunID, Kind: "diff", Source: m.Source, Slug: m.Slug, ObservedAt: now, ProgramVersion: version,
		Counts: map[string]int64{"added": summary.Added, "removed": summary.Removed, "changed": summary.Changed, "unchanged": summary.Unchanged}})
}

func differenceSchema(key []string) *arrow.Schema {
	var fields []arrow.Field
	for _, name := range key {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String})
	}
	for _, name := range []string{"kind", "silent", "column", "before", "after"} {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: name == "before" || name == "after"})
	}
	return arrow.NewSchema(fields, nil)
}

// Columns are the names of the columns that are compared, in the order of
// diff.Summary.Columns.
func (c *Comparison) Columns(options diff.Options) []string {
	return diff.Columns(c.before.Manifest().Tables[options.Table], c.after.Manifest().Tables[options.Table], options)
}

// Key are the columns by which the rows of the table are told apart.
func (c *Comparison) Key(options diff.Options) []string {
	return c.after.Manifest().Tables[options.Table].Key
}

// differences writes the rows of a diff.
type differences struct {
	table   *parquet.Table
	builder *array.RecordBuilder
	columns []string
}

func (w *differences) add(row diff.Row) error {
	if len(row.Cells) == 0 {
		w.append(row, "", diff.Cell{})
	}
	for _, cell := range row.Cells {
		w.append(row, w.columns[cell.Column], cell)
	}
	if w.builder.Field(0).Len() < 8192 {
		return nil
	}
	return w.flush()
}

func (w *differences) append(row diff.Row, column string, cell diff.Cell) {
	texts := slices.Clone(row.Key)
	texts = append(texts, []byte(row.Kind.String()), []byte(map[bool]string{true: "true", false: "false"}[row.Silent]), []byte(column))
	for i, text := range texts {
		w.builder.Field(i).(*array.StringBuilder).BinaryBuilder.Append(text)
	}
	for i, value := range []diff.Value{cell.Before, cell.After} {
		if b := w.builder.Field(len(texts) + i).(*array.StringBuilder); value.Set {
			b.BinaryBuilder.Append(value.Text)
		} else {
			b.AppendNull()
		}
	}
}

func (w *differences) flush() error {
	batch := w.builder.NewRecordBatch()
	defer batch.Release()
	return w.table.Append(batch)
}

// naming finds snapshots by what people call them.
type naming struct {
	pipeline *Pipeline
	past     *past // read once it is needed
}

func (n *naming) open(name string) (*parquet.Reader, error) {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		reader, err := parquet.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, configurationf("%s holds no snapshot: it has no %s; give the folder of a run, such as snapshots/source=.../run=...", name, parquet.ManifestName)
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
		if n.past, err = newPast(n.pipeline); err != nil {
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
	return nil, configurationf("there is no such snapshot in %s: it holds %d that can be read, and those that a guard stopped do not count", h.Parquet, len(h.found))
}
