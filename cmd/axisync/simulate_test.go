package main

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func post(t *testing.T, address string, values url.Values) (int, string) {
	t.Helper()
	response, err := http.PostForm(address, values)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestSimulatedDaysChangesAndFaults(t *testing.T) {
	t.Parallel()
	faults := filepath.Join(t.TempDir(), "faults.yaml")
	if err := os.WriteFile(faults, []byte("faults:\n  - on: versions\n    fault: status\n    status: 503\n    first: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := newWorld(worldConfig{accounts: 2000, customers: 10, seed: 1, salesforceAddr: "127.0.0.1:0", fincomeAddr: "127.0.0.1:0",
		faults: faults, lively: true})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		response, err := http.Get(w.salesforceURL + "/services/data")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("status %d, want %d", response.StatusCode, want)
		}
	}
	before := w.salesforce.View()
	if status, text := post(t, w.salesforceURL+"/simulator/change", url.Values{"share": {"0.5"}}); status != http.StatusOK || !strings.Contains(text, "changed 0.5") {
		t.Errorf("%d %s", status, text)
	}
	moved := 0
	for a := range w.salesforce.All() {
		if a.Stamp().After(before.At(a.Index()).Stamp()) {
			moved++
		}
	}
	if moved < 800 || moved > 1200 {
		t.Errorf("%d of 2000 accounts changed", moved)
	}
	for _, share := range []string{"", "2", "-1", "x"} {
		if status, _ := post(t, w.salesforceURL+"/simulator/change", url.Values{"share": {share}}); status != http.StatusBadRequest {
			t.Errorf("share %q: status %d", share, status)
		}
	}
	if status, text := post(t, w.salesforceURL+"/simulator/advance", nil); status != http.StatusOK || text != "day 1\n" || w.salesforce.Now().Sub(before.Today()) < 24*time.Hour {
		t.Errorf("%d %s, it is %v", status, text, w.salesforce.Now())
	}
	if _, ok := w.salesforce.View().Schema().Field("Days_To_Renewal__c"); !ok {
		t.Error("a lively org has no formula over the day")
	}
}
