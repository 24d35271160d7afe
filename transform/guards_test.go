package transform_test

import (
	"testing"

	"github.com/axisync/axisync/transform"
)

func TestGuards(t *testing.T) {
	t.Parallel()
	base := &transform.History{Accounts: 1000, Identified: 100, MatchRate: 0.9}
	good := transform.Matching{Accounts: 1000, Identified: 100, Matched: 90}
	axis := transform.Axis{Name: "Industry", State: transform.Usable, Merge: transform.Overwrite, Properties: []transform.Source{{Property: "Industry"}}}
	with := func(change func(*transform.Axis)) transform.Axis { a := axis; change(&a); return a }
	for _, c := range []struct {
		name     string
		history  *transform.History
		matching transform.Matching
		axis     transform.Axis
		decision transform.AxisDecision
		limits   func(*transform.Limits)
		want     []string
	}{
		{name: "all is well", history: base, matching: good, axis: axis},
		{name: "first run", matching: good, axis: axis},
		{name: "no account", history: base, matching: transform.Matching{Identified: 100, Matched: 90}, axis: axis, want: []string{"zero_rows"}},
		{name: "a fifth is allowed", history: base, matching: transform.Matching{Accounts: 800, Identified: 100, Matched: 90}, axis: axis},
		{name: "more than a fifth", history: base, matching: transform.Matching{Accounts: 799, Identified: 100, Matched: 90}, axis: axis, want: []string{"rows_fell"}},
		{name: "a small org has no shares", history: &transform.History{Accounts: 19, Identified: 19, MatchRate: 1}, matching: transform.Matching{Accounts: 2, Identified: 19, Matched: 1}, axis: axis},
		{name: "exactly five points", history: &transform.History{Accounts: 1000, Identified: 100, MatchRate: 1}, matching: transform.Matching{Accounts: 1000, Identified: 100, Matched: 95}, axis: axis},
		{name: "match rate fell", history: base, matching: transform.Matching{Accounts: 1000, Identified: 100, Matched: 84}, axis: axis, want: []string{"match_rate"}},
		{name: "below the floor", matching: good, axis: axis, limits: func(l *transform.Limits) { l.MatchRateFloor = 0.95 }, want: []string{"match_rate"}},
		{name: "lost", matching: good, axis: with(func(a *transform.Axis) { a.State = transform.Lost }), want: []string{"property_lost"}},
		{name: "foreign", matching: good, axis: axis, decision: transform.AxisDecision{Foreign: 1}, want: []string{"merge"}},
		{name: "foreign, approved", matching: good, axis: with(func(a *transform.Axis) { a.Approved = true }), decision: transform.AxisDecision{Foreign: 1}},
		{name: "foreign, left alone", matching: good, axis: with(func(a *transform.Axis) { a.Merge = transform.FillEmpty }), decision: transform.AxisDecision{Foreign: 1}},
		{name: "foreign, refused", matching: good, axis: with(func(a *transform.Axis) { a.Merge, a.Approved = transform.Refuse, true }), decision: transform.AxisDecision{Foreign: 1}, want: []string{"merge"}},
		{name: "many cells", matching: good, axis: axis, decision: transform.AxisDecision{Ours: 300, OursTouched: 101}, want: []string{"cells"}},
		{name: "a hundred cells are never many", matching: good, axis: axis, decision: transform.AxisDecision{Ours: 100, OursTouched: 100}},
		{name: "less than a third", matching: good, axis: axis, decision: transform.AxisDecision{Ours: 1000, OursTouched: 300}},
		{name: "several at once", history: base, matching: transform.Matching{Accounts: 1, Identified: 100}, axis: with(func(a *transform.Axis) { a.State = transform.Lost }), want: []string{"rows_fell", "match_rate", "property_lost"}},
	} {
		limits := transform.DefaultLimits()
		if c.limits != nil {
			c.limits(&limits)
		}
		var got []string
		for _, g := range transform.Guards(limits, c.history, c.matching, []transform.Axis{c.axis}, []transform.AxisDecision{c.decision}) {
			got = append(got, g.Name)
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v trip, want %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v trip, want %v", c.name, got, c.want)
			}
		}
	}
}
