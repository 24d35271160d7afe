package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/transform"
)

// nasty is what somebody may put into a name to move a terminal's cursor, and long
// is more than anybody wants to see.
const nasty = "\x1b[2J\r\n\u202eevil\u2028 <b>\x00\x7f"

func long() *string { return text(strings.Repeat("長", 5000)) }

func text(s string) *string { return &s }

func nastyExplanation() *pipelines.Explanation {
	at := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	cell := pipelines.AxisTold{Axis: "Axis " + nasty, Desired: text(nasty), Held: long(), HeldType: "json", Acknowledged: text(nasty), AcknowledgedAt: &at, Row: 14, Case: "edited", OnEdit: transform.ReportEdits, Rule: "rule", Action: "keep", Since: text("2026"),
		Properties: []pipelines.PropertyTold{{Property: nasty, Value: text(nasty), Visible: true}, {Property: nasty}},
		Sent:       []pipelines.Sending{{Outcome: "accepted"}, {Outcome: "conflict", Now: text(nasty)}, {Outcome: "rejected", Code: "422", Reason: nasty, At: at, Run: "r"}, {Outcome: "acknowledged", Before: long()}},
		Remembered: &pipelines.MemoryTold{SentAt: &at, Sent: text(nasty), RefusedAt: &at, Refused: text(nasty), Reason: nasty}}
	return &pipelines.Explanation{Source: "Source", Customer: nasty, Warnings: []string{"the file " + nasty}, Axes: []pipelines.AxisTold{cell},
		Identity: pipelines.Identity{Axis: nasty, Value: text(nasty), Verdict: transform.InvalidSuffix, Candidate: text(nasty), CandidateName: long(), Steps: []string{nasty}, Todo: nasty, Account: text(nasty), AccountName: text(nasty)}}
}

// What a terminal could obey is shown as an escape, long texts are clipped, and
// --json has both whole.
func TestTerminalsAreSafe(t *testing.T) {
	t.Parallel()
	e := nastyExplanation()
	h := &pipelines.History{Source: "Source", ID: nasty, Name: text(nasty), FirstSeen: &pipelines.RunAt{}, LastSeen: &pipelines.RunAt{}, Gone: make([]pipelines.RunAt, 12), Warnings: []string{nasty},
		Events: []pipelines.EventTold{{Status: "changed", Changes: []pipelines.Change{{Of: "customer", Column: nasty, Before: text(nasty), After: long()}}, Sent: e.Axes[0].Sent}, {Status: "first_seen", Changes: []pipelines.Change{{Column: nasty, After: text(nasty)}}}}}
	var out bytes.Buffer
	showExplanation(&out, e)
	showHistory(&out, h)
	for i, line := range strings.Split(out.String(), "\n") {
		if at := strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }); at >= 0 {
			t.Errorf("line %d holds %q", i, line[at:])
		}
		if len([]rune(line)) > 420 {
			t.Errorf("line %d has %d characters: %.100s", i, len([]rune(line)), line)
		}
	}
	for _, want := range []string{`"\x1b[2J\r\n\u202eevil\u2028 <b>\x00\x7f"`, "4,880 characters more", "not matched", "rule 14", "left as it is, by on_edit: report, since 2026", "once before these", "and 2 more", "(json)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not shown", want)
		}
	}
	content, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	var back pipelines.Explanation
	if err := json.Unmarshal(content, &back); err != nil || *back.Axes[0].Held != *long() || *back.Identity.Value != nasty {
		t.Errorf("--json is not whole: %v", err)
	}
}

// Every field of the JSON objects is named by --help.
func TestHelpNamesTheFields(t *testing.T) {
	t.Parallel()
	c := &command{}
	e := nastyExplanation()
	e.Axes[0].DesiredType, e.Axes[0].Unread, e.Identity.CandidateReason, e.Snapshot.LogicalDate = "number", true, transform.OneRepairAway, "today"
	e.Axes[0].Merge, e.Axes[0].OnEdit, e.Axes[0].Nulls = transform.Overwrite, transform.ReportEdits, transform.ClearNulls
	e.Snapshot.Guards, e.Snapshot.Deliveries = []string{"merge"}, []pipelines.DeliveryTold{{}}
	named(t, c.explain().Long, e, e.Snapshot, e.Identity, e.Axes[0])
	named(t, c.history().Long, &pipelines.History{}, pipelines.EventTold{}, pipelines.Change{})
}

func named(t *testing.T, help string, values ...any) {
	t.Helper()
	words := strings.FieldsFunc(help, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) })
	for _, value := range values {
		content, err := json.Marshal(value)
		var fields map[string]any
		if err = errors.Join(err, json.Unmarshal(content, &fields)); err != nil {
			t.Fatal(err)
		}
		for field := range fields {
			if !slices.Contains(words, field) {
				t.Errorf("the help does not name %q of %T", field, value)
			}
		}
	}
}
