package file

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/sinks"
)

// sheet is the rows of a file, the header first; an empty text is an empty cell.
func (c Config) sheet(p *pile, kind string) [][]string {
	if kind == Clear {
		return c.clearSheet(p)
	}
	place := map[string]int{}
	for _, customer := range p.customers {
		for _, cell := range customer.Cells {
			place[cell.Axis] = 0
		}
	}
	header := []string{c.IDColumn}
	for axis := range place {
		header = append(header, axis)
	}
	slices.Sort(header[1:])
	for i, axis := range header[1:] {
		place[axis] = i + 1
	}
	rows := [][]string{header}
	for _, customer := range p.customers {
		row := make([]string, len(header))
		row[0] = customer.CustomerID
		for _, cell := range customer.Cells {
			row[place[cell.Axis]] = cell.After.Text
		}
		rows = append(rows, row)
	}
	return rows
}

// clearSheet lists the cells to empty, for a person: an import has no way to say
// that a cell is to be emptied.
func (c Config) clearSheet(p *pile) [][]string {
	rows := [][]string{{c.IDColumn, "axis to empty", "value now"}}
	for _, customer := range p.customers {
		for _, cell := range customer.Cells {
			rows = append(rows, []string{customer.CustomerID, cell.Axis, cell.Before.Text})
		}
	}
	return rows
}

// begin writes rows to what will be the file at path, its owner's alone: on disk, and
// not in place yet. It answers nil where the file holds them already, which is left as
// it is: somebody may have it open.
func (c Config) begin(path string, rows [][]string) (*durable.File, error) {
	var content bytes.Buffer
	encode := encodeCSV
	if c.Format == XLSX {
		encode = encodeXLSX
	}
	if err := encode(&content, rows); err != nil {
		return nil, err
	}
	held, err := os.ReadFile(path)
	if err == nil && bytes.Equal(held, content.Bytes()) {
		return nil, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	pending, err := durable.Pending(path)
	if err != nil {
		return nil, err
	}
	if _, err = pending.Write(content.Bytes()); err == nil {
		err = pending.Sync()
	}
	if err != nil {
		pending.Cleanup()
		return nil, err
	}
	return pending, nil
}

// encodeCSV writes every value as it is, byte for byte, also one that a spreadsheet
// would take for a formula: the importer reads what stands there.
func encodeCSV(to *bytes.Buffer, rows [][]string) error {
	to.WriteString("\ufeff")
	for _, row := range rows {
		for i, text := range row {
			if i > 0 {
				to.WriteByte(',')
			}
			if strings.ContainsAny(text, ",\"\r\n;\t|") || strings.TrimSpace(text) != text {
				text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
			}
			to.WriteString(text)
		}
		to.WriteString("\r\n")
	}
	return nil
}

// asText is the number format "Text": what stands in such a cell stays a text, also
// when a person goes through it.
const asText = 49

// encodeXLSX writes every value as a text: nothing becomes a formula, a number or a
// date.
func encodeXLSX(to *bytes.Buffer, rows [][]string) error {
	book := excelize.NewFile()
	defer book.Close()
	style, err := book.NewStyle(&excelize.Style{NumFmt: asText})
	if err != nil {
		return err
	}
	sheet, err := book.NewStreamWriter(book.GetSheetName(0))
	if err != nil {
		return err
	}
	cells := make([]any, len(rows[0]))
	for i, row := range rows {
		for j, text := range row {
			cells[j] = nil
			if text != "" {
				cells[j] = excelize.Cell{StyleID: style, Value: text}
			}
		}
		name, err := excelize.CoordinatesToCellName(1, i+1)
		if err == nil {
			err = sheet.SetRow(name, cells)
		}
		if err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	return book.Write(io.Writer(to))
}

// The codes of what a file cannot hold.
const (
	CodeTooLong   = "too_long"
	CodeCharacter = "character"
)

// refuses says why a cell cannot stand in a file; an empty code: it can.
func (c Config) refuses(customerID string, cell sinks.Cell) (code, reason string) {
	if c.Format != XLSX {
		return "", ""
	}
	for _, text := range []string{customerID, cell.Axis, cell.After.Text} {
		if len(text) > excelize.TotalCellChars && len(utf16.Encode([]rune(text))) > excelize.TotalCellChars {
			return CodeTooLong, "a cell of a workbook holds 32,767 characters at most"
		}
		if strings.ContainsFunc(text, notInXML) {
			return CodeCharacter, "a cell of a workbook cannot hold this control character"
		}
	}
	return "", ""
}

// notInXML: XML 1.0 has no way to write the character.
func notInXML(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == '\ufffe' || r == '\uffff'
}

// Remedy says what to do about a cell that was refused with a code; empty for other
// codes.
func Remedy(code string) string {
	switch code {
	case CodeTooLong:
		return "shorten the value in Salesforce, or write format: csv"
	case CodeCharacter:
		return "correct the value in Salesforce, or write format: csv"
	}
	return ""
}
