package oracle

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestMatchID(t *testing.T) {
	t.Parallel()
	accounts := []Account{
		{ID: "0015f00000BCvReAAL"},
		{ID: "0015f00000C6beaAAB"},
		{ID: "0015f00000C6beAAAR", Outside: true},
		{ID: "0015f00000BFjNuAAL", Deleted: true},
		{ID: "0018c00002DJIpRAAX", Deleted: true, MasterID: "001550V000WOQZiACP"},
		{ID: "001550V000WOQZiACP", Deleted: true, MasterID: "0015f00000BCvReAAL"},
		{ID: "001Dp00000Ulaz4IAB", Deleted: true, MasterID: "001Dp00000UjsXAIAZ"},
		{ID: "001Dp00000UjsXAIAZ", Deleted: true, MasterID: "001Dp00000Ulaz4IAB"},
	}
	for _, test := range []struct{ text, verdict, reason, account string }{
		{"0015f00000BCvReAAL", Matched, "exact", "0015f00000BCvReAAL"},
		{"0015f00000bcvreaal", Matched, "case_repaired", "0015f00000BCvReAAL"},
		{"0015f00000bcvre", Unmatched, "not_found", ""},
		{"0018c00002DJIpRAAX", Matched, "merged", "0015f00000BCvReAAL"},
		{"001Dp00000Ulaz4IAB", Unmatched, "deleted", ""}, // a circle of merges
		{"0015f00000BFjNuAAL", Unmatched, "deleted", ""},
		{"0015f00000bfjnuaal", Unmatched, "invalid_suffix", ""},
		{"0015f00000C6beAAAR", Unmatched, "filtered", ""},
		{"0015f00000BCvReAAA", Unmatched, "invalid_suffix", ""},
	} {
		m := worldOf(accounts, Rules{Key: "Id"}).match(test.text)
		if m.Verdict != test.verdict || m.Reason != test.reason || m.Account != test.account {
			t.Errorf("%q is %+v", test.text, m)
		}
	}
	strict := worldOf(accounts, Rules{Strict: true}).match("0018c00002DJIpRAAX")
	if strict.Verdict != Unmatched || strict.Reason != "merged" {
		t.Errorf("strictly it is %+v", strict)
	}
}

func TestNoRepairOverAnotherAccount(t *testing.T) {
	t.Parallel()
	// The body is that of another account, deleted or not: the id may as well be
	// that one with a mistyped suffix.
	for _, other := range []Account{{ID: "0015f00000bcvreAAA"}, {ID: "0015f00000bcvreAAA", Deleted: true}} {
		w := worldOf([]Account{{ID: "0015f00000BCvReAAL"}, other}, Rules{})
		if m := w.match("0015f00000bcvreaal"); m.Reason != "invalid_suffix" {
			t.Errorf("with %+v it is %+v", other, m)
		}
	}
}

func TestMatchByKey(t *testing.T) {
	t.Parallel()
	day := Day{}
	for i, key := range []string{"A-1", "A-2", "A-2", "a-1"} {
		day.Accounts = append(day.Accounts, Account{ID: fmt.Sprintf("001%015d", i), Values: map[string]string{"Number": key}})
	}
	day.Accounts[3].Outside = true
	for i, text := range []string{"A-1", "A-2", "a-1", "A-1 ", "", "A-3"} {
		day.Observed.Customers = append(day.Observed.Customers,
			Customer{fmt.Sprint(i), map[string]json.RawMessage{"key": quoted(text)}})
	}
	customers, accounts, figures := matchAll(Rules{IdentificationAxis: "key", Key: "Number"}, day)
	for id, reason := range map[string]string{
		"0": "exact", "1": "ambiguous", "2": "filtered", "3": "not_found", "4": "empty", "5": "not_found",
	} {
		if customers[id].Reason != reason {
			t.Errorf("customer %s is %+v, not %s", id, customers[id], reason)
		}
	}
	verdicts := accounts[day.Accounts[0].ID] + " " + accounts[day.Accounts[1].ID] + " " + accounts[day.Accounts[2].ID]
	if verdicts != "matched ambiguous ambiguous" {
		t.Errorf("accounts are %s", verdicts)
	}
	if figures != (Figures{Accounts: 3, Identified: 5, Matched: 1}) {
		t.Errorf("figures are %+v", figures)
	}
}
