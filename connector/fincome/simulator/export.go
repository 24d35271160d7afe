package simulator

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// Format is the form of an export file.
type Format struct {
	Workbook  bool // XLSX, otherwise CSV
	French    bool // headers of an account in French
	Delimiter rune // of CSV; a comma when zero
	BOM       bool // CSV begins with a byte order mark, as Excel likes it
}

// The forms people have at hand.
var (
	CSV       = Format{}
	FrenchCSV = Format{French: true, Delimiter: ';', BOM: true}
	XLSX      = Format{Workbook: true}
)

var (
	englishHeaders = []string{"Customer ID", "Customer name", "Email", "Country", "Zip code"}
	frenchHeaders  = []string{"ID client", "Nom du client", "E-mail", "Pays", "Code postal"}
)

// row is one line of the export: texts, JSON numbers and booleans as they are.
type row []json.RawMessage

// Export writes all customers as the export centre does: the fields of a
// customer, then one column for each axis, in the order of their names. An axis
// that no customer has has no column. An empty text, a null and an absent key
// all are an empty cell.
func (s *Server) Export(w io.Writer, as Format) error {
	axes := s.axisNames()
	headers := englishHeaders
	if as.French {
		headers = frenchHeaders
	}
	headers = slices.Concat(headers, axes)
	var err error
	if as.Workbook {
		err = exportWorkbook(w, s.workbookLines(headers, axes))
	} else {
		err = s.exportCSV(w, as, headers, axes)
	}
	if err != nil {
		return fmt.Errorf("export customers: %w", err)
	}
	return nil
}

func (s *Server) axisNames() []string {
	seen := map[string]bool{}
	var names []string
	for c := range s.bodies() {
		for _, p := range c.Properties {
			if !seen[p.name] && cellText(p.value) != "" {
				seen[p.name] = true
				names = append(names, p.name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// bodies gives the visible state of every customer without counting as a read.
func (s *Server) bodies() iter.Seq[body] {
	return func(yield func(body) bool) {
		for _, c := range s.customers {
			s.mu.RLock()
			b := c.decoded()
			s.mu.RUnlock()
			if !yield(b) {
				return
			}
		}
	}
}

func (b body) row(axes []string) row {
	cells := row{quoted(b.ID)}
	for _, field := range []*string{b.Name, b.Email, b.Country, b.ZipCode} {
		cells = append(cells, quoted(text(field)))
	}
	for _, axis := range axes {
		value, _ := b.Properties.get(axis)
		cells = append(cells, value)
	}
	return cells
}

// cellText is how a value looks in a cell of text.
func cellText(value json.RawMessage) string {
	if value == nil || string(value) == "null" {
		return ""
	}
	if value[0] != '"' {
		return string(value)
	}
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		panic("fincome simulator: a held text is no JSON: " + err.Error())
	}
	return s
}

func (s *Server) exportCSV(w io.Writer, as Format, headers, axes []string) error {
	if as.BOM {
		if _, err := io.WriteString(w, "\ufeff"); err != nil {
			return err
		}
	}
	out := csv.NewWriter(w)
	if as.Delimiter != 0 {
		out.Comma = as.Delimiter
	}
	if err := out.Write(headers); err != nil {
		return err
	}
	line := make([]string, len(headers))
	for b := range s.bodies() {
		for i, value := range b.row(axes) {
			line[i] = cellText(value)
		}
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func exportWorkbook(w io.Writer, lines iter.Seq[[]any]) error {
	book := excelize.NewFile()
	defer func() { _ = book.Close() }() // nothing is lost: the book was written or has failed
	sheet, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return err
	}
	number := 0
	for line := range lines {
		number++
		if err := sheet.SetRow("A"+strconv.Itoa(number), line); err != nil {
			return err
		}
	}
	if err := sheet.Flush(); err != nil {
		return err
	}
	_, err = book.WriteTo(w)
	return err
}

// workbookLines gives the headers and the customers; a line lives until the
// next one.
func (s *Server) workbookLines(headers, axes []string) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		line := make([]any, len(headers))
		for i, header := range headers {
			line[i] = header
		}
		if !yield(line) {
			return
		}
		for b := range s.bodies() {
			for i, value := range b.row(axes) {
				line[i] = workbookCell(value)
			}
			if !yield(line) {
				return
			}
		}
	}
}

// workbookCell gives numbers and booleans their type, as a program does that
// exports typed data; a workbook keeps numbers as binary floating point.
func workbookCell(value json.RawMessage) any {
	switch string(value) {
	case "true":
		return true
	case "false":
		return false
	}
	if number, err := strconv.ParseFloat(string(value), 64); err == nil {
		return number
	}
	if shown := cellText(value); shown != "" {
		return shown
	}
	return nil
}
