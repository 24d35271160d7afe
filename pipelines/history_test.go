package pipelines_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
)

func (w *world) history(id string) *pipelines.History {
	w.t.Helper()
	h, err := pipelines.ReadHistory(w.t.Context(), w.offline(), id)
	if err != nil {
		w.t.Fatalf("%q: %v", id, err)
	}
	return h
}

// column is the texts of a column from event to event.
func columnOf(h *pipelines.History, of, column string) []string {
	var texts []string
	for _, event := range h.Events {
		for _, c := range event.Changes {
			if c.Of == of && c.Column == column {
				texts = append(texts, shown(c.Before)+" -> "+shown(c.After))
			}
		}
	}
	return texts
}

func statuses(h *pipelines.History) string {
	var all []string
	for _, event := range h.Events {
		all = append(all, event.Status)
	}
	return strings.Join(all, " ")
}

// A customer over days: what it holds, what it should hold, its account, and what
// was sent.
func TestHistoryOfACustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 12})
	first := w.mustRun()
	id, phone := w.matchedCustomer(t)
	account := *w.explain(id, "").Identity.Account
	identifier := *w.explain(id, "").Identity.Value
	w.mustRun()
	w.mustRun() // nothing has changed
	w.set(id, "Salesforce_726564_Phone", "an edit")
	edited := w.mustRun()
	w.set(id, fincome.DefaultAxis, "n/a")
	last := w.mustRun()

	h := w.history(id)
	if h.Side != "customer" || h.ID != id || h.Snapshots != 5 || h.Present != 5 || len(h.Gone) != 0 || len(h.Warnings) != 0 {
		t.Fatalf("%s", jsonText(t, h))
	}
	if h.FirstSeen.Run != first.Run || h.LastSeen.Run != last.Run || statuses(h) != "first_seen changed changed changed" {
		t.Errorf("%s: %s", statuses(h), jsonText(t, h))
	}
	axis := "Salesforce_726564_Phone"
	for _, c := range []struct {
		of, column string
		want       []string
	}{
		{"customer", axis, []string{"<null> -> " + phone, phone + " -> an edit"}},
		{"desired", axis, []string{"<null> -> " + phone, phone + " -> <null>"}},
		{"match", "account_id", []string{"<null> -> " + account, account + " -> <null>"}},
		{"match", "identifier", []string{"<null> -> " + identifier, identifier + " -> n/a"}},
	} {
		if got := columnOf(h, c.of, c.column); !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %q, want %q", c.of, c.column, got, c.want)
		}
	}
	if verdicts := columnOf(h, "match", "verdict"); len(verdicts) != 2 || !strings.HasSuffix(verdicts[1], "-> not_an_id") {
		t.Errorf("verdicts %q", verdicts)
	}
	if sent := h.Events[0].Sent; len(sent) == 0 || sent[0].Run != first.Run || h.Events[0].Snapshot.Outcome != "delivered" {
		t.Errorf("sent: %s", jsonText(t, sent))
	}
	if h.Events[2].Snapshot.Run != edited.Run || len(h.Events[2].Changes) != 1 || len(h.Events[2].Sent) != 0 {
		t.Errorf("edited: %s", jsonText(t, h.Events[2]))
	}
	for i := range h.Events[1:] {
		if h.Events[i+1].Snapshot.ObservedAt.Before(h.Events[i].Snapshot.ObservedAt) {
			t.Error("the newest comes first")
		}
	}
}

// Accounts over days of changes, by 18 and 15 characters, against what each
// snapshot has of them.
func TestHistoryOfAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 150, customers: 10})
	type value struct{ run, phone, verdict string }
	values := map[string][]value{}
	runs := 0
	for day := range 5 {
		result, err := w.plan()
		if err != nil {
			t.Fatal(err)
		}
		runs++
		reader, err := parquet.Open(t.Context(), result.Snapshot)
		if err != nil {
			t.Fatal(err)
		}
		verdicts := map[string]string{}
		for _, row := range texts(t, reader, "matches", "id", "side", "verdict") {
			if shown(row[1]) == "account" {
				verdicts[shown(row[0])] = shown(row[2])
			}
		}
		for _, row := range texts(t, reader, "accounts", "Id", "Phone") {
			values[shown(row[0])] = append(values[shown(row[0])], value{result.Run, shown(row[1]), verdicts[shown(row[0])]})
		}
		for range 1 + day*4 {
			w.salesforce.Advance()
		}
	}
	gone, changed := 0, 0
	for i, id := range slices.Sorted(maps.Keys(values)) {
		all := values[id]
		if i%15 != 0 && (len(all) == runs || i%2 == 0) { // some, and half of those that came or went
			continue
		}
		asked := id
		if i%2 == 0 {
			asked = id[:15]
		}
		h := w.history(asked)
		if h.ID != id || h.Side != "account" || h.Snapshots != runs || h.Present != len(all) || h.FirstSeen.Run != all[0].run || h.LastSeen.Run != all[len(all)-1].run || h.Name == nil {
			t.Fatalf("%s: %s, want %v", asked, jsonText(t, h), all)
		}
		gone += len(h.Gone)
		before, want := value{phone: "<null>"}, []string(nil)
		for _, v := range all {
			if v.phone != before.phone {
				want = append(want, before.phone+" -> "+v.phone)
			}
			before = v
		}
		changed += max(len(want)-1, 0)
		if got := columnOf(h, "account", "Phone"); !slices.Equal(got, want) {
			t.Errorf("%s: the phone went %q, want %q", id, got, want)
		}
		if got := columnOf(h, "match", "verdict"); len(got) == 0 || got[0] != "<null> -> "+all[0].verdict {
			t.Errorf("%s: verdicts %q, want %s", id, got, all[0].verdict)
		}
		if h.Events[0].Snapshot.Outcome != "planned" {
			t.Errorf("%s: %s", id, h.Events[0].Snapshot.Outcome)
		}
	}
	if gone == 0 || changed == 0 {
		t.Errorf("%d accounts were gone and %d phones changed", gone, changed)
	}
}

// texts reads columns of a table.
func texts(t *testing.T, reader *parquet.Reader, table string, columns ...string) (rows [][]*string) {
	t.Helper()
	records, err := reader.Read(table, columns...)
	if err != nil {
		t.Fatal(err)
	}
	defer records.Release()
	for records.Next() {
		batch := records.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := make([]*string, len(columns))
			for c := range columns {
				if batch.Column(c).IsValid(i) {
					text := strings.Clone(batch.Column(c).ValueStr(i))
					row[c] = &text
				}
			}
			rows = append(rows, row)
		}
	}
	if err := records.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// Damaged snapshots and those of another version are named and left out; an id
// that nobody has is a fault of the command line.
func TestHistoryWithDamage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 8})
	if _, err := pipelines.ReadHistory(t.Context(), w.offline(), "C-1"); pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), "axisync plan") {
		t.Errorf("no snapshot: %v", err)
	}
	var runs []*pipelines.Result
	for range 5 {
		runs = append(runs, w.mustRun())
	}
	id, _ := w.matchedCustomer(t)
	parts, err := filepath.Glob(filepath.Join(runs[2].Snapshot, "matches", "*.parquet"))
	if err != nil || len(parts) != 1 {
		t.Fatal(parts, err)
	}
	size, err := os.Stat(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(
		os.WriteFile(filepath.Join(runs[0].Snapshot, parquet.ManifestName), []byte("{"), 0o600),
		os.WriteFile(filepath.Join(runs[1].Snapshot, parquet.ManifestName), []byte(`{"version": 7}`), 0o600),
		os.WriteFile(parts[0], make([]byte, size.Size()), 0o600), // as long as the manifest says
		os.Remove(filepath.Join(runs[4].Snapshot, "customers", "part-00000.parquet")),
	)
	if err != nil {
		t.Fatal(err)
	}
	h := w.history(id)
	if h.Snapshots != 1 || h.Present != 1 || h.FirstSeen.Run != runs[3].Run || len(h.Warnings) != 4 {
		t.Errorf("%s", jsonText(t, h))
	}
	warnings := strings.Join(h.Warnings, "\n")
	for _, i := range []int{0, 1, 2, 4} {
		if !strings.Contains(warnings, runs[i].Run+" is left out") {
			t.Errorf("the run %d is not named in\n%s", i, warnings)
		}
	}
	if !strings.Contains(warnings, "version 7") {
		t.Errorf("the other version is not named in\n%s", warnings)
	}
	if _, err := pipelines.ReadHistory(t.Context(), w.offline(), "no\nbody"); pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), `"no\nbody"`) {
		t.Errorf("an id that nobody has: %v", err)
	}
}

// A customer that leaves the list and comes back, and a column that is there only
// for some runs.
func TestHistoryOfWhatGoesAndReturns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 4, replace: map[string]string{"customers: { api: {} }": "customers: { file: customers.csv }", "  - fincome: {}\n": ""}})
	account := w.living()[0]
	list := func(lines string) *pipelines.Result {
		w.put("customers.csv", "id,Salesforce ID\n"+lines)
		return w.mustRun()
	}
	with, without := "C-1,"+account+"\nC-2,\n", "C-2,\nC-3,"+account+"\n"
	list(without)
	first := list(with)
	w.change(map[string]string{"properties: [Phone, ": "properties: ["})
	list(with)
	gone, gone2 := list(without), list(without)
	w.change(map[string]string{"properties: [": "properties: [Phone, "})
	last := list(with)
	h := w.history("C-1")
	if statuses(h) != "first_seen columns gone back" || h.Snapshots != 6 || h.Present != 3 || h.FirstSeen.Run != first.Run || h.LastSeen.Run != last.Run {
		t.Errorf("%s: %s", statuses(h), jsonText(t, h))
	}
	if len(h.Gone) != 2 || h.Gone[0].Run != gone.Run || h.Gone[1].Run != gone2.Run {
		t.Errorf("gone in %s", jsonText(t, h.Gone))
	}
	if phones := columnOf(h, "desired", "Salesforce_726564_Phone"); len(phones) > 1 {
		t.Errorf("a column that was not asked for is no change: %q", phones)
	}
	if h.Events[0].Snapshot.Outcome != "snapshot" {
		t.Errorf("outcome %s", h.Events[0].Snapshot.Outcome)
	}
	if h := w.history(account); h.Side != "account" || len(h.Gone) != 0 || h.Present != 6 {
		t.Errorf("the account: %s", jsonText(t, h))
	}
}

// Columns that come, go and look renamed are told in the history of an account.
func TestHistoryTellsColumns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	w.mustRun()
	id := w.living()[0]
	w.change(map[string]string{"properties: [Phone, ": "properties: [Website, "})
	w.mustRun()
	w.change(map[string]string{"properties: [Website, ": "properties: [Website, Phone, "})
	w.mustRun()
	h := w.history(id)
	var told []string
	for _, event := range h.Events {
		for _, c := range event.Columns {
			told = append(told, c.Column+" "+c.Status)
		}
		for _, c := range event.Changes {
			if event.Status != "first_seen" && c.Of == "account" && !c.New {
				t.Errorf("%s changed: %s", c.Column, jsonText(t, c))
			}
		}
	}
	if want := []string{"Website new", "Phone gone", "Phone back"}; !slices.Equal(told, want) {
		t.Errorf("%q, want %q: %s", told, want, jsonText(t, h))
	}
}

// Of an id that no snapshot tells whole, the damage is the answer.
func TestHistoryOfNothingReadable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	result := w.mustRun()
	id, _ := w.matchedCustomer(t)
	part := filepath.Join(result.Snapshot, "customers", "part-00000.parquet")
	size, err := os.Stat(part)
	if err = errors.Join(err, os.WriteFile(part, make([]byte, size.Size()), 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := pipelines.ReadHistory(t.Context(), w.offline(), id); pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), result.Run+" is left out") {
		t.Errorf("%v", err)
	}
}
