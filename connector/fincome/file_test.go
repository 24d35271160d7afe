package fincome_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func export(t *testing.T, server *simulator.Server, name string, as simulator.Format) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(server.Export(file, as), file.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// inFile is what a row of the listing looks like in a file: no types, and what
// is empty is null.
func inFile(r row, carried []string, query connector.CustomerQuery) row {
	cell := func(text string) string {
		if text == "" {
			return null
		}
		return text
	}
	out := row{ID: r.ID, Identifier: cell(r.Identifier)}
	for i, axis := range query.Axes {
		value, kind := cell(r.Values[i]), null
		if !slices.Contains(carried, axis) {
			value, kind = "<unread>", "<unread>"
		}
		out.Values, out.Types = append(out.Values, value), append(out.Types, kind)
	}
	return out
}

// asWorkbook is how a workbook keeps a number: with fifteen digits.
func asWorkbook(r row) row {
	out := r
	out.Values = slices.Clone(r.Values)
	for i, axis := range everything.Axes {
		if axis != simulator.AxisSeats {
			continue
		}
		number, err := strconv.ParseFloat(r.Values[i], 64)
		if err == nil {
			number, err = strconv.ParseFloat(strconv.FormatFloat(number, 'g', 15, 64), 64)
		}
		if err == nil {
			out.Values[i] = strconv.FormatFloat(number, 'f', -1, 64)
		}
	}
	return out
}

func TestExportFilesTellTheTruth(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		as        simulator.Format
		customers int
	}{
		"customers.csv": {simulator.CSV, 9000}, "clients.csv": {simulator.FrenchCSV, 1000},
		"tabs.txt": {simulator.Format{Delimiter: '\t'}, 1000}, "CUSTOMERS.XLSX": {simulator.XLSX, 1500},
	} {
		server := simulator.New(simulator.Config{Seed: 9, Customers: c.customers, Accounts: accounts(1000), Extra: []simulator.Customer{
			given("00012", map[string]string{"Salesforce ID": `"x;y"`, "Industry": `"; \"q\",\n"`}),
			given("12", map[string]string{"Industry": `"  blank  "`}),
		}})
		listed, carried := truth(server, everything)
		var want []row
		for _, r := range listed {
			w := inFile(r, carried, everything)
			if c.as.Workbook {
				w = asWorkbook(w)
			}
			want = append(want, w)
		}
		path := export(t, server, name, c.as)
		got, axes, err := readAll(t, fincome.File{Config: fincome.FileConfig{Path: path}}, everything)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(name)
		same(t, want, got)
		if diff := cmp.Diff(carried, axes); diff != "" {
			t.Errorf("%s: axes (-want +got):\n%s", name, diff)
		}
	}
}

func TestHeadersAndLayout(t *testing.T) {
	t.Parallel()
	query := connector.CustomerQuery{IdentificationAxis: "Salesforce ID", Axes: []string{"Industry", "industry", "Country"}}
	for name, c := range map[string]struct {
		content string
		config  fincome.FileConfig
		want    []row
		axes    []string
	}{
		"axes differ in case, blanks are text": {
			content: "Industry, industry,Salesforce ID,client_ID\na,b, 001 ,c\n",
			want:    []row{{"c", " 001 ", []string{"a", "<unread>", "<unread>"}, []string{null, "<unread>", "<unread>"}}},
			axes:    []string{" industry", "Industry", "Salesforce ID"},
		},
		"a field is an axis when asked for": {
			content: "ID;Country;Name;Salesforce ID;Empty\n1;FR;n;;\n",
			want:    []row{{"1", null, []string{"<unread>", "<unread>", "FR"}, []string{"<unread>", "<unread>", null}}},
			axes:    []string{"Country"},
		},
		"configured": {
			content: "id,key,Secteur,SF\n1,k,Banque,001\n",
			config:  fincome.FileConfig{IDColumn: "key", Columns: map[string]string{"Industry": "Secteur", "Salesforce ID": "SF"}},
			want:    []row{{"k", "001", []string{"Banque", "<unread>", "<unread>"}, []string{null, "<unread>", "<unread>"}}},
			axes:    []string{"Industry", "Salesforce ID"},
		},
		"delimiters in values, empty lines at the end": {
			content: "\ufeff\"Customer ID\";\"Salesforce ID\"\r\n\"a,b,c,d\";\"1;2\"\r\n;\r\n\r\n",
			want:    []row{{"a,b,c,d", "1;2", []string{"<unread>", "<unread>", "<unread>"}, []string{"<unread>", "<unread>", "<unread>"}}},
			axes:    []string{"Salesforce ID"},
		},
		"a delimiter in a quoted header": {
			content: "\"a;b;c;d\",Customer ID\nx,1\n",
			want:    []row{{"1", null, []string{"<unread>", "<unread>", "<unread>"}, []string{"<unread>", "<unread>", "<unread>"}}},
			axes:    []string{"a;b;c;d"},
		},
		"upright bars": {
			content: "Customer ID|Salesforce ID|Industry\n1|001|a, b; c\n",
			want:    []row{{"1", "001", []string{"a, b; c", "<unread>", "<unread>"}, []string{null, "<unread>", "<unread>"}}},
			axes:    []string{"Industry", "Salesforce ID"},
		},
		"no customer": {content: "Customer ID,Industry\n"},
	} {
		c.config.Path = write(t, "c.csv", c.content)
		got, axes, err := readAll(t, fincome.File{Config: c.config}, query)
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
		if diff := cmp.Diff(c.axes, axes); diff != "" {
			t.Errorf("%s: axes (-want +got):\n%s", name, diff)
		}
	}
}

func TestFilesThatCannotBeTrusted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		content string
		config  fincome.FileConfig
		want    string
	}{
		"empty":             {content: "", want: "the file is empty"},
		"blank":             {content: "\ufeff \n\n", want: "the file is empty"},
		"UTF-16":            {content: "\xff\xfeI\x00D\x00", want: "it is UTF-16: save the file as CSV UTF-8"},
		"header twice":      {content: "ID,A,B,A\n", want: `the header "A" stands over columns 2 and 4`},
		"no id":             {content: "Name,MRR\n", want: `no column is known to hold the customer id; set customers.id_column to one of "Name", "MRR"`},
		"two ids":           {content: "id,Customer ID\n", want: `"id" and "Customer ID" both may hold the customer id`},
		"id not there":      {content: "id,A\n", config: fincome.FileConfig{IDColumn: "ID"}, want: `there is no column "ID" for the customer id; the file has "id", "A"`},
		"axis not there":    {content: "id,A\n", config: fincome.FileConfig{Columns: map[string]string{"X": "B"}}, want: `axis "X": the file has no column "B"; it has "id", "A"`},
		"columns shared":    {content: "id,A\n", config: fincome.FileConfig{Columns: map[string]string{"X": "A", "Y": "A"}}, want: `the axes "X" and "Y" share the column "A"`},
		"id empty":          {content: "id,A\n1,a\n,b\n", want: `line 3: the customer id (column "id") is empty`},
		"id of blanks":      {content: "id,A\n1,a\n \t ,b\n", want: `line 3: the customer id (column "id") holds nothing but blanks`},
		"id of hard blanks": {content: "id,A\n\u00a0,b\n", want: `line 2: the customer id (column "id") holds nothing but blanks`},
		"id with a NUL":     {content: "id,A\n1,a\n2,b\n3\x00,c\n", want: `line 4: the customer id (column "id") holds a control character: "3\x00"`},
		"id with a break":   {content: "id,A\n\"1\n2\",a\n", want: `holds a control character: "1\n2"`},
		"id with a C1":      {content: "id,A\n1\u0085x,a\n", want: `line 2: the customer id (column "id") holds a control character`},
		"colons":            {content: "Name:Customer ID:MRR\na:b:1\n", want: `it seems to have ":" between its cells; write the file with commas`},
		"carets":            {content: "id^A\n1^2\n", want: `it seems to have "^" between its cells`},
		"gzip":              {content: "\x1f\x8b\x08\x00\x00", want: "it is compressed with gzip: unpack it"},
		"a web page":        {content: "<!DOCTYPE html>\n<html>", want: "it is a web page"},
		"a PDF":             {content: "%PDF-1.7\n", want: "it is a PDF"},
		"an old workbook":   {content: "\xd0\xcf\x11\xe0\xa1\xb1", want: "it is a workbook of an old Excel"},
		"id twice":          {content: "id,A\n1,\"a\nb\"\n2,b\n1,c\n", want: `line 5: customer "1" is in line 2 already`},
		"id made a number":  {content: "id,A\n1.23457E+17,a\n", want: "line 2: a spreadsheet has made a number of the customer id"},
		"short line":        {content: "id,A,B\n1,a,b\n2,a\n", want: "line 3: it has 2 cells, the headers 3"},
		"long line":         {content: "id,A\n1,a,b\n", want: "line 2: it has 3 cells, the headers 2"},
		"open quote":        {content: "id,A\n1,\"a\n", want: "extraneous or missing"},
		"Latin-1":           {content: "id,A\n1,a\n2,caf\xe9\n", want: `line 3: column "A" is not UTF-8`},
		"Latin-1 in header": {content: "id,R\xe9gion\n", want: "the header of column 2 is not UTF-8"},
	} {
		c.config.Path = write(t, "c.csv", c.content)
		_, _, err := readAll(t, fincome.File{Config: c.config}, connector.CustomerQuery{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "customers") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	for path, want := range map[string]string{
		"":                                   "customers.file is empty",
		"customers.pdf":                      `".pdf" is neither .csv nor .xlsx`,
		filepath.Join(t.TempDir(), "no.csv"): "no such file",
		write(t, "no.xlsx", "id,A\n"):        "no.xlsx: it is a text and no workbook: give its name the end .csv",
		write(t, "gz.xlsx", "\x1f\x8b\x08"):  "gz.xlsx: it is compressed with gzip",
		write(t, "zip.xlsx", zipped(t, "c")): "zip.xlsx: it is a ZIP archive, but no workbook",
		write(t, "cut.xlsx", "PK\x03\x04"):   "cut.xlsx: it is a ZIP archive, but no workbook that is whole",
		write(t, "none.xlsx", ""):            "none.xlsx: the file is empty",
		write(t, "bin.xlsx", "\x00\x01"):     "bin.xlsx: it is no workbook",
		write(t, "zip.csv", zipped(t, "c")):  "zip.csv: it is a ZIP archive: unpack it",
		write(t, "book.csv", aWorkbook(t)):   "book.csv: it is an Excel workbook: give its name the end .xlsx",
	} {
		_, _, err := readAll(t, fincome.File{Config: fincome.FileConfig{Path: path}}, connector.CustomerQuery{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", path, err, want)
		}
	}
}

// zipped is an archive with one file.
func zipped(t *testing.T, name string) string {
	t.Helper()
	var content bytes.Buffer
	archive := zip.NewWriter(&content)
	_, err := archive.Create(name)
	if err := errors.Join(err, archive.Close()); err != nil {
		t.Fatal(err)
	}
	return content.String()
}

func aWorkbook(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(workbook(t, "S", [][]any{{"id"}, {"1"}}))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// workbook saves rows as a person's workbook: with styles, a second sheet, empty
// lines.
func workbook(t *testing.T, sheet string, rows [][]any) string {
	t.Helper()
	book := excelize.NewFile()
	defer book.Close()
	if _, err := book.NewSheet(sheet); err != nil {
		t.Fatal(err)
	}
	for i, cells := range rows {
		if err := book.SetSheetRow(sheet, "A"+strconv.Itoa(i+1), &cells); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "c.xlsx")
	if err := book.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWorkbooks(t *testing.T) {
	t.Parallel()
	path := workbook(t, "Clients", [][]any{
		{"ID client", "Salesforce ID", "Seats", "VIP", "Phone"},
		{"00012", "0015g00000XyZabAAF", 12.5, true, 33612345678},
		{},
		{123456789012, nil, 0.1, "x"},
		{"last"},
	})
	query := connector.CustomerQuery{IdentificationAxis: "Salesforce ID", Axes: []string{"Seats", "VIP", "Phone"}}
	file := fincome.File{Config: fincome.FileConfig{Path: path, Sheet: "Clients"}}
	got, axes, err := readAll(t, file, query)
	none := []string{null, null, null}
	want := []row{
		{"00012", "0015g00000XyZabAAF", []string{"12.5", "true", "33612345678"}, none},
		{"123456789012", null, []string{"0.1", "x", null}, none},
		{"last", null, none, none},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff([]string{"Phone", "Salesforce ID", "Seats", "VIP"}, axes); diff != "" {
		t.Errorf("axes (-want +got):\n%s", diff)
	}
	for sheet, want := range map[string]string{"": "the file is empty", "Other": `there is no sheet "Other"; it has "Sheet1", "Clients"`} {
		_, _, err := readAll(t, fincome.File{Config: fincome.FileConfig{Path: path, Sheet: sheet}}, query)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("sheet %q: %v", sheet, err)
		}
	}
	path = workbook(t, "S", [][]any{{"id", "A"}, {"1", "a"}, {}, {"1", "b"}})
	if _, _, err := readAll(t, fincome.File{Config: fincome.FileConfig{Path: path, Sheet: "S"}}, query); err == nil ||
		!strings.Contains(err.Error(), `c.xlsx: line 4: customer "1" is in line 2 already`) {
		t.Errorf("id twice: %v", err)
	}
}

// TestCellsAreKeptByteForByte writes any texts as CSV by the rules of RFC 4180
// alone.
func TestCellsAreKeptByteForByte(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune("a\"\r\n,;\té")))
		end := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "end")
		delimiter := rapid.SampledFrom([]string{",", ";", "\t"}).Draw(t, "delimiter")
		quote := func(cell string) string { return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"` }
		file := "id" + delimiter + "Salesforce ID" + delimiter + "A" + end
		var want [][2]string
		for i := range rapid.IntRange(1, 5).Draw(t, "lines") {
			cells := [2]string{text.Draw(t, "identifier"), text.Draw(t, "value")}
			want = append(want, cells)
			file += strconv.Itoa(i) + delimiter + quote(cells[0]) + delimiter + quote(cells[1]) + end
		}
		path := filepath.Join(folder, "c.csv")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		reader, err := fincome.File{Config: fincome.FileConfig{Path: path}}.Read(
			context.Background(), connector.CustomerQuery{IdentificationAxis: "Salesforce ID", Axes: []string{"A"}})
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Release()
		if !reader.Next() {
			t.Fatal(reader.Err())
		}
		for i, cells := range want {
			for column, cell := range cells { // an empty cell is null, which reads as ""
				if got := reader.RecordBatch().Column(1 + 2*column).(*array.String).Value(i); got != cell {
					t.Errorf("line %d holds %q, want %q", i, got, cell)
				}
			}
		}
	})
}

func TestTimeOfObservation(t *testing.T) {
	t.Parallel()
	path := write(t, "c.csv", "id\n1\n")
	saved := time.Date(2026, 11, 20, 8, 30, 0, 0, time.UTC)
	if err := os.Chtimes(path, time.Time{}, saved); err != nil {
		t.Fatal(err)
	}
	exported := saved.Add(-time.Hour)
	for want, config := range map[time.Time]fincome.FileConfig{
		saved: {Path: path}, exported: {Path: path, Observed: exported},
	} {
		reader, err := fincome.File{Config: config}.Read(t.Context(), connector.CustomerQuery{})
		if err != nil {
			t.Fatal(err)
		}
		if !reader.Observed().Equal(want) {
			t.Errorf("observed %v, want %v", reader.Observed(), want)
		}
		reader.Release()
	}
}

func TestFileCanBeReadAgainAndStopped(t *testing.T) {
	t.Parallel()
	file := fincome.File{Config: fincome.FileConfig{Path: write(t, "c.csv", "id\n1\n2\n")}}
	for range 2 {
		if rows, _, err := readAll(t, file, connector.CustomerQuery{}); err != nil || len(rows) != 2 {
			t.Errorf("%v, %v", rows, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	reader, err := file.Read(ctx, connector.CustomerQuery{})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	cancel()
	if reader.Next() || !errors.Is(reader.Err(), context.Canceled) {
		t.Errorf("after cancel: %v", reader.Err())
	}
}
