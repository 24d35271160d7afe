package oracle_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/pipelines/oracle"
)

// edits lets people change some cells of Fincome.
func (w *world) edits(n int) {
	w.t.Helper()
	w.ripen()
	customers := w.model.Customers(w.at.now())
	for range n {
		c := customers[w.d.below(len(customers))]
		if chance(w.d, 15) {
			w.edit(c.ID, w.s.rules.IdentificationAxis, w.identifier())
			continue
		}
		axis := axesOfPeople[w.d.below(len(axesOfPeople))]
		if w.last != nil && chance(w.d, 70) {
			axis = w.last.Axes[w.d.below(len(w.last.Axes))].Name
		}
		w.edit(c.ID, axis, w.value(c.ID, axis))
	}
}

func (w *world) edit(customer, axis string, value json.RawMessage) {
	w.t.Helper()
	w.note("edit %s of %s: %s", axis, customer, value)
	if err := w.fincome.Edit(customer, axis, given(value)); err != nil {
		w.t.Fatalf("%v", err)
	}
	w.model.Edit(customer, axis, value)
}

// given is a value as the simulator takes it: nil removes the axis.
func given(value json.RawMessage) any {
	if value == nil {
		return nil
	}
	return value
}

// edited is a cell that a person changes.
type edited struct {
	customer, axis string
	value          json.RawMessage
}

// meanwhile lets people change cells after the next run has read the customers
// and before it delivers anything.
func (w *world) meanwhile(edits ...edited) {
	w.between = edits
	w.spy.meanwhile = func() {
		for _, e := range edits {
			if err := w.fincome.Edit(e.customer, e.axis, given(e.value)); err != nil {
				w.t.Errorf("%v", err)
			}
		}
	}
}

// interfere lets people change some of the cells that a decision writes, between the
// decision and the delivery.
func (w *world) interfere(decision *oracle.Decision) {
	if !w.meddles || w.s.file != "" || decision.Fails || len(decision.Tripped) > 0 { // of a file's customers some are read by themselves before
		return
	}
	var edits []edited
	for _, c := range decision.Cells {
		if c.Action == oracle.Write && len(edits) < 3 && chance(w.d, 30) {
			edits = append(edits, edited{c.Customer, c.Axis, w.value(c.Customer, c.Axis)})
		}
	}
	if len(edits) > 0 {
		w.meanwhile(edits...)
	}
}

// editModel does to the oracle's Fincome what meanwhile promised.
func (w *world) editModel() {
	for _, e := range w.between {
		w.note("meanwhile, %s of %s: %s", e.axis, e.customer, e.value)
		w.model.Edit(e.customer, e.axis, e.value)
	}
	w.between = nil
}

// value is what a person puts into a cell: often what the program wants there,
// or what was there before it.
func (w *world) value(customer, axis string) json.RawMessage {
	if w.last != nil && chance(w.d, 40) {
		for _, c := range w.last.Cells {
			if c.Customer == customer && c.Axis == axis {
				if chance(w.d, 50) {
					return c.Held.Raw
				}
				return text(c.Desired.Text)
			}
		}
	}
	return pick[json.RawMessage](w.d, nil, text("Retail"), text(" by hand "), text(""), text("None"), text("false"),
		json.RawMessage("null"), json.RawMessage("12.50"), json.RawMessage("true"), text("line\r\ntwo <b> \u2028 é"))
}

func text(s string) json.RawMessage {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return raw
}

// identify lets people type something of their own into the identification axis of
// about half of the customers.
func (w *world) identify() {
	w.t.Helper()
	for _, c := range w.model.Customers(w.at.now()) {
		if chance(w.d, 50) {
			w.edit(c.ID, w.s.rules.IdentificationAxis, w.identifier())
		}
	}
}

// identifier is what a person types into the identification axis.
func (w *world) identifier() json.RawMessage {
	view := w.salesforce.View()
	a := view.At(w.d.below(view.Len()))
	if w.s.rules.Key != "Id" {
		key, _ := a.Value(w.s.rules.Key)
		return pick(w.d, text(key), text(key), text(strings.ToLower(key)), text(key+" "), nil)
	}
	if chance(w.d, 20) { // one that lives no more
		for one := range view.All() {
			if one.Deleted() && (one.MasterRecordID() != "" || chance(w.d, 50)) {
				a = one
				break
			}
		}
	}
	id := a.ID()
	return pick(w.d, text(id), text(id), text(id[:15]), text(strings.ToLower(id)), text("https://x.my.salesforce.com/"+id), text(" "+id+"\u00a0"), text(id[:14]),
		text(id+"; "+view.At(0).ID()), text(strings.ToUpper(id)), text("003"+id[3:]), text(id[:15]+"AAA"), nil, json.RawMessage("42"), text(" "))
}

// night is what happens between two days.
func (w *world) night() {
	w.t.Helper()
	w.at.pass(23 * time.Hour)
	if chance(w.d, 85) {
		w.salesforce.Advance()
	}
	if w.s.settles && chance(w.d, 80) {
		w.note("settled")
		w.fincome.Settle()
		w.model.Settle()
	}
	w.edits(w.d.below(12))
	w.configure()
	w.at.pass(time.Hour)
}

// configure changes, now and then, what the user may see or what the file says.
func (w *world) configure() {
	entries := w.s.rules.Entries
	switch i := w.d.below(len(entries)); w.d.below(10) {
	case 0:
		for name := range w.types() {
			if strings.EqualFold(name, entries[i].Names[0]) && name != w.s.rules.Key && !strings.Contains(w.s.where, name) && !strings.Contains(name, ".") {
				w.note("hide %s", name)
				w.hidden[name] = true
				w.salesforce.HideProperty(name)
				return
			}
		}
	case 1:
		for _, name := range slices.Sorted(maps.Keys(w.hidden)) {
			w.note("show %s", name)
			delete(w.hidden, name)
			w.salesforce.ShowProperty(name)
			return
		}
	case 2:
		if entries[i].Axis != "" {
			entries[i].Names = []string{pick(w.d, "Rating", "AccountSource", "BillingCountry")}
			w.note("%s is filled from %s", entries[i].Axis, entries[i].Names)
			w.load()
		}
	case 3:
		w.s.where = pick(w.d, "", "Industry != null", "Is_Partner__c = false")
		for name := range w.hidden {
			if strings.Contains(w.s.where, name) { // Salesforce would refuse it: exit 2
				w.s.where = ""
			}
		}
		w.note("where is %q", w.s.where)
		w.load()
	case 4:
		if len(entries) > 2 {
			w.note("entry %v leaves the list", entries[i].Names)
			w.s.rules.Entries = append(append([]oracle.Entry{}, entries[:i]...), entries[i+1:]...)
			w.load()
		}
	}
}
