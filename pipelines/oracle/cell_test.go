package oracle

import (
	"testing"
	"time"
)

var noon = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func text(s string) Value { return Value{Text: s} }

func held(json string) Held { return Held{Raw: []byte(json)} }

func ours(s string) *acked { return &acked{value: text(s), at: noon.Add(-48 * time.Hour)} }

// onItsWay is S, so many minutes ago.
func onItsWay(value, before string, minutes, times int) *sent {
	return &sent{value: text(value), before: held(before), at: noon.Add(-time.Duration(minutes) * time.Minute), times: times}
}

func TestEveryRow(t *testing.T) {
	t.Parallel()
	overwrite := Entry{Merge: "overwrite", OnEdit: "report"}
	for name, test := range map[string]struct {
		known   known
		desired Value
		held    Held
		entry   Entry
		state   string
		rules   Rules
		row     int
		action  string
	}{
		"nothing desired":         {desired: Value{None: true}, held: held(`"x"`), row: 1, action: Kept},
		"confirmed":               {known: known{sent: onItsWay("x", `null`, 60, 1)}, desired: text("x"), held: held(`"x"`), row: 7, action: Unchanged},
		"confirmed in its form":   {known: known{sent: onItsWay(" x", `null`, 60, 1)}, desired: text(" x"), held: held(`"x"`), row: 7, action: Unchanged},
		"confirmed, and changed":  {known: known{sent: onItsWay("x", `null`, 60, 1)}, desired: text("y"), held: held(`"x"`), row: 11, action: Write},
		"pending":                 {known: known{sent: onItsWay("x", `"b"`, 5, 1)}, desired: text("x"), held: held(`"b"`), row: 3, action: Pending},
		"not applied yet":         {known: known{sent: onItsWay("x", `"b"`, 60, 1)}, desired: text("x"), held: held(`"b"`), row: 4, action: Write},
		"never applied":           {known: known{sent: onItsWay("x", `"b"`, 60, 2)}, desired: text("x"), held: held(`"b"`), row: 4, action: Rejected},
		"overtaken":               {known: known{sent: onItsWay("x", `"b"`, 60, 1)}, desired: text("x"), held: held(`"z"`), row: 14, action: Kept},
		"refused":                 {known: known{refused: &refusal{text("x"), Held{}}}, desired: text("x"), row: 6, action: Refused},
		"refused, other now":      {known: known{refused: &refusal{text("w"), Held{}}}, desired: text("x"), row: 12, action: Write},
		"unknown over foreign":    {desired: text("None"), held: held(`"x"`), state: Unknown, row: 8, action: Kept},
		"unknown over nothing":    {desired: text("None"), state: Unknown, row: 12, action: Write},
		"clear of foreign":        {desired: Value{Null: true}, held: held(`"x"`), row: 9, action: Kept},
		"empty of foreign":        {desired: Value{}, held: held(`"x"`), row: 9, action: Kept},
		"unread":                  {desired: text("x"), held: Held{Unread: true}, row: 10, action: Write},
		"ours":                    {known: known{acked: ours("a")}, desired: text("x"), held: held(`"a"`), row: 11, action: Write},
		"clear of ours":           {known: known{acked: ours("a")}, desired: Value{Null: true}, held: held(`"a"`), row: 11, action: Write},
		"clear before the probe":  {known: known{acked: ours("a")}, desired: Value{Null: true}, held: held(`"a"`), rules: Rules{Clear: "unknown"}, row: 11, action: Kept},
		"new":                     {desired: text("x"), held: held(`null`), row: 12, action: Write},
		"foreign":                 {desired: text("x"), held: held(`"a"`), row: 13, action: Write},
		"foreign number":          {desired: text("5.5"), held: held(`5.50`), row: 13, action: Write},
		"foreign, only to fill":   {desired: text("x"), held: held(`"a"`), entry: Entry{Merge: "fill_empty"}, row: 13, action: Kept},
		"foreign, to be refused":  {desired: text("x"), held: held(`"a"`), entry: Entry{Merge: "refuse"}, row: 13, action: Kept},
		"edited":                  {known: known{acked: ours("a")}, desired: text("x"), held: held(`"b"`), row: 14, action: Kept},
		"emptied":                 {known: known{acked: ours("a")}, desired: text("a"), row: 14, action: Kept},
		"edited, to be overruled": {known: known{acked: ours("a")}, desired: text("x"), held: held(`"b"`), entry: Entry{OnEdit: "overwrite"}, row: 14, action: Write},
	} {
		if test.entry.Merge == "" && test.entry.OnEdit == "" {
			test.entry = overwrite
		}
		c := Cell{Desired: test.desired, Held: test.held, known: test.known, at: noon}
		c.decide(test.rules, Axis{Entry: test.entry, State: test.state}, noon)
		if c.Row != test.row || c.Action != test.action {
			t.Errorf("%s: row %d, %s", name, c.Row, c.Action)
		}
	}
}
