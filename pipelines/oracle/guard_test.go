package oracle_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/oracle"
)

// mishap is what trips a guard, a day after a good run.
type mishap struct {
	before func(*scenario) // how the source was
	change func(*world)
	trips  string // empty: nothing trips
}

// byFile changes what the file says.
func byFile(change func(*scenario)) func(*world) {
	return func(w *world) {
		change(&w.s)
		w.load()
	}
}

// editEach lets people change what some of the customers hold in an axis that is
// filled.
func (w *world) editEach(axis, value string, every int) {
	n := 0
	for _, c := range w.last.Cells {
		if c.Axis != axis || c.Desired.Empty() || c.Desired.None {
			continue
		}
		if n++; n%every == 0 {
			w.edit(c.Customer, axis, text(value))
		}
	}
}

const city, code = "Salesforce_726564_BillingCity", "Salesforce_726564_BillingPostalCode"

var mishaps = map[string]mishap{
	"zero rows":          {change: byFile(func(s *scenario) { s.where = "Industry = 'Nothing'" }), trips: "zero_rows"},
	"rows fell":          {change: byFile(func(s *scenario) { s.where = "Is_Partner__c = true" }), trips: "rows_fell"},
	"rows fell a little": {change: byFile(func(s *scenario) { s.where = "Industry != null" }), trips: "configuration"},
	"match rate": {change: func(w *world) {
		for i, c := range w.model.Customers(w.at.now()) {
			if i%6 == 0 {
				w.edit(c.ID, "Salesforce ID", text("gone"))
			}
		}
	}, trips: "match_rate"},
	"nulls rose": {
		before: func(s *scenario) {
			s.where, s.rules.Entries = "Industry != null", []oracle.Entry{named("Axe", "Industry")}
		},
		change: byFile(func(s *scenario) { s.where = "" }), trips: "nulls_rose",
	},
	"property lost": {change: func(w *world) { w.hide("BillingCity") }, trips: "property_lost"},
	"merge":         {change: byFile(func(s *scenario) { s.rules.Entries = append(s.rules.Entries, named("Segment", "Industry")) }), trips: "merge"},
	"another merge policy": {change: byFile(func(s *scenario) {
		segment := named("Segment", "Industry")
		segment.Merge = "fill_empty"
		s.rules.Entries = append(s.rules.Entries, segment)
	})},
	"cells": {
		before: func(s *scenario) {
			s.accounts, s.customers = 300, 160
			s.rules.Entries = []oracle.Entry{named("Axe", "BillingCity")}
		},
		change: byFile(func(s *scenario) { s.rules.Entries[0].Names = []string{"BillingPostalCode"} }), trips: "cells",
	},
	"cells of one axis among many": {
		before: func(s *scenario) {
			s.accounts, s.customers = 300, 160
			s.rules.Entries = []oracle.Entry{named("Axe", "BillingCity"), entry("Name"), entry("External_Id__c"), entry("CreatedDate"), entry("Owner.Name")}
		},
		change: byFile(func(s *scenario) { s.rules.Entries[0].Names = []string{"BillingPostalCode"} }),
	},
	"contested":         {change: func(w *world) { w.editEach(city, "by hand", 4) }, trips: "contested"},
	"contested by few":  {change: func(w *world) { w.editEach(city, "by hand", 40) }},
	"axis emptied":      {change: func(w *world) { w.removeAxis(code) }, trips: "axis_emptied"},
	"other user":        {change: func(w *world) { w.login("somebody.else@example.com") }, trips: "other_user"},
	"identification":    {change: byFile(func(s *scenario) { s.rules.Key, s.rules.IdentificationAxis = "AccountNumber", "Customer number" }), trips: "configuration"},
	"stricter matching": {change: byFile(func(s *scenario) { s.rules.Strict = true }), trips: "configuration"},
}

// removeAxis deletes an axis of Fincome, on every customer.
func (w *world) removeAxis(name string) {
	w.fincome.RemoveAxis(name)
	for _, c := range w.model.Customers(w.at.now()) {
		w.model.Edit(c.ID, name, nil)
	}
}

// TestGuards: each guard stops what would be sent, leaves Fincome as it was and a
// plan behind, and goes on doing so until a person lifts it: by applying the plan,
// or for one run by its name.
func TestGuards(t *testing.T) {
	t.Parallel()
	for i, name := range sortedKeys(mishaps) {
		m, hows := mishaps[name], []string{"apply", "allow"}
		if !large { // small worlds do either as well
			hows = hows[i%2 : i%2+1]
		}
		for _, how := range hows {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				w := fixed(t, func(s *scenario) {
					s.accounts, s.customers = 150, 60
					if m.before != nil {
						m.before(s)
					}
				})
				w.run(true)
				w.at.pass(time.Minute)
				w.run(true) // what was sent is ours
				w.at.pass(24 * time.Hour)
				m.change(w)
				w.ends()
				if m.trips == "" {
					if len(w.last.Tripped) > 0 {
						t.Errorf("guards are %v: the test shows nothing", w.last.Guards)
					}
					return
				}
				if !w.last.Guards[m.trips] {
					t.Fatalf("guards are %v, without %s: the test shows nothing", w.last.Guards, m.trips)
				}
				w.stops(how)
			})
		}
	}
}

// stops: the last run was stopped.
func (w *world) stops(how string) {
	w.t.Helper()
	stopped, run := w.last, w.ran
	w.at.pass(time.Minute)
	w.ends()
	if !maps.Equal(w.last.Guards, stopped.Guards) {
		w.t.Errorf("after a run that was stopped, guards are %v, not %v", w.last.Guards, stopped.Guards)
	}
	w.at.pass(time.Minute)
	if how == "apply" {
		w.apply(stopped, run)
		return
	}
	w.allow(stopped, run)
	if len(w.last.Tripped) > 0 {
		w.t.Errorf("%v are not lifted", w.last.Tripped)
	}
	options := w.options()
	for _, name := range sortedKeys(stopped.Guards) {
		options.Allow = []pipelines.Allowance{{Guard: name, Run: run}}
		if _, err := pipelines.Run(context.Background(), w.pipeline, options); pipelines.ExitCode(err) != pipelines.ExitConfiguration {
			w.t.Errorf("%s was lifted again: %v", name, err)
		}
	}
}
