package oracle

import (
	"slices"
	"time"
)

// settle is how long an accepted value may take to show.
const settle = 15 * time.Minute

// view is what is known of a customer, and since when.
type view struct {
	at     time.Time
	axis   func(name string) Held
	single bool // it is a read of this customer alone
}

// decideAxis decides the cells of an axis, one for each customer.
func (d *Decision) decideAxis(rules Rules, m *Memory, day Day, axis Axis) {
	accounts := map[string]Account{}
	for _, a := range day.Accounts {
		accounts[a.ID] = a
	}
	first := len(d.Cells)
	for _, customer := range day.Observed.Customers {
		match := d.Customers[customer.ID]
		c := Cell{
			Customer: customer.ID, Axis: axis.Name,
			known: m.cells[cellKey{customer.ID, axis.Name}],
		}
		c.Desired, c.why = axis.desired(rules, match, accounts[match.Account])
		seen := d.view(rules, m, day, customer)
		c.Held = seen.axis(axis.Name)
		c.at = seen.at
		if seen.single {
			c.known.read = &reread{c.Held, c.at}
		}
		c.newest(rules)
		c.decide(rules, axis, day.Now)
		c.notice(day.Now)
		c.before = c.known
		d.Cells = append(d.Cells, c)
	}
	d.adopt(rules, m, axis, d.Cells[first:])
}

// newest takes what is remembered for H where it was seen later than a file was
// exported, also while a write waits to be judged: a conflict was seen after it.
func (c *Cell) newest(rules Rules) {
	if c.Held.Unread && rules.Reading.UnreadIsRemembered {
		c.at = time.Time{}
	}
	if a := c.known.acked; a != nil && c.at.Before(a.at) {
		c.Held, c.at = a.held(), a.at
	}
	if r := c.known.read; r != nil && !c.at.After(r.at) {
		c.Held, c.at = r.held, r.at
	}
}

// view is the observation of a customer that can judge all that was sent to it:
// where that of the day is too old for one of its cells, a single read.
func (d *Decision) view(rules Rules, m *Memory, day Day, customer Customer) view {
	observed := view{at: day.Observed.At, axis: func(name string) Held {
		if columns := day.Observed.Columns; columns != nil && !columns[name] {
			return Held{Unread: true}
		}
		return heldOf(customer.Properties, name)
	}}
	for _, axis := range d.Axes {
		s := m.cells[cellKey{customer.ID, axis.Name}].sent
		if s != nil && rules.Reading.UnreadKeepsPending && observed.axis(axis.Name).Unread && observed.at.After(s.at) {
			continue
		}
		if s == nil || !observed.axis(axis.Name).Unread && observed.at.After(s.at) {
			continue
		}
		if day.Read != nil {
			properties := day.Read(customer.ID)
			return view{day.Now, func(name string) Held { return heldOf(properties, name) }, true}
		}
	}
	return observed
}

// desired is D, or why there is none.
func (a Axis) desired(rules Rules, match Match, account Account) (d Value, why string) {
	nothing := Value{None: true}
	switch {
	case match.Verdict == Ambiguous:
		return nothing, "ambiguous"
	case match.Verdict == Unmatched && !rules.ClearOurs:
		return nothing, "unmatched"
	case a.State == Lost && !(rules.Reading.LostIsCleared && match.Verdict == Unmatched):
		return nothing, "lost"
	case match.Verdict == Unmatched:
		return Value{Null: true}, ""
	case a.State == Unknown:
		return Value{Text: "None"}, ""
	}
	for _, property := range a.properties {
		if text, has := account.Values[property.name]; has {
			return Value{Text: canonical(text, property.kind, rules.zone()), typed: a.isTyped()}, ""
		}
	}
	switch a.Nulls {
	case "keep":
		return nothing, "null_kept"
	case "none_text":
		return Value{Text: "None"}, ""
	case "empty":
		return Value{}, ""
	}
	return Value{Null: true}, ""
}

// decide holds the cell against the table of design.md 4.5: the first row that
// applies wins.
func (c *Cell) decide(rules Rules, axis Axis, now time.Time) {
	if c.Desired.None {
		if rules.Reading.JudgedWithoutD && c.known.sent != nil {
			confirmed := *c
			if !confirmed.judge(rules, now) {
				c.known, c.Judged = confirmed.known, confirmed.Judged
			}
		}
		c.end(1, c.why, Kept)
		return
	}
	if c.judge(rules, now) {
		return
	}
	k, d, h := &c.known, c.Desired, c.Held
	if k.refused.again(d, h) {
		c.end(6, "refused", Refused)
		return
	}
	if !rules.Reading.RefusalsOutlast {
		k.refused = nil // D or H has changed
	}
	switch {
	case h.is(d), k.acked != nil && k.acked.value.same(d) && k.acked.is(h):
		c.end(7, "unchanged", Unchanged)
	case axis.State == Unknown && d.Text == "None" && h.Text() != "None" && !h.Unread && !h.Empty():
		c.end(8, "none_kept", Kept)
	case d.Empty() && !h.Unread && !h.Empty() && !k.acked.is(h):
		c.end(9, "null_kept_foreign", Kept)
	case h.Unread && d.Null && rules.Clear == "unknown":
		c.end(11, "clear_unknown", Kept)
	case h.Unread:
		c.end(10, "unread", Write)
	case k.acked.is(h) && d.Null && rules.Clear == "unknown": // how to clear is not known before the probe
		c.end(11, "clear_unknown", Kept)
	case k.acked.is(h):
		c.end(11, "ours", Write)
	case k.acked == nil && h.Empty():
		c.end(12, "new", Write)
	case k.acked == nil:
		c.end(13, "foreign", Kept)
		if axis.Merge == "overwrite" {
			c.Action = Write
		}
	default:
		c.end(14, k.acked.changed(d, h), Kept)
		if axis.OnEdit == "overwrite" {
			c.Action = Write
		}
	}
}

func (c *Cell) end(row int, name, action string) { c.Row, c.Case, c.Action = row, name, action }

// changed says how a cell that was ours came to hold something else.
func (a *acked) changed(d Value, h Held) string {
	switch {
	case h.Empty():
		return "emptied"
	case a.value.same(d):
		return "edited"
	}
	return "changed_on_both_sides"
}

// notice finds out since when a cell of ours is left stale, without an account,
// or edited.
func (c *Cell) notice(now time.Time) {
	k, how := &c.known, ""
	switch {
	case k.acked == nil:
	case c.Row == 1 && c.Case != "null_kept" && !k.acked.value.Empty():
		how = "stale"
	case c.Row == 9, c.Row == 14:
		how = "edited"
	}
	if how != k.left.how || how == "edited" && c.Judged > 0 { // an edit of what we have written since is a new one
		k.left = left{how, now}
	}
}

// judge is rows 2 to 5: what became of S. It reports whether the cell is
// decided.
func (c *Cell) judge(rules Rules, now time.Time) bool {
	s, at := c.known.sent, c.at
	if s == nil {
		return false
	}
	switch {
	case c.Held.Unread || !at.After(s.at): // too old to judge
		c.end(3, "pending", Pending)
		return true
	case c.Held.isFormOf(s.value):
		c.Judged = 2
		c.known.acked, c.known.sent = acknowledge(s.value, c.Held, at), nil
	case !c.Held.looksLike(s.before): // applied, and then changed by somebody
		c.Judged = 5
		c.known.acked, c.known.sent = acknowledge(s.value, Held{Raw: quotedOrNil(s.value)}, at), nil
		c.known.read = &reread{c.Held, at} // H is what was seen, not what was sent
	case !s.unanswered && now.Sub(s.at) < settle:
		c.end(3, "pending", Pending)
		return true
	case c.Held.is(c.Desired): // nothing is to be sent any more
		c.known.sent = nil
	case c.Desired.Empty() && !s.value.Empty(), c.Desired.Null && rules.Clear == "unknown": // what stands there may be another's: rows 9 to 11 know
		return false
	case s.unanswered:
		c.end(3, "unanswered", Write)
		return true
	case s.times < 2: // twice in all, each value
		c.end(4, "sent_again", Write)
		return true
	default:
		c.known.sent, c.known.refused = nil, &refusal{s.value, c.Held}
		if rules.Reading.RefusesUnsent {
			c.known.refused.desired = c.Desired
		}
		c.end(4, "not_applied", Rejected)
		return true
	}
	return false
}

func quotedOrNil(v Value) []byte {
	raw, _ := v.json("remove_key")
	return raw
}

// adopt is the second half of row 7: what Fincome holds already becomes ours
// where something of ours was there, or where the policy may take it over.
func (d *Decision) adopt(rules Rules, m *Memory, axis Axis, cells []Cell) {
	foreign := slices.ContainsFunc(cells, func(c Cell) bool { return c.Row == 13 && c.Action == Write })
	d.foreign[axis.Name] = foreign
	needsApproval := foreign && !m.approved[axis.Name]
	for i := range cells {
		c := &cells[i]
		mayAdopt := c.known.acked != nil || axis.Merge == "overwrite" && !needsApproval
		if c.known.acked == nil && c.Held.Empty() && rules.Reading.EmptyIsNobodys {
			mayAdopt = false
		}
		if c.Row == 7 && mayAdopt {
			c.known.acked = acknowledge(c.Desired, c.Held, c.at)
		}
	}
}
