package transform_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/transform/recordid"
)

// goneDay is one day of an org, in which one customer means each account.
type goneDay struct {
	told, listed [][]string // as in connector.DeletedSchema and ListedSchema
	live         []string
	verdicts     map[string]transform.Verdict // by what the customer names
}

// What is known of accounts that are gone, day after day.
func TestDeletionsAreRemembered(t *testing.T) {
	t.Parallel()
	id := func(body string) string { return recordid.Full("0015f00000" + body) }
	a, b, c, d := id("AAAaa"), id("BBBbb"), id("CCCcc"), id("DDDdd")
	at := func(day string) string { return "2026-" + day + "T10:00:00.000Z" }
	for name, days := range map[string][]goneDay{
		"a merge outlives what salesforce tells": {
			{told: [][]string{{a, b, at("01-01")}}, live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Merged}},
			{live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Merged}},
			{live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Merged}},
		},
		"a chain that was told in parts": {
			{told: [][]string{{a, b, at("01-01")}}, live: []string{b, c}, verdicts: map[string]transform.Verdict{a: transform.Merged, b: transform.Exact}},
			{told: [][]string{{b, c, at("02-01")}}, live: []string{c}, verdicts: map[string]transform.Verdict{a: transform.Merged, b: transform.Merged}},
			{told: [][]string{{c, d, at("03-01")}}, live: []string{d}, verdicts: map[string]transform.Verdict{a: transform.Merged, b: transform.Merged, c: transform.Merged}},
		},
		"the winner is deleted": {
			{told: [][]string{{a, b, at("01-01")}}, live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Merged}},
			{listed: [][]string{{b, at("02-01")}}, verdicts: map[string]transform.Verdict{a: transform.Deleted, b: transform.Deleted}},
		},
		"an undeleted loser is itself, and no alias any more": {
			{told: [][]string{{a, b, at("01-01")}}, live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Merged}},
			{live: []string{a, b}, verdicts: map[string]transform.Verdict{a: transform.Exact}},
			{live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.NotFound}},
		},
		"an undeleted loser that nobody named, deleted for good": {
			{told: [][]string{{a, b, at("01-01")}}, live: []string{b}, verdicts: map[string]transform.Verdict{b: transform.Exact}},
			{live: []string{a, b}, verdicts: map[string]transform.Verdict{b: transform.Exact}},
			{listed: [][]string{{a, at("02-01")}}, live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Deleted}},
		},
		"a merge is listed as a deletion, too": {
			{told: [][]string{{a, b, at("01-01")}}, listed: [][]string{{a, "2026-01-01T10:00:03.000+0000"}}, live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Merged}},
			{listed: [][]string{{a, "2026-01-01T10:00:03.000+0000"}}, live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Merged}},
		},
		"listed alone": {
			{listed: [][]string{{a, at("01-01")}, {a, at("01-02")}}, verdicts: map[string]transform.Verdict{a: transform.Deleted}},
			{verdicts: map[string]transform.Verdict{a: transform.Deleted}},
		},
		"a plain deletion is forgotten after a year": {
			{told: [][]string{{a, "", at("01-01")}, {c, b, at("01-01")}}, live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Deleted, c: transform.Merged}},
			{told: [][]string{{d, "", "2027-03-01T00:00:00.000Z"}}, live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.Deleted, c: transform.Merged}},
			{live: []string{b}, verdicts: map[string]transform.Verdict{a: transform.NotFound, c: transform.Merged, d: transform.Deleted}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, saved := t.TempDir(), ""
			for i, day := range days {
				next := filepath.Join(dir, "deleted-"+string(rune('1'+i))+".parquet")
				got := day.run(t, saved, next)
				for named, want := range day.verdicts {
					if got[named] != string(want) {
						t.Errorf("day %d: the customer of %s is %s, want %s", i+1, named, got[named], want)
					}
				}
				saved = next
			}
		})
	}
}

// run gives the verdict of each customer of the day.
func (d goneDay) run(t *testing.T, saved, next string) map[string]string {
	t.Helper()
	ctx := context.Background()
	e := open(t, transform.Rules{})
	var list []customer
	for named := range d.verdicts {
		list = append(list, customer{id: named, identifier: named})
	}
	must(t, e.Customers(ctx, customerReader(t, time.Now(), nil, list)))
	must(t, e.Acknowledgements(ctx, "", ""))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema(), d.told...)))
	must(t, e.RecallDeleted(ctx, saved, tableReader(t, connector.ListedSchema(), d.listed...)))
	var accounts [][]string
	for _, id := range d.live {
		accounts = append(accounts, []string{id})
	}
	_, err := e.Match(ctx, tableReader(t, connector.AccountSchema(nil), accounts...))
	must(t, err)
	var rows [][]string
	_, err = e.Decide(ctx, transform.Tables{Matches: collect(&rows)})
	must(t, err)
	must(t, e.Shed(ctx))
	must(t, e.SaveDeleted(ctx, next))
	got := map[string]string{}
	for _, row := range rows {
		got[row[0]] = row[3]
	}
	return got
}
