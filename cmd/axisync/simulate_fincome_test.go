package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
)

func TestSwitchesOfFincome(t *testing.T) {
	t.Parallel()
	got, err := readSwitches(strings.Split("base=/v2,path=/customers/{id},verb=PUT,header=X-Api-Key,scheme=Key,denied=403,list=/all,no_list=405,limit=size,cursor=page,"+
		"data=items,next=more,numbered,update=replace,null=stores,empty=refuses,numbers=text,booleans=refused,structures=sent,trim,retype,renotate,unknown=created,refuse_every=9,refuse_axis=Région,refuse_axis=Segment,"+
		"status=204,silent,delay=5s,delay_reads=3,latency=20ms,rate=50,rate=5@1m,rate=500@2m,burst=7,retry_after=date,editors=2.5,edited=Région,edited=Segment", ","))
	if err != nil {
		t.Fatal(err)
	}
	want := fincomeSetup{editors: 2.5, edited: []string{"Région", "Segment"}, Config: fincome.Config{
		BasePath: "/v2", ClientPath: "/customers/{id}", UpdateVerb: "PUT", AuthHeader: "X-Api-Key", AuthScheme: "Key", DeniedStatus: 403,
		List:   fincome.List{Path: "/all", Refused: 405, LimitName: "size", After: "page", DataKey: "items", NextKey: "more", Numbered: true},
		Update: fincome.Replace, Null: fincome.Stores, Empty: fincome.Refuses, Numbers: fincome.KeptAsText, Booleans: fincome.KeptNot, Trim: true, Retype: true, Renotate: true,
		Unknown: fincome.UnknownCreated, RejectEvery: 9, RefuseAxes: []string{"Région", "Segment"}, UpdateStatus: 204, Silent: true, Delay: fincome.Delay{After: 5 * time.Second, Reads: 3}, Latency: 20 * time.Millisecond,
		Limit: fincome.Limit{PerSecond: 50, Phases: []fincome.Phase{{From: time.Minute, PerSecond: 5}, {From: 2 * time.Minute, PerSecond: 500}}, Burst: 7, RetryAfter: fincome.RetryDate},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	help := simulateHelp()
	for _, group := range fincomeSwitches {
		for _, s := range group.switches {
			if !strings.Contains(help, "    "+s.name) {
				t.Errorf("the help does not tell of %s", s.name)
			}
		}
	}
}

func TestWrongSwitchesOfFincome(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"verbb=PUT":           `--fincome: there is no key "verbb"; did you mean "verb"?`,
		"verb=PUTT":           `--fincome verb: "PUTT" is none of PATCH, PUT, POST; did you mean "PUT"?`,
		"null":                `--fincome null: "" is none of removes, stores, ignores, refuses`,
		"trim=yes":            "--fincome trim: it takes no value",
		"path=":               "--fincome path: it is empty",
		"path=/clients":       `--fincome path: "/clients" has to hold {id} once`,
		"delay=5":             `--fincome delay: "5" is no time, write it like 30s or 20ms`,
		"rate=0":              `--fincome rate: "0" is no number above 0`,
		"rate=NaN":            `--fincome rate: "NaN" is no number above 0`,
		"rate=5@x":            `--fincome rate: "x" is no time, write it like 30s`,
		"rate=5@2m,rate=5@1m": "--fincome rate: 1m comes before the rate above it",
		"burst=-1":            `--fincome burst: "-1" is no whole number above 0`,
	} {
		if _, err := readSwitches(strings.Split(given, ",")); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", given, err, want)
		}
	}
	var out, errs bytes.Buffer
	if code := execute([]string{"simulate", "--accounts", "10", "--fincome", "verb=GET,tirm"}, &out, &errs); code != 2 ||
		!strings.Contains(errs.String(), `did you mean "trim"?`) || !strings.Contains(errs.String(), "PATCH, PUT, POST") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}

// A user tries another Fincome by hand: its address, its people, its troubles.
func TestSimulatedPeopleAndFaults(t *testing.T) {
	t.Parallel()
	faults := filepath.Join(t.TempDir(), "fincome.yaml")
	if err := os.WriteFile(faults, []byte("faults:\n  - {on: update, fault: status, status: 503, first: 1}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, err := newWorld(worldConfig{accounts: 200, customers: 3, seed: 1, salesforceAddr: "127.0.0.1:0", fincomeAddr: "127.0.0.1:0",
		fincomeFaults: faults, switches: []string{"base=/v9", "path=/customers/{id}", "verb=POST", "delay=1h", "editors=1000", "edited=Mood"}})
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	if !strings.HasSuffix(w.fincomeURL, "/v9") {
		t.Errorf("it is at %s", w.fincomeURL)
	}
	var id string
	for c := range w.fincome.Customers() {
		id = c.ID
	}
	edit := url.Values{"customer": {id}, "axis": {"Size"}, "value": {"big"}}
	if status, text := post(t, w.fincomeURL+"/simulator/edit", edit); status != http.StatusOK || !strings.Contains(text, "edited Size") {
		t.Errorf("%d %s", status, text)
	}
	for _, wrong := range []url.Values{{"customer": {id}}, {"customer": {"nobody"}, "axis": {"x"}}} {
		if status, _ := post(t, w.fincomeURL+"/simulator/edit", wrong); status != http.StatusBadRequest && status != http.StatusNotFound {
			t.Errorf("%v: %d", wrong, status)
		}
	}
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusAccepted} {
		request, err := http.NewRequestWithContext(t.Context(), "POST", w.fincomeURL+"/customers/"+url.PathEscape(id), strings.NewReader(`{"custom_properties":{"Size":"small"}}`))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+fincome.DefaultAPIKey)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != want {
			t.Errorf("an update: %d, want %d", response.StatusCode, want)
		}
	}
	var lost []map[string]any
	if ask(t, w.fincomeURL+"/simulator/lost", &lost); len(lost) != 0 {
		t.Errorf("before it shows: %v", lost)
	}
	if status, _ := post(t, w.fincomeURL+"/simulator/settle", nil); status != http.StatusOK {
		t.Errorf("settle: %d", status)
	}
	ask(t, w.fincomeURL+"/simulator/lost", &lost)
	if len(lost) != 1 || lost[0]["customer"] != id || lost[0]["value"] != "big" || lost[0]["became"] != "small" || lost[0]["read"] != nil || lost[0]["informed"] != false {
		t.Errorf("lost: %v", lost)
	}
	var counts struct {
		Requests []requestCount
		Carried  map[string]int
	}
	ask(t, w.fincomeURL+"/simulator/requests", &counts)
	if len(counts.Requests) != 2 || counts.Requests[0] != (requestCount{"POST", "update", 202, 1}) || counts.Carried["Size"] != 2 {
		t.Errorf("requests: %+v", counts)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		edited := false
		for c := range w.fincome.Customers() {
			edited = edited || c.Properties["Mood"] != nil
		}
		if edited {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody edits")
		}
	}
}

func ask(t *testing.T, address string, into any) {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Errorf("%s: %v", body, err)
	}
}
