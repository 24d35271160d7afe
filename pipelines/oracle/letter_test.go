package oracle_test

// The tests of this file hold the program against design.md to the letter where
// it is known to differ. Each that passes takes its field out of reading.

import (
	"encoding/json"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines/oracle"
)

func (w *world) hide(name string) {
	w.hidden[name] = true
	w.salesforce.HideProperty(name)
}

// exportNarrow is an export that has only one axis.
func (w *world) exportNarrow(axis string) {
	w.t.Helper()
	config := fincome.Config{}
	for c := range w.fincome.Customers() {
		properties := map[string]json.RawMessage{}
		if value, has := c.Properties[axis]; has {
			properties[axis] = value
		}
		config.Extra = append(config.Extra, fincome.Customer{ID: c.ID, Name: c.Name, Properties: properties})
	}
	w.exportAs(fincome.New(config), 0)
	for i := range w.exported.Customers {
		row := &w.exported.Customers[i]
		row.Properties = map[string]json.RawMessage{axis: row.Properties[axis]}
	}
	w.exported.Columns = map[string]bool{axis: true}
}

// TestLostInFirstOf: one lost property makes the entry lost as a whole, and
// disturbs no other.
func TestLostInFirstOf(t *testing.T) {
	t.Parallel()
	w := fixed(t, func(s *scenario) {
		both := entry("Discount__c", "Description")
		both.Axis = "Rabais"
		s.rules.Entries = append([]oracle.Entry{both}, s.rules.Entries...)
	})
	w.run(true)
	w.at.pass(24 * time.Hour)
	w.hide("Discount__c")
	w.run(true)
}

// TestFileWithoutOurColumns: what was sent into axes that the file never shows
// is confirmed by a read, and new values go on being delivered.
func TestFileWithoutOurColumns(t *testing.T) {
	t.Parallel()
	w := fixed(t, func(s *scenario) {
		s.file = "csv"
		s.rules.Reading.UnreadKeepsPending, s.rules.Reading.UnreadIsRemembered = false, false
	})
	for range 4 {
		w.exportNarrow("Salesforce ID")
		decision, _, _ := w.begin(false)
		decision.Deliver(w.s.rules, w.memory, w.model, w.at.now())
		w.compareCustomers()
		if t.Failed() {
			t.Fatal(w.story())
		}
		w.at.pass(24 * time.Hour)
		w.salesforce.Advance()
	}
}

// TestLostIsNotCleared: the cells of a lost property stay as they are, also
// those of customers that are not matched any more.
func TestLostIsNotCleared(t *testing.T) {
	t.Parallel()
	w := fixed(t, func(s *scenario) {
		s.rules.ClearOurs = true
		s.rules.Reading.LostIsCleared = false
	})
	w.run(true)
	w.at.pass(24 * time.Hour)
	w.run(true)
	w.at.pass(24 * time.Hour)
	w.hide("BillingCity")
	w.edit("C-1000001", "Salesforce ID", text("gone"))
	w.edit("C-1000002", "Salesforce ID", text("gone"))
	w.run(true)
}

// TestWhatWasNeverSentIsNotRefused: two attempts at a value that does not show
// refuse that value, and not the one that Salesforce holds by then.
func TestWhatWasNeverSentIsNotRefused(t *testing.T) {
	t.Parallel()
	w := fixed(t, func(s *scenario) {
		s.late = true // until it is settled, which it is not
		s.rules.Reading.RefusesUnsent = false
		s.rules.Entries = []oracle.Entry{named("Axe", "BillingCity")}
	})
	w.run(true)
	w.at.pass(24 * time.Hour)
	w.run(true)
	w.at.pass(24 * time.Hour)
	w.s.rules.Entries[0].Names = []string{"BillingPostalCode"}
	w.load()
	w.run(true)
	w.at.pass(24 * time.Hour)
	w.run(true)
}
