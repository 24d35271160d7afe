package pipelines_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

// Columns that are not called as their axes are found by what the file says, and
// nothing is written that stands there already.
func TestColumnsOfAFile(t *testing.T) {
	t.Parallel()
	named := "customers: { file: customers.csv, columns: { Salesforce ID: \"Compte CRM\", Salesforce_726564_Phone: Téléphone } }"
	phoned := fincome.Customer{ID: "phoned", Properties: map[string]json.RawMessage{"Salesforce_726564_Phone": json.RawMessage(`"1"`)}}
	w := newWorld(t, settings{fincome: fincome.Config{Extra: []fincome.Customer{phoned}}, replace: map[string]string{"customers: { api: {} }": named}})
	w.exported(map[string]string{"Salesforce ID": "Compte CRM", "Salesforce_726564_Phone": "Téléphone"})
	first := w.mustRun()
	if first.Cells.Sent == 0 || first.Matched == 0 {
		t.Fatalf("the first run: %s", jsonText(t, first))
	}
	w.exported(map[string]string{"Salesforce ID": "Compte CRM", "Salesforce_726564_Phone": "Téléphone"})
	if second := w.mustRun(); second.Outcome != "unchanged" {
		t.Errorf("the second run: %s", jsonText(t, second))
	}
	w.change(map[string]string{"Téléphone": "Telephone"})
	_, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), `the file has no column "Telephone"`) {
		t.Errorf("a column that is not there: %v", err)
	}
}

// exported writes the customers as they are now, under other headers.
func (w *world) exported(headers map[string]string) {
	w.t.Helper()
	w.fincome.Settle()
	path := filepath.Join(w.dir, "customers.csv")
	var plain strings.Builder
	if err := w.fincome.Export(&plain, fincome.CSV); err != nil {
		w.t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(plain.String(), "\ufeff"))).ReadAll()
	if err != nil {
		w.t.Fatal(err)
	}
	for i, header := range rows[0] {
		if other, ok := headers[header]; ok {
			rows[0][i] = other
		}
	}
	file, err := os.Create(path)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := errors.Join(csv.NewWriter(file).WriteAll(rows), file.Close(), os.Chtimes(path, w.now, w.now)); err != nil {
		w.t.Fatal(err)
	}
}
