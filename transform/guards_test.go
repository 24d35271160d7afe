package transform_test

import (
	"strings"
	"testing"

	"github.com/axisync/axisync/transform"
)

// situation is a day on which all is well, to be changed by a case.
func situation() transform.Evidence {
	figures := transform.History{Accounts: 1000, Identified: 100, MatchRate: 0.9, User: "005A", Nulls: map[string]float64{"Industry": 0.2},
		Configuration: map[string]string{"salesforce.object": "Account", "salesforce.where": ""}}
	before := figures
	return transform.Evidence{
		Limits: transform.DefaultLimits(), Before: &before, Now: figures,
		Matching:  transform.Matching{Accounts: 1000, Identified: 100, Matched: 90},
		Axes:      []transform.Axis{{Name: "Industry", State: transform.Usable, Merge: transform.Overwrite, Properties: []transform.Source{{Property: "Industry"}}}},
		Decisions: []transform.AxisDecision{{Axis: "Industry", Ours: 80, Held: 90}},
	}
}

func TestGuards(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*transform.Evidence)
		want   string // the guards that trip, with their subjects
	}{
		"all is well":   {func(*transform.Evidence) {}, ""},
		"the first run": {func(e *transform.Evidence) { e.Before = nil; e.Matching.Accounts, e.Matching.Matched = 1, 1 }, ""},
		"no account":    {func(e *transform.Evidence) { e.Matching.Accounts = 0 }, "zero_rows"},

		"a fifth fewer":         {func(e *transform.Evidence) { e.Matching.Accounts = 800 }, ""},
		"more than a fifth":     {func(e *transform.Evidence) { e.Matching.Accounts = 799 }, "rows_fell"},
		"a small org":           {func(e *transform.Evidence) { e.Before.Accounts = 19; e.Matching.Accounts = 2 }, ""},
		"exactly five points":   {func(e *transform.Evidence) { e.Matching.Matched = 85 }, ""},
		"the match rate fell":   {func(e *transform.Evidence) { e.Matching.Matched = 84 }, "match_rate(fall)"},
		"below the floor":       {func(e *transform.Evidence) { e.Limits.MatchRateFloor = 0.95 }, "match_rate(floor)"},
		"few with an id before": {func(e *transform.Evidence) { e.Before.Identified = 19; e.Matching.Matched = 20 }, ""},

		"ten points more nulls":       {func(e *transform.Evidence) { e.Now.Nulls = map[string]float64{"Industry": 0.3} }, ""},
		"more than ten":               {func(e *transform.Evidence) { e.Now.Nulls = map[string]float64{"Industry": 0.301} }, "nulls_rose(Industry)"},
		"a new property is all nulls": {func(e *transform.Evidence) { e.Now.Nulls = map[string]float64{"Industry": 0.2, "Phone": 1} }, ""},
		"nulls of a small org":        {func(e *transform.Evidence) { e.Before.Accounts, e.Now.Nulls = 19, map[string]float64{"Industry": 1} }, ""},

		"lost":                {func(e *transform.Evidence) { e.Now.Lost = []string{"Phone", "Fax"} }, "property_lost(Phone) property_lost(Fax)"},
		"lost on a first run": {func(e *transform.Evidence) { e.Before, e.Now.Lost = nil, []string{"Phone"} }, "property_lost(Phone)"},
		"lost, and accepted":  {func(e *transform.Evidence) { e.Before.Lost, e.Now.Lost = []string{"Phone"}, []string{"Phone"} }, ""},

		"foreign":             {func(e *transform.Evidence) { e.Decisions[0].Foreign = 1 }, "merge(Industry)"},
		"foreign, approved":   {func(e *transform.Evidence) { e.Decisions[0].Foreign, e.Axes[0].Approved = 1, true }, ""},
		"foreign, left alone": {func(e *transform.Evidence) { e.Decisions[0].Foreign, e.Axes[0].Merge = 1, transform.FillEmpty }, ""},
		"foreign, refused": {func(e *transform.Evidence) {
			e.Decisions[0].Foreign, e.Axes[0].Merge, e.Axes[0].Approved = 1, transform.Refuse, true
		}, "merge(Industry)"},

		"emptied":                    {func(e *transform.Evidence) { e.Decisions[0].Held, e.Decisions[0].Contested = 0, 1 }, "axis_emptied(Industry)"},
		"emptied long ago":           {func(e *transform.Evidence) { e.Decisions[0].Held = 0 }, ""},
		"emptied but for one":        {func(e *transform.Evidence) { e.Decisions[0].Held, e.Decisions[0].Contested = 1, 3 }, ""},
		"empty, and never ours":      {func(e *transform.Evidence) { e.Decisions[0] = transform.AxisDecision{Axis: "Industry"} }, ""},
		"many cells":                 {func(e *transform.Evidence) { e.Decisions[0].Ours, e.Decisions[0].OursTouched = 300, 101 }, "cells"},
		"a hundred cells":            {func(e *transform.Evidence) { e.Decisions[0].Ours, e.Decisions[0].OursTouched = 100, 100 }, "cells"},
		"fewer are never many":       {func(e *transform.Evidence) { e.Decisions[0].Ours, e.Decisions[0].OursTouched = 99, 99 }, ""},
		"less than a third":          {func(e *transform.Evidence) { e.Decisions[0].Ours, e.Decisions[0].OursTouched = 1000, 300 }, ""},
		"contested":                  {func(e *transform.Evidence) { e.Decisions[0].Contested = 5 }, "contested"},
		"contested, but only a few":  {func(e *transform.Evidence) { e.Decisions[0].Contested = 4 }, ""},
		"contested in a small world": {func(e *transform.Evidence) { e.Decisions[0].Ours, e.Decisions[0].Contested = 19, 19 }, ""},

		"another user":           {func(e *transform.Evidence) { e.Now.User = "005B" }, "other_user(005B)"},
		"a state without a user": {func(e *transform.Evidence) { e.Before.User = "" }, ""},
		"another condition": {func(e *transform.Evidence) {
			e.Now.Configuration = map[string]string{"salesforce.object": "Account", "salesforce.where": "x"}
		}, "configuration(*)"},
		"a state without a file": {func(e *transform.Evidence) { e.Before.Configuration = nil }, ""},
		"a key of a newer program": {func(e *transform.Evidence) {
			e.Now.Configuration = map[string]string{"salesforce.object": "Account", "salesforce.where": "", "new": "x"}
		}, ""},

		"several at once": {func(e *transform.Evidence) {
			e.Matching = transform.Matching{Accounts: 1, Identified: 100}
			e.Now.Lost, e.Now.User = []string{"Phone"}, "005B"
		}, "rows_fell match_rate(fall) property_lost(Phone) other_user(005B)"},
	} {
		e := situation()
		c.change(&e)
		var got []string
		for _, g := range transform.Guards(e) {
			text := g.Name
			if g.Subject != "" {
				text += "(" + g.Subject + ")"
			}
			if g.Name == transform.GuardConfiguration {
				text = g.Name + "(*)"
				if !strings.HasSuffix(g.Text, ": salesforce.where") {
					t.Errorf("%s: it does not say what changed: %s", name, g.Text)
				}
			}
			if g.Figure <= 0 || g.Text == "" {
				t.Errorf("%s: %+v has no figure or says nothing", name, g)
			}
			got = append(got, text)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q trip, want %q", name, got, c.want)
		}
	}
}
