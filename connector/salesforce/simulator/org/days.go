package org

import (
	"maps"
	"slices"
	"time"
)

// What happens on one day, in accounts of ten thousand.
const (
	changedShare = 150 // values change
	bornShare    = 30
	deletedShare = 15
	mergedShare  = 5
)

// fate is how many accounts leave on one day: deleted, merged into a live
// account, and merged although they had won a merge themselves, which makes a
// chain of merges.
type fate struct{ deleted, merged, chained int }

// firstFate is what the recycle bin holds on day 0.
func firstFate(accounts int) fate {
	if accounts < 10 {
		return fate{}
	}
	return fate{deleted: 1 + accounts/100, merged: 2 + accounts/200, chained: 1 + accounts/2000}
}

// dailyFate is what leaves an org with so many live accounts on an ordinary day.
func dailyFate(live int) fate {
	if live < 10 {
		return fate{}
	}
	return fate{
		deleted: 1 + live*deletedShare/10_000,
		merged:  1 + live*mergedShare/10_000,
		chained: 1 + live*mergedShare/100_000,
	}
}

// Next returns the org one day later: some accounts appear, some are deleted,
// a few merge, and a share of the others changes values. v stays as it is.
func (v *View) Next() *View { return v.After(0) }

// After is Next for an org whose day has lasted so long already, which is less
// than 24 hours: what the new day brings is stamped later than that.
func (v *View) After(elapsed time.Duration) *View {
	live := v.Live()
	born := 0
	if live > 0 {
		born = 1 + live*bornShare/10_000
	}
	next := v.clone()
	next.day++
	next.live += born
	next.total = append(slices.Clip(v.total), uint32(v.Len()+born))
	next.died = append(next.died, make([]uint16, born)...)
	next.pauses = append(slices.Clip(v.pauses), elapsed)
	next.decide(dailyFate(live))
	if v.lively {
		next.enliven()
	}
	return next
}

// clone returns a copy whose accounts can be changed.
func (v *View) clone() *View {
	c := *v
	c.died = slices.Clone(v.died)
	c.masters = maps.Clone(v.masters)
	c.winners = slices.Clone(v.winners)
	c.won = maps.Clone(v.won)
	c.deeds = v.deeds.clone()
	return &c
}

// kill deletes an account that lives.
func (v *View) kill(index uint32) {
	v.died[index] = v.day + 1
	v.live--
}

// decide deletes and merges accounts of a view under construction.
func (v *View) decide(f fate) {
	r := random(mix(v.seed^0xfa7e, uint64(v.day)))
	for range f.deleted {
		if i, ok := v.pick(&r); ok {
			v.kill(i)
		}
	}
	for range f.merged {
		if loser, ok := v.pick(&r); ok {
			v.merge(&r, loser)
		}
	}
	for range f.chained {
		if loser, ok := v.pickWinner(&r); ok {
			v.merge(&r, loser)
		} else if loser, ok := v.pick(&r); ok {
			v.merge(&r, loser)
		}
	}
}

// merge gives loser a winner. The winner is updated by it, as Salesforce does.
func (v *View) merge(r *random, loser uint32) {
	v.kill(loser)
	if winner, ok := v.pick(r); ok {
		v.join(loser, winner)
	}
}

// join makes winner the master of loser, which is deleted.
func (v *View) join(loser, winner uint32) {
	v.masters[loser] = winner
	v.winners = append(v.winners, winner)
	v.won[winner] = append(slices.Clip(v.won[winner]), v.day)
}

// pick returns a live account.
func (v *View) pick(r *random) (uint32, bool) {
	for range 1000 {
		if i := r.below(len(v.died)); v.died[i] == 0 {
			return uint32(i), true
		}
	}
	return 0, false
}

// pickWinner returns a live account that once won a merge.
func (v *View) pickWinner(r *random) (uint32, bool) {
	if len(v.winners) == 0 {
		return 0, false
	}
	for range 100 {
		if i := v.winners[r.below(len(v.winners))]; v.died[i] == 0 {
			return i, true
		}
	}
	return 0, false
}

// born is the day an account was created.
func (v *View) born(index uint32) uint16 {
	if index < v.total[0] {
		return 0
	}
	day, _ := slices.BinarySearchFunc(v.total, index, func(total, index uint32) int {
		if total <= index {
			return -1
		}
		return 1
	})
	return uint16(day)
}
