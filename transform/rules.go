package transform

import (
	"fmt"
	"time"

	"github.com/axisync/axisync/connector"
)

// Rules are what a pipeline file says about matching and cells.
type Rules struct {
	// Key is the match key: connector.AccountID, or a property compared as
	// literal text.
	Key string
	// Trim and Fold compare another key than the Record ID without the blanks around
	// it, and without letter case.
	Trim, Fold bool
	// KeyPrefix is the first three characters of the object's Record IDs.
	KeyPrefix string
	// Strict takes only ids that need no repair (match.accept: strict).
	Strict bool
	// Axes are the axes to fill, in order.
	Axes []Axis
	// ClearOurs empties the cells that are ours of a customer that is not matched
	// any more (axes.unmatched: clear_ours).
	ClearOurs bool
	// ClearUnknown: how a cell is cleared has not been found out yet, so nothing is.
	ClearUnknown bool
	// RetryRefused sends again what was refused before.
	RetryRefused bool
	// Receiver says how the target tells what it holds.
	Receiver Receiver
	// Settle is the time in which an accepted write may stay invisible.
	Settle time.Duration
	// Zone is where date-times are told; nil means UTC, with Z.
	Zone *time.Location
	// Now is the time of the run, Baseline that of the last one that ended well; zero
	// if there was none.
	Now, Baseline time.Time
}

func (r Rules) baseline() int64 {
	if r.Baseline.IsZero() {
		return 0
	}
	return r.Baseline.UnixMicro()
}

// literal: the match key is another than the Record ID, and compared as text.
func (r Rules) literal() bool { return r.Key != connector.AccountID }

// Axis is one axis to fill and its rules.
type Axis struct {
	Name string
	// Properties are the columns of the accounts that may fill it, the first
	// non-empty one wins.
	Properties []Source
	State      PropertyState
	Nulls      Nulls
	Merge      Merge
	OnEdit     OnEdit
	// Typed sends numbers and booleans as what they are, not as texts.
	Typed bool
	// Approved: the axis may replace values that we did not write (design.md 4.7).
	Approved bool
}

// sources are the columns of the accounts that fill the axis.
func (a Axis) sources() []Source {
	if a.State != Usable {
		return nil
	}
	return a.Properties
}

// form is the JSON type in which the values of the axis are sent: that of its
// properties, if they all have the same.
func (a Axis) form() form {
	if !a.Typed {
		return textForm
	}
	var common form
	for i, source := range a.sources() {
		f := textForm
		switch kind(source.Type) {
		case numberKind:
			f = numberForm
		case booleanKind:
			f = booleanForm
		}
		if i > 0 && f != common {
			return textForm
		}
		common = f
	}
	return common
}

// Source is a property and its describe type.
type Source struct{ Property, Type string }

// PropertyState says what describe knows of the property behind an axis.
type PropertyState string

// The states of design.md 4.2 that a run can meet.
const (
	Usable  PropertyState = "usable"
	Unknown PropertyState = "unknown" // filled with NoneText
	Lost    PropertyState = "lost"    // kept as it is
)

// NoneText is what stands in the axis of a property that does not exist.
const NoneText = "None"

// Nulls says what an empty property does to a cell.
type Nulls string

// The policies for empty properties.
const (
	ClearNulls Nulls = "clear"
	KeepNulls  Nulls = "keep"
	NoneNulls  Nulls = "none_text"
	EmptyNulls Nulls = "empty"
)

// Merge says what becomes of values in an axis that we did not write.
type Merge string

// The merge policies.
const (
	Overwrite Merge = "overwrite"
	FillEmpty Merge = "fill_empty"
	Refuse    Merge = "refuse"
)

// OnEdit says what becomes of a cell that somebody changed after us.
type OnEdit string

// The policies for edited cells.
const (
	ReportEdits    OnEdit = "report"
	OverwriteEdits OnEdit = "overwrite"
)

func (r Rules) axisNames() []string {
	names := make([]string, len(r.Axes))
	for i, axis := range r.Axes {
		names[i] = axis.Name
	}
	return names
}

func (r Rules) validate() error {
	seen := map[string]bool{}
	for _, axis := range r.Axes {
		if seen[axis.Name] {
			return fmt.Errorf("two axes are named %q; to fill one axis from several properties, write first_of", axis.Name)
		}
		seen[axis.Name] = true
	}
	return nil
}
