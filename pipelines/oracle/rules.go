package oracle

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Rules is what a pipeline file says, as far as it decides anything. The zero
// value of a text means the default of design.md section 9.
type Rules struct {
	Tag, Prefix string // of the names of axes; Bare wins over both
	Bare        bool
	Entries     []Entry

	IdentificationAxis string
	Key                string // Id, or another property
	Strict             bool
	Trim, Fold         bool // another key than Id is compared without outer blanks, without letter case
	ClearOurs          bool // unmatched: clear_ours
	FailUnknown        bool // unknown_properties: fail

	Zone   string // time_zone; empty: UTC
	Update string // merge, replace, unknown
	Clear  string // json_null, empty_text, remove_key, unknown

	// Where and Customers are salesforce.where and where the customers come from:
	// that they change is all that counts here.
	Where, Customers string

	Reading Reading
}

// Reading departs from the letter of design.md, sentence by sentence: where it
// can be read in two ways, and where a program is known to do something else.
// The zero value is the letter.
type Reading struct {
	// EmptyIsNobodys: row 7 does not make a cell ours that is empty and is to be.
	EmptyIsNobodys bool
	// JudgedWithoutD: rows 2 and 5 make A of S also where row 1 leaves the cell
	// alone.
	JudgedWithoutD bool
	// RefusesUnsent: what was never applied counts as refused for the value that
	// is desired by then, also where that one was never sent.
	RefusesUnsent bool
	// RefusalsOutlast: a refusal is remembered over days on which D or H were
	// others, until the cell is written.
	RefusalsOutlast bool
	// ZeroIsNoFall: where there are no rows at all, rows_fell is not told besides.
	ZeroIsNoFall bool
	// LostIsCleared: unmatched: clear_ours clears cells of a lost property too.
	LostIsCleared bool
	// UnreadIsRemembered: a file without the column, however new, leaves H as it
	// was seen before.
	UnreadIsRemembered bool
	// OutsideIsUnseen: the case of a folded id is repaired also where an account
	// that salesforce.where leaves out has its body as written.
	OutsideIsUnseen bool
	// PlannedIsFilled: an axis counts as filled, and is told as retired once it left
	// the list, as soon as a run wanted to write it, a plan too.
	PlannedIsFilled bool
	// UnreadKeepsPending: what was sent into a column that the file does not have
	// is not looked up by a read, and stays pending.
	UnreadKeepsPending bool
}

// Entry is one entry of the list of properties with its policies, the defaults
// of the file filled in.
type Entry struct {
	Names []string // the first non-null one wins
	Axis  string   // its own name; empty: made from the first name

	Merge  string // overwrite, fill_empty, refuse
	OnEdit string // report, overwrite
	Nulls  string // clear, keep, none_text, empty
	Typed  bool   // values: typed
}

// The states of an axis.
const (
	Usable  = "usable"
	Unknown = "unknown" // never seen: its axis holds None
	Lost    = "lost"    // seen in an earlier run and gone
)

// Axis is an entry resolved against describe.
type Axis struct {
	Entry
	Name  string
	State string

	properties []typed  // the usable ones in order
	lost       []string // the lost ones
	unknown    bool     // there are others besides
}

// typed is a property with describe's spelling and type.
type typed struct{ name, kind string }

// axes resolves the entries. Names are corrected to describe's spelling, today's
// or that of the day they were seen; an unknown one stays as written.
func (r Rules) axes(types map[string]string, m *Memory) []Axis {
	var all []Axis
	for _, entry := range r.Entries {
		axis := Axis{Entry: entry, State: Unknown}
		first := ""
		for _, written := range entry.Names {
			name, usable := spelled(written, types)
			if !usable {
				if seen, once := spelled(written, m.usable); once {
					name = seen
					axis.lost = append(axis.lost, seen)
				} else {
					axis.unknown = true
				}
			} else {
				axis.properties = append(axis.properties, typed{name, types[name]})
			}
			if first == "" {
				first = name
			}
		}
		switch {
		case len(axis.lost) > 0:
			axis.State = Lost // one lost property makes the entry lost as a whole
		case len(axis.properties) > 0:
			axis.State = Usable
		}
		axis.Name = entry.Axis
		if axis.Name == "" {
			axis.Name = r.axisName(first)
		}
		all = append(all, axis)
	}
	return all
}

// isTyped reports whether what fills the axis is sent as JSON numbers or booleans:
// on request, where all its properties are of the one kind.
func (a Axis) isTyped() bool {
	kinds := map[string]bool{}
	for _, property := range a.properties {
		switch property.kind {
		case "int", "long", "double", "currency", "percent":
			kinds["number"] = true
		case "boolean":
			kinds["boolean"] = true
		default:
			return false
		}
	}
	return a.Typed && len(kinds) == 1
}

// zone is where date-times are told.
func (r Rules) zone() *time.Location {
	zone, err := time.LoadLocation(r.Zone)
	if err != nil {
		panic("oracle: " + err.Error())
	}
	return zone
}

// axisName follows design.md 4.4.
func (r Rules) axisName(property string) string {
	switch {
	case r.Bare:
		return property
	case r.Prefix != "":
		return "Salesforce" + r.Prefix + property
	}
	return "Salesforce_" + r.Tag + "_" + property
}

// spelled finds a name in any letter case.
func spelled[V any](name string, in map[string]V) (string, bool) {
	for have := range in {
		if strings.EqualFold(have, name) {
			return have, true
		}
	}
	return name, false
}

func usableNames(types map[string]string) map[string]bool {
	names := map[string]bool{}
	for name := range types {
		names[name] = true
	}
	return names
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
