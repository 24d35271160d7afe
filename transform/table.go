package transform

import (
	"fmt"
	"strings"
)

// Case is the row of the table of design.md 4.5 that decided a cell.
type Case string

// Action is what is done with a cell.
type Action string

// The actions.
const (
	Keep    Action = "keep"    // left as it is, by a rule
	Hold    Action = "hold"    // pending: sent before, not judged yet
	Refused Action = "refused" // refused before, not sent again
	Reject  Action = "reject"  // accepted twice and never applied
	Same    Action = "unchanged"
	Write   Action = "write"
)

// row is one row of the table. when is a SQL condition over the columns that
// cellsSQL prepares:
//
//	why            why there is no D; null when there is one
//	d, d_empty     D, and whether it is null or ""
//	h, h_type      H; h_read: whether it is known; h_empty: known and empty
//	a, a_set       A, once S was judged; h_is_a: H is A or its remembered form
//	h_is_d         H shows the same text as D, or both are empty, or H is the
//	               form in which the receiver keeps D
//	s_open         S is open; s_judged: H is new enough to judge it
//	s_stands       S is judged and H is still what stood before it
//	s_answered, s_tries, s_fresh   the request was answered; how often; within
//	               the settle time
//	r_same         refused before with the same D and H
type row struct {
	number int
	name   Case
	when   string
	action Action
}

// table is the table of design.md 4.5: the first row that applies wins. Rows 2
// and 5 do not decide a cell, they judge S: see judgedSQL. This is the only
// place where the rules for cells stand; the SQL is made from it.
func (r Rules) table(axis Axis) []row {
	table := []row{
		{1, "unmatched", "why = 'unmatched'", Keep},
		{1, "ambiguous", "why = 'ambiguous'", Keep},
		{1, "lost", "why = 'lost'", Keep},
		{1, "null_kept", "why = 'null'", Keep},
		{3, "pending", "s_open AND NOT s_judged", Hold}, // nothing older than S judges S
		{3, "unanswered", "s_stands AND NOT s_answered AND NOT h_is_d", Write},
		{3, "pending", "s_stands AND s_answered AND s_fresh", Hold},
		{4, "sent_again", "s_stands AND s_answered AND s_tries < 2 AND NOT h_is_d", Write},
		{4, "not_applied", "s_stands AND s_answered AND NOT h_is_d", Reject},
		{6, "refused", "r_same", Refused},
		{7, "unchanged", "h_is_d", Same},
		{8, "none_kept", "is_none AND h_read AND NOT h_empty AND h IS DISTINCT FROM " + literal(NoneText), Keep},
		{9, "null_kept_foreign", "d_empty AND h_read AND NOT h_is_a", Keep},
		{10, "unread", "NOT h_read", Write},
	}
	if r.ClearUnknown {
		table = append(table, row{11, "clear_unknown", "h_is_a AND d IS NULL", Keep})
	}
	return append(table,
		row{11, "ours", "a_set AND h_is_a", Write},
		row{12, "new", "NOT a_set AND h_empty", Write},
		row{13, "foreign", "NOT a_set", foreignAction(axis.Merge)},
		row{14, "emptied", "h_empty", editAction(axis.OnEdit)},
		row{14, "edited", "d IS NOT DISTINCT FROM a", editAction(axis.OnEdit)},
		row{14, "changed_on_both_sides", "true", editAction(axis.OnEdit)},
	)
}

func foreignAction(merge Merge) Action {
	if merge == Overwrite {
		return Write
	}
	return Keep
}

func editAction(onEdit OnEdit) Action {
	if onEdit == OverwriteEdits {
		return Write
	}
	return Keep
}

// caseSQL gives for each cell the place of its row in table.
func caseSQL(table []row) string {
	var b strings.Builder
	b.WriteString("CASE")
	for i, row := range table {
		fmt.Fprintf(&b, " WHEN %s THEN %d", row.when, i)
	}
	b.WriteString(" END")
	return b.String()
}

// places lists the places of the rows with one of the actions, for IN (...).
func places(table []row, actions ...Action) string {
	list := []string{"-1"}
	for i, row := range table {
		for _, action := range actions {
			if row.action == action {
				list = append(list, fmt.Sprint(i))
			}
		}
	}
	return strings.Join(list, ", ")
}
