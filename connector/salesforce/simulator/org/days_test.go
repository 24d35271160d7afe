package org_test

import (
	"testing"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// state is one account's visible values, without the stamps.
func state(a org.Account) string {
	text := ""
	for _, property := range []string{"Name", "Industry", "Phone", "BillingCity", "BillingPostalCode", "AnnualRevenue", "Region__c",
		"Description", "OwnerId", "Contract_Value__c", "Custom_Segment__c", "Products__c", "Website", "Rating"} {
		value, _ := a.Value(property)
		text += value + "\x1f"
	}
	return text
}

func TestADayChangesAFewAccounts(t *testing.T) {
	t.Parallel()
	before := org.New(org.Config{Seed: 11, Accounts: many})
	for range 3 {
		after := before.Next()
		changed, moved, died := 0, 0, 0
		for a := range before.All() {
			now := after.At(a.Index())
			if now.ID() != a.ID() {
				t.Fatalf("account %d was %s and is %s", a.Index(), a.ID(), now.ID())
			}
			touched := stamp(t, now, "SystemModstamp").After(stamp(t, a, "SystemModstamp"))
			if touched {
				moved++
			}
			if state(a) != state(now) {
				changed++
				if !touched {
					t.Fatalf("%s changed without its SystemModstamp", a.ID())
				}
			}
			if now.Deleted() && !a.Deleted() {
				died++
			}
		}
		if share := 100 * float64(moved) / many; share < 1 || share > 2 {
			t.Errorf("day %d touches %.2f%% of the accounts, want 1 to 2", after.Day(), share)
		}
		if share := 100 * float64(changed) / many; share < 0.4 || share > 2 {
			t.Errorf("day %d changes %.2f%% of the accounts", after.Day(), share)
		}
		if died == 0 || after.Len() == before.Len() {
			t.Errorf("day %d: %d accounts died, %d appeared", after.Day(), died, after.Len()-before.Len())
		}
		before = after
	}
}

func TestMergesMakeChains(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 12, Accounts: 1000})
	for range 5 {
		merged, chained, deleted := 0, 0, 0
		for a := range v.All() {
			master, ok := a.Master()
			if id, _ := a.Value("MasterRecordId"); id != a.MasterRecordID() || ok != (id != "") {
				t.Fatalf("%s: MasterRecordId %q, master %v", a.ID(), id, ok)
			}
			switch {
			case !ok && a.Deleted():
				deleted++
			case ok && !a.Deleted():
				t.Fatalf("%s lost a merge and lives", a.ID())
			case ok:
				merged++
				if master.Deleted() {
					chained++
				}
				if root(t, a).Deleted() && root(t, a).MasterRecordID() != "" {
					t.Fatalf("the chain from %s does not end", a.ID())
				}
			}
		}
		if merged == 0 || chained == 0 || deleted == 0 {
			t.Errorf("day %d: %d merged, %d in chains, %d deleted", v.Day(), merged, chained, deleted)
		}
		v = v.Next()
	}
}

func root(t *testing.T, a org.Account) org.Account {
	t.Helper()
	for range 1000 {
		master, ok := a.Master()
		if !ok {
			return a
		}
		a = master
	}
	t.Fatalf("%s is in a circle of merges", a.ID())
	return a
}

func TestAViewNeverChanges(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 13, Accounts: 400}).Next()
	before := fingerprint(v, v.Len())
	for next := v.Next(); next.Day() < 10; next = next.Next() {
		if next.Len() <= v.Len() {
			t.Fatal("no account appeared")
		}
	}
	if fingerprint(v, v.Len()) != before {
		t.Error("a view changed when later days were made")
	}
}

func TestTheRecycleBinIsEmptied(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 14, Accounts: 400})
	for v.Day() < 15 {
		for a := range v.All() {
			if a.Purged() {
				t.Fatalf("day %d: %s is purged already", v.Day(), a.ID())
			}
		}
		v = v.Next()
	}
	purged := 0
	for a := range v.All() {
		if a.Purged() {
			purged++
			if !a.Deleted() {
				t.Fatalf("%s is purged and lives", a.ID())
			}
		}
	}
	if purged == 0 {
		t.Error("day 15: the recycle bin of day 0 was not emptied")
	}
}
