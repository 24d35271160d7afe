package pipelines_test

import (
	"encoding/csv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/file"
)

// byHand are the settings of a pipeline whose receiver is a person who uploads.
func byHand(sink string) settings {
	return settings{customers: 60, replace: map[string]string{"  - fincome: {}\n": "  - file: " + sink + "\n"}}
}

// rowsOf reads an import file as the importer does: every cell a text.
func rowsOf(t testing.TB, path string) [][]string {
	t.Helper()
	if filepath.Ext(path) == ".xlsx" {
		book, err := excelize.OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		defer book.Close()
		rows, err := book.GetRows(book.GetSheetName(0), excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(content), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// upload does what Fincome's import does with a file; take says which customers.
func (w *world) upload(path string, take func(row int) bool) {
	w.t.Helper()
	rows := rowsOf(w.t, path)
	if rows[0][0] != file.DefaultIDColumn {
		w.t.Fatalf("the first column is %q", rows[0][0])
	}
	for i, row := range rows[1:] {
		for j, text := range row {
			if j > 0 && text != "" && take(i) {
				w.set(row[0], rows[0][j], text)
			}
		}
	}
}

func all(int) bool { return true }

// clearByHand does what a person does with the list of cells to empty.
func (w *world) clearByHand(path string) {
	w.t.Helper()
	for _, row := range rowsOf(w.t, path)[1:] {
		if err := w.fincome.Edit(row[0], row[1], nil); err != nil {
			w.t.Fatal(err)
		}
	}
}

func filesOf(r *pipelines.Result, kind string) (paths []string) {
	for _, f := range r.Files {
		if f.Kind == kind {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// What is uploaded is confirmed by the next run; what is not is offered again, for
// as long as it takes; in the end Fincome holds what the API would have written.
func TestImportFilesDayByDay(t *testing.T) {
	t.Parallel()
	api := newWorld(t, settings{customers: 60})
	api.mustRun()
	for _, sink := range []string{"{ path: ./enrich, rows: 7 }", "{ path: ./enrich, format: xlsx }", "{ path: ./enrich, one_axis: true }"} {
		t.Run(sink, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, byHand(sink))
			first := w.mustRun()
			if first.Outcome != "offered" || first.Cells.Sent == 0 || first.Cells.Acknowledged != 0 || w.fincome.Writes() != 0 {
				t.Fatalf("the first run: %s", jsonText(t, first))
			}
			var offered int64
			for _, f := range first.Files {
				offered += f.Cells
				if info, err := os.Stat(f.Path); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v %v", f.Path, info, err)
				}
			}
			if offered != first.Cells.Sent {
				t.Errorf("%d cells in files, %d accepted", offered, first.Cells.Sent)
			}
			id := rowsOf(t, filesOf(first, file.Import)[0])[1][0]
			w.checkOffered(id)
			for range 4 { // nobody has time
				if again := w.mustRun(); again.Cells.Sent != first.Cells.Sent || offeredAgain(again) != first.Cells.Sent || again.Cells.Rejected != 0 {
					t.Fatalf("not uploaded: %s", jsonText(t, again))
				}
			}
			half := w.mustRun()
			for _, path := range filesOf(half, file.Import) {
				w.upload(path, func(row int) bool { return row%2 == 0 })
			}
			rest := w.mustRun()
			if rest.Cells.Sent == 0 || rest.Cells.Sent >= half.Cells.Sent || offeredAgain(rest) != rest.Cells.Sent {
				t.Fatalf("half uploaded: %s", jsonText(t, rest))
			}
			for _, path := range filesOf(rest, file.Import) {
				w.upload(path, all)
			}
			if last := w.mustRun(); last.Outcome != "unchanged" || len(last.Files) != 0 {
				t.Fatalf("uploaded: %s", jsonText(t, last))
			}
			sameProperties(t, w.properties(), api.properties())
		})
	}
}

// checkOffered fails the test where a cell that stands in a file is called delivered.
func (w *world) checkOffered(id string) {
	w.t.Helper()
	h, err := pipelines.ReadHistory(w.t.Context(), w.load(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	e := w.explain(id, "")
	if len(h.Events) != 1 || h.Events[0].Snapshot.Outcome != "offered" || e.Snapshot.Outcome != "offered" {
		w.t.Errorf("history and explain: %s %s", jsonText(w.t, h.Events), jsonText(w.t, e.Snapshot))
	}
	told := 0
	for _, s := range h.Events[0].Sent {
		told++
		if s.Outcome != "offered" {
			w.t.Errorf("a cell is %s", s.Outcome)
		}
	}
	for _, a := range e.Axes {
		if len(a.Sent) > 0 && (a.Sent[0].Outcome != "offered" || !a.Remembered.Offered) {
			w.t.Errorf("an axis is told as %s", jsonText(w.t, a))
		}
	}
	if told == 0 {
		w.t.Error("nothing is told")
	}
}

func offeredAgain(r *pipelines.Result) (n int64) {
	for _, axis := range r.Axes {
		n += axis.Cases["offered_again"]
	}
	return n
}

// What is to be emptied stands in a list for a person; a change that comes before
// the upload takes the place of what was offered; edits stay theirs.
func TestImportFilesOfChanges(t *testing.T) {
	t.Parallel()
	s := byHand("{ path: ./enrich }")
	s.replace["axes:\n"] = "axes:\n  unmatched: clear_ours\n"
	w := newWorld(t, s)
	for _, path := range filesOf(w.mustRun(), file.Import) {
		w.upload(path, all)
	}
	w.mustRun()
	id, _ := w.matchedCustomer(t)
	w.salesforce.Change(0.9)
	w.mustRun() // nobody uploads it
	w.salesforce.Change(0.9)
	changed := w.mustRun()
	for _, path := range filesOf(changed, file.Import) {
		w.upload(path, all)
	}
	for _, path := range filesOf(changed, file.Clear) {
		w.clearByHand(path)
	}
	if done := w.mustRun(); done.Outcome != "unchanged" || done.Cells.Kept > changed.Cells.Kept {
		t.Errorf("the second value: %s", jsonText(t, done))
	}

	phone := *axis(t, w.explain(id, ""), "Phone").Desired
	w.salesforce.Delete(*w.explain(id, "").Identity.Account)
	cleared := w.mustRun()
	lists := filesOf(cleared, file.Clear)
	if len(lists) != 1 || len(filesOf(cleared, file.Import)) != 0 {
		t.Fatalf("cells to empty: %s", jsonText(t, cleared))
	}
	if rows := rowsOf(t, lists[0]); len(rows) < 2 || !slices.ContainsFunc(rows, func(row []string) bool { return row[0] == id && row[2] == phone }) {
		t.Errorf("the list of cells to empty: %q", rows)
	}
	again := w.mustRun()
	if again.Cells.Sent != cleared.Cells.Sent {
		t.Errorf("not emptied: %s", jsonText(t, again))
	}
	w.clearByHand(filesOf(again, file.Clear)[0])
	if done := w.mustRun(); done.Outcome != "unchanged" {
		t.Errorf("emptied: %s", jsonText(t, done))
	}

	other, _ := w.matchedCustomer(t)
	w.set(other, "Salesforce_726564_Phone", "an edit")
	w.salesforce.Change(0.9)
	for _, path := range filesOf(w.mustRun(), file.Import) {
		for _, row := range rowsOf(t, path) {
			if row[0] == other && slices.Contains(rowsOf(t, path)[0], "Salesforce_726564_Phone") && row[slices.Index(rowsOf(t, path)[0], "Salesforce_726564_Phone")] != "" {
				t.Errorf("an edit is to be overwritten: %q", row)
			}
		}
	}
}

// An axis that the import is to make has no column in an export until it is there.
func TestImportFilesWithAnExport(t *testing.T) {
	t.Parallel()
	s := byHand("{ path: ./enrich }")
	s.replace["customers: { api: {} }"] = "customers: { file: customers.csv }"
	w := newWorld(t, s)
	w.exported(nil)
	first := w.mustRun()
	if same := w.mustRun(); same.Outcome != "unchanged" || same.Cells.Pending != first.Cells.Sent {
		t.Errorf("no newer export: %s", jsonText(t, same))
	}
	w.exported(nil)
	again := w.mustRun()
	if again.Cells.Sent != first.Cells.Sent || offeredAgain(again) != first.Cells.Sent {
		t.Errorf("a newer export without the axes: %s", jsonText(t, again))
	}
	for _, path := range filesOf(again, file.Import) {
		w.upload(path, all)
	}
	w.now = w.now.Add(1e9)
	w.exported(nil)
	if done := w.mustRun(); done.Outcome != "unchanged" || done.Cells.Pending != 0 {
		t.Errorf("uploaded: %s", jsonText(t, done))
	}
}

// A plan that is applied twice writes the same files; another run's stay.
func TestImportFilesOfAPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byHand("{ path: ./enrich }"))
	planned, err := w.plan()
	if err != nil || len(planned.Files) != 0 {
		t.Fatal(describe(planned, err))
	}
	contents := func() map[string]string {
		held := map[string]string{}
		entries, _ := os.ReadDir(filepath.Join(w.dir, "enrich"))
		for _, entry := range entries {
			content, err := os.ReadFile(filepath.Join(w.dir, "enrich", entry.Name()))
			if err != nil {
				t.Fatal(err)
			}
			held[entry.Name()] = string(content)
		}
		return held
	}
	if applied, err := w.apply(planned.Run); err != nil || applied.Outcome != "offered" {
		t.Fatal(describe(applied, err))
	}
	if tick := w.ticks()["import files"]; tick.Level != pipelines.OK {
		t.Errorf("check: %+v", tick)
	}
	once := contents()
	if applied, err := w.apply(planned.Run); err != nil || !maps.Equal(contents(), once) {
		t.Fatal(describe(applied, err))
	}
	w.mustRun()
	for name, content := range contents() {
		if was, known := once[name]; known && was != content {
			t.Errorf("%s was overwritten", name)
		}
	}
}

// The receiver is named once, with everything it needs.
func TestOneReceiver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	for sinks, want := range map[string]string{
		"  - fincome: {}\n  - file: { path: ./x }\n":                                     "sinks names file beside fincome, and what a run writes is decided for one receiver",
		"  - exec: { name: a, command: [./a] }\n  - exec: { name: b, command: [./b] }\n": "sinks names exec beside exec",
		"  - fincome: {}\n  - fincome: {}\n":                                             "sinks names fincome twice",
		"  - file: { format: csv }\n":                                                    "sinks.file.path is missing",
		"  - file: { path: ./x, format: ods }\n":                                         `sinks.file.format does not take "ods"`,
		"  - file: { path: ./x, rows: 0 }\n":                                             "sinks.file.rows takes 1 to",
		"  - exec: { name: A/B, command: [./a] }\n":                                      `sinks.exec.name is "A/B"`,
		"  - exec: { name: a }\n":                                                        "sinks.exec.command is missing",
		"  - exec: { name: a, command: [./a], timeout: soon }\n":                         "sinks.exec.timeout takes a duration",
		"  - exec:\n": "sinks.exec.command is missing",
		"  - file: { path: ./x }\n    fincome: {}\n": "a sink is either fincome or file",
	} {
		w.put("daily.yaml", strings.Replace(w.text, "  - fincome: {}\n", sinks, 1))
		if _, err := pipelines.Load(w.file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", sinks, err)
		}
	}
}
