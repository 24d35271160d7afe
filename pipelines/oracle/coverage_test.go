package oracle_test

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/oracle"
)

// coverage is what occurred in some worlds, and how often.
type coverage struct {
	mu    sync.Mutex
	times map[string]int
	runs  int
}

// wanted is what has to occur for the worlds to show anything: each verdict of
// design.md 4.3, each form of a name of 4.4, each row and case of 4.5, and each
// value of a policy in a cell that it decided.
var wanted = map[string]string{
	"customer":           "exact upgraded_15 case_repaired trimmed from_url merged invalid_suffix wrong_object not_an_id several_ids deleted filtered not_found ambiguous empty",
	"account":            "matched unmatched ambiguous",
	"row":                "1 2 3 4 5 6 7 8 9 10 11 12 13 14",
	"case":               "unmatched ambiguous lost null_kept pending unanswered sent_again not_applied refused unchanged none_kept null_kept_foreign unread clear_unknown ours new foreign emptied edited changed_on_both_sides",
	"action":             "unchanged kept pending refused rejected write",
	"kept since":         "stale edited",
	"merge":              "overwrite fill_empty refuse",
	"on_edit":            "report overwrite",
	"nulls":              "clear keep none_text empty",
	"unmatched":          "keep clear_ours",
	"unknown_properties": "none_text fail",
	"accept":             "repaired strict",
	"name":               "tag prefix bare own first_of",
	"update":             "merge replace",
	"clear":              "json_null empty_text remove_key unknown",
	"customers":          "api csv french xlsx",
	"values":             "text typed",
	"form":               "re-typed re-notated",
	"outcome":            "sent acknowledged conflict rejected killed",
	"guard":              "merge property_lost configuration",
	"lifted":             "merge property_lost",
}

func (c *coverage) saw(kind, what string) {
	if c.times == nil {
		c.times = map[string]int{}
	}
	c.times[kind+" "+what]++
}

// missing lists what never occurred.
func (c *coverage) missing() []string {
	var missing []string
	for _, kind := range slices.Sorted(maps.Keys(wanted)) {
		for what := range strings.FieldsSeq(wanted[kind]) {
			if c.times[kind+" "+what] == 0 {
				missing = append(missing, kind+" "+what)
			}
		}
	}
	return missing
}

// demand fails when something never occurred.
func (c *coverage) demand(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if missing := c.missing(); len(missing) > 0 {
		t.Errorf("in %d runs these never occurred: %s", c.runs, strings.Join(missing, ", "))
	}
	for _, kind := range slices.Sorted(maps.Keys(c.times)) {
		t.Logf("%-40s %d", kind, c.times[kind])
	}
}

// decided notes what a run decided.
func (c *coverage) decided(w *world, d *oracle.Decision, r *pipelines.Result) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs++
	c.saw("customers", cmp.Or(w.s.file, "api"))
	if slices.ContainsFunc(d.Axes, func(a oracle.Axis) bool { return a.State == oracle.Unknown }) {
		if w.s.rules.FailUnknown {
			c.saw("unknown_properties", "fail")
		} else {
			c.saw("unknown_properties", "none_text")
		}
	}
	if d.Fails || r.Snapshot == "" {
		return
	}
	for guard := range d.Guards {
		c.saw("guard", guard)
	}
	for _, trip := range d.Lifted {
		c.saw("lifted", trip.Guard)
	}
	c.matched(w.s.rules, d)
	for _, cell := range d.Kept() {
		if cell.Since == "" {
			continue
		}
		if cell.Case == "unmatched" || cell.Case == "ambiguous" || cell.Case == "lost" {
			c.saw("kept since", "stale")
		} else {
			c.saw("kept since", "edited")
		}
		if cell.Case == "unmatched" {
			c.saw("unmatched", "keep")
		}
	}
	axes := map[string]oracle.Axis{}
	for _, axis := range d.Axes {
		axes[axis.Name] = axis
	}
	for _, cell := range d.Cells {
		c.cell(w.s.rules, axes[cell.Axis], cell, d.Customers[cell.Customer])
	}
	c.delivered(w, r.Cells)
}

func (c *coverage) matched(rules oracle.Rules, d *oracle.Decision) {
	for _, match := range d.Customers {
		c.saw("customer", match.Reason)
		if slices.Contains([]string{"case_repaired", "trimmed", "from_url", "merged"}, match.Reason) {
			if rules.Strict {
				c.saw("accept", "strict")
			} else {
				c.saw("accept", "repaired")
			}
		}
	}
	for _, verdict := range d.Accounts {
		c.saw("account", verdict)
	}
}

func (c *coverage) cell(rules oracle.Rules, axis oracle.Axis, cell oracle.Cell, match oracle.Match) {
	c.saw("row", strconv.Itoa(cell.Row))
	c.saw("case", cell.Case)
	c.saw("action", cell.Action)
	if cell.Judged > 0 {
		c.saw("row", strconv.Itoa(cell.Judged))
	}
	if cell.Case == "unchanged" && !cell.Held.Empty() {
		switch shown := cell.Held.Text(); {
		case cell.Judged == 2 && cell.Held.Raw[0] != '"':
			c.saw("form", "re-typed")
		case shown == cell.Desired.Text || cell.Held.Raw[0] != '"':
		case shown == strings.TrimSpace(cell.Desired.Text):
			c.saw("form", "trimmed")
		default:
			c.saw("form", "re-notated")
		}
	}
	switch cell.Row {
	case 13:
		c.saw("merge", axis.Merge)
	case 14:
		c.saw("on_edit", axis.OnEdit)
	}
	switch d := cell.Desired; {
	case cell.Case == "null_kept":
		c.saw("nulls", "keep")
	case match.Verdict == oracle.Unmatched && d.Null && cell.Action == oracle.Write:
		c.saw("unmatched", "clear_ours")
	case match.Verdict != oracle.Matched || axis.State != oracle.Usable:
	case d.Null:
		c.saw("nulls", "clear")
	case d.Empty() && !d.None:
		c.saw("nulls", "empty")
	case d.Text == "None" && axis.Nulls == "none_text":
		c.saw("nulls", "none_text")
	}
	if cell.Action == oracle.Write {
		c.saw("values", map[bool]string{false: "text", true: "typed"}[axis.Typed])
		c.named(rules, axis)
	}
}

// named notes the form of the name of an axis that is written.
func (c *coverage) named(rules oracle.Rules, axis oracle.Axis) {
	if len(axis.Names) > 1 {
		c.saw("name", "first_of")
	}
	switch {
	case axis.Axis != "":
		c.saw("name", "own")
	case rules.Bare:
		c.saw("name", "bare")
	case rules.Prefix != "":
		c.saw("name", "prefix")
	default:
		c.saw("name", "tag")
	}
}

func (c *coverage) delivered(w *world, cells pipelines.Cells) {
	for what, n := range map[string]int64{"sent": cells.Sent, "acknowledged": cells.Acknowledged, "conflict": cells.Conflicts, "rejected": cells.Rejected} {
		if n > 0 {
			c.saw("outcome", what)
		}
	}
	if w.spy.died {
		c.saw("outcome", "killed")
	}
	if cells.Sent > 0 {
		c.saw("update", w.s.rules.Update)
		c.saw("clear", w.s.rules.Clear)
	}
}
