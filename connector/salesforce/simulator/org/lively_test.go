package org_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// whole is everything that is visible of an account but its formulas, what it
// shows of other objects, and its stamp.
func whole(fields []*org.Field, a org.Account) string {
	text := ""
	for _, f := range fields {
		if !f.Calculated && f.Name != "SystemModstamp" {
			value, ok := a.Value(f.Name)
			text += fmt.Sprintf("%q%v,", value, ok)
		}
	}
	return text
}

// step is a change on request. It returns what the org is afterwards.
func step(r *rand.Rand, v *org.View, at time.Time) *org.View {
	some := func() org.Account { return v.At(r.IntN(v.Len())) }
	switch r.IntN(6) {
	case 0:
		return v.Changed(0.05, at, r.Uint64())
	case 1:
		return v.Changed(0.3, at, r.Uint64()).Changed(0.3, at.Add(-4*time.Minute), r.Uint64())
	case 2:
		return v.Deleted(r.IntN(2) == 0, at, some(), some())
	case 3:
		return v.Restored(at, some(), some(), some(), some(), some(), some(), some(), some())
	case 4:
		return v.Merged(at, some(), some())
	}
	return v.Renamed(v.Users()[r.IntN(len(v.Users()))].ID, "Another Name")
}

// What an incremental reader relies on: who reads all accounts that are stamped
// after the last reading, less what a late transaction needs, misses nothing but
// formulas and other objects.
func TestEveryChangeMovesTheStamp(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	v := org.New(org.Config{Seed: seed, Accounts: 80, Lively: true, Formulas: true})
	read, elapsed := v.Today(), time.Duration(0)
	seen, fields := map[string]int{}, v.Schema().Fields()
	for range 100 {
		before := v
		later := elapsed + time.Duration(1+r.IntN(300))*time.Minute
		if r.IntN(3) == 0 || later >= 24*time.Hour {
			v, elapsed = v.After(elapsed), 0
		} else {
			elapsed = later
			v = step(r, v, v.Today().Add(elapsed))
		}
		for a := range v.All() {
			isNew, moved := a.Index() >= before.Len(), a.Stamp()
			if !isNew && whole(fields, a) == whole(fields, before.At(a.Index())) {
				continue
			}
			if !isNew && !moved.After(before.At(a.Index()).Stamp()) {
				t.Fatalf("day %d: %s changed and its stamp went from %v to %v", v.Day(), a.ID(), before.At(a.Index()).Stamp(), moved)
			}
			if !moved.After(read.Add(-4*time.Minute-time.Second)) || moved.After(v.Today().Add(elapsed)) {
				t.Fatalf("day %d: %s changed with the stamp %v, after the reading of %v", v.Day(), a.ID(), moved, read)
			}
			if created := stamp(t, a, "CreatedDate"); created.After(moved) {
				t.Fatalf("%s was created at %v and changed at %v", a.ID(), created, moved)
			}
		}
		count(seen, before, v)
		read = v.Today().Add(elapsed)
	}
	for _, what := range []string{"deleted", "erased", "merged", "came back", "lost and came back", "renamed owner", "formula"} {
		if seen[what] == 0 {
			t.Errorf("in 100 steps nothing was: %s", what)
		}
	}
}

// count notes what happened between two views.
func count(seen map[string]int, before, after *org.View) {
	for old := range before.All() {
		now := after.At(old.Index())
		note := func(what string, happened bool) {
			if happened {
				seen[what]++
			}
		}
		note("deleted", !old.Deleted() && now.Deleted())
		note("erased", !old.Purged() && !old.Deleted() && now.Purged())
		note("merged", old.MasterRecordID() == "" && now.MasterRecordID() != "")
		note("came back", old.Deleted() && !now.Deleted())
		note("lost and came back", old.MasterRecordID() != "" && !now.Deleted())
		if now.Stamp().Equal(old.Stamp()) {
			note("renamed owner", valueOf(old, "Owner.Name") != valueOf(now, "Owner.Name"))
			note("formula", valueOf(old, "Days_To_Renewal__c") != valueOf(now, "Days_To_Renewal__c"))
		}
	}
}

func valueOf(a org.Account, property string) string {
	value, _ := a.Value(property)
	return value
}

func TestLiveIsCounted(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	v := org.New(org.Config{Seed: 21, Accounts: 200, Lively: true})
	for range 60 {
		if v = step(r, v, v.Today().Add(time.Hour)); r.IntN(4) == 0 {
			v = v.After(time.Hour)
		}
		live := 0
		for a := range v.All() {
			if !a.Deleted() {
				live++
			}
		}
		if live != v.Live() {
			t.Fatalf("day %d: %d accounts live, Live() says %d", v.Day(), live, v.Live())
		}
	}
}

func TestFormulasFollowOtherThings(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 22, Accounts: 500, Formulas: true})
	user := v.Users()[3]
	renamed, parents := v.Renamed(user.ID, "Someone Else"), 0
	for a := range renamed.All() {
		if owner := valueOf(a, "Owner.Name"); owner != valueOf(a, "Owner_Name__c") || (valueOf(a, "OwnerId") == user.ID) != (owner == "Someone Else") {
			t.Fatalf("%s: owner %q, formula %q", a.ID(), owner, valueOf(a, "Owner_Name__c"))
		}
		if valueOf(a, "Parent.Industry") != valueOf(a, "Parent_Industry__c") {
			t.Fatalf("%s: parent %q, formula %q", a.ID(), valueOf(a, "Parent.Industry"), valueOf(a, "Parent_Industry__c"))
		}
		if valueOf(a, "Parent_Industry__c") != "" {
			parents++
		}
		if (valueOf(a, "Renewal_Date__c") == "") != (valueOf(a, "Days_To_Renewal__c") == "") {
			t.Fatalf("%s: %q days to %q", a.ID(), valueOf(a, "Days_To_Renewal__c"), valueOf(a, "Renewal_Date__c"))
		}
	}
	if parents == 0 {
		t.Error("no account has a parent with an industry")
	}
}

func TestFormulasAddToAnOrgAndChangeNothing(t *testing.T) {
	t.Parallel()
	plain, with := org.New(org.Config{Seed: 23, Accounts: 200}), org.New(org.Config{Seed: 23, Accounts: 200, Formulas: true})
	for a := range plain.All() {
		for _, f := range plain.Schema().Fields() {
			if x, y := valueOf(a, f.Name), valueOf(with.At(a.Index()), f.Name); x != y {
				t.Fatalf("%s of %s: %q and %q", f.Name, a.ID(), x, y)
			}
		}
	}
}
