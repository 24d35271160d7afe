package pipelines

import (
	"strings"
	"time"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform"
)

// axisNames are the axes of the snapshot in their order.
func (x *explaining) axisNames() []string {
	columns := x.snapshot.Manifest().Tables["axes"].Columns
	names := make([]string, 0, len(columns))
	for _, column := range columns[2:] { // after customer_id and account_id
		names = append(names, column.Name)
	}
	return names
}

// fills says which entry of the list of properties fills which axis.
func (x *explaining) fills(axes []string) map[string]Property {
	naming := x.Naming
	if naming.NeedsTag() {
		if naming.Tag = x.state.Tag; naming.Tag == "" {
			if tags := transform.Tags(axes); len(tags) == 1 { // the state was lost
				naming.Tag = tags[0]
			}
		}
		x.Naming = naming
	}
	fills := map[string]Property{}
	for _, property := range x.Properties {
		fills[property.axisName(naming, x.spelled(property.Names[0]))] = property
	}
	return fills
}

// spelled is a property as the snapshot writes it.
func (x *explaining) spelled(property string) string {
	for _, column := range x.snapshot.Manifest().Tables["accounts"].Columns {
		if strings.EqualFold(column.Name, property) {
			return column.Name
		}
	}
	for _, known := range x.state.Properties {
		if strings.EqualFold(known, property) {
			return known
		}
	}
	return property
}

// properties are those of an entry with what the account has for them.
func (x *explaining) properties(p Property) []PropertyTold {
	list := []PropertyTold{}
	for _, name := range p.Names {
		t := PropertyTold{Property: x.spelled(name)}
		for _, column := range x.snapshot.Manifest().Tables["accounts"].Columns {
			t.Visible = t.Visible || column.Name == t.Property
		}
		if t.Value = x.account[t.Property]; t.Value == nil {
			t.Value = x.unfit[t.Property]
		}
		list = append(list, t)
	}
	return list
}

// axisTold says what became of an axis.
func (x *explaining) axisTold(axis string, fills Property, sent []Sending) AxisTold {
	t := AxisTold{Axis: axis, Properties: x.properties(fills), Merge: fills.Merge, OnEdit: fills.OnEdit, Nulls: fills.Nulls, Desired: x.wanted[axis], Held: x.customer[axis], Sent: append([]Sending{}, sent...)}
	m, remembered := x.memories[axis]
	if remembered {
		t.Remembered = told(m)
		t.Remembered.Offered = t.Remembered.SentAt != nil && x.targetName() == targetFile
		t.Acknowledged = t.Remembered.Acknowledged
	}
	x.decided(&t)
	if remembered && m.AcknowledgedAt.After(time.Time{}) && textOr(t.Acknowledged) == m.Acknowledged.Text {
		t.AcknowledgedAt = timeOr(m.AcknowledgedAt)
	}
	if x.receiver() == transform.Unreadable && t.Case == "unchanged" {
		t.Held, t.HeldType = t.Acknowledged, "" // nobody can read the cell
		if t.Held == nil && remembered && m.Answered {
			t.Held = t.Remembered.Sent
		}
	}
	if sentence, ok := transform.SentenceOf(t.Case); ok {
		t.Row, t.Rule = sentence.Number, x.named(sentence.Text)
	}
	return t
}

// decided finds the row of the table that decided: among the changes, among the
// cells that were left, or by the absence from both.
func (x *explaining) decided(t *AxisTold) {
	if row, changed := x.changes[t.Axis]; changed {
		t.Case, t.Action, t.Desired = transform.Case(textOr(row["case"])), "write", row["after"]
		t.DesiredType, t.HeldType, t.Held = textOr(row[sinks.ColumnAfterType]), textOr(row["before_type"]), row["before"]
		switch t.Case {
		case transform.Case(sinks.CaseUnread): // before is what was acknowledged
			t.Acknowledged, t.Held, t.HeldType, t.Unread = row["before"], nil, "", true
		case "ours":
			t.Acknowledged = row["before"]
		case "new", "foreign": // what is remembered now came after it
			t.Acknowledged = nil
		}
		return
	}
	if row, kept := x.kept[t.Axis]; kept {
		t.Case, t.Action = transform.Case(textOr(row["case"])), keptAction(textOr(row["case"]))
		t.Held, t.HeldType, t.Desired, t.Since = row["held"], textOr(row["held_type"]), row["desired"], row["since"]
		t.Acknowledged = row["acknowledged"]
		return
	}
	switch {
	case !x.recordsKept:
		t.Action, t.Rule = "not_recorded", "the snapshot is of a version that did not record why a cell is left"
	case x.wanted != nil:
		t.Case, t.Action = "unchanged", "unchanged"
	case transform.Verdict(textOr(x.match["verdict"])) == transform.Ambiguous:
		t.Case, t.Action = "ambiguous", "keep"
	default:
		t.Case, t.Action = "unmatched", "keep"
	}
}

// keptAction is what is done with a cell that is not written.
func keptAction(name string) string {
	switch name {
	case "pending", "refused":
		return name
	case "not_applied":
		return "rejected"
	}
	return "keep"
}
