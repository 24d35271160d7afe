package pipelines

import (
	"context"
	"slices"
	"strings"

	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// Comparison is two snapshots that are compared.
type Comparison struct {
	Warnings []string

	pipeline      *Pipeline // nil: folders were named
	before, after *parquet.Reader
}

// NewComparison opens two snapshots by their names: the folder of a snapshot, or, of
// the source of p (nil: there is none), the id of a run, a date in UTC such as
// 2026-11-22 (the last snapshot observed on that day), latest (the newest snapshot that
// no guard stopped, or that was applied since) or previous (the one before it). It
// contacts nobody and takes no lock. A name that means nothing is a ConfigurationError.
func NewComparison(ctx context.Context, p *Pipeline, before, after string) (*Comparison, error) {
	c := &Comparison{pipeline: p}
	n := naming{ctx: ctx, pipeline: p}
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

// Run compares a table: see diff.Compare. The summary has the warnings. A table that one of them does not have is a
// ConfigurationError.
func (c *Comparison) Run(ctx context.Context, options diff.Options, each func(diff.Row) error) (*diff.Summary, error) {
	if names := c.Tables(); !slices.Contains(names, options.Table) {
		return nil, configurationf("there is no table %s in both snapshots; they have %s", options.Table, strings.Join(names, ", "))
	}
	for _, name := range options.Ignore {
		if !c.has(options.Table, name) {
			return nil, configurationf("there is no column %q in the table %s to ignore", name, options.Table)
		}
	}
	summary, err := diff.Compare(ctx, c.before, c.after, options, each)
	if err != nil {
		return nil, err
	}
	summary.Warnings = append([]string{}, c.Warnings...)
	return summary, nil
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

// Runs are the runs whose snapshots are compared.
func (c *Comparison) Runs() (before, after string) {
	return c.before.Manifest().RunID, c.after.Manifest().RunID
}

// has reports whether one of the snapshots has a column.
func (c *Comparison) has(table, column string) bool {
	named := func(d parquet.Column) bool { return d.Name == column }
	return slices.ContainsFunc(c.before.Manifest().Tables[table].Columns, named) || slices.ContainsFunc(c.after.Manifest().Tables[table].Columns, named)
}

// File is where the file at path lies that is to be replaced by differences. One that
// the source reads or keeps, or that cannot be written, is a ConfigurationError.
func (c *Comparison) File(path string) (string, error) {
	return checkFile(c.pipeline, path, "differences")
}
