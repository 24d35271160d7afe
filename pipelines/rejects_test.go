package pipelines_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

// A refused customer is data: told once as new, then known, listed with its reason
// and its remedy, and sent again when somebody asks for it.
func TestRejects(t *testing.T) {
	t.Parallel()
	var locked atomic.Bool
	locked.Store(true)
	config := fincome.Config{Fault: func(r *http.Request) *fincome.Fault {
		if locked.Load() && r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "7") {
			return &fincome.Fault{Status: 422, Body: `{"detail":[{"type":"value_error","loc":["body"],"msg":"locked by an accounting period"}]}`}
		}
		return nil
	}}
	w := newWorld(t, settings{fincome: config})
	first, err := w.run()
	if err != nil || first.Exit != pipelines.ExitRejects || first.Cells.Rejected == 0 || first.Cells.Sent == 0 {
		t.Fatalf("new rejects: %s", describe(first, err))
	}
	told := w.rejects()
	if int64(len(told)) != first.Cells.Rejected {
		t.Fatalf("%d rejects are listed of %d", len(told), first.Cells.Rejected)
	}
	if r := told[0]; r.Code != "422" || !strings.Contains(r.Reason, "accounting period") || r.Remedy == "" || r.At.Before(first.Started) || !strings.HasSuffix(r.Customer, "7") {
		t.Errorf("a reject is told as %+v", r)
	}

	writes := w.fincome.Writes()
	second := w.mustRun()
	if second.Cells.Refused != first.Cells.Rejected || w.fincome.Writes() != writes {
		t.Fatalf("known rejects: %s", jsonText(t, second))
	}
	if notes := strings.Join(second.Notes, "\n"); !strings.Contains(notes, "axisync rejects") {
		t.Errorf("the notes are %q", notes)
	}

	locked.Store(false)
	w.retry = true
	third := w.mustRun()
	if third.Cells.Sent != first.Cells.Rejected {
		t.Fatalf("sent again: %s", jsonText(t, third))
	}
	if left := w.rejects(); len(left) != 0 {
		t.Errorf("%d rejects are listed after all was accepted", len(left))
	}
}

func (w *world) rejects() (told []pipelines.RejectTold) {
	w.t.Helper()
	err := pipelines.Rejects(context.Background(), w.load(), func(r pipelines.RejectTold) error {
		told = append(told, r)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return told
}

// A conflict alarms once: who applies the plan again is told of it, with exit 0.
func TestAConflictIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	plan, err := w.plan()
	if err != nil || plan.Cells.NotAttempted == 0 {
		t.Fatalf("the plan: %s", describe(plan, err))
	}
	for c := range w.fincome.Customers() {
		if err := w.fincome.Edit(c.ID, "Salesforce_726564_Phone", "by a person"); err != nil {
			t.Fatal(err)
		}
	}
	first, err := w.apply(plan.Run)
	if err != nil || first.Exit != pipelines.ExitRejects || first.Cells.Conflicts == 0 {
		t.Fatalf("applied: %s", describe(first, err))
	}
	second, err := w.apply(plan.Run)
	if err != nil || second.Exit != 0 || second.Cells.Conflicts != first.Cells.Conflicts {
		t.Fatalf("applied again: %s", describe(second, err))
	}
	for id, properties := range w.properties() {
		if properties["Salesforce_726564_Phone"] == `"by a person"` {
			if err := w.fincome.Edit(id, "Salesforce_726564_Phone", "by somebody else"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if third, err := w.apply(plan.Run); err != nil || third.Exit != pipelines.ExitRejects {
		t.Errorf("another conflict: %s", describe(third, err))
	}
}

// An axis that took no value was not filled, and is not told as retired later.
func TestARefusedAxisIsNotRetired(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{fincome: fincome.Config{RejectEvery: 1}, replace: map[string]string{"Phone, BillingCity, AnnualRevenue, Is_Partner__c, Renewal_Date__c, Products__c, Owner.Name": "Phone, BillingCity"}})
	if first, err := w.run(); err != nil || first.Cells.Rejected == 0 || first.Cells.Sent > 0 {
		t.Fatalf("the first run: %s", describe(first, err))
	}
	w.change(map[string]string{"Phone, BillingCity": "BillingCity"})
	if second, err := w.run(); err != nil || len(second.Retired) > 0 {
		t.Errorf("the second run: %s", describe(second, err))
	}
}

// A 409 is of its moment: the next run sends the cell again, unasked.
func TestAConflictOfTheMoment(t *testing.T) {
	t.Parallel()
	var busy atomic.Bool
	busy.Store(true)
	w := newWorld(t, settings{fincome: fincome.Config{Fault: func(r *http.Request) *fincome.Fault {
		if busy.Load() && r.Method == http.MethodPatch && strings.HasSuffix(r.URL.Path, "7") {
			return &fincome.Fault{Status: 409, Body: `{"detail":"being edited"}`}
		}
		return nil
	}}})
	first, err := w.run()
	if err != nil || first.Cells.Rejected == 0 {
		t.Fatalf("the first run: %s", describe(first, err))
	}
	busy.Store(false)
	if second := w.mustRun(); second.Cells.Sent != first.Cells.Rejected || second.Cells.Refused != 0 {
		t.Errorf("the second run: %s", jsonText(t, second))
	}
}

// Where single axes are refused, the others of the same customers are written; and what
// was refused as a number is tried as a text, once somebody says so.
func TestSingleAxesAreRefused(t *testing.T) {
	t.Parallel()
	const revenue = "Salesforce_726564_AnnualRevenue"
	w := newWorld(t, settings{fincome: fincome.Config{Numbers: fincome.KeptNot}, replace: map[string]string{"axes:\n": "axes:\n  values: typed\n"}})
	first, err := w.run()
	if err != nil || first.Exit != pipelines.ExitRejects || first.Cells.Rejected == 0 || first.Cells.Sent < first.Cells.Rejected {
		t.Fatalf("new rejects: %s", describe(first, err))
	}
	told := w.rejects()
	if int64(len(told)) != first.Cells.Rejected {
		t.Errorf("%d rejects are listed of %d", len(told), first.Cells.Rejected)
	}
	for _, r := range told {
		if r.Axis != revenue || r.Code != "422" || !strings.HasPrefix(r.Reason, "body.custom_properties."+revenue) || !strings.Contains(r.Remedy, "correct it in Salesforce") {
			t.Fatalf("a reject is told as %+v", r)
		}
	}
	if kinds := first.Delivery.Refused; len(kinds) != 1 || kinds[0].Axis != revenue || kinds[0].Customers != first.Cells.Rejected {
		t.Errorf("the report says %+v", kinds)
	}
	if second := w.mustRun(); second.Cells.Refused != first.Cells.Rejected || second.Cells.Sent > 0 {
		t.Errorf("known rejects: %s", jsonText(t, second.Cells))
	}
	w.change(map[string]string{"values: typed": "values: text"})
	if third := w.mustRun(); third.Cells.Sent != first.Cells.Rejected || len(w.rejects()) != 0 {
		t.Errorf("as texts: %s", jsonText(t, third.Cells))
	}
}
