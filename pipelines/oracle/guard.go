package oracle

import (
	"fmt"
	"slices"
	"time"
)

// Trip is a guard of design.md 4.7 that trips.
type Trip struct {
	Guard   string
	Subject string  // the axis, the property, or what else it is about
	Figure  float64 // how bad it is: more is worse
}

// baseline is what later runs are compared with.
type baseline struct {
	Figures
	at      time.Time // of the run that made the decision
	nulls   map[string]int
	lost    map[string]bool // properties that were lost already
	meaning string
	user    string
}

// baselineOf is the baseline that a decision becomes.
func (d *Decision) baselineOf() *baseline {
	return &baseline{Figures: d.Figures, at: d.now, nulls: d.nulls, lost: d.lost, meaning: d.meaning, user: d.user}
}

// meaning is what the rules say rows and cells mean. The list of properties is not
// part of it.
func (r Rules) meaning() string {
	return fmt.Sprintf("%q", []any{r.Where, r.Key, r.Strict, r.Trim, r.Fold, r.IdentificationAxis, r.Customers, r.Tag, r.Prefix, r.Bare})
}

func (d *Decision) trips(guard, subject string, figure float64) {
	d.Tripped = append(d.Tripped, Trip{guard, subject, figure})
	d.Guards[guard] = true
}

// exceeds reports whether a share is above a limit; on the limit itself the program
// may do as it likes.
func (d *Decision) exceeds(share, limit float64) bool {
	if share > limit-1e-9 && share < limit+1e-9 {
		d.Borderline = true
		return false
	}
	return share > limit
}

// guard finds the guards of design.md 4.7 that trip.
func (d *Decision) guard(rules Rules, m *Memory) {
	if d.Figures.Accounts == 0 {
		d.trips("zero_rows", "", 1)
	}
	for _, name := range sortedNames(d.lost) {
		if m.baseline == nil || !m.baseline.lost[name] { // always, once
			d.trips("property_lost", name, 1)
		}
	}
	d.guardMerge(m)
	d.guardCells(m)
	if m.baseline == nil {
		return
	}
	if m.baseline.user != d.user { // sharing and visibility differ
		d.trips("other_user", d.user, 1)
	}
	if m.baseline.meaning != d.meaning {
		d.trips("configuration", d.meaning, 1)
	}
	d.guardShares(rules, m.baseline)
}

// guardShares compares with the baseline. Shares count from 20 rows on.
func (d *Decision) guardShares(rules Rules, then *baseline) {
	now := d.Figures
	if then.Accounts >= 20 && (now.Accounts > 0 || !rules.Reading.ZeroIsNoFall) {
		if fell := 1 - float64(now.Accounts)/float64(then.Accounts); d.exceeds(fell, 0.20) {
			d.trips("rows_fell", "", fell)
		}
	}
	if then.Identified >= 20 && now.Identified >= 20 {
		fell := float64(then.Matched)/float64(then.Identified) - float64(now.Matched)/float64(now.Identified)
		if d.exceeds(fell, 0.05) {
			d.trips("match_rate", "fall", fell)
		}
	}
	if then.Accounts < 20 || now.Accounts < 20 {
		return
	}
	for _, name := range sortedNames(d.nulls) {
		before, known := then.nulls[name]
		rose := float64(d.nulls[name])/float64(now.Accounts) - float64(before)/float64(then.Accounts)
		if known && d.exceeds(rose, 0.10) {
			d.trips("nulls_rose", name, rose)
		}
	}
}

// countNulls counts, of each property that fills an axis, the accounts without it.
func (d *Decision) countNulls(accounts []Account) {
	d.nulls = map[string]int{}
	for _, axis := range d.Axes {
		if axis.State != Usable {
			continue
		}
		for _, property := range axis.properties {
			d.nulls[property.name] = 0
			for _, a := range accounts {
				if _, has := a.Values[property.name]; !has && !a.Deleted && !a.Outside {
					d.nulls[property.name]++
				}
			}
		}
	}
}

// guardMerge stops a write over what others wrote into an axis that nobody has
// approved, and all that is written into one where the policy refuses it.
func (d *Decision) guardMerge(m *Memory) {
	for _, axis := range d.Axes {
		foreign := 0
		for _, c := range d.Cells {
			if c.Axis == axis.Name && c.Row == 13 {
				foreign++
			}
		}
		if foreign > 0 && (axis.Merge == "refuse" || axis.Merge == "overwrite" && !m.approved[axis.Name]) {
			d.trips("merge", axis.Name, float64(foreign))
		}
	}
}

// guardCells looks at the cells that are ours: how many are to be overwritten or
// cleared (more than 30%, and at least 100), how many others have changed since the
// baseline (5%), and whether an axis that was ours is empty everywhere.
func (d *Decision) guardCells(m *Memory) {
	ours, changed, contested := map[string]int{}, 0, map[string]int{}
	held := map[string]bool{}
	for _, c := range d.Cells {
		held[c.Axis] = held[c.Axis] || !c.Held.Empty()
		k := c.before // what is found to be ours from now on does not count yet
		if m.baseline != nil && k.left.how == "edited" && k.left.since.After(m.baseline.at) {
			contested[c.Axis]++
		}
		if k.acked == nil || k.acked.value.Empty() {
			continue
		}
		ours[c.Axis]++
		if c.Action == Write && k.acked.is(c.Held) {
			changed++
		}
	}
	all, disputed := 0, 0
	for _, axis := range d.Axes {
		all, disputed = all+ours[axis.Name], disputed+contested[axis.Name]
		if ours[axis.Name] > 0 && !held[axis.Name] && contested[axis.Name] > 0 {
			d.trips("axis_emptied", axis.Name, float64(ours[axis.Name]))
		}
	}
	if all < 20 {
		return
	}
	if share := float64(changed) / float64(all); changed >= 100 && d.exceeds(share, 0.30) {
		if changed == 100 {
			d.Borderline = true
		}
		d.trips("cells", "", share)
	}
	if share := float64(disputed) / float64(all); d.exceeds(share, 0.05) {
		d.trips("contested", "", share)
	}
}

// Lift takes away the guards of these names that stopped an earlier decision, over
// the same thing and as badly at least.
func (d *Decision) Lift(stopped *Decision, names map[string]bool) {
	left := d.Tripped[:0:0]
	for _, trip := range d.Tripped {
		if names[trip.Guard] && slices.ContainsFunc(stopped.Tripped, func(then Trip) bool {
			return then.Guard == trip.Guard && then.Subject == trip.Subject && trip.Figure <= then.Figure
		}) {
			d.Lifted = append(d.Lifted, trip)
		} else {
			left = append(left, trip)
		}
	}
	d.Tripped, d.Guards = left, map[string]bool{}
	for _, trip := range left {
		d.Guards[trip.Guard] = true
	}
}
