package pipelines_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/transform"
)

// offline is the pipeline as explain and history load it.
func (w *world) offline() *pipelines.Pipeline {
	w.t.Helper()
	p, err := pipelines.LoadOffline(w.file)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) explain(customer, run string) *pipelines.Explanation {
	w.t.Helper()
	e, err := pipelines.Explain(w.t.Context(), w.offline(), customer, run)
	if err != nil {
		w.t.Fatalf("%q: %v", customer, err)
	}
	return e
}

// axis is one axis of an explanation.
func axis(t *testing.T, e *pipelines.Explanation, property string) pipelines.AxisTold {
	t.Helper()
	for _, a := range e.Axes {
		if a.Axis == "Salesforce_726564_"+property {
			return a
		}
	}
	t.Fatalf("%q has no axis for %s", e.Customer, property)
	return pipelines.AxisTold{}
}

// ids are the customers of Fincome in the order of their ids.
func (w *world) ids() []string {
	var ids []string
	for c := range w.fincome.Customers() {
		ids = append(ids, c.ID)
	}
	return ids
}

// set edits a cell as a person does.
func (w *world) set(customer, axis string, value any) {
	w.t.Helper()
	if err := w.fincome.Edit(customer, axis, value); err != nil {
		w.t.Fatal(err)
	}
}

// living are accounts that no customer means yet.
func (w *world) living() []string {
	taken := map[string]bool{}
	for _, properties := range w.properties() {
		for _, raw := range properties {
			taken[strings.Trim(raw, `"`)] = true
		}
	}
	var ids []string
	for a := range w.salesforce.All() {
		if id := a.ID(); !a.Deleted() && !taken[id] && !taken[id[:15]] {
			ids = append(ids, id)
		}
	}
	return ids
}

// shown is a text that may be null.
func shown(text *string) string {
	if text == nil {
		return "<null>"
	}
	return *text
}

// TestExplainsEveryCustomer: over some days with people editing, the rows that
// explanations name add up to those that the run counted, and every customer holds
// what the explanation says.
func TestExplainsEveryCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 300, customers: 36, fincome: fincome.Config{RejectEvery: 6}, replace: map[string]string{"axes:\n": "axes:\n  merge: fill_empty\n"}})
	ids := w.ids()
	for day := range 3 {
		if _, err := w.run(); err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			switch (i + day) % 9 {
			case 0:
				w.set(id, "Salesforce_726564_Phone", fmt.Sprint("edited on day ", day))
			case 1:
				w.set(id, "Salesforce_726564_BillingCity", nil)
			case 2:
				w.set(id, fincome.DefaultAxis, nil)
			}
		}
		w.salesforce.Advance()
	}
	held := w.properties()
	result, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]int{}
	verdicts := map[string]int64{}
	for _, id := range ids {
		e := w.explain(id, "")
		if e.Snapshot.Run != result.Run || !e.Newest || len(e.Warnings) > 0 {
			t.Fatalf("%+v, %v", e.Snapshot, e.Warnings)
		}
		verdicts[string(e.Identity.Verdict)]++
		for _, a := range e.Axes {
			counted[a.Axis+" "+string(a.Case)]++
			if got, want := shown(a.Held), heldText(held[id][a.Axis]); got != want {
				t.Errorf("%s %s holds %q, explained as %q", id, a.Axis, want, got)
			}
			if a.Row == 0 || a.Rule == "" || len(a.Properties) != 1 || !a.Properties[0].Visible {
				t.Errorf("%s %s: %+v", id, a.Axis, a)
			}
			if e.Identity.Matched && a.Desired != nil && textOf(a.Properties[0].Value) != *a.Desired {
				t.Errorf("%s %s: desired %q, the account has %q", id, a.Axis, *a.Desired, textOf(a.Properties[0].Value))
			}
			if a.Case == "refused" && (a.Remembered == nil || a.Remembered.Code != "422" || a.Action != "refused") {
				t.Errorf("%s %s is refused: %+v", id, a.Axis, a.Remembered)
			}
			if (a.Case == "edited" || a.Case == "emptied" || a.Since != nil) && (a.Since == nil || a.Acknowledged == nil || a.AcknowledgedAt == nil) {
				t.Errorf("%s %s is %s since %s, acknowledged %s", id, a.Axis, a.Case, shown(a.Since), shown(a.Acknowledged))
			}
		}
	}
	if !maps.Equal(verdicts, result.Verdicts) {
		t.Errorf("verdicts %v, want %v", verdicts, result.Verdicts)
	}
	want := map[string]int{}
	for _, a := range result.Axes {
		for name, n := range a.Cases {
			want[a.Axis+" "+name] = int(n)
		}
	}
	if !maps.Equal(counted, want) {
		t.Errorf("explained %v\ncounted %v", counted, want)
	}
	for _, name := range []string{"unchanged", "edited", "emptied", "unmatched", "refused"} {
		if counted["Salesforce_726564_Phone "+name]+counted["Salesforce_726564_BillingCity "+name] == 0 {
			t.Errorf("no cell is %s: %v", name, counted)
		}
	}
}

// heldText is a property as a snapshot has it.
func heldText(raw string) string {
	var text string
	switch {
	case raw == "" || raw == "null":
		return "<null>"
	case json.Unmarshal([]byte(raw), &text) == nil:
		return text
	}
	return raw
}

func textOf(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// Every kind of identifier is told step by step, with what to do.
func TestExplainsIdentifiers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 40})
	var deleted, merged, winner string
	for a := range w.salesforce.All() {
		switch {
		case a.Deleted() && a.MasterRecordID() == "":
			deleted = a.ID()
		case a.Deleted():
			merged, winner = a.ID(), a.MasterRecordID()
		}
	}
	live := w.living()
	id := live[slices.IndexFunc(live, func(id string) bool { return id[15:] != "AAA" })]
	suffix := id[:15] + "AAA" // which says that all letters are small
	mixed := id
	for _, account := range live { // one whose body is of both cases: folded, it is nobody's
		if body := account[:15]; body != strings.ToLower(body) && body != strings.ToUpper(body) {
			mixed = account
		}
	}
	url := "https://example.lightning.force.com/lightning/r/Account/" + id + "/view"
	ids := w.ids()
	var later []func() // once the run has seen all identifiers
	for i, c := range []struct {
		value     any
		verdict   transform.Verdict
		account   string
		candidate string
		steps     []string
		todo      string
	}{
		{id, transform.Exact, id, "", []string{"an id of 18 characters", "001 is the prefix of Account", "the account " + id + " exists"}, ""},
		{id[:15], transform.Upgraded15, id, "", []string{"15 characters, completed to " + id, "exists"}, ""},
		{" " + id + "\u00a0", transform.Trimmed, id, "", []string{"the blanks around it are left out", "18 characters", "exists"}, ""},
		{url, transform.FromURL, id, "", []string{"address of a record", "exists"}, ""},
		{strings.ToLower(mixed), transform.CaseRepaired, mixed, "", []string{"all of one case", "none has the id as it is written"}, ""},
		{merged, transform.Merged, winner, "", []string{"18 characters", merged + " lost a merge: its winner " + winner + " is used"}, ""},
		{suffix, transform.InvalidSuffix, "", id, []string{"those would make " + id + ", and the last three spell " + strings.ToLower(id[:15]) + "AAA"}, "if " + id + " is the account"},
		{deleted, transform.Deleted, "", "", []string{"deleted in Salesforce"}, "restore the account"},
		{"003" + id[3:], transform.WrongObject, "", "", []string{"003 is the prefix of Contact, and the source reads Account"}, "the id of the Account, not of another record"},
		{"a0B" + id[3:15], transform.WrongObject, "", "", []string{"a0B is not the prefix of Account"}, "not of another record"},
		{"001000000000000", transform.NotFound, "", "", []string{"completed to 001000000000000AAA", "no account that the connected user can see has it"}, "let the connected user see"},
		{id + ", " + live[1], transform.SeveralIDs, "", "", []string{"more than one id"}, "leave one id"},
		{"n/a\n\x1b[2J", transform.NotAnID, "", "", []string{"not a Record ID", "this has 8 characters"}, "write the 18-character id"},
		{nil, transform.Empty, "", "", []string{"does not carry the axis"}, "write the 18-character id"},
		{" \t", transform.Empty, "", "", []string{"nothing but blanks"}, "write the 18-character id"},
	} {
		w.set(ids[i], fincome.DefaultAxis, c.value)
		check := func(e *pipelines.Explanation) {
			t.Helper()
			got := e.Identity
			if got.Verdict != c.verdict || textOf(got.Account) != c.account || got.Matched != (c.account != "") || c.candidate != "" && textOf(got.Candidate) != c.candidate {
				t.Errorf("%v: %s", c.value, jsonText(t, got))
			}
			if c.candidate != "" && (got.CandidateReason != transform.OneRepairAway || got.Near() == "" || got.CandidateName == nil) {
				t.Errorf("%v: %s", c.value, jsonText(t, got))
			}
			steps := strings.Join(got.Steps, "\n")
			for _, step := range c.steps {
				if !strings.Contains(steps, step) {
					t.Errorf("%v: %q is not among the steps\n%s", c.value, step, steps)
				}
			}
			if (c.todo == "") != (got.Todo == "") || !strings.Contains(got.Todo, c.todo) && got.Candidate == nil || got.Reason == "" {
				t.Errorf("%v: to do %q because %q, want %q", c.value, got.Todo, got.Reason, c.todo)
			}
			if got.Matched && (got.AccountName == nil || *got.AccountName == "") {
				t.Errorf("%v: the account has no name", c.value)
			}
			for _, a := range e.Axes {
				if !got.Matched && a.Case != "unmatched" {
					t.Errorf("%v: %s is %s", c.value, a.Axis, a.Case)
				}
			}
		}
		later = append(later, func() { check(w.explain(ids[i], "")) })
	}
	if _, err := w.run(); err != nil {
		t.Fatal(err)
	}
	for _, check := range later {
		check()
	}
}

// Another key than the Record ID is told as it is compared; under match.accept:
// strict an account that needs a repair is named and not used.
func TestExplainsAnotherKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 15, replace: map[string]string{
		"identification_axis: Salesforce ID": "identification_axis: Customer number",
		"axes:\n":                            "match: { key: External_Id__c, trim: true, fold_case: true, accept: strict }\naxes:\n"}})
	var keys []string
	for a := range w.salesforce.All() {
		if key, _ := a.Value("External_Id__c"); key != "" && !a.Deleted() {
			keys = append(keys, key)
		}
	}
	ids := w.ids()
	cases := map[string]transform.Verdict{keys[0]: transform.Exact, " " + keys[1]: transform.Trimmed, "no such key": transform.NotFound}
	values := slices.Sorted(maps.Keys(cases))
	for i, value := range values {
		w.set(ids[i], "Customer number", value)
	}
	if _, err := w.run(); err != nil {
		t.Fatal(err)
	}
	for i, value := range values {
		got := w.explain(ids[i], "").Identity
		steps := strings.Join(got.Steps, "\n")
		if got.Verdict != cases[value] || got.Axis != "Customer number" || !strings.Contains(steps, "compared as literal text with External_Id__c of the accounts, without the blanks around it and without letter case") {
			t.Errorf("%q: %s", value, jsonText(t, got))
		}
		switch got.Verdict {
		case transform.Exact:
			if !got.Matched || got.Todo != "" {
				t.Errorf("%q: %s", value, jsonText(t, got))
			}
		case transform.Trimmed:
			if got.Matched || got.Account == nil || !strings.Contains(steps, "match.accept: strict takes only") || !strings.Contains(got.Todo, keys[1]) {
				t.Errorf("%q: %s", value, jsonText(t, got))
			}
		default:
			if got.Account != nil || !strings.Contains(got.Todo, "into \"Customer number\"") || strings.Contains(got.Todo, "write 001") || got.Candidate != nil && got.Near() == "" {
				t.Errorf("%q: %s", value, jsonText(t, got))
			}
		}
	}
}

// The account outside the condition, and the key that several accounts have.
func TestExplainsFilteredAndAmbiguous(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 10, replace: map[string]string{"  properties:": "  where: NumberOfEmployees > 100000000\n  properties:"}})
	if _, err := w.run(); pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(err)
	}
	filtered := 0
	for _, id := range w.ids() {
		if got := w.explain(id, "").Identity; got.Verdict == transform.Filtered {
			filtered++
			if steps := strings.Join(got.Steps, "\n"); !strings.Contains(steps, "outside salesforce.where: NumberOfEmployees > 100000000") || !strings.Contains(got.Todo, "widen salesforce.where") {
				t.Errorf("%s", jsonText(t, got))
			}
		}
	}
	if filtered == 0 {
		t.Error("no customer is filtered")
	}

	w = newWorld(t, settings{customers: 10, replace: map[string]string{"axes:\n": "match: { key: BillingCity }\naxes:\n"}})
	cities := map[string]int{}
	for a := range w.salesforce.All() {
		if city, _ := a.Value("BillingCity"); city != "" && !a.Deleted() {
			cities[city]++
		}
	}
	shared := ""
	for city, n := range cities {
		if n > 1 {
			shared = city
		}
	}
	id := w.ids()[0]
	w.set(id, fincome.DefaultAxis, shared)
	if _, err := w.run(); err != nil && pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(err)
	}
	e := w.explain(id, "")
	if got := e.Identity; got.Verdict != transform.Ambiguous || got.Matched || !strings.Contains(strings.Join(got.Steps, "\n"), "several accounts have it") || !strings.Contains(got.Todo, "make BillingCity of the accounts unique") {
		t.Errorf("%q: %s", shared, jsonText(t, got))
	}
	if a := axis(t, e, "Phone"); a.Case != "ambiguous" || a.Row != 1 || a.Action != "keep" {
		t.Errorf("%q: %s", shared, jsonText(t, a))
	}
}
