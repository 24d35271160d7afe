package fincome

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// table is one pass over the lines of a file, after its headers.
type table struct {
	ctx    context.Context // of the pass: the reader's Next takes none
	name   string          // of the file, for errors
	lines  lines
	layout layout
	ids    seen
}

func (t *table) close() { t.lines.close() }

func (t *table) axisNames() []string {
	var names []string
	for _, axis := range t.layout.axes {
		if axis.carried {
			names = append(names, axis.name)
		}
	}
	return names
}

func (t *table) fill(b *batch) (done bool, err error) {
	if err := t.ctx.Err(); err != nil {
		return false, fmt.Errorf("customers: %s: %w", t.name, context.Cause(t.ctx))
	}
	for !b.full() {
		cells, number, err := t.lines.next()
		if errors.Is(err, io.EOF) {
			return true, nil
		}
		if err == nil {
			err = t.add(b, cells, number)
		}
		if err != nil {
			return false, fmt.Errorf("customers: %s: line %d: %w", t.name, number, err)
		}
	}
	return false, nil
}

// add adds one line to b. A line without any text is passed over: spreadsheets
// leave such lines at the end.
func (t *table) add(b *batch, cells []string, number int) error {
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) == 0 {
		return nil
	}
	if err := t.check(cells); err != nil {
		return err
	}
	id := at(cells, t.layout.id)
	if before, again := t.ids.add([]byte(id), number); again {
		return fmt.Errorf("customer %q is in line %d already: export the customers again, one line for each", id, before)
	}
	for i, column := range t.layout.columns {
		if value := at(cells, column); value != "" {
			b.set(i, []byte(value), "")
		}
	}
	if name := at(cells, t.layout.name); name != "" {
		b.call([]byte(name))
	}
	identifier := at(cells, t.layout.identifier)
	b.end([]byte(id), []byte(identifier), identifier != "")
	for i := range t.layout.axes {
		axis := &t.layout.axes[i]
		axis.carried = axis.carried || at(cells, axis.column) != ""
	}
	return nil
}

// scientific is what a spreadsheet makes of a long number.
var scientific = regexp.MustCompile(`^[0-9][.,]?[0-9]*E\+[0-9]+$`)

// check refuses a line that does not fit the headers, or has no sound id.
func (t *table) check(cells []string) error {
	if len(cells) > len(t.layout.headers) {
		return fmt.Errorf("it has %d cells, the headers %d", len(cells), len(t.layout.headers))
	}
	for column, value := range cells {
		if !utf8.ValidString(value) {
			return fmt.Errorf("column %q is not UTF-8: save the file as CSV UTF-8", t.layout.headers[column])
		}
	}
	header := t.layout.headers[t.layout.id]
	switch id := at(cells, t.layout.id); {
	case id == "":
		return fmt.Errorf("the customer id (column %q) is empty", header)
	case strings.TrimSpace(id) == "":
		return fmt.Errorf("the customer id (column %q) holds nothing but blanks", header)
	case strings.ContainsFunc(id, unicode.IsControl):
		return fmt.Errorf("the customer id (column %q) holds a control character: %q; correct it in the file, or export the customers again", header, id)
	case scientific.MatchString(id):
		return fmt.Errorf("a spreadsheet has made a number of the customer id (column %q): %s; export again and open it nowhere", header, id)
	}
	return nil
}

// at is the cell of a column, empty when the line or the file has none.
func at(cells []string, column int) string {
	if column < 0 || column >= len(cells) {
		return ""
	}
	return cells[column]
}
