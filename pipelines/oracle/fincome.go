package oracle

import (
	"encoding/json"
	"maps"
	"time"
)

// Fincome is a Fincome with its customers, as the oracle believes it to be.
type Fincome struct {
	Server
	Refuses map[string]bool // customers whose updates are refused
	// Late keeps updates from showing: for a time, or until Settle when Delay is 0.
	Late  bool
	Delay time.Duration

	visible map[string]map[string]json.RawMessage
	waiting map[string][]patch
}

// patch is an update that was accepted and does not show yet.
type patch struct {
	sent map[string]json.RawMessage
	due  time.Time
}

// Put adds a customer, or replaces one.
func (f *Fincome) Put(c Customer) {
	if f.visible == nil {
		f.visible, f.waiting = map[string]map[string]json.RawMessage{}, map[string][]patch{}
	}
	f.visible[c.ID] = maps.Clone(c.Properties)
	if f.visible[c.ID] == nil {
		f.visible[c.ID] = map[string]json.RawMessage{}
	}
}

// Read is what a read shows at a time.
func (f *Fincome) Read(customer string, now time.Time) map[string]json.RawMessage {
	waiting := f.waiting[customer]
	for f.Delay > 0 && len(waiting) > 0 && !now.Before(waiting[0].due) {
		f.visible[customer] = f.Apply(f.visible[customer], waiting[0].sent)
		waiting = waiting[1:]
	}
	f.waiting[customer] = waiting
	return maps.Clone(f.visible[customer])
}

// Customers are all customers as a list shows them, in id order.
func (f *Fincome) Customers(now time.Time) []Customer {
	var all []Customer
	for _, id := range sortedNames(f.visible) {
		all = append(all, Customer{id, f.Read(id, now)})
	}
	return all
}

// Update is what an update does; false: it is refused.
func (f *Fincome) Update(customer string, sent map[string]json.RawMessage, now time.Time) bool {
	if f.Refuses[customer] {
		return false
	}
	if f.Late {
		f.waiting[customer] = append(f.waiting[customer], patch{sent, now.Add(f.Delay)})
		return true
	}
	f.visible[customer] = f.Apply(f.visible[customer], sent)
	return true
}

// Edit is what a person does: it shows at once. A nil value removes the axis.
func (f *Fincome) Edit(customer, axis string, value json.RawMessage) {
	if value == nil {
		delete(f.visible[customer], axis)
		return
	}
	f.visible[customer][axis] = value
}

// Settle makes every accepted update visible.
func (f *Fincome) Settle() {
	for customer, waiting := range f.waiting {
		for _, p := range waiting {
			f.visible[customer] = f.Apply(f.visible[customer], p.sent)
		}
		f.waiting[customer] = nil
	}
}
