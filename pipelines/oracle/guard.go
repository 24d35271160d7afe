package oracle

// guard finds the guards of design.md 4.7 that trip, besides merge.
func (d *Decision) guard(rules Rules, m *Memory) {
	if d.Figures.Accounts == 0 {
		d.Guards["zero_rows"] = true
	}
	for name := range d.lost {
		if !m.lost[name] || rules.Reading.LostStopsAlways { // always, once
			d.Guards["property_lost"] = true
		}
	}
	d.guardCells(m)
	if m.baseline != nil {
		d.guardShares(rules, *m.baseline)
	}
}

// guardShares compares with the baseline. Shares count from 20 rows on.
func (d *Decision) guardShares(rules Rules, then Figures) {
	now := d.Figures
	if then.Accounts >= 20 && (now.Accounts > 0 || !rules.Reading.ZeroIsNoFall) {
		fell := 100 * (then.Accounts - now.Accounts) // more than 20% of then
		d.trip("rows_fell", fell-20*then.Accounts)
	}
	if then.Identified >= 20 && now.Identified >= 20 {
		// matched/identified then, less that of now, is more than 5 points
		fell := 100 * (then.Matched*now.Identified - now.Matched*then.Identified)
		d.trip("match_rate", fell-5*then.Identified*now.Identified)
	}
}

func (d *Decision) trip(guard string, over int) {
	switch {
	case over > 0:
		d.Guards[guard] = true
	case over == 0:
		d.Borderline = true
	}
}

// guardCells counts the cells of ours that would be overwritten or cleared: more
// than 30% of what is ours, and at least 100.
func (d *Decision) guardCells(m *Memory) {
	ours, changed := 0, 0
	for _, c := range d.Cells {
		if !c.known.acked.is(c.Held) || c.Held.Empty() {
			continue
		}
		ours++
		if c.Row == 11 && c.Action == Write {
			changed++
		}
	}
	if changed >= 100 {
		d.trip("cells", 100*changed-30*ours)
	}
}
