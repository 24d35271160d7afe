package oracle

import "time"

// KeptCell is a cell that a rule leaves as it is although there is something to
// tell about it.
type KeptCell struct {
	Customer, Axis, Case string
	Held                 string // H as people see it; empty: nothing
	HeldType             string // number, boolean, json; empty: a text
	Desired              string // D; empty: none
	Acknowledged         string // A; empty: none
	Since                string // since when a cell of ours is stale or edited, RFC 3339; else empty
}

// Kept are the cells that are neither written nor unchanged, but for those of
// customers without an account in which nothing of ours stands.
func (d *Decision) Kept() []KeptCell {
	var all []KeptCell
	for _, c := range d.Cells {
		if c.Action == Write || c.Action == Unchanged {
			continue
		}
		k := c.before
		if (c.why == "unmatched" || c.why == "ambiguous") && k.acked == nil && k.sent == nil {
			continue
		}
		kept := KeptCell{Customer: c.Customer, Axis: c.Axis, Case: c.Case, Held: c.Held.Text(), HeldType: c.Held.kind(), Desired: c.Desired.Text}
		if k.acked != nil {
			kept.Acknowledged = k.acked.value.Text
		}
		if k.left.how != "" {
			kept.Since = k.left.since.UTC().Format(time.RFC3339)
		}
		all = append(all, kept)
	}
	return all
}

// kind is the JSON type of what is held, where it is no text.
func (h Held) kind() string {
	if h.Unread || h.Empty() {
		return ""
	}
	switch h.Raw[0] {
	case '"':
		return ""
	case 't', 'f':
		return "boolean"
	case '{', '[':
		return "json"
	}
	return "number"
}
