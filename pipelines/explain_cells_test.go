package pipelines_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

// matchedCustomer is a customer whose Phone is filled, with its account's.
func (w *world) matchedCustomer(t *testing.T) (id, phone string) {
	t.Helper()
	for _, id := range w.ids() {
		if e := w.explain(id, ""); e.Identity.Matched && axis(t, e, "Phone").Desired != nil {
			return id, *axis(t, e, "Phone").Desired
		}
	}
	t.Fatal("no customer has a phone")
	return "", ""
}

// One cell from its first write to its end: new, pending, unchanged, edited, stale,
// each told with D, H, A, the row, and what was sent when.
func TestExplainsACellThroughItsLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 20})
	first := w.mustRun()
	id, phone := w.matchedCustomer(t)

	a := axis(t, w.explain(id, ""), "Phone")
	if a.Case != "new" || a.Row != 12 || a.Action != "write" || shown(a.Desired) != phone || a.Held != nil || a.Acknowledged != nil || a.Properties[0].Property != "Phone" {
		t.Errorf("written: %s", jsonText(t, a))
	}
	if len(a.Sent) != 1 || a.Sent[0].Outcome != "accepted" || a.Sent[0].Run != first.Run || shown(a.Sent[0].After) != phone || a.Sent[0].At.IsZero() {
		t.Errorf("sent: %s", jsonText(t, a.Sent))
	}
	if m := a.Remembered; m == nil || shown(m.Sent) != phone || m.SentAt == nil || !m.Answered || m.Tries != 1 || m.Acknowledged != nil {
		t.Errorf("remembered: %s", jsonText(t, m))
	}
	e := w.explain(id, "")
	if e.Snapshot.Outcome != "delivered" || len(e.Snapshot.Deliveries) != 1 || e.Snapshot.Deliveries[0].Counts["accepted"] != first.Cells.Sent {
		t.Errorf("the snapshot: %s", jsonText(t, e.Snapshot))
	}

	second := w.mustRun()
	a = axis(t, w.explain(id, ""), "Phone")
	if a.Case != "unchanged" || a.Row != 7 || shown(a.Held) != phone || shown(a.Acknowledged) != phone || a.AcknowledgedAt == nil || a.Remembered.SentAt != nil || len(a.Sent) != 1 {
		t.Errorf("unchanged: %s", jsonText(t, a))
	}

	w.set(id, "Salesforce_726564_Phone", "an edit")
	third := w.mustRun()
	a = axis(t, w.explain(id, ""), "Phone")
	if a.Case != "edited" || a.Row != 14 || a.Action != "keep" || shown(a.Held) != "an edit" || shown(a.Desired) != phone || shown(a.Acknowledged) != phone || a.AcknowledgedAt == nil || a.Since == nil {
		t.Errorf("edited: %s", jsonText(t, a))
	}
	if since, err := time.Parse(time.RFC3339, textOf(a.Since)); err != nil || !since.Equal(third.Started.Truncate(time.Second)) {
		t.Errorf("edited since %s, want %s", shown(a.Since), third.Started)
	}

	w.set(id, fincome.DefaultAxis, nil)
	w.mustRun()
	a = axis(t, w.explain(id, ""), "Phone")
	if a.Case != "unmatched" || a.Row != 1 || a.Since == nil || a.Desired != nil || shown(a.Acknowledged) != phone || a.Properties[0].Value != nil {
		t.Errorf("stale: %s", jsonText(t, a))
	}

	// The other runs are still explained as they were.
	for run, want := range map[string]transform.Case{first.Run: "new", second.Run: "unchanged", third.Run: "edited"} {
		e := w.explain(id, run)
		if a := axis(t, e, "Phone"); a.Case != want || e.Newest || e.Snapshot.Run != run || !e.Identity.Matched {
			t.Errorf("run %s: %s", run, jsonText(t, a))
		}
	}
}

// ours, foreign and cleared cells, and those of a plan that nobody has applied.
func TestExplainsAPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 30, replace: map[string]string{"properties: [Phone,": "properties: [{property: Industry, axis: Industry}, {first_of: [Nothing__c, Phone], axis: Telephone}, Phone,", "AnnualRevenue,": "{ property: AnnualRevenue, values: typed },"}})
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(err)
	}
	cases := map[transform.Case]int{}
	typed := 0
	for _, id := range w.ids() {
		e := w.explain(id, "")
		if s := e.Snapshot; s.Run != stopped.Run || s.Outcome != "stopped" || len(s.Guards) != 1 || s.Guards[0] != transform.GuardMerge || len(s.Deliveries) != 0 {
			t.Fatalf("the snapshot: %s", jsonText(t, s))
		}
		for _, a := range e.Axes {
			cases[a.Case]++
			if len(a.Sent) != 0 || a.Case == "foreign" && (a.Axis != "Industry" || a.Held == nil || a.Acknowledged != nil || a.Properties[0].Property != "Industry") {
				t.Errorf("%s: %s", id, jsonText(t, a))
			}
			if a.DesiredType == "number" {
				typed++
			}
			if a.DesiredType != "" && (a.Axis != "Salesforce_726564_AnnualRevenue" || a.Action != "write") {
				t.Errorf("%s: %s", id, jsonText(t, a))
			}
			if a.Axis == "Telephone" && (len(a.Properties) != 2 || a.Properties[0].Visible || !a.Properties[1].Visible || textOf(a.Desired) != textOf(a.Properties[1].Value)) {
				t.Errorf("%s: %s", id, jsonText(t, a))
			}
		}
	}
	if cases["foreign"] == 0 || cases["new"] == 0 || typed == 0 {
		t.Fatalf("cases %v", cases)
	}
	begun := filepath.Join(w.dir, "snapshots", "source="+pipelines.Slug("Test - Accounts"), "deliveries", stopped.Run, "run=20261123-0600-aaaa")
	if err := os.MkdirAll(begun, 0o700); err != nil {
		t.Fatal(err)
	}
	if s := w.explain(w.ids()[0], "").Snapshot; s.Outcome != "under_way" {
		t.Errorf("a delivery without an end: %s", jsonText(t, s))
	}
	if err := os.Remove(begun); err != nil {
		t.Fatal(err)
	}
	applied, err := w.apply(stopped.Run)
	if err != nil {
		t.Fatal(err)
	}
	if s := w.explain(w.ids()[0], "").Snapshot; s.Outcome != "delivered" || s.Deliveries[0].Run != applied.Run {
		t.Errorf("applied: %s", jsonText(t, s))
	}
	// An apply has no snapshot of its own; who asks for it is told whose it was.
	if _, err := pipelines.Explain(t.Context(), w.offline(), w.ids()[0], applied.Run); pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), "--run "+stopped.Run) {
		t.Errorf("the run of an apply: %v", err)
	}
	for range 12 {
		w.salesforce.Advance()
	}
	changed := w.mustRun()
	ours, written := 0, int64(0)
	for _, id := range w.ids() {
		for _, a := range w.explain(id, changed.Run).Axes {
			if a.Action == "write" {
				written++
			}
			if a.Case == "ours" {
				ours++
				if a.Row != 11 || a.Held == nil || textOf(a.Held) != textOf(a.Acknowledged) || textOf(a.Held) == textOf(a.Desired) || len(a.Sent) != 2 || a.Sent[1].Run != changed.Run || a.Sent[0].Snapshot != stopped.Run {
					t.Errorf("%s: %s", id, jsonText(t, a))
				}
			}
		}
	}
	if written != changed.Cells.Sent || ours == 0 {
		t.Errorf("%d cells are told as written, %d of them ours, %d were sent", written, ours, changed.Cells.Sent)
	}
}

// Refused, accepted and never shown, and changed under the delivery.
func TestExplainsWhatWentWrong(t *testing.T) {
	t.Parallel()
	refusing := newWorld(t, settings{customers: 12, fincome: fincome.Config{RejectEvery: 2}})
	if result, err := refusing.run(); err != nil || result.Cells.Rejected == 0 {
		t.Fatal(describe(result, err))
	}
	rejected := 0
	for _, id := range refusing.ids() {
		for _, a := range refusing.explain(id, "").Axes {
			for _, s := range a.Sent {
				if s.Outcome == "rejected" {
					rejected++
					if s.Code != "422" || !strings.Contains(s.Reason, "locked by an accounting period") || a.Remembered.RefusedAt == nil {
						t.Errorf("%s: %s", id, jsonText(t, a))
					}
				}
			}
		}
	}
	if rejected == 0 {
		t.Error("no reject is told")
	}

	w := newWorld(t, settings{customers: 12, fincome: fincome.Config{Delay: fincome.Delay{UntilSettle: true}}})
	w.mustRun()
	id, phone := w.matchedCustomer(t)
	w.now = w.now.Add(5*time.Minute - time.Hour)
	w.mustRun()
	if a := axis(t, w.explain(id, ""), "Phone"); a.Case != "pending" || a.Row != 3 || a.Action != "pending" || shown(a.Remembered.Sent) != phone {
		t.Errorf("pending: %s", jsonText(t, a))
	}
	w.mustRun()
	if a := axis(t, w.explain(id, ""), "Phone"); a.Case != "sent_again" || a.Row != 4 || a.Action != "write" || len(a.Sent) != 2 || a.Remembered.Tries != 2 {
		t.Errorf("sent again: %s", jsonText(t, a))
	}
	if _, err := w.run(); err != nil {
		t.Fatal(err)
	}
	if a := axis(t, w.explain(id, ""), "Phone"); a.Case != "not_applied" || a.Action != "rejected" || a.Remembered.Code != "not_applied" {
		t.Errorf("not applied: %s", jsonText(t, a))
	}

	conflicting := newWorld(t, settings{customers: 12})
	plan, err := conflicting.plan()
	if err != nil {
		t.Fatal(err)
	}
	id, _ = conflicting.matchedCustomer(t)
	conflicting.set(id, "Salesforce_726564_Phone", "faster")
	if result, err := conflicting.apply(plan.Run); err != nil || result.Cells.Conflicts != 1 {
		t.Fatal(describe(result, err))
	}
	if a := axis(t, conflicting.explain(id, ""), "Phone"); len(a.Sent) != 1 || a.Sent[0].Outcome != "conflict" || shown(a.Sent[0].Now) != "faster" {
		t.Errorf("conflict: %s", jsonText(t, a))
	}
}

// What cannot be explained is told with the nearest thing to do, as a fault of the
// command line.
func TestExplainRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 20, fincome: fincome.Config{Extra: []fincome.Customer{{ID: "Only Once"}}}})
	refuses := func(customer, run string, words ...string) {
		t.Helper()
		_, err := pipelines.Explain(t.Context(), w.offline(), customer, run)
		if pipelines.ExitCode(err) != pipelines.ExitConfiguration {
			t.Fatalf("%q, %q: %v", customer, run, err)
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q, %q: %v does not say %q", customer, run, err, word)
			}
		}
	}
	refuses("C-1", "", "no snapshot", "axisync plan "+w.file)
	refuses("C-1", "20261123-0600-k3f7", "no snapshot")
	first := w.mustRun()
	id, _ := w.matchedCustomer(t)
	account := *w.explain(id, "").Identity.Account
	refuses("nobody at all", "", "no customer \"nobody at all\"", fmt.Sprintf("holds %d", len(w.ids())))
	refuses("nobody\n\x1b[2J'; --", "", `no customer "nobody\n\x1b[2J'; --"`)
	refuses(strings.ToLower(id)+" ", "", fmt.Sprintf("did you mean %q?", id))
	refuses(account, "", "it is an account", fmt.Sprintf("%q", id))
	refuses(account[:15], "", "it is an account", fmt.Sprintf("%q", id))
	refuses(w.living()[0], "", "it is an account, and no customer means it", "axisync history")
	refuses(id, "yesterday", "is not the id of a run")
	refuses(id, "20200101-0000-aaaa", "no snapshot of the run 20200101-0000-aaaa", "the newest is that of "+first.Run)
	refuses("only once", "", `did you mean "Only Once"?`)

	w.put("daily.yaml", strings.ReplaceAll(w.text, "customers: { api: {} }", "customers: { file: customers.csv }"))
	w.put("customers.csv", "id,Salesforce ID\nC-new,\nC-other,"+account+"\n")
	if _, err := w.run(); err != nil && pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(err)
	}
	refuses(id, "", "that of "+first.Run+" has it", "--run "+first.Run)
}

// Without the state, without the secrets, and of a snapshot of an older version,
// the snapshot explains what it can and says what is missing.
func TestExplainsWithLess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 20, replace: map[string]string{"  tag: \"726564\"\n": "  tag: \"726564\"\n  nulls: clear\n"}})
	result := w.mustRun()
	w.mustRun()
	id, phone := w.matchedCustomer(t)
	for _, secret := range []string{"client_id", "client_secret", "api_key"} {
		if err := os.Remove(filepath.Join(w.dir, secret)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pipelines.Load(w.file); err == nil {
		t.Fatal("the secrets are still there")
	}
	if err := os.Rename(filepath.Join(w.dir, "state"), filepath.Join(w.dir, "lost")); err != nil {
		t.Fatal(err)
	}
	e := w.explain(id, "")
	if a := axis(t, e, "Phone"); a.Case != "unchanged" || shown(a.Held) != phone || a.Remembered != nil || a.Acknowledged != nil || len(a.Sent) != 1 {
		t.Errorf("%s", jsonText(t, a))
	}
	if len(e.Warnings) != 1 || !strings.Contains(e.Warnings[0], "there is no state") {
		t.Errorf("warnings %q", e.Warnings)
	}

	// A tag that only the state knew is that of the axes.
	w.change(map[string]string{"  tag: \"726564\"\n": ""})
	if a := axis(t, w.explain(id, ""), "Phone"); len(a.Properties) != 1 || shown(a.Properties[0].Value) != phone {
		t.Errorf("%s", jsonText(t, a))
	}

	// A damaged state is told, too.
	state := filepath.Join(w.dir, "state", pipelines.Slug("Test - Accounts"))
	if err := errors.Join(os.MkdirAll(state, 0o700), os.WriteFile(filepath.Join(state, "state.json"), []byte("{"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if e := w.explain(id, ""); len(e.Warnings) != 1 || !strings.Contains(e.Warnings[0], "damaged") {
		t.Errorf("warnings %q", e.Warnings)
	}

	// Of a snapshot without the table kept the rest is told.
	manifest := filepath.Join(result.Snapshot, parquet.ManifestName)
	var fields map[string]any
	content, err := os.ReadFile(manifest)
	if err = errors.Join(err, json.Unmarshal(content, &fields)); err != nil {
		t.Fatal(err)
	}
	delete(fields["tables"].(map[string]any), "kept")
	if err := os.WriteFile(manifest, []byte(jsonText(t, fields)), 0o600); err != nil {
		t.Fatal(err)
	}
	w.set(id, fincome.DefaultAxis, nil)
	for _, id := range w.ids() {
		for _, a := range w.explain(id, result.Run).Axes {
			if a.Action != "write" && (a.Action != "not_recorded" || a.Case != "" || a.Rule == "") {
				t.Fatalf("%s: %s", id, jsonText(t, a))
			}
		}
	}

	// One of a version whose tables are others is named, not misread.
	columns := fields["tables"].(map[string]any)["matches"].(map[string]any)["columns"].([]any)
	columns[0].(map[string]any)["name"] = "customer_id"
	if err := os.WriteFile(manifest, []byte(jsonText(t, fields)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pipelines.Explain(t.Context(), w.offline(), id, result.Run); err == nil || !strings.Contains(err.Error(), "written by version test of the program, and its table matches has no column id") {
		t.Errorf("another version: %v", err)
	}
	if h := w.history(id); h.Snapshots != 1 || len(h.Warnings) != 1 || !strings.Contains(h.Warnings[0], result.Run+" is left out") {
		t.Errorf("another version: %s", jsonText(t, h))
	}
	columns[0].(map[string]any)["name"] = "id"
	if err := os.WriteFile(manifest, []byte(jsonText(t, fields)), 0o600); err != nil {
		t.Fatal(err)
	}

	// A damaged newest snapshot is named, and the one before it explained.
	newest := w.explain(id, "").Snapshot
	if err := os.WriteFile(filepath.Join(newest.Path, parquet.ManifestName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := pipelines.Explain(t.Context(), w.offline(), id, newest.Run); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged snapshot by name: %v", err)
	}
	e = w.explain(id, "")
	if e.Snapshot.Run != result.Run || !strings.Contains(strings.Join(e.Warnings, "\n"), newest.Run+" is left out") {
		t.Errorf("%s, %q", e.Snapshot.Run, e.Warnings)
	}
}

// A run holds the lock, writes its journal and turns the page of what is
// remembered: explanations go on beside it.
func TestExplainsBesideRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 12})
	w.mustRun()
	w.mustRun()
	id, phone := w.matchedCustomer(t)
	entered, leave := make(chan bool), make(chan bool)
	o, first := w.options(), true
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
	if e := w.explain(id, ""); len(e.Warnings) != 0 || axis(t, e, "Phone").Case != "unchanged" {
		t.Errorf("%q: %s", e.Warnings, jsonText(t, e.Axes))
	}
	close(leave)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	stop := make(chan bool)
	go func() { // every run folds the journal and removes the file before it
		defer close(done)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			_ = w.fincome.Edit(id, "Salesforce_726564_BillingCity", fmt.Sprint(i))
			if _, err := w.run(); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	p := w.offline()
	for range 12 {
		e, err := pipelines.Explain(t.Context(), p, id, "")
		if err != nil || len(e.Warnings) != 0 {
			t.Fatal(err, e.Warnings)
		}
		if a := axis(t, e, "Phone"); shown(a.Held) != phone || shown(a.Acknowledged) != phone || a.AcknowledgedAt == nil {
			t.Errorf("beside a run: %s", jsonText(t, a))
		}
	}
	close(stop)
	<-done
}

// Ids of customers that a path, a statement or a terminal could trip over.
func TestExplainsOddIDs(t *testing.T) {
	t.Parallel()
	odd := []string{`it's "quoted"`, "line\nbreak\ttab", "日本 🏔 é", "a/b?c=d&e#f%20", "'; DROP TABLE kept; --", "\u202eright to left", " blanks ", "0015f00000BCvReAAL", strings.Repeat("long ", 45)}
	var extra []fincome.Customer
	for _, id := range odd {
		extra = append(extra, fincome.Customer{ID: id})
	}
	w := newWorld(t, settings{customers: 5, fincome: fincome.Config{Extra: extra}})
	live := w.living()
	for i, id := range odd {
		w.set(id, fincome.DefaultAxis, live[i])
	}
	first, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	w.mustRun()
	for i, id := range odd {
		e := w.explain(id, "")
		if textOf(e.Identity.Account) != live[i] || e.Customer != id {
			t.Errorf("%q: %s", id, jsonText(t, e.Identity))
		}
		a := axis(t, e, "Owner.Name")
		if a.Case != "unchanged" || a.AcknowledgedAt == nil || len(a.Sent) != 1 || a.Sent[0].Run != first.Run {
			t.Errorf("%q: %s", id, jsonText(t, a))
		}
		h, err := pipelines.ReadHistory(t.Context(), w.offline(), id)
		if err != nil || h.Side != "customer" || len(h.Events) != 2 {
			t.Errorf("%q: %v, %s", id, err, jsonText(t, h))
		}
	}
}
