package transform_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/transform/recordid"
)

// The accounts of the tests: mixed case, twins that differ in one letter's case,
// a body of one case.
var (
	mixed  = recordid.Full("0015f00000BCvRe")
	twin   = recordid.Full("0015f00000BCvre")
	lower  = recordid.Full("0015f00000bcvre")
	winner = recordid.Full("0018c00002DJIpR")
	loser  = recordid.Full("0018c00002DJIpX")
	first  = recordid.Full("0018c00002DJIpY") // lost to loser, which lost to winner
	purged = recordid.Full("0018c00002DJIpZ")
	cycleA = recordid.Full("0018c00002CCCCA")
	cycleB = recordid.Full("0018c00002CCCCB")
	nobody = recordid.Full("0019900000NobOd")
)

func TestEveryCustomerHasItsVerdict(t *testing.T) {
	t.Parallel()
	contact := recordid.Full("0036000000QKv5T")
	cases := []struct {
		identifier string
		verdict    transform.Verdict
		account    string
		candidate  string
	}{
		{mixed, transform.Exact, mixed, ""},
		{twin, transform.Exact, twin, ""},
		{mixed[:15], transform.Upgraded15, mixed, ""},
		{" " + mixed + "\u00a0", transform.Trimmed, mixed, ""},
		{"https://x.lightning.force.com/lightning/r/Account/" + mixed + "/view", transform.FromURL, mixed, ""},
		{strings.ToUpper(mixed), transform.CaseRepaired, mixed, ""},
		{strings.ToLower(winner), transform.CaseRepaired, winner, ""},
		// folded, but an account has the body as written: not repaired
		{strings.ToLower(mixed), transform.InvalidSuffix, "", lower},
		{lower, transform.Exact, lower, ""},
		// the body is of one case: nothing but the suffix was folded
		{strings.ToLower(lower), transform.CaseRepaired, lower, ""},
		{loser, transform.Merged, winner, ""},
		{first, transform.Merged, winner, ""},
		{cycleA, transform.Deleted, "", ""},
		{purged, transform.Deleted, "", ""},
		{nobody, transform.NotFound, "", winner}, // by its name
		{contact, transform.WrongObject, "", ""},
		{winner[:15] + "AAA", transform.InvalidSuffix, "", winner},
		// the suffix spells the case of a twin; the body is nobody's
		{"0015f00000bcvRe" + twin[15:], transform.InvalidSuffix, "", twin},
		{loser[:15] + "AAA", transform.InvalidSuffix, "", winner},
		{"Only one GmbH", transform.NotAnID, "", lower},
		{"Two of them", transform.NotAnID, "", ""},
		{"n/a", transform.NotAnID, "", ""},
		{mixed + "," + twin, transform.SeveralIDs, "", ""},
		{"  ", transform.Empty, "", ""},
		{"", transform.Empty, "", ""},
	}
	var list []customer
	for i, c := range cases {
		list = append(list, customer{id: string(rune('A' + i)), identifier: c.identifier})
		if c.identifier == nobody {
			list[i].name = "MÜLLER"
		}
	}
	ctx := context.Background()
	e := open(t, transform.Rules{})
	must(t, e.Customers(ctx, customerReader(t, time.Now(), nil, list)))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema(),
		[]string{loser, winner}, []string{first, loser}, []string{purged, ""}, []string{cycleA, cycleB}, []string{cycleB, cycleA})))
	must(t, e.Acknowledgements(ctx, "", ""))
	matching, err := e.Match(ctx, tableReader(t, connector.AccountSchema([]connector.Property{{Name: "Name", Type: "string"}}),
		[]string{mixed, "two of them"}, []string{twin, "Two of  them"}, []string{lower, " only ONE GmbH"}, []string{winner, "Müller"}))
	must(t, err)
	if matching.Accounts != 4 || matching.Customers != int64(len(cases)) || matching.Identified != int64(len(cases)-2) || matching.Matched != 11 {
		t.Errorf("matching = %+v", matching)
	}
	var rows [][]string
	_, err = e.Decide(ctx, transform.Tables{Matches: collect(&rows)})
	must(t, err)
	got := map[string][]string{}
	for _, row := range rows {
		got[row[0]] = row
	}
	for i, c := range cases {
		row := got[string(rune('A'+i))]
		want := func(text string) string {
			if text == "" {
				return "<null>"
			}
			return text
		}
		if row[2] != want(c.account) || row[3] != string(c.verdict) || row[6] != want(c.candidate) || row[4] == "<null>" {
			t.Errorf("%q: got %q, want verdict %s, account %s, candidate %s", c.identifier, row, c.verdict, c.account, c.candidate)
		}
	}
	checkAccounts(t, e)
}

func checkAccounts(t *testing.T, e *transform.Engine) {
	t.Helper()
	b := array.NewStringBuilder(connector.Memory)
	defer b.Release()
	for _, id := range []string{mixed, lower, winner, nobody} {
		b.Append(id)
	}
	ids := b.NewArray()
	defer ids.Release()
	var rows [][]string
	tally := map[transform.Verdict]int64{}
	must(t, e.AccountMatches(context.Background(), ids, tally, collect(&rows)))
	if len(rows) != 4 || tally[transform.Matched] != 3 || tally[transform.Unmatched] != 1 {
		t.Errorf("accounts: %v, %v", tally, rows)
	}
}

func TestStrictTakesNoRepair(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e := open(t, transform.Rules{Strict: true})
	must(t, e.Customers(ctx, customerReader(t, time.Now(), nil, []customer{
		{id: "a", identifier: mixed}, {id: "b", identifier: mixed[:15]}, {id: "c", identifier: strings.ToUpper(mixed)}, {id: "d", identifier: " " + mixed}})))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	must(t, e.Acknowledgements(ctx, "", ""))
	matching, err := e.Match(ctx, tableReader(t, connector.AccountSchema(nil), []string{mixed}))
	must(t, err)
	if matching.Matched != 2 || matching.Verdicts[transform.CaseRepaired] != 1 || matching.Verdicts[transform.Trimmed] != 1 {
		t.Errorf("matching = %+v", matching)
	}
}

func TestAnotherKeyIsComparedLiterally(t *testing.T) {
	t.Parallel()
	property := []connector.Property{{Name: "Number__c", Type: "string"}, {Name: "Name", Type: "string"}}
	accounts := [][]string{{mixed, "007", "Ada"}, {twin, "twice", "Bob"}, {lower, "twice", "Cid"}, {winner, "", "Dot"}, {loser, " Ab", "Eve"}, {first, "120000", "Eve"}, {purged, " ", "Fay"}}
	list := []customer{
		{id: "a", identifier: "007"}, {id: "b", identifier: "7"}, {id: "c", identifier: "twice"}, {id: "d", name: "DOT "}, {id: "e", identifier: "007 "},
		{id: "f", identifier: "aB"}, {id: "g", identifier: "1.2E+05"}, {id: "h", identifier: "1,23457E+11"}, {id: "i", identifier: "x", name: "eve"}, {id: "j", identifier: "x", name: "bob"},
		{id: "k", identifier: "007"},
	}
	for _, c := range []struct {
		rules  transform.Rules
		want   string
		figure transform.KeyQuality
	}{
		{transform.Rules{}, "a exact, b not_found~bent_number, c ambiguous, d empty~same_name, e not_found~other_blanks_or_case, f not_found~other_blanks_or_case, g not_found~bent_number, h not_found, i not_found, j not_found~same_name, k exact",
			transform.KeyQuality{KeylessAccounts: 2, SharedAccounts: 2, SharedCustomers: 2, BentNumbers: 3}},
		{transform.Rules{Trim: true}, "a exact, b not_found~bent_number, c ambiguous, d empty~same_name, e trimmed, f not_found~other_blanks_or_case, g not_found~bent_number, h not_found, i not_found, j not_found~same_name, k exact",
			transform.KeyQuality{KeylessAccounts: 2, SharedAccounts: 2, SharedCustomers: 3, BentNumbers: 3}},
		{transform.Rules{Trim: true, Fold: true}, "a exact, b not_found~bent_number, c ambiguous, d empty~same_name, e trimmed, f trimmed, g not_found~bent_number, h not_found, i not_found, j not_found~same_name, k exact",
			transform.KeyQuality{KeylessAccounts: 2, SharedAccounts: 2, SharedCustomers: 3, BentNumbers: 3}},
	} {
		c.rules.Key = "Number__c"
		ctx := context.Background()
		e := open(t, c.rules)
		must(t, e.Customers(ctx, customerReader(t, time.Now(), nil, list)))
		must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
		must(t, e.Acknowledgements(ctx, "", ""))
		matching, err := e.Match(ctx, tableReader(t, connector.AccountSchema(property), accounts...))
		must(t, err)
		if matching.Key != c.figure {
			t.Errorf("%+v: the key is %+v, want %+v", c.rules, matching.Key, c.figure)
		}
		var rows [][]string
		_, err = e.Decide(ctx, transform.Tables{Matches: collect(&rows)})
		must(t, err)
		var got []string
		for _, row := range rows {
			text := row[0] + " " + row[3]
			if row[7] != "<null>" {
				text += "~" + row[7]
			}
			if bent := strings.Contains(row[4], "spreadsheet"); bent != (row[7] == "bent_number" || row[0] == "h") {
				t.Errorf("%q is told as a bent number: %t", row, bent)
			}
			got = append(got, text)
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%+v:\n got %s\nwant %s", c.rules, strings.Join(got, ", "), c.want)
		}
	}
}

func TestCustomersMustBeWhole(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	if err := open(t, transform.Rules{}).Customers(ctx, customerReader(t, time.Now(), nil, []customer{{id: "a"}, {id: "b", identifier: " "}})); !errors.Is(err, transform.ErrNoIdentifier) {
		t.Errorf("no identifier: %v", err)
	}
	err := open(t, transform.Rules{}).Customers(ctx, customerReader(t, time.Now(), nil, []customer{{id: "a", identifier: mixed}, {id: "a", identifier: mixed}}))
	if err == nil || !strings.Contains(err.Error(), "more than once") {
		t.Errorf("the same customer twice: %v", err)
	}
}

// failing is a reader that breaks after its first batch.
type failing struct {
	array.RecordReader
	err error
}

func (f *failing) Next() bool { return f.err == nil && f.RecordReader.Next() }
func (f *failing) Err() error { return f.err }

func TestABrokenStreamIsItsOwnError(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	e := open(t, transform.Rules{})
	must(t, e.Customers(ctx, customerReader(t, time.Now(), nil, []customer{{id: "a", identifier: mixed}})))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	broken := errors.New("page 3 ended early")
	_, err := e.Match(ctx, &failing{tableReader(t, connector.AccountSchema(nil), []string{mixed}), broken})
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

// A column that no axis uses must not move the others: it is in the stream when
// the axis of a property is lost, or for the currency of an amount.
func TestAnUnusedColumnMovesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	var properties []connector.Property
	for _, name := range []string{"Unused1", "City", "Unused2", "Code"} {
		properties = append(properties, connector.Property{Name: name, Type: "string"})
	}
	axis := func(name string) transform.Axis {
		return transform.Axis{Name: name, State: transform.Usable, Nulls: transform.ClearNulls, Merge: transform.Overwrite, OnEdit: transform.ReportEdits,
			Properties: []transform.Source{{Property: name, Type: "string"}}}
	}
	e := open(t, transform.Rules{Axes: []transform.Axis{axis("City"), axis("Code")}})
	must(t, e.Customers(ctx, customerReader(t, time.Now(), []string{"City", "Code"}, []customer{{id: "a", identifier: mixed}})))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	must(t, e.Acknowledgements(ctx, "", ""))
	_, err := e.Match(ctx, tableReader(t, connector.AccountSchema(properties), []string{mixed, "wrong", "Roma", "wrong", "00184"}))
	must(t, err)
	var changes [][]string
	_, err = e.Decide(ctx, transform.Tables{Changes: collect(&changes)})
	must(t, err)
	if len(changes) != 2 || changes[0][4] != "Roma" || changes[1][4] != "00184" {
		t.Errorf("the cells are %q", changes)
	}
}
