package transform

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/words"
)

// Limits are the figures of the guards (design.md 4.7). Shares are between 0
// and 1.
type Limits struct {
	RowsFell       float64 // share of the accounts of the baseline that may be missing
	MatchRateFell  float64 // share by which the match rate may fall; 0.05 is five points
	MatchRateFloor float64 // the least match rate; 0: none
	NullsRose      float64 // share by which a property's share of nulls may rise
	CellsTouched   float64 // share of the cells of ours that may be overwritten or cleared
	CellsAtLeast   int64   // below so many cells the share is not asked for
	Contested      float64 // share of the cells of ours that others may have changed since the baseline
}

// DefaultLimits protect without nagging.
func DefaultLimits() Limits {
	return Limits{RowsFell: 0.20, MatchRateFell: 0.05, NullsRose: 0.10, CellsTouched: 0.30, CellsAtLeast: 100, Contested: 0.05}
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
	// Nulls is the share of the accounts without a value, by property.
	Nulls map[string]float64 `json:"nulls,omitempty"`
	// Lost are the properties that were readable once and were not in that run.
	Lost []string `json:"lost,omitempty"`
	// User is the id of the user of Salesforce.
	User string `json:"user,omitempty"`
	// Configuration is what rows and cells meant, by key of the pipeline file.
	Configuration map[string]string `json:"configuration,omitempty"`
}

// Guard is a check that stops the run before anything is sent.
type Guard struct {
	Name    string  `json:"guard"`
	Subject string  `json:"subject,omitempty"` // the axis, the property, or what else it is about
	Figure  float64 `json:"figure"`            // how bad it is: a greater figure is worse
	Text    string  `json:"text"`              // what was found, with its figures
}

// The names of the guards.
const (
	GuardZeroRows      = "zero_rows"
	GuardRowsFell      = "rows_fell"
	GuardMatchRate     = "match_rate"
	GuardNullsRose     = "nulls_rose"
	GuardMerge         = "merge"
	GuardPropertyLost  = "property_lost"
	GuardCells         = "cells"
	GuardOtherUser     = "other_user"
	GuardConfiguration = "configuration"
	GuardAxisEmptied   = "axis_emptied"
	GuardContested     = "contested"
	GuardRolledBack    = "rolled_back"
)

// GuardNames lists the guards in the order in which they are told.
func GuardNames() []string {
	return []string{GuardZeroRows, GuardRowsFell, GuardMatchRate, GuardNullsRose, GuardPropertyLost, GuardMerge, GuardAxisEmptied,
		GuardCells, GuardContested, GuardRolledBack, GuardOtherUser, GuardConfiguration}
}

// MatchRate is the share of the customers with an identifier that are matched;
// 1 when there is none.
func (m Matching) MatchRate() float64 {
	if m.Identified == 0 {
		return 1
	}
	return float64(m.Matched) / float64(m.Identified)
}

// Evidence is what the guards look at.
type Evidence struct {
	Limits Limits
	// Before is the baseline, nil when there is none yet; Now are the same figures of
	// this run.
	Before    *History
	Now       History
	Matching  Matching
	Axes      []Axis
	Decisions []AxisDecision // of Axes, in their order
	// RolledBack is the run that was rolled back since a plan was applied last; empty:
	// none.
	RolledBack string
}

// Guards lists the guards that trip, all together.
func Guards(e Evidence) []Guard {
	g := &guards{Evidence: e}
	g.rows()
	g.matchRate()
	g.nulls()
	g.lost()
	g.merges()
	g.emptied()
	g.cells()
	g.contested()
	g.rolledBack()
	g.user()
	g.configuration()
	return g.tripped
}

// guards gathers those that trip.
type guards struct {
	Evidence
	tripped []Guard
}

func (g *guards) add(name, subject string, figure float64, format string, args ...any) {
	g.tripped = append(g.tripped, Guard{name, subject, figure, fmt.Sprintf(format, args...)})
}

// rolledBack holds back what would write again what a person has put back.
func (g *guards) rolledBack() {
	if g.RolledBack != "" {
		g.add(GuardRolledBack, g.RolledBack, 1, "the run %s was rolled back: what would be written again is for a person to look at", g.RolledBack)
	}
}

func (g *guards) rows() {
	now := g.Matching.Accounts
	if now == 0 {
		g.add(GuardZeroRows, "", 1, "salesforce gave no account at all")
		return
	}
	if g.Before == nil || g.Before.Accounts < shareFrom {
		return
	}
	if fell := 1 - float64(now)/float64(g.Before.Accounts); fell > g.Limits.RowsFell+rounding {
		g.add(GuardRowsFell, "", fell, "%s accounts, %s fewer than the %s of the baseline; allowed are %s", words.Count(now), percent(fell), words.Count(g.Before.Accounts), percent(g.Limits.RowsFell))
	}
}

func (g *guards) matchRate() {
	rate := g.Matching.MatchRate()
	if g.Matching.Identified < shareFrom {
		return
	}
	if g.Before != nil && g.Before.Identified >= shareFrom {
		if drop := g.Before.MatchRate - rate; drop > g.Limits.MatchRateFell+rounding {
			g.add(GuardMatchRate, "fall", drop, "%s of the customers with an identifier are matched, after %s in the baseline; allowed is a fall of %s points",
				percent(rate), percent(g.Before.MatchRate), points(g.Limits.MatchRateFell))
		}
	}
	if rate < g.Limits.MatchRateFloor {
		g.add(GuardMatchRate, "floor", g.Limits.MatchRateFloor-rate, "%s of the customers with an identifier are matched, the floor is %s", percent(rate), percent(g.Limits.MatchRateFloor))
	}
}

// nulls: a permission that was taken away shows as empty values, without an error.
func (g *guards) nulls() {
	if g.Before == nil || g.Before.Accounts < shareFrom || g.Matching.Accounts < shareFrom {
		return
	}
	for _, property := range slices.Sorted(maps.Keys(g.Now.Nulls)) {
		before, known := g.Before.Nulls[property]
		if rose := g.Now.Nulls[property] - before; known && rose > g.Limits.NullsRose+rounding {
			g.add(GuardNullsRose, property, rose, "%s is empty on %s of the accounts, after %s in the baseline; allowed is a rise of %s points",
				property, percent(g.Now.Nulls[property]), percent(before), points(g.Limits.NullsRose))
		}
	}
}

func (g *guards) lost() {
	for _, property := range g.Now.Lost {
		if g.Before == nil || !slices.Contains(g.Before.Lost, property) {
			g.add(GuardPropertyLost, property, 1, "%s was readable in an earlier run and is not any more: its permission was taken away or the field was deleted; give it back or take it from the list (its cells stay as they are meanwhile)", property)
		}
	}
}

func (g *guards) merges() {
	for i, axis := range g.Axes {
		foreign := g.Decisions[i].Foreign
		switch {
		case foreign == 0:
		case axis.Merge == Refuse:
			g.add(GuardMerge, axis.Name, float64(foreign), "%s holds %s values that axisync did not write, and its merge is refuse: they are left in any case", axis.Name, words.Count(foreign))
		case axis.Merge == Overwrite && !axis.Approved:
			g.add(GuardMerge, axis.Name, float64(foreign), "%s holds %s values that axisync did not write", axis.Name, words.Count(foreign))
		}
	}
}

// emptied: somebody deleted the axis in Fincome.
func (g *guards) emptied() {
	for i, axis := range g.Axes {
		if d := g.Decisions[i]; d.Ours > 0 && d.Held == 0 && d.Contested > 0 {
			g.add(GuardAxisEmptied, axis.Name, float64(d.Ours), "%s is empty on every customer, %s of which held a value of ours: was the axis deleted? to fill it again: axisync plan --on-edit overwrite", axis.Name, words.Count(d.Ours))
		}
	}
}

func (g *guards) cells() {
	var touched, ours int64
	for _, d := range g.Decisions {
		touched += d.OursTouched
		ours += d.Ours
	}
	if share := float64(touched) / float64(max(ours, 1)); touched >= g.Limits.CellsAtLeast && ours >= shareFrom && share > g.Limits.CellsTouched+rounding {
		g.add(GuardCells, "", share, "%s of the %s cells that are ours would be overwritten or cleared (%s); allowed are %s", words.Count(touched), words.Count(ours), percent(share), percent(g.Limits.CellsTouched))
	}
}

// contested: others keep changing what we write.
func (g *guards) contested() {
	var contested, ours int64
	for _, d := range g.Decisions {
		contested += d.Contested
		ours += d.Ours
	}
	if share := float64(contested) / float64(max(ours, 1)); ours >= shareFrom && share > g.Limits.Contested+rounding {
		g.add(GuardContested, "", share, "%s of the %s cells that are ours were changed by others since the baseline (%s); allowed are %s; does another source write these axes?",
			words.Count(contested), words.Count(ours), percent(share), percent(g.Limits.Contested))
	}
}

func (g *guards) user() {
	if g.Before != nil && g.Before.User != "" && g.Before.User != g.Now.User {
		g.add(GuardOtherUser, g.Now.User, 1, "the login is another user (%s) than in the baseline (%s), who may see other accounts and fields", g.Now.User, g.Before.User)
	}
}

// configuration: what rows or cells mean has changed. Its subject stands for what
// they mean now.
func (g *guards) configuration() {
	if g.Before == nil || g.Before.Configuration == nil {
		return
	}
	var changed []string
	subject := ""
	for _, key := range slices.Sorted(maps.Keys(g.Now.Configuration)) {
		subject += key + "=" + g.Now.Configuration[key] + ";"
		if before, known := g.Before.Configuration[key]; known && before != g.Now.Configuration[key] {
			changed = append(changed, key)
		}
	}
	if len(changed) > 0 {
		g.add(GuardConfiguration, strconv.FormatUint(sinks.Hash(subject), 16), 1, "the file has changed what rows or cells mean since the baseline: %s", strings.Join(changed, ", "))
	}
}

// points is a share as a number of points.
func points(share float64) string { return strings.TrimSuffix(percent(share), "%") }

func percent(share float64) string {
	return strconv.FormatFloat(share*100, 'f', 1, 64) + "%"
}
