package pipelines_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/transform"
)

// What was accepted and does not show yet is not sent again within the settle
// time, and is not lost after it.
func TestLateApplication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{fincome: fincome.Config{Delay: fincome.Delay{UntilSettle: true}}})
	first := w.mustRun()
	writes := w.fincome.Writes()
	w.now = w.now.Add(5*time.Minute - time.Hour) // run adds an hour: five minutes later
	second := w.mustRun()
	if w.fincome.Writes() != writes || second.Cells.Pending != first.Cells.Sent {
		t.Fatalf("wrote %d times, %d cells pending of %d", w.fincome.Writes()-writes, second.Cells.Pending, first.Cells.Sent)
	}
	w.fincome.Settle()
	third := w.mustRun()
	if w.fincome.Writes() != writes || third.Outcome != "unchanged" {
		t.Errorf("after it showed: %s", jsonText(t, third))
	}
}

// A write that never shows is sent once more and then given up, loudly.
func TestNeverApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{fincome: fincome.Config{Delay: fincome.Delay{UntilSettle: true}}})
	first := w.mustRun()
	if again := w.mustRun(); again.Cells.Sent != first.Cells.Sent {
		t.Fatalf("an hour later %d cells were sent again, want %d", again.Cells.Sent, first.Cells.Sent)
	}
	third, err := w.run()
	if err != nil || third.Exit != pipelines.ExitRejects || third.Cells.Rejected != first.Cells.Sent {
		t.Fatalf("the third run: %s", describe(third, err))
	}
	fourth, err := w.run()
	if err != nil || fourth.Exit != 0 || fourth.Cells.Refused != first.Cells.Sent {
		t.Fatalf("known rejects alarm nobody: %s", describe(fourth, err))
	}
	if told := w.rejects(); int64(len(told)) != first.Cells.Sent || told[0].Code != "not_applied" || told[0].Remedy == "" {
		t.Errorf("%d rejects are listed, want %d: %+v", len(told), first.Cells.Sent, told[:min(1, len(told))])
	}
}

// Customers from a file that is as old as it may be: no false conflict, no write
// twice.
func TestCustomersFromAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"customers: { api: {} }": "customers: { file: customers.csv }"}})
	file, err := os.Create(filepath.Join(w.dir, "customers.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.fincome.Export(file, fincome.CSV), file.Close(), os.Chtimes(file.Name(), w.now, w.now)); err != nil {
		t.Fatal(err)
	}
	before := foreign(w.properties())
	first := w.mustRun()
	if first.Cells.Sent == 0 {
		t.Fatalf("the first run: %s", jsonText(t, first))
	}
	sameProperties(t, foreign(w.properties()), before)
	writes := w.fincome.Writes()
	for range 3 {
		w.now = w.now.Add(24 * time.Hour)
		if again := w.mustRun(); again.Outcome != "unchanged" || w.fincome.Writes() != writes || again.Cells.Unchanged < first.Cells.Sent {
			t.Fatalf("wrote %d times: %s", w.fincome.Writes()-writes, jsonText(t, again))
		}
	}
	w.now = w.now.Add(33 * 24 * time.Hour)
	for range 8 {
		w.salesforce.Advance()
	}
	next := w.mustRun()
	if next.Cells.Sent == 0 || next.Cells.Conflicts != 0 {
		t.Errorf("changed days with the old file: %s", jsonText(t, next))
	}
	if from := next.CustomersFrom; from.Kind != "file" || from.Rows != next.Customers || from.AgeDays < 36 || !strings.Contains(strings.Join(next.Notes, "\n"), "customers.csv is 36 days old and fincome.customers.max_age is 35") {
		t.Errorf("a file of 36 days: %+v, notes %q", from, next.Notes)
	}
	w.change(map[string]string{"customers: { file: customers.csv }": "customers: { file: customers.csv, max_age: 40d }"})
	if later := w.mustRun(); strings.Contains(strings.Join(later.Notes, "\n"), "days old") {
		t.Errorf("a file that may be so old: %q", later.Notes)
	}
}

// A disk that was full leaves half a line in the journal: the next run goes on.
func TestATornJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	journals, err := filepath.Glob(filepath.Join(w.dir, "state", "*", "targets", "fincome", "journal-*"))
	if err != nil || len(journals) != 1 {
		t.Fatal(journals, err)
	}
	file, err := os.OpenFile(journals[0], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(`{"seq":999999,"kind":"accep`); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if again := w.mustRun(); again.Outcome != "unchanged" {
		t.Errorf("the next run: %s", jsonText(t, again))
	}
}

func TestUnknownPropertyHoldsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"properties: [Phone,": "properties: [Custom_Segmnet__c, Phone,"}})
	result := w.mustRun()
	if !strings.Contains(strings.Join(result.Notes, "\n"), "did you mean Custom_Segment__c?") {
		t.Errorf("the run does not say so: %v", result.Notes)
	}
	none := 0
	for _, properties := range w.properties() {
		if properties["Salesforce_726564_Custom_Segmnet__c"] == `"None"` {
			none++
		}
	}
	if int64(none) != result.Matched {
		t.Errorf("%d customers hold None, %d are matched", none, result.Matched)
	}
	// Where others fill the axis too, it does not hold None.
	w.change(map[string]string{"properties: [Custom_Segmnet__c, Phone,": "properties: [{ first_of: [Faxx, Phone], axis: Call }, { first_of: [Faxx, Fax], axis: Send },"})
	if result = w.mustRun(); !slices.Contains(result.Notes, "Faxx does not exist or is not visible: Call is filled from the others; did you mean Fax?") &&
		!slices.Contains(result.Notes, "Faxx does not exist or is not visible: Call is filled from the others") {
		t.Errorf("notes %q", result.Notes)
	}
	w.change(map[string]string{"properties: [{ first_of: [Faxx, Phone], axis: Call }, { first_of: [Faxx, Fax], axis: Send },": "properties: [Custom_Segmnet__c, Phone,"})
	w.change(map[string]string{"properties: [Custom": "unknown_properties: fail\n  properties: [Custom"})
	if result, err := w.run(); pipelines.ExitCode(err) != pipelines.ExitConfiguration {
		t.Errorf("unknown_properties: fail: %s", describe(result, err))
	}
}

func TestLostPropertyStops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	held := w.properties()
	w.salesforce.Advance()
	w.salesforce.HideProperty("Phone")
	writes := w.fincome.Writes()
	result, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || w.fincome.Writes() != writes || result.Guards[0].Name != transform.GuardPropertyLost {
		t.Fatalf("got %s, %d writes", describe(result, err), w.fincome.Writes()-writes)
	}
	// A person may deliver the rest; the cells of the lost property stay.
	if result, err = w.apply(result.Run); err != nil {
		t.Fatal(describe(result, err))
	}
	for id, properties := range w.properties() {
		if properties["Salesforce_726564_Phone"] != held[id]["Salesforce_726564_Phone"] {
			t.Errorf("%s lost its phone", id)
		}
	}
}

func TestForeignAxisAsksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{replace: map[string]string{"properties: [Phone,": "properties: [{property: Industry, axis: Industry}, Phone,"}})
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || w.fincome.Writes() != 0 || stopped.Guards[0].Name != transform.GuardMerge {
		t.Fatalf("got %s, %d writes", describe(stopped, err), w.fincome.Writes())
	}
	if !strings.Contains(err.Error(), "axisync apply "+w.file+" "+stopped.Run) {
		t.Errorf("the remedy is missing: %v", err)
	}
	applied, err := w.apply(stopped.Run)
	if err != nil || applied.Cells.Sent != stopped.Cells.NotAttempted {
		t.Fatalf("applied: %s", describe(applied, err))
	}
	writes := w.fincome.Writes()
	if again, err := w.apply(stopped.Run); err != nil || w.fincome.Writes() != writes || again.Cells.Acknowledged != stopped.Cells.NotAttempted {
		t.Errorf("applied twice: %s", describe(again, err))
	}
	w.salesforce.Advance()
	w.mustRun() // approved once and for all
}

func TestPlanSendsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	planned, err := w.plan()
	if err != nil || planned.Outcome != "planned" || w.fincome.Writes() != 0 || planned.Cells.NotAttempted == 0 {
		t.Fatalf("got %s", describe(planned, err))
	}
	w.change(map[string]string{"axes:\n": "axes:\n  nulls: keep\n"})
	if result, err := w.apply(planned.Run); pipelines.ExitCode(err) != pipelines.ExitStopped || w.fincome.Writes() != 0 {
		t.Errorf("a plan of another file: %s", describe(result, err))
	}
	w.change(map[string]string{"axes:\n  nulls: keep\n": "axes:\n"})
	kept := w.now
	w.now = w.now.Add(25 * time.Hour)
	if result, err := w.apply(planned.Run); pipelines.ExitCode(err) != pipelines.ExitStopped || w.fincome.Writes() != 0 {
		t.Errorf("an old plan: %s", describe(result, err))
	}
	w.now = kept
	if result, err := w.apply("20261123-0600-zzzz"); pipelines.ExitCode(err) != pipelines.ExitConfiguration {
		t.Errorf("no such plan: %s", describe(result, err))
	}
	if result, err := w.apply(planned.Run); err != nil || result.Cells.Sent != planned.Cells.NotAttempted {
		t.Errorf("applied: %s", describe(result, err))
	}
}

// TestConfigurationErrorsSpendNoJob: what is wrong is told before any job.
func TestConfigurationErrorsSpendNoJob(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		replace map[string]string
		exit    int
		want    []string
	}{
		"identification axis absent": {map[string]string{"identification_axis: Salesforce ID": "identification_axis: Salesforce Id"}, 2, []string{"no customer carries", `did you mean "Salesforce ID"?`}},
		"no tag":                     {map[string]string{"axes:\n  tag: \"726564\"\n": ""}, 2, []string{"tag: \"", "no names yet"}},
		"compound property":          {map[string]string{"[Phone,": "[BillingAddress,"}, 2, []string{"BillingStreet", "BillingCity"}},
		"wrong salesforce secret":    {map[string]string{"${file:client_secret}": "${file:api_key}"}, 3, []string{"client secret"}},
		"wrong fincome key":          {map[string]string{"${file:api_key}": "${file:client_id}"}, 3, []string{"api_key"}},
		"unknown object":             {map[string]string{"  properties:": "  object: Acount\n  properties:"}, 2, []string{"Acount"}},
		"condition that is no SOQL":  {map[string]string{"  properties:": "  where: Type == 'x'\n  properties:"}, 2, []string{"salesforce.where"}},
		"unknown match key":          {map[string]string{"axes:\n": "match: {key: External_ID__c2}\naxes:\n"}, 2, []string{"External_Id__c"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{replace: c.replace})
			_, err := w.run()
			if got := pipelines.ExitCode(err); got != c.exit {
				t.Errorf("exit %d, want %d: %v", got, c.exit, err)
			}
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
			if n := w.salesforce.Count("POST", "jobs/query"); n != 0 || w.fincome.Writes() != 0 || len(w.snapshots()) != 0 {
				t.Errorf("%d jobs, %d writes, %d snapshots", n, w.fincome.Writes(), len(w.snapshots()))
			}
		})
	}
}

func TestNoTagNamesTheTagsInUse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{fincome: fincome.Config{Tag: "a1b2c3"}, replace: map[string]string{"axes:\n  tag: \"726564\"\n": ""}})
	_, err := w.run()
	if err == nil || !strings.Contains(err.Error(), "a1b2c3") {
		t.Errorf("got %v", err)
	}
}

func TestRevokedApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.salesforce.Block()
	result, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitAuthorization || len(w.fincome.Requests()) != 0 || len(w.snapshots()) != 0 {
		t.Errorf("got %s, %v", describe(result, err), w.fincome.Requests())
	}
}

// A server that cannot do what is asked for is not tried again.
func TestUnreachableServers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{fincome: fincome.Config{Fault: func(r *http.Request) *fincome.Fault {
		return &fincome.Fault{Status: http.StatusNotImplemented, Body: "<html>no</html>"}
	}}})
	result, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitConfiguration || result.Outcome != "failed" || !strings.Contains(err.Error(), "check base_url and the paths") {
		t.Errorf("got %s", describe(result, err))
	}
}

func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	entered, leave := make(chan bool), make(chan bool)
	o := w.options()
	first := true
	o.Now = func() time.Time {
		if first { // begin has the lock by now
			first = false
			entered <- true
			<-leave
		}
		return w.now
	}
	done := make(chan error)
	go func() {
		_, err := pipelines.Run(t.Context(), w.load(), o)
		done <- err
	}()
	<-entered
	if _, err := w.run(); !errors.Is(err, pipelines.ErrLocked) || pipelines.ExitCode(err) != pipelines.ExitFailed {
		t.Errorf("got %v", err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestGuardsCompareWithTheBaseline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	w.change(map[string]string{"  properties:": "  where: NumberOfEmployees > 100000000\n  properties:"})
	result, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped || result.Guards[0].Name != transform.GuardZeroRows {
		t.Errorf("got %s", describe(result, err))
	}
	if result.Verdicts["filtered"] == 0 || result.Verdicts["not_found"] > result.Verdicts["filtered"] {
		t.Errorf("verdicts %v", result.Verdicts)
	}
}

// The result tells counts and paths, never values; what is written is for its
// owner alone.
func TestNothingPersonalLeaks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	content, err := os.ReadFile(filepath.Join(w.dir, "state", pipelines.Slug("Test - Accounts"), "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	for a := range w.salesforce.All() {
		phone, _ := a.Value("Phone")
		if phone != "" && bytes.Contains(content, []byte(phone)) {
			t.Fatal("result.json holds a phone number")
		}
	}
	for _, folder := range []string{"state", "snapshots"} {
		err := filepath.WalkDir(filepath.Join(w.dir, folder), func(path string, entry os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s is readable for others: %v", path, info.Mode())
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if work, _ := filepath.Glob(filepath.Join(w.dir, "state", "*", "work", "*")); len(work) != 0 {
		t.Errorf("work files stay: %v", work)
	}
	if n, m := w.salesforce.Count("POST", "jobs/query"), w.salesforce.Count("DELETE", "jobs/query/{id}"); n == 0 || n != m {
		t.Errorf("%d jobs were made and %d deleted", n, m)
	}
}
