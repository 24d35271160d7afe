package fincome

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/axisync/axisync/connector"
)

// FileConfig says how a file of the export centre is read. Which headers the
// export centre writes is documented nowhere: known names are a default, and
// IDColumn and Columns name others.
type FileConfig struct {
	Path string // ends in .csv or .xlsx
	// IDColumn is the header of the column of customer ids, exactly; one of
	// IDHeaders, in any letter case, when empty.
	IDColumn string
	// Columns gives the header of an axis whose column is not called as the axis.
	Columns map[string]string
	// Observed is when the file was exported; the file's modification time when
	// zero.
	Observed time.Time
	Sheet    string // of a workbook; the first when empty
}

// IDHeaders are the headers that are known for the column of customer ids, in
// English, in French and in the API.
func IDHeaders() []string {
	return []string{
		"Customer ID", "Client ID", "Customer identifier", "ID client", "Identifiant client", "ID du client",
		"customer_id", "client_id", "id",
	}
}

// nameHeaders are the columns that may hold the customer's name; the first counts.
var nameHeaders = []string{"Customer name", "Client name", "Nom du client", "Nom client", "name"}

// fieldHeaders are the columns that hold fields of a customer, not axes.
func fieldHeaders() []string {
	return append(append(IDHeaders(), nameHeaders...),
		"Email", "E-mail", "Country", "Pays", "Zip code", "Code postal", "zip_code",
		"root_parent_id", "created_at", "updated_at")
}

// Validate names what is wrong with c, without opening the file.
func (c FileConfig) Validate() error {
	if c.Path == "" {
		return errors.New("customers.file is empty: name a CSV or XLSX file of Fincome's export centre")
	}
	if _, err := c.open(); err != nil {
		return err
	}
	owner := map[string]string{}
	for axis, header := range c.Columns {
		if other, taken := owner[header]; taken {
			return fmt.Errorf("customers.columns: the axes %q and %q share the column %q", min(axis, other), max(axis, other), header)
		}
		owner[header] = axis
	}
	return nil
}

// File reads all customers from a file.
type File struct{ Config FileConfig }

var _ connector.Customers = File{}

// Read opens one pass. Its errors name the file and the line. An axis without a
// column is unread: it has no columns in the schema. An empty cell is null, and
// a cell is always a text: a file does not tell a number from its text. An axis
// counts for AxisNames when a cell of its column is not empty.
func (f File) Read(ctx context.Context, query connector.CustomerQuery) (connector.CustomerReader, error) {
	if err := f.Config.Validate(); err != nil {
		return nil, err
	}
	reader, err := f.read(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("customers: %s: %w", filepath.Base(f.Config.Path), err)
	}
	return reader, nil
}

func (f File) read(ctx context.Context, query connector.CustomerQuery) (connector.CustomerReader, error) {
	info, err := os.Stat(f.Config.Path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no regular file: export the customers to a file")
	}
	open, err := f.Config.open()
	if err != nil {
		return nil, err
	}
	lines, err := open(f.Config)
	if err != nil {
		return nil, err
	}
	layout, err := f.Config.headers(lines, query)
	if err != nil {
		lines.close()
		return nil, err
	}
	observed := f.Config.Observed
	if observed.IsZero() {
		observed = info.ModTime()
	}
	schema := connector.CustomerSchema(query.Axes, layout.reads)
	return newReader(schema, len(query.Axes), observed, &table{
		ctx: ctx, name: filepath.Base(f.Config.Path), lines: lines, layout: layout, ids: seen{},
	}), nil
}

// headers reads the first line.
func (c FileConfig) headers(lines lines, query connector.CustomerQuery) (layout, error) {
	headers, _, err := lines.next()
	if err != nil {
		return layout{}, fmt.Errorf("the headers: %w", err)
	}
	for i, header := range headers {
		if !utf8.ValidString(header) {
			return layout{}, fmt.Errorf("the header of column %d is not UTF-8: save the file as CSV UTF-8", i+1)
		}
	}
	return c.layout(headers, query)
}

// lines is a file, line by line.
type lines interface {
	// next answers the cells of the next line, which live until the following
	// call, and its number in the file; io.EOF at the end.
	next() (cells []string, number int, err error)
	close()
}

var errNoLine = errors.New("the file is empty")

// open answers how the file is opened, by the end of its name.
func (c FileConfig) open() (func(FileConfig) (lines, error), error) {
	switch extension := strings.ToLower(filepath.Ext(c.Path)); extension {
	case ".csv", ".txt":
		return openCSV, nil
	case ".xlsx", ".xlsm":
		return openWorkbook, nil
	default:
		return nil, fmt.Errorf("customers.file: %q is neither .csv nor .xlsx: export the customers again in one of the two", extension)
	}
}
