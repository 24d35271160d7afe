package transform

import (
	"fmt"
	"strconv"
)

// Limits are the figures of the guards (design.md 4.7). Shares are between 0
// and 1.
type Limits struct {
	RowsFell       float64 // share of the accounts of the baseline that may be missing
	MatchRateFell  float64 // share by which the match rate may fall; 0.05 is five points
	MatchRateFloor float64 // the least match rate; 0: none
	CellsTouched   float64 // share of the cells of ours that may be overwritten or cleared
	CellsAtLeast   int64   // up to so many cells the share is not asked for
}

// DefaultLimits protect without nagging.
func DefaultLimits() Limits {
	return Limits{RowsFell: 0.20, MatchRateFell: 0.05, CellsTouched: 0.30, CellsAtLeast: 100}
}

// rounding keeps a share that is exactly the limit from tripping a guard.
const rounding = 1e-9

// shareFrom is the number of rows from which on a share means something.
const shareFrom = 20

// History is what the guards compare with: the figures of the baseline run.
type History struct {
	Accounts   int64   `json:"accounts"`
	Identified int64   `json:"identified"`
	MatchRate  float64 `json:"match_rate"`
}

// Guard is a check that stops the run before anything is sent.
type Guard struct {
	Name string `json:"guard"`
	Text string `json:"text"` // what was found, with its figures
}

// The names of the guards.
const (
	GuardZeroRows     = "zero_rows"
	GuardRowsFell     = "rows_fell"
	GuardMatchRate    = "match_rate"
	GuardMerge        = "merge"
	GuardPropertyLost = "property_lost"
	GuardCells        = "cells"
)

// MatchRate is the share of the customers with an identifier that are matched;
// 1 when there is none.
func (m Matching) MatchRate() float64 {
	if m.Identified == 0 {
		return 1
	}
	return float64(m.Matched) / float64(m.Identified)
}

// Guards lists the guards that trip, all together. history is nil before the
// first baseline.
func Guards(limits Limits, history *History, matching Matching, axes []Axis, decisions []AxisDecision) []Guard {
	var tripped []Guard
	add := func(name, format string, args ...any) {
		tripped = append(tripped, Guard{name, fmt.Sprintf(format, args...)})
	}
	if matching.Accounts == 0 {
		add(GuardZeroRows, "salesforce gave no account at all")
	}
	if history != nil {
		fell := 1 - float64(matching.Accounts)/float64(max(history.Accounts, 1))
		if matching.Accounts > 0 && history.Accounts >= shareFrom && fell > limits.RowsFell+rounding {
			add(GuardRowsFell, "%s accounts, %s fewer than the %s of the baseline; allowed are %s", grouped(matching.Accounts), percent(fell), grouped(history.Accounts), percent(limits.RowsFell))
		}
		if drop := history.MatchRate - matching.MatchRate(); matching.Identified >= shareFrom && history.Identified >= shareFrom && drop > limits.MatchRateFell+rounding {
			add(GuardMatchRate, "%s of the customers with an identifier are matched, after %s in the baseline", percent(matching.MatchRate()), percent(history.MatchRate))
		}
	}
	if rate := matching.MatchRate(); matching.Identified >= shareFrom && rate < limits.MatchRateFloor {
		add(GuardMatchRate, "%s of the customers with an identifier are matched, the floor is %s", percent(rate), percent(limits.MatchRateFloor))
	}
	for i, axis := range axes {
		if axis.State == Lost {
			add(GuardPropertyLost, "%s was readable in an earlier run and is not any more: its permission was taken away or the field was deleted; take it from the list or give it back", propertyNames(axis))
		}
		if foreign := decisions[i].Foreign; foreign > 0 && (axis.Merge == Refuse || axis.Merge == Overwrite && !axis.Approved) {
			add(GuardMerge, "%s holds %s values that axisync did not write", axis.Name, grouped(foreign))
		}
	}
	if touched, ours := touchedCells(decisions); touched > limits.CellsAtLeast && ours >= shareFrom && float64(touched) > limits.CellsTouched*float64(ours) {
		add(GuardCells, "%s of the %s cells that are ours would be overwritten or cleared (%s); allowed are %s", grouped(touched), grouped(ours), percent(float64(touched)/float64(ours)), percent(limits.CellsTouched))
	}
	return tripped
}

func touchedCells(decisions []AxisDecision) (touched, ours int64) {
	for _, d := range decisions {
		touched += d.OursTouched
		ours += d.Ours
	}
	return touched, ours
}

func propertyNames(axis Axis) string {
	names := ""
	for i, source := range axis.Properties {
		if i > 0 {
			names += ", "
		}
		names += source.Property
	}
	return names
}

func percent(share float64) string {
	return strconv.FormatFloat(share*100, 'f', 1, 64) + "%"
}

// grouped writes a number with its thousands apart.
func grouped(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
