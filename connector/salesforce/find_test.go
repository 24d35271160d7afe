package salesforce_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// Find gives what is there, in requests that the server takes, and over pages.
func TestFind(t *testing.T) {
	t.Parallel()
	sim, org := simulate(t, simulator.Config{Seed: 5, Accounts: 6000})
	var asked, there, types []string
	for a := range sim.All() {
		asked = append(asked, a.ID())
		if !a.Deleted() {
			there = append(there, a.ID())
		}
		if value, ok := a.Value("Type"); ok && !slices.Contains(types, value) {
			types = append(types, value)
		}
	}
	for range 20 {
		asked = append(asked, "001000000000000AAA")
	}
	found, err := org.Find(context.Background(), "Account", "Id", asked)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(slices.Values(found)), slices.Sorted(slices.Values(there)); !slices.Equal(got, want) {
		t.Errorf("%d found, want %d", len(got), len(want))
	}
	odd := append([]string{`it's`, `a\b`, "line\nbreak", strings.Repeat("x", 300)}, types...)
	found, err = org.Find(context.Background(), "Account", "Type", odd) // more rows than one page holds
	if err != nil {
		t.Fatal(err)
	}
	if got, want := slices.Sorted(slices.Values(found)), slices.Sorted(slices.Values(types)); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
	if found, err = org.Find(context.Background(), "Account", "Id", nil); err != nil || len(found) > 0 {
		t.Errorf("nothing was asked: %v, %v", found, err)
	}
}

// A query that goes round, or elsewhere, ends in an error.
func TestFindEnds(t *testing.T) {
	t.Parallel()
	for _, next := range []string{base + "/query/01g-2000", "", "https://example.com/services/data/"} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if !strings.HasPrefix(r.URL.Path, base+"/query") {
				return false
			}
			fmt.Fprintf(w, `{"totalSize":3,"done":false,"nextRecordsUrl":%q,"records":[{"Id":"001"}]}`, next)
			return true
		}
		if _, err := connect(t, f).Find(context.Background(), "Account", "Id", []string{"001"}); err == nil || !strings.Contains(err.Error(), "does not go on") {
			t.Errorf("%q: %v", next, err)
		}
	}
}
