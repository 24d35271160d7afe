package pipelines_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

// secretsOfCustomers are the ids of the customers and all that they and the accounts
// hold and that is long enough to be told from a count.
func (w *world) secretsOfCustomers() map[string]bool {
	all := map[string]bool{}
	for id, properties := range w.properties() {
		all[id] = true
		for _, raw := range properties {
			all[strings.Trim(raw, `"`)] = true
		}
	}
	for a := range w.salesforce.All() {
		all[a.ID()] = true
		for _, name := range []string{"Name", "Phone", "BillingCity"} {
			value, _ := a.Value(name)
			all[value] = true
		}
	}
	for text := range all {
		if len(text) < 5 || text == "false" {
			delete(all, text)
		}
	}
	return all
}

// saidNothing reports what of customers stands in a text.
func (w *world) saidNothing(what, text string, secrets map[string]bool) {
	w.t.Helper()
	for secret := range secrets {
		if strings.Contains(text, secret) {
			w.t.Errorf("%s tells %q: %s", what, secret, text)
			return
		}
	}
}

// A result has counts and paths: no id and no value of a customer, whatever was refused
// or went wrong.
func TestResultsTellNothingOfCustomers(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]settings{
		"refused":  {fincome: fincome.Config{RejectEvery: 3}},
		"replaced": {fincome: fincome.Config{Update: fincome.Replace}},
		"guard":    {replace: map[string]string{"[Phone,": "[{property: Industry, axis: Industry}, Phone,"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, s)
			secrets := w.secretsOfCustomers()
			for range 3 {
				_, _ = w.run() // it may fail
			}
			_, _ = w.plan()
			files, err := filepath.Glob(filepath.Join(w.dir, "state", "*", "runs", "*.json"))
			if err != nil || len(files) < 4 || len(secrets) < 300 {
				t.Fatal(files, len(secrets), err)
			}
			for _, file := range files {
				content, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if !strings.HasPrefix(string(content), `{"version":1,"result":"`) {
					t.Errorf("%.60s", content)
				}
				w.saidNothing(filepath.Base(file), strings.ReplaceAll(string(content), w.dir, ""), secrets)
			}
			w.saidNothing("status", jsonText(t, w.standing(time.Hour)), secrets)
		})
	}
}

func TestFailuresNameNoCustomer(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`a probe of customer "C-\"1" was cut short`:                                         "a probe of a customer was cut short",
		`it is no answer, which looks like {"customer_id":"C-1"}: "{\"after\": \"Ac"me\"}"`: `it is no answer, which looks like {"customer_id":"C-1"}: ...`,
		"unknown key \"propertees\" under salesforce":                                       "unknown key \"propertees\" under salesforce",
	} {
		if failed := pipelines.Failed(errors.New(text), 1); failed.Error != want || failed.Exit != 1 || failed.Version != 1 {
			t.Errorf("%s: %+v", text, failed)
		}
	}
}
