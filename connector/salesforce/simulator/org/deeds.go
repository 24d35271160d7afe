package org

import (
	"maps"
	"slices"
	"time"
)

// deeds are what happened to single accounts beyond the ordinary course of the
// days: on request, or because the org is a lively one.
type deeds struct {
	// erased are the deleted accounts that are not in the recycle bin any more.
	erased map[uint32]bool
	// absences are the times that accounts spent deleted before they came back.
	absences map[uint32][]absence
	// moments are when accounts were last touched on request.
	moments map[uint32]moment
	// waves are the changes of many accounts at once, in the order in which they
	// became visible.
	waves []wave
}

// absence is from the day of a deletion to that of the return.
type absence struct{ from, to uint16 }

// moment is a time on a day.
type moment struct {
	day uint16
	at  time.Time
}

// wave changes a share of the accounts at one moment. Like the changes of a day
// it is not stored: an account computes whether it belongs to it.
type wave struct {
	day       uint16 // on which it became visible
	at        time.Time
	threshold uint64 // of 2^32
	salt      uint64
}

// waveVersion is the version of the values that the first wave changed. Below
// it are the days.
const waveVersion = 0x8000

func newDeeds() deeds {
	return deeds{erased: map[uint32]bool{}, absences: map[uint32][]absence{}, moments: map[uint32]moment{}}
}

func (d *deeds) clone() deeds {
	return deeds{erased: maps.Clone(d.erased), absences: maps.Clone(d.absences), moments: maps.Clone(d.moments), waves: slices.Clip(d.waves)}
}

// absent reports whether an account that came back was deleted when a day began.
func (d *deeds) absent(index uint32, day uint16) bool {
	if len(d.absences) == 0 {
		return false
	}
	return slices.ContainsFunc(d.absences[index], func(a absence) bool { return a.from < day && day <= a.to })
}

// missed reports whether an account was deleted at the time of a wave.
func (v *View) missed(index uint32, w wave) bool {
	if died := v.died[index]; died != 0 && w.day == died-1 {
		m, onRequest := v.moments[index]
		return !onRequest || !m.at.After(w.at)
	}
	return v.absent(index, w.day) && v.absent(index, w.day+1)
}

// surge applies the waves of a day, and takes them and those of the days before
// it off the list.
func (row *Row) surge(waves *[]wave, day uint16) {
	for len(*waves) > 0 && (*waves)[0].day <= day {
		w := (*waves)[0]
		version := uint16(waveVersion + len(row.view.waves) - len(*waves))
		*waves = (*waves)[1:]
		h := mix(row.entropy^w.salt, w.salt)
		if w.day < day || h>>32 >= w.threshold || row.view.missed(row.index, w) {
			continue
		}
		// What was changed later than the wave had not been in it: the transaction
		// would have had to wait for it.
		if _, _, stamp := row.stamps(); w.at.After(stamp) {
			row.moment, row.momentDay = w.at, w.day
			row.renew(version, random(h))
		}
	}
}

// recall applies what happened to the account alone.
func (v *View) recall(row *Row) {
	for _, a := range v.absences[row.index] {
		row.touched = max(row.touched, a.to)
	}
	if m, ok := v.moments[row.index]; ok && !m.at.Before(row.moment) {
		row.moment, row.momentDay = m.at, m.day
	}
}

// Changed returns the org in which this share of the accounts (0 to 1) changed
// values at this moment. Different salts choose different accounts.
func (v *View) Changed(share float64, at time.Time, salt uint64) *View {
	c := *v
	c.waves = append(slices.Clip(v.waves), wave{day: v.day, at: at, threshold: uint64(share * (1 << 32)), salt: mix(v.seed^0x3a7e, salt)})
	return &c
}

// Deleted returns the org without these accounts, the deleted ones among them
// left as they are. erase leaves nothing in the recycle bin.
func (v *View) Deleted(erase bool, at time.Time, accounts ...Account) *View {
	c := v.clone()
	for _, a := range accounts {
		if c.died[a.index] == 0 {
			c.kill(a.index)
			c.moments[a.index] = moment{c.day, at}
		}
		if erase {
			c.erased[a.index] = true
		}
	}
	return c
}

// Restored returns the org in which these accounts are back from the recycle
// bin, also those that lost a merge. Accounts that are not in it stay as they
// are.
func (v *View) Restored(at time.Time, accounts ...Account) *View {
	c := v.clone()
	for _, a := range accounts {
		if c.At(int(a.index)).Deleted() && !c.At(int(a.index)).Purged() {
			c.restore(a.index)
			c.moments[a.index] = moment{c.day, at}
		}
	}
	return c
}

func (v *View) restore(index uint32) {
	v.absences[index] = append(slices.Clip(v.absences[index]), absence{v.died[index] - 1, v.day})
	v.died[index] = 0
	v.live++
	delete(v.masters, index)
}

// Merged returns the org in which loser lost a merge against winner, both of
// which live.
func (v *View) Merged(at time.Time, loser, winner Account) *View {
	c := v.clone()
	if loser.index == winner.index || c.died[loser.index] != 0 || c.died[winner.index] != 0 {
		return c
	}
	c.kill(loser.index)
	c.join(loser.index, winner.index)
	c.moments[loser.index], c.moments[winner.index] = moment{c.day, at}, moment{c.day, at}
	return c
}

// Renamed returns the org in which a user has another name. No account's
// SystemModstamp moves by it.
func (v *View) Renamed(userID, name string) *View {
	c := *v
	c.users = slices.Clone(v.users)
	for i := range c.users {
		if c.users[i].ID == userID {
			c.users[i].Name = name
		}
	}
	return &c
}
