// Package diff compares a table of two snapshots: which rows came, went and
// changed, which cells of them, and where the changes concentrate.
//
// Both sides lie in buckets of the same hash, sorted by their key. So one bucket
// after the other is merged by the key into a script (rows of the old side alone,
// of the new side alone, of both), and all columns go along the script side by side,
// a block of rows at a time: memory does not grow with the tables, and nothing is
// hashed. Of tables and of parts with the same digest nothing is read.
package diff

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/parquet"
)

// Kind says what became of a row.
type Kind uint8

// The kinds of rows. Rows that are the same on both sides are not told.
const (
	Added Kind = iota
	Removed
	Changed
)

// String is added, removed or changed.
func (k Kind) String() string { return [...]string{"added", "removed", "changed"}[k] }

// Value is a cell as text; not Set is null, which is not the empty text.
type Value struct {
	Set  bool
	Text []byte
}

// Cell is a cell that is not the same on both sides.
type Cell struct {
	Column        int // its place in Summary.Columns
	Before, After Value
}

// Row is a row that is not the same on both sides. It and everything in it are valid
// until the function returns that is given it.
type Row struct {
	Kind Kind
	// Key is the key of the row; no cell of it is null.
	Key [][]byte
	// Cells are those that changed, in the order of the columns; of an added or a
	// removed row those that are not null.
	Cells []Cell
	// Silent: cells changed and SystemModstamp did not, as with formulas and properties
	// of other records.
	Silent bool
}

// Options say how tables are compared.
type Options struct {
	Table string
	// Ignore are columns that are compared as if neither side had them.
	Ignore []string
	// Only, unless empty, is the one column that is compared, and that is read beside the
	// key. Was is its name in the old snapshot; empty: the same.
	Only, Was string
}

// was is the name in the old snapshot of a column that is compared.
func (o Options) was(column string) string {
	if column == o.Only && o.Was != "" {
		return o.Was
	}
	return column
}

// stamp is the column that Salesforce moves with every change of a record.
const stamp = "SystemModstamp"

// Compare compares a table of two snapshots and gives every row that is not the same
// to each, bucket by bucket and sorted by the key within: the same snapshots give the
// same order. The columns are matched by their names. A cell that did not fit the type
// of its column counts as the text it is.
//
// An error of each ends it and is returned. Neither side is closed or changed.
func Compare(ctx context.Context, before, after *parquet.Reader, options Options, each func(Row) error) (*Summary, error) {
	c := &comparison{ctx: ctx, before: side{reader: before}, after: side{reader: after}, each: each, table: options.Table}
	if err := cmp.Or(c.before.open(options.Table), c.after.open(options.Table)); err != nil {
		return nil, err
	}
	if err := c.plan(options); err != nil {
		return nil, err
	}
	if err := c.run(); err != nil {
		return nil, err
	}
	if err := c.finish(); err != nil {
		return nil, err
	}
	return c.summary, nil
}

// side is one of the two snapshots.
type side struct {
	reader *parquet.Reader
	table  parquet.TableManifest
	dirty  dirty
	keys   []int // places of the columns of the key
	loaded keys  // of the bucket
}

func (s *side) open(table string) error {
	m := s.reader.Manifest()
	t, ok := m.Tables[table]
	if !ok {
		return fmt.Errorf("the snapshot of the run %s has no table %s", m.RunID, table)
	}
	if m.BucketHash != sinks.HashName || len(t.Files) != 1<<t.Depth {
		return parquet.Damaged(fmt.Errorf("the snapshot of the run %s has its rows in buckets of %q, %d parts at depth %d; this program knows %s only", m.RunID, m.BucketHash, len(t.Files), t.Depth, sinks.HashName))
	}
	s.table = t
	for _, name := range t.Key {
		place := s.place(name)
		if place < 0 {
			return parquet.Damaged(fmt.Errorf("the table %s of the run %s has no column %s, by which it is sorted", table, m.RunID, name))
		}
		s.keys = append(s.keys, place)
	}
	s.dirty.open(s.reader, table, t)
	return nil
}

func (s *side) place(column string) int {
	return slices.IndexFunc(s.table.Columns, func(c parquet.Column) bool { return c.Name == column })
}

// comparison is one call of Compare.
type comparison struct {
	ctx           context.Context
	table         string
	before, after side
	columns       []column // in the order of Summary.Columns
	stamp         int      // its place among columns; -1: there is none
	each          func(Row) error
	summary       *Summary
	focus         *focus
	renames       *renames
	block         block
}

// column is a column that both sides have, by its places in them.
type column struct {
	name          string
	wasName       string // in the old snapshot
	before, after int
	sameType      bool
}

// Columns are the names of the columns that are compared, in the order of
// Summary.Columns: those that both tables have and that are no key.
func Columns(before, after parquet.TableManifest, options Options) []string {
	if options.Only != "" {
		return []string{options.Only}
	}
	var names []string
	for _, c := range before.Columns {
		has := slices.ContainsFunc(after.Columns, func(d parquet.Column) bool { return c.Name == d.Name })
		if has && !slices.Contains(before.Key, c.Name) && !slices.Contains(options.Ignore, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

// plan matches the columns.
func (c *comparison) plan(options Options) error {
	if !slices.Equal(c.before.table.Key, c.after.table.Key) {
		return parquet.Damaged(fmt.Errorf("the table %s is sorted by %q in one snapshot and by %q in the other", options.Table, c.before.table.Key, c.after.table.Key))
	}
	c.summary = newSummary(options.Table, c.before, c.after)
	c.stamp = -1
	shared := Columns(c.before.table, c.after.table, options)
	for _, name := range shared {
		was, now := c.before.place(options.was(name)), c.after.place(name)
		if was < 0 || now < 0 {
			return fmt.Errorf("there is no column %q in both snapshots", name)
		}
		if name == stamp {
			c.stamp = len(c.columns)
		}
		c.columns = append(c.columns, column{name, options.was(name), was, now, c.before.table.Columns[was].Type == c.after.table.Columns[now].Type})
		c.summary.addColumn(c.before, c.after, was, now)
	}
	if options.Only != "" {
		c.summary.Columns[0].moved = frequent{most: movementsKept, room: profileRoom}
	}
	own := func(s, other *side) (places []int) {
		for place, column := range s.table.Columns {
			if options.Only == "" && other.place(column.Name) < 0 && !slices.Contains(options.Ignore, column.Name) {
				places = append(places, place)
			}
		}
		return places
	}
	gone, fresh := own(&c.before, &c.after), own(&c.after, &c.before)
	c.summary.setOwn(c.before, c.after, gone, fresh)
	c.renames = newRenames(c.before, c.after, gone, fresh)
	c.focus = newFocus(c)
	c.focus.idle = options.Only != ""
	return nil
}

// comparable: equal digests mean rows of which nothing is to be told.
func (c *comparison) comparable() bool {
	if slices.ContainsFunc(c.columns, func(c column) bool { return c.name != c.wasName }) {
		return false
	}
	same := func(a, b parquet.Column) bool { return a.Name == b.Name && a.Type == b.Type }
	return c.before.reader.Manifest().DigestName == c.after.reader.Manifest().DigestName &&
		slices.EqualFunc(c.before.table.Columns, c.after.table.Columns, same)
}

// run compares bucket by bucket.
func (c *comparison) run() error {
	depth := max(c.before.table.Depth, c.after.table.Depth)
	comparable := c.comparable()
	if comparable && c.before.table.Digest == c.after.table.Digest {
		c.summary.PartsSkipped = 1 << depth
		return nil
	}
	level := c.before.table.Depth == c.after.table.Depth
	for i := range 1 << depth {
		if err := c.ctx.Err(); err != nil {
			return context.Cause(c.ctx)
		}
		if comparable && level && c.before.table.Files[i].Digest == c.after.table.Files[i].Digest {
			c.summary.PartsSkipped++
			continue
		}
		c.summary.PartsRead++
		if err := c.bucket(i, depth); err != nil {
			return err
		}
	}
	return nil
}

func (c *comparison) finish() error {
	c.summary.Renamed = c.renames.found()
	c.summary.settle()
	return c.focus.finish()
}
