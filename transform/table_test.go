package transform_test

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform"
)

var now = time.Unix(1_800_000_000, 0)

// past is what happened to a cell before the run, as a target journals it.
type past []struct {
	kind   sinks.OutcomeKind // empty: sending
	before sinks.Value
	after  sinks.Value
	now    sinks.Value
	ago    time.Duration
}

func sent(before, after string, ago time.Duration) past {
	return past{{before: value(before), after: value(after), ago: ago}}
}

func (p past) then(kind sinks.OutcomeKind, now sinks.Value) past {
	last := p[len(p)-1]
	last.kind, last.now, last.ago = kind, now, last.ago-time.Second
	return append(p, last)
}

// typedPast is a number that was sent a day ago, and what came of it.
func typedPast(number string, kind sinks.OutcomeKind) past {
	return past{{after: sinks.Value{Set: true, Text: number, Type: connector.TypeNumber}, ago: 24 * time.Hour}}.then(kind, sinks.Value{})
}

// acked is a value that a read has confirmed in the form now.
func acked(after string, now sinks.Value) past {
	return sent("", after, 24*time.Hour).then(sinks.Accepted, sinks.Value{}).then(sinks.Acknowledged, now)
}

func value(text string) sinks.Value {
	if text == "" {
		return sinks.Value{}
	}
	return sinks.Text(text)
}

// cellCase is one cell: what is wanted, what is held, what happened before.
type cellCase struct {
	name    string
	d       string // the property of the account; empty is null
	h       any    // nil, a text, or typed
	past    past
	axis    transform.Axis
	rules   transform.Rules
	other   bool // the customer is not matched
	unread  bool // the source has no column for the axis
	old     bool // the customers were read two days ago
	wantAt  transform.Case
	written bool
	after   string
	kind    string // the type of the property; picklist
}

func TestTheTable(t *testing.T) {
	t.Parallel()
	minute, day := time.Minute, 24*time.Hour
	none := sinks.Value{}
	fill, report, clear := transform.Axis{Merge: transform.FillEmpty}, transform.Axis{}, transform.Rules{ClearOurs: true}
	edits, asTyped := transform.Axis{OnEdit: transform.OverwriteEdits}, transform.Axis{Typed: true}
	unknown := transform.Axis{State: transform.Unknown}
	offered, unreadable := transform.Rules{Receiver: transform.Offered}, transform.Rules{Receiver: transform.Unreadable}
	for _, c := range []cellCase{
		// row 1
		{name: "not matched", d: "x", h: "y", other: true, wantAt: "unmatched"},
		{name: "not matched, ours, clear_ours", h: "y", past: acked("y", value("y")), other: true, rules: clear, wantAt: "ours", written: true},
		{name: "not matched, foreign, clear_ours", h: "y", other: true, rules: clear, wantAt: "null_kept_foreign"},
		{name: "lost", d: "", h: "y", past: acked("y", value("y")), axis: transform.Axis{State: transform.Lost}, wantAt: "lost"},
		{name: "null kept", h: "y", past: acked("y", value("y")), axis: transform.Axis{Nulls: transform.KeepNulls}, wantAt: "null_kept"},
		// row 2: the write has arrived
		{name: "arrived", d: "x", h: "x", past: sent("", "x", minute).then(sinks.Accepted, none), wantAt: "unchanged"},
		{name: "arrived, trimmed", d: " x ", h: "x", past: sent("", " x ", minute).then(sinks.Accepted, none), wantAt: "unchanged"},
		{name: "arrived as a number", d: "10.50", h: typed{"10.5", "number"}, past: sent("", "10.50", minute).then(sinks.Accepted, none), wantAt: "unchanged"},
		{name: "arrived as a boolean", d: "true", h: typed{"true", "boolean"}, past: sent("", "true", minute).then(sinks.Accepted, none), wantAt: "unchanged"},
		{name: "arrived, the same instant", d: "2026-06-01T08:00:00Z", h: "2026-06-01T08:00:00.000+0000", past: sent("", "2026-06-01T08:00:00Z", minute).then(sinks.Accepted, none), wantAt: "unchanged"},
		{name: "arrived, the same instant elsewhere", d: "2026-06-01T08:00:00Z", h: "2026-06-01T10:00:00+02:00", past: sent("", "2026-06-01T08:00:00Z", minute).then(sinks.Accepted, none), wantAt: "unchanged"},
		{name: "another instant is an edit", d: "2026-06-01T08:00:00Z", h: "2026-06-01T08:00:00+0200", past: sent("", "2026-06-01T08:00:00Z", minute).then(sinks.Accepted, none), wantAt: "edited"},
		{name: "arrived, the same number", d: "1.0E7", h: "10000000", past: sent("", "1.0E7", minute).then(sinks.Accepted, none), wantAt: "unchanged"},
		{name: "arrived, the same number as JSON", d: "1.0E7", h: typed{"10000000", "number"}, past: sent("", "1.0E7", minute).then(sinks.Accepted, none), wantAt: "unchanged"},
		{name: "zeros before a number may mean something", d: "01234", h: "1234", past: sent("", "01234", minute).then(sinks.Accepted, none), wantAt: "edited"},
		{name: "a plus may belong to a phone number", d: "+491234", h: "491234", past: sent("", "+491234", minute).then(sinks.Accepted, none), wantAt: "edited"},
		{name: "arrived, and a new value is due", d: "z", h: "x", past: sent("", "x", minute).then(sinks.Accepted, none), wantAt: "ours", written: true, after: "z"},
		{name: "remembered form", d: "10.50", h: typed{"10.5", "number"}, past: acked("10.50", sinks.Value{Set: true, Text: "10.5", Type: "number"}), wantAt: "unchanged"},
		// row 3
		{name: "pending", d: "x", h: "b", past: sent("b", "x", minute).then(sinks.Accepted, none), wantAt: "pending"},
		{name: "never answered", d: "x", h: "b", past: sent("b", "x", minute), wantAt: "unanswered", written: true, after: "x"},
		{name: "older than the write", d: "x", h: "b", past: sent("b", "x", day).then(sinks.Accepted, none), old: true, wantAt: "pending"},
		// row 4
		{name: "did not show", d: "x", h: "b", past: sent("b", "x", day).then(sinks.Accepted, none), wantAt: "sent_again", written: true, after: "x"},
		{name: "did not show twice", d: "x", h: "b", past: append(sent("b", "x", day).then(sinks.Accepted, none), sent("b", "x", day/2).then(sinks.Accepted, none)...), wantAt: "not_applied"},
		{name: "did not show, after others did", d: "x", h: "a", past: append(acked("a", value("a")), sent("a", "x", day/2).then(sinks.Accepted, none)...), wantAt: "sent_again", written: true, after: "x"},
		{name: "a killed try is no try", d: "x", h: "b", past: append(sent("b", "x", day), sent("b", "x", day/2).then(sinks.Accepted, none)...), wantAt: "sent_again", written: true, after: "x"},
		{name: "did not show, and a null is due over a foreign value", h: "b", past: sent("b", "x", day).then(sinks.Accepted, none), wantAt: "null_kept_foreign"},
		{name: "never answered, and a null is due over a foreign value", h: "b", past: sent("b", "x", day), wantAt: "null_kept_foreign"},
		{name: "did not show, and a null is due over what is ours", h: "a", past: append(acked("a", value("a")), sent("a", "x", day/2).then(sinks.Accepted, none)...), wantAt: "ours", written: true},
		{name: "did not show, a null is due, clearing is unknown", h: "a", past: append(acked("a", value("a")), sent("a", "x", day/2).then(sinks.Accepted, none)...), rules: transform.Rules{ClearUnknown: true}, wantAt: "clear_unknown"},
		{name: "a null did not show", h: "a", past: sent("a", "", day).then(sinks.Accepted, none), wantAt: "sent_again", written: true},
		{name: "a null did not show, and clearing is unknown now", h: "a", past: append(acked("a", value("a")), sent("a", "", day/2).then(sinks.Accepted, none)...), rules: transform.Rules{ClearUnknown: true}, wantAt: "clear_unknown"},
		{name: "unread, a null is due, clearing is unknown", unread: true, rules: transform.Rules{ClearUnknown: true}, wantAt: "clear_unknown"},
		// row 5: somebody changed it after our write
		{name: "arrived and was edited", d: "x", h: "e", past: sent("b", "x", minute).then(sinks.Accepted, none), wantAt: "edited"},
		// row 6
		{name: "refused before", d: "x", h: "b", past: sent("b", "x", day).then(sinks.Rejected, value("b")), wantAt: "refused"},
		{name: "refused before, now another", d: "y", past: sent("", "x", day).then(sinks.Rejected, none), wantAt: "new", written: true, after: "y"},
		{name: "refused as a text, now a number", d: "12", kind: "double", axis: asTyped, past: sent("", "12", day).then(sinks.Rejected, none), wantAt: "new", written: true, after: "12"},
		{name: "refused as a number", d: "12", kind: "double", axis: asTyped, past: typedPast("12", sinks.Rejected), wantAt: "refused"},
		{name: "refused as a number, now a text", d: "12", kind: "double", past: typedPast("12", sinks.Rejected), wantAt: "new", written: true, after: "12"},
		{name: "refused as a text that is no number", d: "n/a", kind: "double", axis: asTyped, past: sent("", "n/a", day).then(sinks.Rejected, none), wantAt: "refused"},
		{name: "a number did not show twice", d: "12", kind: "double", axis: asTyped, past: append(typedPast("12", sinks.Accepted), typedPast("12", sinks.Accepted)...), wantAt: "not_applied"},
		// row 7
		{name: "same", d: "x", h: "x", wantAt: "unchanged"},
		{name: "same, as a number", d: "12", h: typed{"12", "number"}, wantAt: "unchanged"},
		{name: "both empty", h: "", wantAt: "unchanged"},
		// row 8
		{name: "None never over a value", h: "y", axis: unknown, wantAt: "none_kept"},
		{name: "None into an empty cell", axis: unknown, wantAt: "new", written: true, after: "None"},
		{name: "None stands", h: "None", axis: unknown, wantAt: "unchanged"},
		// row 9
		{name: "null over foreign", h: "y", wantAt: "null_kept_foreign"},
		{name: "null over edited", h: "y", past: acked("x", value("x")), axis: edits, wantAt: "null_kept_foreign"},
		// row 10
		{name: "unread", d: "x", unread: true, wantAt: "unread", written: true, after: "x"},
		{name: "unread by the file, seen since", d: "x", unread: true, past: acked("x", value("x")), old: true, wantAt: "unchanged"},
		// row 11
		{name: "ours", d: "x", h: "a", past: acked("a", value("a")), wantAt: "ours", written: true, after: "x"},
		{name: "ours, cleared", h: "a", past: acked("a", value("a")), wantAt: "ours", written: true},
		{name: "ours, emptied by rule", h: "a", past: acked("a", value("a")), axis: transform.Axis{Nulls: transform.EmptyNulls}, wantAt: "ours", written: true, after: ""},
		{name: "ours, clearing is unknown", h: "a", past: acked("a", value("a")), rules: transform.Rules{ClearUnknown: true}, wantAt: "clear_unknown"},
		{name: "null as text", h: nil, axis: transform.Axis{Nulls: transform.NoneNulls}, wantAt: "new", written: true, after: "None"},
		// row 12
		{name: "new", d: "x", wantAt: "new", written: true, after: "x"},
		{name: "new over empty text", d: "x", h: "", wantAt: "new", written: true, after: "x"},
		// row 13
		{name: "foreign", d: "x", h: "y", wantAt: "foreign", written: true, after: "x"},
		{name: "foreign, fill_empty", d: "x", h: "y", axis: fill, wantAt: "foreign"},
		// row 14
		{name: "edited", d: "a", h: "e", past: acked("a", value("a")), axis: report, wantAt: "edited"},
		{name: "edited, overwrite", d: "a", h: "e", past: acked("a", value("a")), axis: edits, wantAt: "edited", written: true, after: "a"},
		{name: "changed on both sides", d: "d", h: "e", past: acked("a", value("a")), wantAt: "changed_on_both_sides"},
		{name: "emptied", d: "a", h: nil, past: acked("a", value("a")), wantAt: "emptied"},

		// an import file: offered until it is there
		{name: "offered", d: "x", h: "b", past: sent("b", "x", minute).then(sinks.Accepted, none), rules: offered, wantAt: "offered_again", written: true, after: "x"},
		{name: "offered often", d: "x", h: "b", past: append(sent("b", "x", day).then(sinks.Accepted, none), sent("b", "x", day/2).then(sinks.Accepted, none)...), rules: offered, wantAt: "offered_again", written: true, after: "x"},
		{name: "offered by a killed run", d: "x", h: "b", past: sent("b", "x", day), rules: offered, wantAt: "offered_again", written: true, after: "x"},
		{name: "offered, another is due", d: "y", h: "b", past: sent("b", "x", day).then(sinks.Accepted, none), rules: offered, wantAt: "offered_again", written: true, after: "y"},
		{name: "offered, what stands is due", d: "b", h: "b", past: sent("b", "x", day).then(sinks.Accepted, none), rules: offered, wantAt: "unchanged"},
		{name: "offered, and a null is due over a foreign value", h: "b", past: sent("b", "x", day).then(sinks.Accepted, none), rules: offered, wantAt: "null_kept_foreign"},
		{name: "offered to be emptied", h: "a", past: append(acked("a", value("a")), sent("a", "", day/2).then(sinks.Accepted, none)...), rules: offered, wantAt: "offered_again", written: true},
		{name: "offered and uploaded", d: "x", h: "x", past: sent("b", "x", day).then(sinks.Accepted, none), rules: offered, wantAt: "unchanged"},
		{name: "offered after the export", d: "x", h: "b", past: sent("b", "x", day).then(sinks.Accepted, none), old: true, rules: offered, wantAt: "pending"},
		{name: "an axis to be made", d: "x", unread: true, rules: offered, wantAt: "new", written: true, after: "x"},
		{name: "an axis to be made, nothing to fill", h: "", unread: true, rules: offered, wantAt: "unchanged"},
		{name: "an axis that was not made", d: "x", unread: true, past: sent("", "x", day).then(sinks.Accepted, none), rules: offered, wantAt: "offered_again", written: true, after: "x"},
		{name: "an axis that is not in an old export", d: "x", unread: true, past: sent("", "x", day).then(sinks.Accepted, none), old: true, rules: offered, wantAt: "pending"},
		// a receiver that nobody can read holds what it has acknowledged
		{name: "unreadable, new", d: "x", h: "y", rules: unreadable, wantAt: "new", written: true, after: "x"},
		{name: "unreadable, nothing wanted", h: "", rules: unreadable, wantAt: "unchanged"},
		{name: "unreadable, acknowledged", d: "x", h: "y", past: acked("x", value("x")), rules: unreadable, wantAt: "unchanged"},
		{name: "unreadable, changed", d: "z", h: "z", past: acked("x", value("x")), rules: unreadable, wantAt: "ours", written: true, after: "z"},
		{name: "unreadable, cleared", past: acked("x", value("x")), rules: unreadable, wantAt: "ours", written: true},
		{name: "unreadable, accepted", d: "x", past: sent("", "x", minute).then(sinks.Accepted, none), rules: unreadable, wantAt: "unchanged"},
		{name: "unreadable, accepted, changed", d: "z", past: sent("", "x", minute).then(sinks.Accepted, none), rules: unreadable, wantAt: "ours", written: true, after: "z"},
		{name: "unreadable, never answered", d: "x", h: "x", past: sent("", "x", minute), rules: unreadable, wantAt: "unanswered", written: true, after: "x"},
		{name: "unreadable, never answered, changed", d: "z", past: append(acked("a", value("a")), sent("a", "x", minute)...), rules: unreadable, wantAt: "unanswered", written: true, after: "z"},
		{name: "unreadable, refused", d: "x", past: sent("", "x", minute).then(sinks.Rejected, none), rules: unreadable, wantAt: "refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t)
		})
	}
}

const axisName = "Salesforce_726564_Industry"

func (c cellCase) check(t *testing.T) {
	decision, changes, e := c.decide(t, "")
	if decision.Cases[c.wantAt] != 1 {
		t.Fatalf("decided as %v, want %s", decision.Cases, c.wantAt)
	}
	want := "<null>"
	if c.after != "" || c.axis.Nulls == transform.EmptyNulls {
		want = c.after
	}
	switch {
	case c.written && len(changes) != 1:
		t.Fatalf("nothing is written")
	case !c.written && len(changes) != 0:
		t.Fatalf("%v is written", changes)
	case c.written && (changes[0][4] != want || changes[0][5] != string(c.wantAt) || changes[0][1] != axisName):
		t.Fatalf("%v is written, want %q", changes, want)
	}
	c.checkAgain(t, e, decision)
}

// checkAgain saves what is remembered and decides again from the file alone:
// nothing may be forgotten by it.
func (c cellCase) checkAgain(t *testing.T, e *transform.Engine, before transform.AxisDecision) {
	path := filepath.Join(t.TempDir(), "acks.parquet")
	saved, err := e.SaveAcknowledgements(context.Background(), path)
	must(t, err)
	if saved != (len(c.past) > 0 || before.Cases["unchanged"] == 1 && c.h != "") {
		t.Fatalf("saved = %v", saved)
	}
	if !saved {
		return
	}
	after, _, _ := c.decide(t, path)
	want := c.wantAt
	if want == "not_applied" {
		want = "refused"
	}
	if after.Cases[want] != 1 {
		t.Fatalf("decided again as %v, want %s", after.Cases, want)
	}
}

func (c cellCase) decide(t *testing.T, saved string) (transform.AxisDecision, [][]string, *transform.Engine) {
	t.Helper()
	ctx := context.Background()
	rules, axis := c.rules, c.axis
	kind := cmp.Or(c.kind, "picklist")
	axis.Name, axis.Properties = axisName, []transform.Source{{Property: "Industry", Type: kind}}
	for policy, standard := range map[*string]string{(*string)(&axis.State): "usable", (*string)(&axis.Nulls): "clear", (*string)(&axis.Merge): "overwrite", (*string)(&axis.OnEdit): "report"} {
		if *policy == "" {
			*policy = standard
		}
	}
	rules.Axes, rules.Now = []transform.Axis{axis}, now
	identifier, at := mixed, now
	if c.other {
		identifier = nobody
	}
	if c.old {
		at = now.Add(-48 * time.Hour)
	}
	var unread []string
	if c.unread {
		unread = []string{axisName}
	}
	e := open(t, rules)
	must(t, e.Customers(ctx, customerReader(t, at, []string{axisName}, []customer{{id: "C-1", identifier: identifier, cells: map[string]any{axisName: c.h}}}, unread...)))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	journal := ""
	if saved == "" {
		journal = c.journal(t)
	}
	must(t, e.Acknowledgements(ctx, saved, journal))
	_, err := e.Match(ctx, tableReader(t, connector.AccountSchema([]connector.Property{{Name: "Industry", Type: kind}}), []string{mixed, c.d}))
	must(t, err)
	var changes [][]string
	decisions, err := e.Decide(ctx, transform.Tables{Changes: collect(&changes)})
	must(t, err)
	return decisions[0], changes, e
}

func (c cellCase) journal(t *testing.T) string {
	c.name = "C-1"
	return journalOf(t, c)
}

// journalOf is the journal of the pasts of cells, whose names are those of their
// customers.
func journalOf(t *testing.T, cells ...cellCase) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.ndjson")
	j, err := sinks.OpenJournal(path, nil)
	must(t, err)
	for _, c := range cells {
		for _, p := range c.past {
			cell := sinks.Cell{Axis: axisName, Before: p.before, After: p.after}
			if p.kind == "" {
				must(t, j.Sending(c.name, []sinks.Cell{cell}, now.Add(-p.ago)))
			} else {
				must(t, j.Record(sinks.Outcome{Kind: p.kind, CustomerID: c.name, Cell: cell, Now: p.now, At: now.Add(-p.ago), Code: "422"}))
			}
		}
	}
	must(t, j.Close())
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}
