package pipelines

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// accountsTable is the table whose columns are the properties.
const accountsTable = "accounts"

// hasAccounts: a snapshot has the accounts, told apart by their ids.
func hasAccounts(m parquet.Manifest) error {
	if placeOfColumn(m.Tables[accountsTable], connector.AccountID) < 0 {
		return fmt.Errorf("it was written by version %s of the program, and has no table of accounts with a column %s; use that version", m.ProgramVersion, connector.AccountID)
	}
	return nil
}

// placeOfColumn is the place of a column in a table; -1: it has none of that name.
func placeOfColumn(table parquet.TableManifest, name string) int {
	return slices.IndexFunc(table.Columns, func(c parquet.Column) bool { return c.Name == name })
}

// columnNamed is one of some columns, in whatever letter case it is named; empty: there
// is none.
func columnNamed(columns []string, name string) string {
	found := ""
	for _, c := range columns {
		if c == name {
			return name
		}
		if strings.EqualFold(c, name) {
			found = c
		}
	}
	return found
}

// identify decides which property is meant: one of a snapshot of the window, else the
// one that fills an axis of that name. It gives the newest snapshot that has it, and
// which properties fill which axes.
func (t *trending) identify() (anchor int, fills map[string]Property, err error) {
	if strings.EqualFold(t.Asked, connector.AccountID) {
		return 0, nil, configurationf("%s is what accounts are told apart by: it has no history of its own", connector.AccountID)
	}
	newest, err := t.newestOfWindow()
	if err != nil {
		return 0, nil, err
	}
	if fills, err = t.fills(newest); err != nil {
		return 0, nil, err
	}
	if anchor = t.search(t.Asked); anchor < 0 {
		name, err := t.byAxis(fills)
		if err != nil {
			return 0, nil, err
		}
		if name != "" {
			anchor = t.search(name)
		}
	}
	if anchor < 0 {
		return 0, nil, t.unknown(newest)
	}
	return anchor, fills, nil
}

// newestOfWindow opens the newest snapshot of the window that can be read.
func (t *trending) newestOfWindow() (*parquet.Reader, error) {
	var failed error
	for i := len(t.steps) - 1; i >= 0; i-- {
		reader, err := t.steps[i].open()
		if err == nil {
			return reader, nil
		}
		failed = err // told in its place
	}
	return nil, configurationf("%s: none of the %d snapshots looked at in %s can be read: %v", t.File, len(t.steps), t.Parquet, failed)
}

// search looks for a property in the snapshots of the window, the newest first; -1: none
// has it.
func (t *trending) search(name string) int {
	for i := len(t.steps) - 1; i >= 0; i-- {
		if column := columnNamed(t.steps[i].names(), name); column != "" {
			t.steps[i].column = column
			return i
		}
	}
	return -1
}

// byAxis is the property that fills the axis that was asked for; empty: there is no such
// axis.
func (t *trending) byAxis(fills map[string]Property) (string, error) {
	for axis, property := range fills {
		if !strings.EqualFold(axis, t.Asked) {
			continue
		}
		if len(property.Names) > 1 {
			return "", configurationf("the axis %s is filled by the first of %s that is not empty; ask for one of them", axis, strings.Join(property.Names, ", "))
		}
		return property.Names[0], nil
	}
	return "", nil
}

// fills are the properties by the axes they fill, as the file says now.
func (t *trending) fills(newest *parquet.Reader) (map[string]Property, error) {
	state, _, err := readMemory(t.ctx, t.Pipeline)
	if err != nil {
		return nil, err
	}
	x := &explaining{past: t.past, snapshot: newest, state: state}
	if len(newest.Manifest().Tables["axes"].Columns) < 2 {
		return x.fills(nil), nil
	}
	return x.fills(x.axisNames()), nil
}

func (t *trending) nameAxes(fills map[string]Property) {
	for axis, property := range fills {
		if slices.ContainsFunc(property.Names, func(name string) bool { return strings.EqualFold(name, t.Property) }) {
			t.Axes = append(t.Axes, axis)
		}
	}
	slices.Sort(t.Axes)
}

func (t *trending) unknown(newest *parquet.Reader) error {
	names := slices.DeleteFunc(columnNames(newest), func(name string) bool { return name == connector.AccountID })
	why := ""
	if slices.ContainsFunc(t.Properties, func(p Property) bool {
		return slices.ContainsFunc(p.Names, func(name string) bool { return strings.EqualFold(name, t.Asked) })
	}) {
		why = fmt.Sprintf(" (%s asks for it: Salesforce did not have it, or did not show it, in any of these runs)", t.File)
	}
	return configurationf("none of the %d snapshots looked at in %s has a property or an axis %q%s; the newest has %s", len(t.steps), t.Parquet, t.Asked, why, strings.Join(names, ", "))
}

// follow finds the name of the property in every snapshot of the window. Where a
// snapshot does not have it and its neighbour does, what one of them alone has is held
// against each other: the property may have been renamed.
func (t *trending) follow(ctx context.Context, anchor int) error {
	for i := anchor - 1; i >= 0; i-- {
		if err := t.name(ctx, i, -1); err != nil {
			return err
		}
	}
	for i := anchor + 1; i < len(t.steps); i++ {
		if err := t.name(ctx, i, 1); err != nil {
			return err
		}
	}
	for i := len(t.steps) - 1; i >= 0; i-- {
		if t.steps[i].column != "" {
			t.Property = t.steps[i].column
			break
		}
	}
	return nil
}

// name finds the name of the property in a snapshot from that of the nearest one, on
// the side of the anchor, that has it.
func (t *trending) name(ctx context.Context, i, away int) error {
	s := &t.steps[i]
	names := s.names()
	if names == nil {
		return ctx.Err() // told in its place
	}
	near := i - away
	for t.steps[near].column == "" {
		near -= away
	}
	known := t.steps[near].column
	if s.column = columnNamed(names, known); s.column != "" || near != i-away && slices.Equal(names, t.strange) {
		return ctx.Err() // the snapshot between has the same columns, and none was it
	}
	reader, err := s.open()
	if err != nil {
		return ctx.Err()
	}
	other, err := t.steps[near].open()
	if err != nil {
		return ctx.Err()
	}
	before, after := reader, other
	if away > 0 {
		before, after = other, reader
	}
	renamed, err := renamedBetween(ctx, before, after, known)
	if err != nil || renamed == nil {
		t.strange = names
		return ctx.Err() // damage is told where it is read
	}
	if s.column = renamed.From; away > 0 {
		s.column, s.renamed = renamed.To, renamed
	} else {
		t.steps[near].renamed = renamed
	}
	return nil
}

func columnNames(reader *parquet.Reader) (names []string) {
	for _, c := range reader.Manifest().Tables[accountsTable].Columns {
		names = append(names, c.Name)
	}
	return names
}

// renamedBetween is what a column was renamed from or to, nil if it does not look so.
func renamedBetween(ctx context.Context, before, after *parquet.Reader, name string) (*diff.Renamed, error) {
	was, now := before.Manifest().Tables[accountsTable], after.Manifest().Tables[accountsTable]
	options := diff.Options{Table: accountsTable}
	options.Ignore = diff.Columns(was, now, options)
	if own := len(options.Ignore) + 1; own == len(was.Columns) || own == len(now.Columns) {
		return nil, nil // one of them has nothing that the other has not
	}
	summary, err := diff.Compare(ctx, before, after, options, func(diff.Row) error { return nil })
	if err != nil {
		return nil, err
	}
	best := (*diff.Renamed)(nil)
	for i, r := range summary.Renamed {
		if (r.From == name || r.To == name) && (best == nil || r.Same*best.Of > best.Same*r.Of) {
			best = &summary.Renamed[i]
		}
	}
	return best, nil
}
