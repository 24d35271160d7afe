package fincome

import (
	"fmt"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector"
)

// layout says which column of a file holds what. Columns count from 0.
type layout struct {
	headers    []string
	id         int
	identifier int   // -1 when the file has no column for it
	name       int   // of the customer's name; likewise
	columns    []int // one for each axis of the query, -1 when there is none
	axes       []axisColumn
	query      connector.CustomerQuery
}

// axisColumn is a column that holds an axis.
type axisColumn struct {
	column  int
	name    string
	carried bool // a line has something in it
}

func (c FileConfig) layout(headers []string, query connector.CustomerQuery) (layout, error) {
	l := layout{headers: slices.Clone(headers), identifier: -1, query: query}
	place := map[string]int{}
	for i, header := range l.headers {
		if header == "" { // a spreadsheet leaves such columns at the right
			continue
		}
		if first, again := place[header]; again {
			return l, fmt.Errorf("the header %q stands over columns %d and %d: rename or remove one", header, first+1, i+1)
		}
		place[header] = i
	}
	var err error
	if l.id, err = c.idColumn(l.headers); err != nil {
		return l, err
	}
	for axis, header := range c.Columns {
		if _, there := place[header]; !there {
			return l, fmt.Errorf("customers.columns: axis %q: the file has no column %q; it has %s", axis, header, list(l.headers))
		}
	}
	column := func(axis string) int {
		header, configured := c.Columns[axis]
		if !configured {
			header = axis
		}
		if i, there := place[header]; there && i != l.id {
			return i
		}
		return -1
	}
	l.identifier = column(query.IdentificationAxis)
	for _, axis := range query.Axes {
		l.columns = append(l.columns, column(axis))
	}
	l.axes = c.axisColumns(l)
	l.name = slices.IndexFunc(l.headers, func(header string) bool { return known(nameHeaders, header) })
	if slices.ContainsFunc(l.axes, func(a axisColumn) bool { return a.column == l.name }) {
		l.name = -1 // it was taken for an axis
	}
	return l, nil
}

// idColumn finds the column of customer ids.
func (c FileConfig) idColumn(headers []string) (int, error) {
	if c.IDColumn != "" {
		if i := slices.Index(headers, c.IDColumn); i >= 0 {
			return i, nil
		}
		return 0, fmt.Errorf("there is no column %q for the customer id; the file has %s", c.IDColumn, list(headers))
	}
	var found []int
	for i, header := range headers {
		if known(IDHeaders(), header) {
			found = append(found, i)
		}
	}
	if delimiter := oddDelimiter(headers); len(found) == 0 && delimiter != "" {
		return 0, fmt.Errorf("the header line is one cell, %s: it seems to have %q between its cells; write the file with commas, semicolons, tabs or upright bars", list(headers), delimiter)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return 0, fmt.Errorf("no column is known to hold the customer id; set customers.id_column to one of %s", list(headers))
	}
	return 0, fmt.Errorf("%q and %q both may hold the customer id: set customers.id_column", headers[found[0]], headers[found[1]])
}

// oddDelimiter is what seems to stand between the cells of a header line that was read
// as a single one; empty where nothing does.
func oddDelimiter(headers []string) string {
	if len(headers) != 1 {
		return ""
	}
	for _, candidate := range []string{":", "^", "~", "¦", "\x1f", "\x01"} {
		for _, part := range strings.Split(headers[0], candidate) {
			if part != headers[0] && known(IDHeaders(), strings.Trim(part, `"'`)) {
				return candidate
			}
		}
	}
	return ""
}

// axisColumns are the columns with an axis. A column that the query or the
// configuration takes for an axis is one, whatever its header.
func (c FileConfig) axisColumns(l layout) []axisColumn {
	var axes []axisColumn
	for i, header := range l.headers {
		name := c.axisOf(header)
		asked := i == l.identifier || slices.Contains(l.columns, i) || name != header
		if i != l.id && header != "" && (asked || !known(fieldHeaders(), header)) {
			axes = append(axes, axisColumn{column: i, name: name})
		}
	}
	return axes
}

// axisOf is the axis in the column with header.
func (c FileConfig) axisOf(header string) string {
	for axis, configured := range c.Columns {
		if configured == header {
			return axis
		}
	}
	return header
}

// reads reports whether the file has a column for an axis of the query.
func (l layout) reads(axis string) bool {
	return l.columns[slices.Index(l.query.Axes, axis)] >= 0
}

func known(names []string, header string) bool {
	header = strings.TrimSpace(header)
	return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, header) })
}

// list names the headers of a file, the first twenty.
func list(headers []string) string {
	var names []string
	for i, header := range headers {
		if i == 20 {
			names = append(names, fmt.Sprintf("and %d more", len(headers)-i))
			break
		}
		names = append(names, fmt.Sprintf("%q", header))
	}
	return strings.Join(names, ", ")
}
