package file_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/xuri/excelize/v2"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/conformance"
	"github.com/axisync/axisync/sinks/file"
)

// importer is Fincome with a person who uploads every file once it is there, and
// empties by hand what is listed.
type importer struct {
	t      *testing.T
	config file.Config
	holds  map[string]map[string]string
	seen   map[string]bool // contents of files
}

func newImporter(t *testing.T, config file.Config) *importer {
	config.Dir, config.Slug, config.Run = filepath.Join(t.TempDir(), "enrich"), "test-123456", "20261123-0600-k3f7"
	m := &importer{t: t, config: config, holds: map[string]map[string]string{}, seen: map[string]bool{}}
	for _, id := range []string{"C-1", "00042", "=HYPERLINK(1)", "é/ü, \"q\""} {
		m.holds[id] = map[string]string{"other": "stays " + id}
	}
	return m
}

type uploading struct {
	*file.Target
	importer *importer
}

func (u uploading) Deliver(ctx context.Context, changes array.RecordReader, journal sinks.Journal) (sinks.Report, error) {
	report, err := u.Target.Deliver(ctx, changes, journal)
	for _, written := range u.Files() {
		u.importer.upload(written)
	}
	return report, err
}

func (m *importer) Target() sinks.Target {
	target, err := file.New(m.config)
	if err != nil {
		m.t.Fatal(err)
	}
	return uploading{target, m}
}

func (m *importer) upload(f file.Written) {
	rows := read(m.t, f.Path)
	for _, row := range rows[1:] {
		if m.holds[row[0]] == nil {
			continue // Fincome does not know it
		}
		if f.Kind == file.Clear {
			delete(m.holds[row[0]], row[1])
			continue
		}
		for i, text := range row[1:] {
			if text != "" {
				m.holds[row[0]][rows[0][i+1]] = text
			}
		}
	}
}

func (m *importer) Customers() []string { return slices.Sorted(maps.Keys(m.holds)) }

func (m *importer) Set(id, axis string, v sinks.Value) {
	delete(m.holds[id], axis)
	if v.Set {
		m.holds[id][axis] = v.Text
	}
}

func (m *importer) Holds(id, axis string) sinks.Value {
	text, set := m.holds[id][axis]
	return sinks.Value{Set: set, Text: text}
}

func (m *importer) Others(id string, axes ...string) string {
	others := maps.Clone(m.holds[id])
	for _, axis := range axes {
		delete(others, axis)
	}
	return fmt.Sprint(others)
}

func (m *importer) Writes() int {
	for name, content := range contents(m.t, m.config.Dir) {
		if !strings.HasPrefix(name, ".") { // in place
			m.seen[name+content] = true
		}
	}
	return len(m.seen)
}

func (m *importer) Traits() conformance.Traits {
	traits := conformance.Traits{Blind: true, Again: sinks.Accepted, TakesStrangers: true}
	if m.config.Format == file.XLSX {
		traits.Refuses = func(text string) bool { return strings.ContainsAny(text, "\x00\x1f") }
	}
	return traits
}

func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	held := map[string]string{}
	entries, _ := os.ReadDir(dir) // a folder that is not there holds none
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		held[entry.Name()] = string(content)
	}
	return held
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]file.Config{"csv": {}, "xlsx": {Format: file.XLSX}, "two rows a file": {Rows: 2}, "one axis": {OneAxis: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.Run(t, func(t *testing.T) conformance.Receiver { return newImporter(t, config) })
		})
	}
}

// read gives the cells of a file, byte for byte.
func read(t *testing.T, path string) [][]string {
	t.Helper()
	if filepath.Ext(path) == ".csv" {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text, marked := strings.CutPrefix(string(content), "\ufeff")
		if !marked {
			t.Errorf("%s has no byte order mark", path)
		}
		return parse(text)
	}
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	sheet := book.GetSheetName(0)
	rows, err := book.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		for j, text := range row {
			name, _ := excelize.CoordinatesToCellName(j+1, i+1) // both are small
			kind, err := book.GetCellType(sheet, name)
			formula, formulaErr := book.GetCellFormula(sheet, name)
			if text != "" && (err != nil || formulaErr != nil || formula != "" || kind != excelize.CellTypeInlineString && kind != excelize.CellTypeSharedString) {
				t.Errorf("the cell %s (%q) is of type %v with the formula %q: %v %v", name, text, kind, formula, err, formulaErr)
			}
		}
	}
	return rows
}

// parse reads RFC 4180 and keeps every byte; encoding/csv makes one of CR LF.
func parse(text string) (rows [][]string) {
	for len(text) > 0 {
		var row []string
		for {
			var cell string
			if strings.HasPrefix(text, `"`) {
				text = text[1:]
				for {
					i := strings.IndexByte(text, '"')
					cell, text = cell+text[:i], text[i+1:]
					if !strings.HasPrefix(text, `"`) {
						break
					}
					cell, text = cell+`"`, text[1:]
				}
			} else {
				i := strings.IndexAny(text, ",\r")
				cell, text = text[:i], text[i:]
			}
			row = append(row, cell)
			more := text[0] == ','
			text = text[1:]
			if !more {
				text = strings.TrimPrefix(text, "\n")
				break
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// changes is a change set of three columns: customer, axis, after (empty: clear).
func changes(t testing.TB, cells [][3]string) array.RecordReader {
	t.Helper()
	b := array.NewRecordBuilder(connector.Memory, sinks.ChangeSchema())
	defer b.Release()
	for _, cell := range cells {
		for i, text := range []string{cell[0], cell[1], "before", "", cell[2], "new", ""} {
			if text == "" {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).(*array.StringBuilder).Append(text)
			}
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	r, err := array.NewRecordReader(sinks.ChangeSchema(), []arrow.RecordBatch{batch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	return r
}

func deliver(t *testing.T, config file.Config, cells ...[3]string) ([]file.Written, map[sinks.EventKind]int) {
	t.Helper()
	target, err := file.New(config)
	if err != nil {
		t.Fatal(err)
	}
	events := map[sinks.EventKind]int{}
	j, err := sinks.OpenJournal(filepath.Join(t.TempDir(), "journal"), func(e sinks.Event) { events[e.Kind]++ })
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, err := target.Deliver(t.Context(), changes(t, cells), j); err != nil {
		t.Fatal(err)
	}
	return target.Files(), events
}

func config(t *testing.T) file.Config {
	return file.Config{Dir: t.TempDir(), Slug: "daily-1", Run: "r1"}
}

// The shape: a header, a row for a customer, an empty cell where nothing changes.
func TestTheShape(t *testing.T) {
	t.Parallel()
	c := config(t)
	files, events := deliver(t, c, [3]string{"C-1", "Phone", "=1+1"}, [3]string{"C-1", "City", "Liège, BE"}, [3]string{"C-2", "City", ""}, [3]string{"C-2", "Phone", "+32 4"}, [3]string{"C-3", "Size", "7"})
	if len(files) != 2 || files[0] != (file.Written{Path: filepath.Join(c.Dir, "daily-1-r1-001.csv"), Kind: file.Import, Rows: 3, Cells: 4}) ||
		files[1] != (file.Written{Path: filepath.Join(c.Dir, "daily-1-r1-clear-001.csv"), Kind: file.Clear, Rows: 1, Cells: 1}) {
		t.Errorf("%+v", files)
	}
	want := "\ufeffCustomer ID,City,Phone,Size\r\nC-1,\"Liège, BE\",=1+1,\r\nC-2,,+32 4,\r\nC-3,,,7\r\n"
	if held := contents(t, c.Dir); held["daily-1-r1-001.csv"] != want || held["daily-1-r1-clear-001.csv"] != "\ufeffCustomer ID,axis to empty,value now\r\nC-2,City,before\r\n" {
		t.Errorf("%q", held)
	}
	if events["sending"] != 5 || events["accepted"] != 5 || events["acknowledged"] != 0 {
		t.Errorf("%v", events)
	}
}

// Files are split by rows and by size, no customer is torn, and the workbook of a run
// is the same each time.
func TestSplit(t *testing.T) {
	t.Parallel()
	var cells [][3]string
	for i := range 25 {
		cells = append(cells, [3]string{fmt.Sprintf("C-%02d", i), "A", "a"}, [3]string{fmt.Sprintf("C-%02d", i), "B", "b"})
	}
	c := config(t)
	c.Rows = 10
	files, _ := deliver(t, c, cells...)
	if len(files) != 3 || files[0].Rows != 10 || files[2].Rows != 5 || files[0].Cells != 20 || filepath.Base(files[2].Path) != "daily-1-r1-003.csv" {
		t.Errorf("by rows: %+v", files)
	}
	c = config(t)
	c.OneAxis, c.Format = true, file.XLSX
	files, _ = deliver(t, c, cells...)
	once := contents(t, c.Dir)
	if len(files) != 2 || files[0].Rows != 25 || len(read(t, files[0].Path)[0]) != 2 {
		t.Errorf("by axis: %+v", files)
	}
	deliver(t, c, cells...)
	if !maps.Equal(contents(t, c.Dir), once) {
		t.Error("the same changes make other workbooks")
	}
	long := strings.Repeat("x", 3<<20)
	c = config(t)
	files, _ = deliver(t, c, [3]string{"C-1", "A", long}, [3]string{"C-2", "A", long}, [3]string{"C-3", "A", long}, [3]string{"C-4", "A", long})
	if len(files) != 2 || files[0].Rows != 3 {
		t.Errorf("by size: %+v", files)
	}
}

// What a workbook cannot hold is a reject, and stops nobody.
func TestWhatAWorkbookCannotHold(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Format = file.XLSX
	files, events := deliver(t, c, [3]string{"C-1", "A", strings.Repeat("é", 32767)}, [3]string{"C-2", "A", strings.Repeat("é", 32768)}, [3]string{"C-3", "A", "a\x02b"}, [3]string{"C-4", "A", "_x0041_ \r\n\t"})
	if events["rejected"] != 2 || events["accepted"] != 2 || len(files) != 1 {
		t.Fatalf("%v %+v", events, files)
	}
	elsewhere := config(t)
	elsewhere.Format = file.XLSX
	target, err := file.New(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	j, err := sinks.OpenJournal(filepath.Join(t.TempDir(), "journal"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	report, err := target.Deliver(t.Context(), changes(t, [][3]string{{"C-1", "A", "a\x02"}, {"C-1", "B", "\x01"}, {"C-2", "A", "\x02"}, {"C-3", "A", strings.Repeat("é", 32768)}, {"C-4", "A", "a"}}), j)
	if kinds := report.Refused; err != nil || len(kinds) != 2 || kinds[0].Code != file.CodeCharacter || kinds[0].Customers != 2 || kinds[0].Example != "C-1" || kinds[0].Remedy == "" || kinds[1].Code != file.CodeTooLong {
		t.Errorf("%v, %+v", err, kinds)
	}
	rows := read(t, files[0].Path)
	if len(rows) != 3 || rows[1][1] != strings.Repeat("é", 32767) || rows[2][1] != "_x0041_ \r\n\t" {
		t.Errorf("%q", rows[2])
	}
}

// A file that cannot be written holds nothing: its cells were not sent.
func TestWhatCannotBeWrittenWasNotSent(t *testing.T) {
	t.Parallel()
	c := config(t)
	c.Rows = 1
	blocked := filepath.Join(c.Dir, "daily-1-r1-002.csv")
	if err := os.Mkdir(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	target, err := file.New(c)
	if err != nil {
		t.Fatal(err)
	}
	events := map[string]int{}
	j, err := sinks.OpenJournal(filepath.Join(t.TempDir(), "journal"), func(e sinks.Event) { events[string(e.Kind)+" "+e.CustomerID]++ })
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	_, err = target.Deliver(t.Context(), changes(t, [][3]string{{"C-1", "A", "a"}, {"C-2", "A", "b"}, {"C-3", "A", "c"}}), j)
	if err == nil || !strings.Contains(err.Error(), blocked) {
		t.Fatal(err)
	}
	if want := map[string]int{"sending C-1": 1, "accepted C-1": 1}; !maps.Equal(events, want) {
		t.Errorf("%v, want %v", events, want)
	}
	if held := slices.Sorted(maps.Keys(names(t, c.Dir))); !slices.Equal(held, []string{"daily-1-r1-001.csv", "daily-1-r1-002.csv"}) {
		t.Errorf("%q", held)
	}
}

func names(t *testing.T, dir string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, entry := range entries {
		found[entry.Name()] = true
	}
	return found
}

// What a killed delivery has half written goes; what belongs to others stays.
func TestLeftOvers(t *testing.T) {
	t.Parallel()
	c := config(t)
	for _, name := range []string{".daily-1-r0-001.csv.123.tmp", ".other-2-r0-001.csv.123.tmp", "daily-1-r0-001.csv"} {
		if err := os.WriteFile(filepath.Join(c.Dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	deliver(t, c, [3]string{"C-1", "A", "a"})
	if held := slices.Sorted(maps.Keys(contents(t, c.Dir))); !slices.Equal(held, []string{".other-2-r0-001.csv.123.tmp", "daily-1-r0-001.csv", "daily-1-r1-001.csv"}) {
		t.Errorf("%q", held)
	}
}

// An axis that is called as the column of the ids would be taken for it.
func TestAxisCalledAsTheIDs(t *testing.T) {
	t.Parallel()
	target, err := file.New(config(t))
	if err != nil {
		t.Fatal(err)
	}
	j, err := sinks.OpenJournal(filepath.Join(t.TempDir(), "journal"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if _, err := target.Deliver(t.Context(), changes(t, [][3]string{{"C-1", file.DefaultIDColumn, "a"}}), j); err == nil || !strings.Contains(err.Error(), "id_column") {
		t.Error(err)
	}
}
