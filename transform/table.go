package transform

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

// facts are what is known of a cell when the table is asked, one bit each.
type facts uint32

const (
	unmatched facts = 1 << iota // no D, because ...
	ambiguous                   //
	lost                        //
	nullKept                    // ... the property is empty and nulls are kept
	sOpen                       // S is not confirmed yet
	sJudged                     // H is new enough to judge S
	sStands                     // S is judged and H is still what stood before it
	sAnswered                   // the request with S was answered
	sFresh                      // S was sent within the settle time
	sTwice                      // S was accepted twice
	nullDue                     // D is null or "", and S is not
	refused                     // refused before, with the same D, sent as the same type, and the same H
	dIsNull                     // D is null
	dEmpty                      // D is null or ""
	dIsNone                     // D is the None of an unknown property
	dIsA                        // D is A
	hRead                       // H is known
	hEmpty                      // H is known, and absent, null or ""
	hIsNone                     // H is the text None
	hIsA                        // H is A or its remembered form
	hIsD                        // H shows the text of D, both are empty, or H is the form in which the receiver keeps D
	aSet                        // A is known, once S was judged
)

// row is one row of the table: it applies when all facts of holds are true and
// none of lacks is.
type row struct {
	number int
	name   Case
	holds  facts
	lacks  facts
	action Action
}

// table is the table of design.md 4.5: the first row that applies wins. Rows 2
// and 5 do not decide a cell, they judge S: see cell.judgeSent. This is the only
// place where the rules for cells stand.
func (r Rules) table(axis Axis) []row {
	notAgain := hIsD | nullDue // what is not sent again: what stands before S may be another's
	seen := hRead              // what row 10 is not about
	if r.ClearUnknown {
		notAgain |= dIsNull
		seen |= dIsNull
	}
	again := facts(0) // what row 6 is not about
	if r.RetryRefused {
		again = refused
	}
	table := []row{
		{1, "unmatched", unmatched, 0, Keep},
		{1, "ambiguous", ambiguous, 0, Keep},
		{1, "lost", lost, 0, Keep},
		{1, "null_kept", nullKept, 0, Keep},
	}
	pending := row{3, "pending", sOpen, sJudged, Hold} // nothing older than S judges S
	if r.Receiver == Offered {
		table = append(table,
			row{3, "unanswered", sOpen, sAnswered | sJudged | notAgain, Write}, // there may be no file that holds it
			pending,
			row{3, "offered_again", sStands, notAgain, Write})
	} else {
		table = append(table, pending,
			row{3, "unanswered", sStands, sAnswered | notAgain, Write},
			row{3, "pending", sStands | sAnswered | sFresh, 0, Hold},
			row{4, "sent_again", sStands | sAnswered, sTwice | notAgain, Write},
			row{4, "not_applied", sStands | sAnswered, notAgain, Reject})
	}
	table = append(table, []row{
		{6, "refused", refused, again, Refused},
		{7, "unchanged", hIsD, 0, Same},
		{8, "none_kept", dIsNone | hRead, hEmpty | hIsNone, Keep},
		{9, "null_kept_foreign", dEmpty | hRead, hIsA, Keep},
		{10, "unread", 0, seen, Write},
	}...)
	if r.ClearUnknown {
		table = append(table, row{11, "clear_unknown", dIsNull, hRead, Keep}, row{11, "clear_unknown", hIsA | dIsNull, 0, Keep})
	}
	return append(table,
		row{11, "ours", aSet | hIsA, 0, Write},
		row{12, "new", hEmpty, aSet, Write},
		row{13, "foreign", 0, aSet, foreignAction(axis.Merge)},
		row{14, "emptied", hEmpty, 0, editAction(axis.OnEdit)},
		row{14, "edited", dIsA, 0, editAction(axis.OnEdit)},
		row{14, "changed_on_both_sides", 0, 0, editAction(axis.OnEdit)},
	)
}

// decide gives the place of the first row that applies; the last one always does.
func (f facts) decide(table []row) int {
	for i := range table {
		if f&table[i].holds == table[i].holds && f&table[i].lacks == 0 {
			return i
		}
	}
	panic("the table of cells has no last row")
}

// when is f if condition is true, otherwise nothing.
func (f facts) when(condition bool) facts {
	if condition {
		return f
	}
	return 0
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
