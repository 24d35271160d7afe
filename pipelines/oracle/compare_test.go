package oracle_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/oracle"
)

// compare holds a whole run against the oracle's.
func (w *world) compare(d *oracle.Decision, o oracle.Outcome, r *pipelines.Result, err error) {
	w.t.Helper()
	if r.Snapshot == "" {
		w.t.Fatalf("the run committed no snapshot: %v\n%s", err, w.story())
	}
	w.compareMatches(d, r)
	w.compareGuards(d, r)
	w.compareCases(d, r)
	w.compareChanges(d, r)
	w.compareKept(d, r)
	w.equal("retired axes", d.Retired, slices.Sorted(slices.Values(r.Retired)))
	w.equal("accounts, identified, matched", d.Figures,
		oracle.Figures{Accounts: int(r.Accounts), Identified: int(r.Identified), Matched: int(r.Matched)})
	w.compareDelivery(o, r, err)
}

// compareFailed holds a run against one that no customer can be identified in: it
// says so before it extracts anything, and leaves nothing behind.
func (w *world) compareFailed(r *pipelines.Result, err error) {
	w.t.Helper()
	w.equal("exit code of a run without identifiers", 2, pipelines.ExitCode(err))
	w.equal("its snapshot and accounts", []any{"", 0}, []any{r.Snapshot, r.Accounts})
	cells, calls := w.spy.take()
	w.equal("cells sent and update requests", []int{0, 0}, []int{cells, calls})
	w.compareCustomers()
	if w.t.Failed() {
		w.t.Fatalf("%s", w.story())
	}
}

// compareDelivery holds what was sent, and what Fincome holds now, against the
// oracle's.
func (w *world) compareDelivery(o oracle.Outcome, r *pipelines.Result, err error) {
	w.t.Helper()
	w.equal("ledger of the "+r.Kind, o.Ledger, ledgerOf(r.Cells))
	exit := pipelines.ExitCode(err)
	if exit == 0 {
		exit = r.Exit
	}
	if o.Died {
		w.equal("a killed run fails", true, exit != 0)
	} else {
		w.equal("exit code", o.Exit, exit)
	}
	cells, calls := w.spy.take()
	w.equal("update requests", o.Writes, calls)
	w.calls = calls
	refused := 0
	if o.Ledger.Rejected > 0 || o.Died { // refused requests carry cells as well
		refused = cells - int(r.Cells.Sent)
	}
	w.equal("cells sent, counted by Fincome", int(r.Cells.Sent), cells-refused)
	sum := r.Cells
	w.equal("sum of the ledger", sum.Considered, sum.Unchanged+sum.Kept+sum.Pending+sum.Refused+sum.Sent+
		sum.Acknowledged+sum.Conflicts+sum.Rejected+sum.NotAttempted)
	w.compareCustomers()
	if w.t.Failed() {
		w.t.Fatalf("%s", w.story())
	}
}

func ledgerOf(c pipelines.Cells) oracle.Ledger {
	return oracle.Ledger{
		Considered: int(c.Considered), Unchanged: int(c.Unchanged), Kept: int(c.Kept), Pending: int(c.Pending), Refused: int(c.Refused),
		Sent: int(c.Sent), Acknowledged: int(c.Acknowledged), Conflicts: int(c.Conflicts), Rejected: int(c.Rejected),
		NotAttempted: int(c.NotAttempted),
	}
}

func (w *world) equal(what string, oracle, program any) {
	w.t.Helper()
	if fmt.Sprint(oracle) != fmt.Sprint(program) {
		w.t.Errorf("%s: the oracle says %+v, the program %+v", what, oracle, program)
	}
}

// compareMatches compares every verdict, from the table in the snapshot.
func (w *world) compareMatches(d *oracle.Decision, r *pipelines.Result) {
	w.t.Helper()
	customers, accounts := 0, 0
	for _, row := range readTable(w.t, r.Snapshot, "matches") {
		if row["side"] == "account" {
			accounts++
			w.equal("verdict of account "+row["id"], d.Accounts[row["id"]], row["verdict"])
			continue
		}
		customers++
		match, known := d.Customers[row["id"]]
		if !known {
			w.t.Errorf("there is no customer %q", row["id"])
		}
		// The column verdict holds the reason of design.md 4.3, and reason a sentence.
		got := match
		got.Reason, got.Account = row["verdict"], row["account_id"]
		if match.Verdict == oracle.Unmatched {
			got.Account = "" // strictly unmatched, it still says which account it is not taken for
		}
		if match.Candidate != "" { // what else is near is not the oracle's
			got.Candidate = row["candidate"]
		}
		w.equal(fmt.Sprintf("verdict of customer %s (%q)", row["id"], row["identifier"]), match, got)
	}
	w.equal("customers and accounts with a verdict", []int{len(d.Customers), len(d.Accounts)}, []int{customers, accounts})
	byReason := map[string]int64{}
	for _, match := range d.Customers {
		byReason[match.Reason]++
	}
	w.equal("verdicts by reason", byReason, r.Verdicts)
}

// compareGuards compares the guards that trip and those that are lifted, each with
// its subject and its figure.
func (w *world) compareGuards(d *oracle.Decision, r *pipelines.Result) {
	w.t.Helper()
	w.equal("guards", told(d.Tripped), told(tripsOf(w.t, r.Guards)))
	w.equal("lifted guards", told(d.Lifted), told(tripsOf(w.t, r.Lifted)))
}

// tripsOf reads guards from what the program writes of them.
func tripsOf(t tester, guards any) []oracle.Trip {
	t.Helper()
	raw, err := json.Marshal(guards)
	if err != nil {
		t.Fatalf("guards: %v", err)
	}
	var trips []oracle.Trip
	if err := json.Unmarshal(raw, &trips); err != nil {
		t.Fatalf("guards: %v", err)
	}
	return trips
}

func told(trips []oracle.Trip) []string {
	var all []string
	for _, trip := range trips {
		if trip.Guard == "configuration" || trip.Guard == "other_user" {
			trip.Subject = "" // it stands for what the file says, and for the id of a user
		}
		all = append(all, fmt.Sprintf("%s(%s) %.6f", trip.Guard, trip.Subject, trip.Figure))
	}
	slices.Sort(all)
	return all
}

// compareCases compares how many cells of each axis each case of the table
// decided.
func (w *world) compareCases(d *oracle.Decision, r *pipelines.Result) {
	w.t.Helper()
	wanted, got := map[string]map[string]int64{}, map[string]map[string]int64{}
	for _, axis := range d.Axes {
		wanted[axis.Name+" "+axis.State] = map[string]int64{}
		for _, c := range d.Cells {
			if c.Axis == axis.Name {
				wanted[axis.Name+" "+axis.State][c.Case]++
			}
		}
	}
	for _, axis := range r.Axes {
		got[axis.Axis+" "+axis.State] = axis.Cases
	}
	for _, axis := range slices.Sorted(maps.Keys(wanted)) {
		w.equal("cells by case of "+axis, wanted[axis], got[axis])
	}
	w.equal("axes", slices.Sorted(maps.Keys(wanted)), slices.Sorted(maps.Keys(got)))
}

// change is a cell to be written, as the change set has it.
type change struct {
	before, after, name string
}

// compareChanges compares the change set, cell by cell.
func (w *world) compareChanges(d *oracle.Decision, r *pipelines.Result) {
	w.t.Helper()
	got := map[[2]string]change{}
	for _, row := range readTable(w.t, r.Snapshot, "changes") {
		got[[2]string{row["customer_id"], row["axis"]}] = change{row["before"], row["after"], row["case"]}
	}
	differing := 0
	for _, c := range d.Cells {
		if differing > 5 {
			break // one kind of difference has many cells
		}
		key := [2]string{c.Customer, c.Axis}
		found, there := got[key]
		delete(got, key)
		wanted := change{c.Held.Text(), c.Desired.Text, c.Case}
		if there != (c.Action == oracle.Write) {
			differing++
			w.t.Errorf("%s of %s: the oracle %s it by row %d (%q over %q), the program has %+v (%v)",
				c.Axis, c.Customer, c.Action, c.Row, c.Desired.Text, c.Held.Raw, found, there)
		} else if there && found != wanted {
			differing++
			w.t.Errorf("%s of %s: the oracle wants %+v, the program %+v", c.Axis, c.Customer, wanted, found)
		}
	}
	for key, c := range got {
		if differing > 5 {
			break
		}
		w.t.Errorf("%s of %s: the program wants %+v, of which the oracle knows nothing", key[1], key[0], c)
	}
}

// compareKept compares the cells that are left as they are.
func (w *world) compareKept(d *oracle.Decision, r *pipelines.Result) {
	w.t.Helper()
	got := map[[2]string]oracle.KeptCell{}
	for _, row := range readTable(w.t, r.Snapshot, "kept") {
		got[[2]string{row["customer_id"], row["axis"]}] = oracle.KeptCell{
			Customer: row["customer_id"], Axis: row["axis"], Case: row["case"], Held: row["held"], HeldType: row["held_type"],
			Desired: row["desired"], Acknowledged: row["acknowledged"], Since: row["since"],
		}
	}
	wanted := d.Kept()
	w.equal("kept cells", len(wanted), len(got))
	differing := 0
	for _, cell := range wanted {
		found := got[[2]string{cell.Customer, cell.Axis}]
		if w.s.file == "xlsx" && found.HeldType == "" && cell.HeldType != "json" {
			cell.HeldType = "" // what a workbook shows may be a text
		}
		if found != cell && differing < 5 {
			differing++
			w.t.Errorf("a kept cell: the oracle has %+v, the program %+v", cell, found)
		}
	}
}

// compareCustomers compares what Fincome shows with what it should: byte for
// byte, but for the JSON spelling of texts that we sent.
func (w *world) compareCustomers() {
	w.t.Helper()
	w.ripen()
	written := map[string]bool{}
	for _, axis := range w.last.Axes {
		written[axis.Name] = true
	}
	wanted := map[string]map[string]json.RawMessage{}
	for _, c := range w.model.Customers(w.at.now()) {
		wanted[c.ID] = c.Properties
	}
	for c := range w.fincome.Customers() {
		for _, axis := range slices.Sorted(maps.Keys(union(wanted[c.ID], c.Properties))) {
			want, has := wanted[c.ID][axis]
			got, there := c.Properties[axis]
			if has == there && (bytes.Equal(want, got) || written[axis] && sameText(want, got)) {
				continue
			}
			w.t.Errorf("%s of %s: the oracle holds %s, Fincome %s", axis, c.ID, want, got)
		}
	}
}

func union(a, b map[string]json.RawMessage) map[string]bool {
	both := map[string]bool{}
	for key := range a {
		both[key] = true
	}
	for key := range b {
		both[key] = true
	}
	return both
}

// sameText reports whether both are the same JSON text, however it is spelled.
func sameText(a, b json.RawMessage) bool {
	var x, y string
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && x == y && string(a) != "null" && string(b) != "null"
}
