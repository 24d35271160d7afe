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

// row is one row of the table: when it applies, and what is done then.
type row struct {
	number int
	name   Case
	when   func(*cell) bool
	action Action
}

// table is the table of design.md 4.5: the first row that applies wins. Rows 2
// and 5 do not decide a cell, they judge S: see cell.judge. This is the only
// place where the rules for cells stand.
func (r Rules) table(axis Axis) []row {
	table := []row{
		{1, "unmatched", because("unmatched"), Keep},
		{1, "ambiguous", because("ambiguous"), Keep},
		{1, "lost", because("lost"), Keep},
		{1, "null_kept", because("null_kept"), Keep},
		{3, "pending", func(c *cell) bool { return c.sOpen && !c.sJudged }, Hold}, // nothing older than S judges S
		{3, "unanswered", func(c *cell) bool { return c.sStands && !c.memory.sAnswered && !c.hIsD }, Write},
		{3, "pending", func(c *cell) bool { return c.sStands && c.memory.sAnswered && c.sFresh }, Hold},
		{4, "sent_again", func(c *cell) bool { return c.sStands && c.memory.sAnswered && c.memory.sTries < 2 && !c.hIsD }, Write},
		{4, "not_applied", func(c *cell) bool { return c.sStands && c.memory.sAnswered && !c.hIsD }, Reject},
		{6, "refused", func(c *cell) bool { return c.refused }, Refused},
		{7, "unchanged", func(c *cell) bool { return c.hIsD }, Same},
		{8, "none_kept", func(c *cell) bool { return c.none && c.hRead && !c.hEmpty && !c.h.is(textValue(NoneText)) }, Keep},
		{9, "null_kept_foreign", func(c *cell) bool { return c.dEmpty && c.hRead && !c.hIsA }, Keep},
		{10, "unread", func(c *cell) bool { return !c.hRead }, Write},
	}
	if r.ClearUnknown {
		table = append(table, row{11, "clear_unknown", func(c *cell) bool { return c.hIsA && !c.d.set }, Keep})
	}
	return append(table,
		row{11, "ours", func(c *cell) bool { return c.aSet && c.hIsA }, Write},
		row{12, "new", func(c *cell) bool { return !c.aSet && c.hEmpty }, Write},
		row{13, "foreign", func(c *cell) bool { return !c.aSet }, foreignAction(axis.Merge)},
		row{14, "emptied", func(c *cell) bool { return c.hEmpty }, editAction(axis.OnEdit)},
		row{14, "edited", func(c *cell) bool { return c.d.is(c.a) }, editAction(axis.OnEdit)},
		row{14, "changed_on_both_sides", func(*cell) bool { return true }, editAction(axis.OnEdit)},
	)
}

// because applies to a cell that has no D for a reason.
func because(why Case) func(*cell) bool { return func(c *cell) bool { return c.why == why } }

// decide gives the place of the first row that applies; the last one always does.
func (c *cell) decide(table []row) int {
	for i := range table {
		if table[i].when(c) {
			return i
		}
	}
	panic("the table of cells has no last row")
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
