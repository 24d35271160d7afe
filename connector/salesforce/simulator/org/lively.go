package org

import "slices"

// What also happens on a day of a lively org, in accounts of ten thousand.
const (
	erasedShare   = 4
	emptiedShare  = 4 // out of the recycle bin, before its time
	returnedShare = 6
	renamedUsers  = 2
)

// enliven lets happen what is rare, to a view under construction.
func (v *View) enliven() {
	r := random(mix(v.seed^0x11fe, uint64(v.day)))
	share := func(perTenThousand int) int { return 1 + v.live*perTenThousand/10_000 }
	for range share(erasedShare) {
		if i, ok := v.pick(&r); ok && v.live > 10 {
			v.kill(i)
			v.erased[i] = true
		}
	}
	for range share(emptiedShare) {
		if i, ok := v.pickFromBin(&r); ok {
			v.erased[i] = true
		}
	}
	for range share(returnedShare) {
		if i, ok := v.pickFromBin(&r); ok {
			v.restore(i)
		}
	}
	v.users = slices.Clone(v.users)
	for range renamedUsers {
		v.users[r.below(len(v.users))].Name = r.of(firstNames) + " " + r.of(lastNames)
	}
}

// pickFromBin returns an account that was in the recycle bin the day before.
func (v *View) pickFromBin(r *random) (uint32, bool) {
	for range 1000 {
		i := r.below(len(v.died))
		if a := v.At(i); a.Deleted() && !a.Purged() && v.died[i] <= v.day {
			return uint32(i), true
		}
	}
	return 0, false
}
