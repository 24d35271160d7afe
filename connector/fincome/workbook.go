package fincome

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// workbookLines is one sheet of an XLSX file, read as a stream.
type workbookLines struct {
	book   *excelize.File
	rows   *excelize.Rows
	number int
}

func openWorkbook(c FileConfig) (lines, error) {
	if err := notWorkbook(c.Path); err != nil {
		return nil, err
	}
	book, err := excelize.OpenFile(c.Path)
	if err != nil {
		return nil, fmt.Errorf("it cannot be read as a workbook: %w", err)
	}
	rows, err := sheet(book, c.Sheet)
	if err != nil {
		_ = book.Close() // it was only read
		return nil, err
	}
	return &workbookLines{book: book, rows: rows}, nil
}

func sheet(book *excelize.File, name string) (*excelize.Rows, error) {
	names := book.GetSheetList()
	if len(names) == 0 {
		return nil, errNoLine
	}
	if name == "" {
		name = names[0]
	}
	if !slices.Contains(names, name) {
		return nil, fmt.Errorf("there is no sheet %q; it has %s", name, list(names))
	}
	return book.Rows(name)
}

// next reads a row. Texts come as they are, numbers as the cell shows them and
// with fifteen digits at most, and booleans, which a workbook shows as TRUE, as
// JSON writes them.
func (l *workbookLines) next() ([]string, int, error) {
	if !l.rows.Next() {
		if err := l.rows.Error(); err != nil {
			return nil, l.number, err
		}
		if l.number == 0 {
			return nil, 0, errNoLine
		}
		return nil, l.number, io.EOF
	}
	l.number++
	cells, err := l.rows.Columns()
	if err != nil {
		return nil, l.number, err
	}
	for i, value := range cells {
		if value == "TRUE" || value == "FALSE" {
			cells[i] = strings.ToLower(value)
		}
	}
	return cells, l.number, nil
}

func (l *workbookLines) close() {
	_ = l.rows.Close() // it was only read
	_ = l.book.Close()
}
