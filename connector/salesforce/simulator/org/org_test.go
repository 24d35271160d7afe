package org_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
	"github.com/axisync/axisync/transform/recordid"
)

const many = 20_000

// fingerprint is everything that is visible of the first accounts.
func fingerprint(v *org.View, accounts int) string {
	var b strings.Builder
	for i := range accounts {
		a := v.At(i)
		for _, f := range v.Schema().Fields() {
			value, ok := a.Value(f.Name)
			fmt.Fprintf(&b, "%q%v,", value, ok)
		}
	}
	return b.String()
}

func TestSameSeedGivesSameOrg(t *testing.T) {
	t.Parallel()
	days := func(seed uint64) string {
		v := org.New(org.Config{Seed: seed, Accounts: 300})
		return fingerprint(v, v.Len()) + fingerprint(v.Next().Next(), v.Len())
	}
	if first, second := days(1), days(1); first != second {
		t.Error("the same seed gave two different orgs")
	}
	if days(1) == days(2) {
		t.Error("two seeds gave the same org")
	}
}

func TestNumberOfLiveAccounts(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 9, 10, 11, 500, many} {
		v := org.New(org.Config{Seed: 4, Accounts: n})
		if v.Live() != n {
			t.Errorf("org of %d accounts has %d live ones", n, v.Live())
		}
		if live := v.Next().Next().Live(); n == 0 && live != 0 {
			t.Errorf("an empty org has %d accounts on day 2", live)
		}
	}
}

func TestRecordIDs(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		v := org.New(org.Config{Seed: seed, Accounts: many})
		ids, folded := map[string]bool{}, map[string]int{}
		oneCase := 0
		for a := range v.All() {
			id := a.ID()
			if !recordid.Valid(id) || !strings.HasPrefix(id, "001") {
				t.Fatalf("%s is not a valid account id", id)
			}
			if ids[id] {
				t.Fatalf("%s was given twice", id)
			}
			ids[id] = true
			body := id[:15]
			if body == strings.ToLower(body) || body == strings.ToUpper(body) {
				oneCase++
			}
			folded[strings.ToLower(body)]++
			for _, form := range []string{id, body} {
				if found, ok := v.Find(form); !ok || found.Index() != a.Index() {
					t.Fatalf("Find(%s) = %d, %v, want %d", form, found.Index(), ok, a.Index())
				}
			}
		}
		if share := float64(oneCase) / float64(v.Len()); share < 0.06 || share > 0.13 {
			t.Errorf("seed %d: %.1f%% of the bodies have one letter case, want 6 to 13", seed, 100*share)
		}
		twins := 0
		for _, n := range folded {
			if n > 1 {
				twins++
			}
		}
		if twins < v.Len()/100 {
			t.Errorf("seed %d: %d pairs of ids differ in case only", seed, twins)
		}
	}
}

func TestTwinsDifferInTheCaseOfOneLetter(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 9, Accounts: 100})
	a, b := v.At(6).ID()[:15], v.At(7).ID()[:15]
	if !strings.EqualFold(a, b) {
		t.Fatalf("%s and %s are no twins", a, b)
	}
	different := 0
	for i := range a {
		if a[i] != b[i] {
			different++
		}
	}
	if different != 1 {
		t.Errorf("%s and %s differ in %d letters, want 1", a, b, different)
	}
}

func TestFindRefusesOtherIDs(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 9, Accounts: 100})
	id := v.At(50).ID()
	for _, other := range []string{"", "001", id[:14], id + "A", strings.ToLower(id), id[:14] + "-", id[:15] + "ZZZ", v.Users()[0].ID} {
		if _, ok := v.Find(other); ok {
			t.Errorf("Find(%q) found an account", other)
		}
	}
}

func TestSharesOfOddValues(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 5, Accounts: many})
	shares := []struct {
		property, what string
		odd            func(string) bool
		low, high      float64 // per cent of all accounts
	}{
		{"Name", "comma", containing(","), 0.5, 3},
		{"Name", "quote", containing(`"`), 0.5, 3},
		{"Name", "LF", containing("\n"), 0.3, 2},
		{"Name", "CRLF", containing("\r\n"), 0.1, 1},
		{"Name", "semicolon", containing(";"), 0.1, 1},
		{"Name", "pipe", containing("|"), 0.1, 1},
		{"Name", "accent", containing("é"), 0.3, 3},
		{"Name", "CJK", containing("社"), 0.1, 1},
		{"Name", "emoji", containing("🚀"), 0.1, 1},
		{"Name", "outer blank", func(s string) bool { return s != strings.TrimSpace(s) }, 0.3, 2},
		{"BillingStreet", "CRLF", containing("\r\n"), 2, 6},
		{"BillingPostalCode", "leading zero", func(s string) bool { return strings.HasPrefix(s, "0") }, 15, 50},
		{"BillingCity", "empty", empty, 8, 16},
		{"Region__c", "null written out", literalNull, 1, 3},
		{"Phone", "null written out", literalNull, 0.5, 2},
		{"Custom_Segment__c", "None", func(s string) bool { return s == "None" }, 5, 20},
		{"Industry", "empty", empty, 14, 22},
		{"Products__c", "several", containing(";"), 20, 60},
		{"Health_Score__c", "exponent", containing("E"), 1, 6},
		{"AnnualRevenue", "exponent", containing("E"), 1, 4},
		{"Contract_Value__c", "two decimals", func(s string) bool { return strings.LastIndexByte(s, '.') == len(s)-3 }, 60, 80},
		{"Description", "over 10,000 characters", func(s string) bool { return len(s) > 10_000 }, 0.003, 0.1},
		{"External_Id__c", "leading zero", func(s string) bool { return len(s) == 10 && s[0] == '0' }, 100, 100},
	}
	counts := make([]int, len(shares))
	for a := range v.All() {
		for i, s := range shares {
			if value, _ := a.Value(s.property); s.odd(value) {
				counts[i]++
			}
		}
	}
	for i, s := range shares {
		if got := 100 * float64(counts[i]) / float64(v.Len()); got < s.low || got > s.high {
			t.Errorf("%s, %s: %.3f%%, want %v to %v", s.property, s.what, got, s.low, s.high)
		}
	}
}

func containing(part string) func(string) bool {
	return func(s string) bool { return strings.Contains(s, part) }
}

func empty(s string) bool { return s == "" }

func literalNull(s string) bool { return s == "N/A" || s == "None" || s == "null" || s == "#N/A" }

func TestValuesKeepToTheirField(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 6, Accounts: many, MultiCurrency: true})
	external := map[string]bool{}
	for a := range v.All() {
		for _, f := range v.Schema().Fields() {
			value, ok := a.Value(f.Name)
			if ok != (value != "") {
				t.Fatalf("%s: %q is null: %v", f.Name, value, !ok)
			}
			if f.NotNillable && !ok {
				t.Fatalf("%s of %s is null", f.Name, a.ID())
			}
			if n := len([]rune(value)); f.Length > 0 && n > f.Length {
				t.Fatalf("%s has %d characters, limit %d", f.Name, n, f.Length)
			}
			if f.IsCompound() && ok {
				t.Fatalf("%s has a value of its own: %q", f.Name, value)
			}
		}
		id, _ := a.Value("external_id__C")
		if external[id] {
			t.Fatalf("external id %s was given twice", id)
		}
		external[id] = true
	}
}

func TestRelationships(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 6, Accounts: 2000})
	names := map[string]string{}
	for _, u := range v.Users() {
		names[u.ID] = u.Name
	}
	parents := 0
	for a := range v.All() {
		owner, _ := a.Value("OwnerId")
		if name, _ := a.Value("owner.NAME"); name != names[owner] || name == "" {
			t.Fatalf("owner %s is called %q, want %q", owner, name, names[owner])
		}
		id, ok := a.Value("ParentId")
		parent, _ := v.Find(id)
		if got, _ := a.Value("Parent.Id"); got != id {
			t.Fatalf("Parent.Id is %q, ParentId %q", got, id)
		}
		if ok {
			parents++
			want, _ := parent.Value("Name")
			if got, _ := a.Value("Parent.Name"); got != want {
				t.Fatalf("Parent.Name is %q, want %q", got, want)
			}
		}
	}
	if parents == 0 {
		t.Error("no account has a parent")
	}
}

func stamp(t *testing.T, a org.Account, property string) time.Time {
	t.Helper()
	text, _ := a.Value(property)
	at, err := time.Parse("2006-01-02T15:04:05.000Z", text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestStampsAreInOrder(t *testing.T) {
	t.Parallel()
	v := org.New(org.Config{Seed: 7, Accounts: 3000}).Next().Next()
	for a := range v.All() {
		created, modified, system := stamp(t, a, "CreatedDate"), stamp(t, a, "LastModifiedDate"), stamp(t, a, "SystemModstamp")
		if created.After(modified) || modified.After(system) || system.After(v.Today()) {
			t.Fatalf("%s: created %s, modified %s, system %s, today %s", a.ID(), created, modified, system, v.Today())
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	v := org.New(org.Config{Seed: 1, Accounts: many}).Next()
	var row org.Row
	for i := 0; b.Loop(); i++ {
		v.Load(&row, i%many)
	}
}
