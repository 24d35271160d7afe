package salesforce_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// The list has what was deleted in the span, what nobody can read any more too, and
// tells up to when it is whole.
func TestListed(t *testing.T) {
	t.Parallel()
	sim, org := simulate(t, simulator.Config{Seed: 3, Accounts: 200})
	var live []string
	for a := range sim.All() {
		if !a.Deleted() {
			live = append(live, a.ID())
		}
	}
	sim.Delete(live[0])
	sim.Pass(time.Hour)
	from := sim.Now()
	sim.Pass(time.Hour)
	sim.Delete(live[1])
	sim.HardDelete(live[2])
	sim.Merge(live[3], live[4])
	sim.Pass(time.Minute)
	if _, err := org.Count(context.Background(), "Account", ""); err != nil { // the clock is heard
		t.Fatal(err)
	}
	ids, covered := listed(t, org, from)
	if want := slices.Sorted(slices.Values(live[1:4])); !slices.Equal(ids, want) {
		t.Errorf("listed are %v, want %v", ids, want)
	}
	if behind := sim.Now().Sub(covered); behind < 0 || behind > 2*time.Minute {
		t.Errorf("the list is whole up to %s before now", behind)
	}
	transaction := sim.Begin(0.1, 30*time.Minute)
	if _, covered := listed(t, org, from); covered.After(transaction.Stamp()) {
		t.Errorf("the list is said to be whole up to %s, over an open transaction of %s", covered, transaction.Stamp())
	}
}

func listed(t *testing.T, org *salesforce.Org, from time.Time) (ids []string, covered time.Time) {
	t.Helper()
	list, err := org.Listed(context.Background(), "Account", from)
	if err != nil {
		t.Fatal(err)
	}
	defer list.Reader.Release()
	if !list.Reader.Schema().Equal(connector.ListedSchema()) {
		t.Errorf("the schema is %s", list.Reader.Schema())
	}
	for list.Reader.Next() {
		column := list.Reader.RecordBatch().Column(0).(*array.String)
		for i := range column.Len() {
			ids = append(ids, string([]byte(column.Value(i))))
		}
	}
	slices.Sort(ids)
	return ids, list.Covered
}

func TestListedRefusals(t *testing.T) {
	t.Parallel()
	sim, org := simulate(t, simulator.Config{Seed: 3, Accounts: 200, ReplicationLimit: 1})
	sim.Advance()
	if _, err := org.Count(context.Background(), "Account", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := org.Listed(context.Background(), "Account", sim.Now().Add(-30*time.Hour)); !errors.Is(err, salesforce.ErrListTooLong) {
		t.Errorf("a list that is too long: %v", err)
	}
	sim, org = simulate(t, simulator.Config{Seed: 3, Accounts: 200})
	for _, days := range []int{20, 40} {
		if _, err := org.Listed(context.Background(), "Account", sim.Now().AddDate(0, 0, -days)); !errors.Is(err, salesforce.ErrListTooShort) {
			t.Errorf("%d days ago: %v", days, err)
		}
	}
}

// An answer that breaks is asked for again; one that is not the list is an error.
func TestListedAnswers(t *testing.T) {
	t.Parallel()
	good := `{"deletedRecords":[{"id":"001Dp00000UjsXAIAZ","deletedDate":"2026-11-20T06:12:44.000+0000"}],"other":{"a":[1]},"earliestDateAvailable":"2026-11-01T00:00:00.000+0000","latestDateCovered":"2026-11-23T06:00:00.000+0000"}`
	for name, test := range map[string]struct {
		answer string
		works  bool
	}{
		"good":       {good, true},
		"cut":        {good[:len(good)-70], false},
		"no end":     {`{"deletedRecords":[],"earliestDateAvailable":"2026-11-01T00:00:00.000+0000"}`, false},
		"no id":      {`{"deletedRecords":[{"deletedDate":"2026-11-20T06:12:44.000+0000"}],"latestDateCovered":"2026-11-23T06:00:00.000+0000"}`, false},
		"other form": {`[]`, false},
		"no time":    {`{"deletedRecords":[],"latestDateCovered":"yesterday"}`, false},
		"a web page": {`<html>`, false},
	} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, r *http.Request, n int) bool {
			if r.URL.Path != base+"/sobjects/Account/deleted/" {
				return false
			}
			w.Header().Set("Date", time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC).Format(http.TimeFormat))
			if n == 1 && test.works {
				fmt.Fprint(w, test.answer[:40])
				return true
			}
			fmt.Fprint(w, test.answer)
			return true
		}
		list, err := connect(t, f).Listed(context.Background(), "Account", time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
		if (err == nil) != test.works {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			list.Reader.Release()
		}
	}
}
