package pipelines_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/transform/suggest"
)

func (w *world) suggest() (*pipelines.Suggestion, error) {
	return pipelines.SuggestKey(context.Background(), w.load(), w.options())
}

// TestSuggestRecordID: the customers of the API carry the Record ID, in every
// form, and a customer number as well, which is declared an external id.
func TestSuggestRecordID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 1500, customers: 300, replace: map[string]string{
		"identification_axis: Salesforce ID": "identification_axis: not there yet"}})
	w.change(map[string]string{"not there yet": "Salesforce ID"})
	w.mustRun() // fills axes of its own
	w.change(map[string]string{"identification_axis: Salesforce ID": "identification_axis: not there yet"})
	jobs, writes := w.salesforce.Count("POST", "jobs/query"), w.fincome.Writes()
	found, err := w.suggest()
	if err != nil {
		t.Fatal(err)
	}
	best := found.Pairs[0]
	if best.Axis != "Salesforce ID" || best.Property != "Id" || !best.Fits() || best.Coverage(best.Plain) < 0.8 || best.Uniqueness(best.Plain) != 1 {
		t.Errorf("the best is %+v", best)
	}
	if want := "fincome:\n  identification_axis: Salesforce ID\nmatch:\n  key: Id\n"; found.YAML != want {
		t.Errorf("the lines are\n%s", found.YAML)
	}
	second := found.Pairs[1]
	if second.Axis != "Customer number" || second.Property != "External_Id__c" || !second.Fits() {
		t.Errorf("the second is %+v", second)
	}
	if !slices.Contains(found.Filled, "Salesforce_726564_Phone") || slices.ContainsFunc(found.Pairs, func(p suggest.Pair) bool { return strings.HasPrefix(p.Axis, "Salesforce_") }) {
		t.Errorf("axes that a run fills are tried: %v", found.Filled)
	}
	if spent := w.salesforce.Count("POST", "jobs/query") - jobs; spent != 1 || w.fincome.Writes() != writes || found.Customers != 300 {
		t.Errorf("%d jobs, %d writes, %d customers", spent, w.fincome.Writes()-writes, found.Customers)
	}
	if w.salesforce.Count("DELETE", "jobs/query/{id}") != w.salesforce.Count("POST", "jobs/query") {
		t.Error("a job was left in the org")
	}
	if left, _ := filepath.Glob(filepath.Join(w.dir, "state", "*", "work", "*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// people writes a file of customers: the headers, and a row of each live account.
func (w *world) people(headers []string, row func(n int, a salesforce.Account) []string) {
	w.t.Helper()
	var b bytes.Buffer
	writer := csv.NewWriter(&b)
	err := writer.Write(append([]string{"Customer ID"}, headers...))
	n := 0
	for a := range w.salesforce.All() {
		if n < 200 && !a.Deleted() {
			err = errors.Join(err, writer.Write(row(n, a)))
			n++
		}
	}
	writer.Flush()
	if err = errors.Join(err, writer.Error()); err != nil {
		w.t.Fatal(err)
	}
	w.put("customers.csv", b.String())
}

func valueOf(a salesforce.Account, property string) string {
	text, _ := a.Value(property)
	return text
}

func TestSuggestFromAFile(t *testing.T) {
	t.Parallel()
	pairs := map[string]struct {
		headers []string
		row     func(n int, a salesforce.Account) []string
		yaml    string
		check   func(t *testing.T, found *pipelines.Suggestion)
	}{
		"external id": {[]string{"No.", "Country", "Owner: x"}, func(n int, a salesforce.Account) []string {
			return []string{a.ID()[5:], valueOf(a, "External_Id__c"), valueOf(a, "BillingCountry"), "x"}
		}, "fincome:\n  identification_axis: No.\nmatch:\n  key: External_Id__c\n", nil},
		"account number in small letters": {[]string{"Owner: x"}, func(n int, a salesforce.Account) []string {
			return []string{a.ID()[5:], " " + strings.ToLower(valueOf(a, "AccountNumber"))}
		}, "fincome:\n  identification_axis: 'Owner: x'\nmatch:\n  key: AccountNumber\n  trim: true\n  fold_case: true\n", func(t *testing.T, found *pipelines.Suggestion) {
			if best := found.Pairs[0]; best.Plain.Found != 0 || best.Eased.Found < 100 || best.Eased.SharedByAccounts == 0 {
				t.Errorf("the best is %+v", best)
			}
		}},
		"nothing": {[]string{"Segment", "Score"}, func(n int, a salesforce.Account) []string {
			return []string{a.ID()[5:], []string{"A", "B", "C"}[n%3], "0.5"}
		}, "", func(t *testing.T, found *pipelines.Suggestion) {
			if len(found.Pairs) != 0 {
				t.Errorf("pairs %+v", found.Pairs)
			}
		}},
		"duplicates": {[]string{"Region"}, func(n int, a salesforce.Account) []string {
			return []string{a.ID()[5:], valueOf(a, "Region__c")}
		}, "", func(t *testing.T, found *pipelines.Suggestion) {
			at := slices.IndexFunc(found.Pairs, func(p suggest.Pair) bool { return p.Property == "Region__c" })
			if at < 0 {
				t.Fatalf("pairs %+v", found.Pairs)
			}
			best := found.Pairs[at]
			if best.Coverage(best.Plain) < 0.9 || best.Plain.SharedByAccounts == 0 || best.Plain.SharedByCustomers == 0 || best.Fits() {
				t.Errorf("the best is %+v", best)
			}
			if e := best.Examples[0]; e.Verdict != "ambiguous" || e.AccountID != "" || e.CustomerID == "" || e.Value == "" {
				t.Errorf("examples %+v", best.Examples)
			}
		}},
	}
	for name, c := range pairs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{replace: map[string]string{
				"customers: { api: {} }": "customers: { file: customers.csv }", "identification_axis: Salesforce ID": "identification_axis: not there yet"}})
			w.people(c.headers, c.row)
			found, err := w.suggest()
			if err != nil {
				t.Fatal(err)
			}
			if found.YAML != c.yaml {
				t.Errorf("the lines are\n%s\nwant\n%s\nof %+v", found.YAML, c.yaml, found.Pairs)
			}
			if c.check != nil {
				c.check(t, found)
			}
		})
	}
}

func TestSuggestStopsBeforeTheJob(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		replace map[string]string
		exit    int
		want    string
	}{
		"no axis":         {map[string]string{"customers: { api: {} }": "customers: { file: customers.csv }"}, pipelines.ExitConfiguration, "no customer carries an axis"},
		"no file":         {map[string]string{"customers: { api: {} }": "customers: { file: gone.csv }"}, pipelines.ExitConfiguration, "gone.csv"},
		"wrong condition": {map[string]string{"  properties:": "  where: Type == 'x'\n  properties:"}, pipelines.ExitConfiguration, "salesforce.where"},
		"unknown object":  {map[string]string{"  properties:": "  object: Acount\n  properties:"}, pipelines.ExitConfiguration, "Acount"},
		"wrong secret":    {map[string]string{"${file:client_secret}": "${file:api_key}"}, pipelines.ExitAuthorization, "client secret"},
		"wrong key":       {map[string]string{"${file:api_key}": "${file:client_id}"}, pipelines.ExitAuthorization, "api_key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{replace: c.replace})
			w.put("customers.csv", "Customer ID,Customer name\nC-1,x\n")
			_, err := w.suggest()
			if got := pipelines.ExitCode(err); got != c.exit || !strings.Contains(err.Error(), c.want) {
				t.Errorf("exit %d, want %d: %v", got, c.exit, err)
			}
			if n := w.salesforce.Count("POST", "jobs/query"); n != 0 {
				t.Errorf("%d jobs", n)
			}
		})
	}
}

// A page that is lost ends it with an error, and not with figures of half the
// accounts.
func TestSuggestIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if strings.Contains(r.URL.Path, "/results") || strings.Contains(r.URL.Path, "/resultPages") {
			return &salesforce.Fault{Status: http.StatusNotFound}
		}
		return nil
	})
	if found, err := w.suggest(); err == nil {
		t.Errorf("got %+v", found)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "snapshots")); !os.IsNotExist(err) {
		t.Errorf("a folder for snapshots: %v", err)
	}
}
