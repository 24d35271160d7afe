package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/examples"
)

func TestSuggestKey(t *testing.T) {
	w, err := newWorld(worldConfig{accounts: 2000, customers: 400, seed: 1, salesforceAddr: "127.0.0.1:0", fincomeAddr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	credentials := w.salesforce.Credentials()
	for name, value := range map[string]string{"SALESFORCE_URL": w.salesforceURL, "FINCOME_URL": w.fincomeURL, "FINCOME_API_KEY": "fincome-simulator-key",
		"SALESFORCE_CLIENT_ID": credentials.ClientID, "SALESFORCE_CLIENT_SECRET": credentials.ClientSecret} {
		t.Setenv(name, value)
	}
	file := filepath.Join(t.TempDir(), "demo.yaml")
	if err := os.WriteFile(file, examples.Demo, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := execute([]string{"check", "--suggest-key", file, "--log-level", "error"}, &out, &errs); code != 0 || errs.Len() > 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	for _, want := range []string{"2,000 accounts against 400 customers in", "one query job", "External_Id__c", "at most 20,000 customers of each",
		"Salesforce ID · Id\n", "upgraded 15", "paste into " + file + ":\n\n  fincome:\n    identification_axis: Salesforce ID\n  match:\n    key: Id\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, out.String())
		}
	}
	out.Reset()
	if code := execute([]string{"check", "--suggest-key", "--json", file, "--log-level", "error"}, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	var found pipelines.Suggestion
	if err := json.Unmarshal(out.Bytes(), &found); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Fatalf("%v: %s", err, out.String())
	}
	if found.Accounts != 2000 || found.Pairs[0].Property != "Id" || !strings.Contains(found.YAML, "key: Id") {
		t.Errorf("got %+v", found)
	}
}

// Where nothing fits it says what to do.
func TestNoSuggestion(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	showSuggestion(&out, &pipelines.Pipeline{File: "daily.yaml"}, &pipelines.Suggestion{})
	if text := out.String(); !strings.Contains(text, "nothing fits") || !strings.Contains(text, "axisync extract daily.yaml") {
		t.Errorf("it says %s", text)
	}
}
