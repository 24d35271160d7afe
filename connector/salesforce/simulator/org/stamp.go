package org

import "time"

// Everything that a day brings is stamped in the 24 hours before the midnight
// that begins it, at least lastSeconds before, so that it is in the past when
// the day is looked at.
const (
	daySeconds  = 24 * 3600
	lastSeconds = 3
)

// stamps are the times of creation, of the last change by a user and of the
// last change at all, in this order. A deletion is a change.
func (row *Row) stamps() (created, modified, system time.Time) {
	r := random(row.entropy ^ 0x57a)
	v, born := row.view, row.view.born(row.index)
	created = v.during(born, &r)
	if born == 0 {
		created = firstDay.Add(-time.Duration(1+r.below(4000*daySeconds)) * time.Second)
	}
	modified, system = created, created
	if born == 0 {
		modified = between(created, firstDay, &r)
		system = modified
		if r.chance(300) { // a change that no user made
			system = between(modified, firstDay, &r)
		}
	}
	switch {
	case row.touched > born:
		r = random(mix(row.entropy^0x57b, uint64(row.touched)))
		modified = v.during(row.touched, &r)
		system = modified.Add(time.Duration(r.below(lastSeconds)) * time.Second)
	case v.died[row.index] == born+1: // deleted on the day it appeared, or before day 0
		r = random(mix(row.entropy^0x57b, uint64(born)))
		modified = v.rest(born, created, &r)
		system = modified
	}
	if !row.moment.IsZero() {
		modified, system = row.requested(modified, system)
	}
	return created, modified, system
}

// requested takes into account that the account was touched on request: after
// everything of that day, and before what the days after it brought.
func (row *Row) requested(modified, system time.Time) (time.Time, time.Time) {
	if row.touched <= row.momentDay {
		return row.moment, row.moment
	}
	if modified.After(row.moment) {
		return modified, system
	}
	r := random(mix(row.entropy^0x57c, uint64(row.touched)))
	modified = row.view.rest(row.touched, row.moment, &r)
	return modified, modified
}

// midnight is the moment that begins a day.
func midnight(day uint16) time.Time { return firstDay.AddDate(0, 0, int(day)) }

// during is a moment in the 24 hours before the midnight that begins day, after
// the pause of the day.
func (v *View) during(day uint16, r *random) time.Time {
	seconds := daySeconds - int(v.pauses[day]/time.Second)
	return midnight(day).Add(-time.Duration(lastSeconds+r.below(max(seconds-lastSeconds, 1))) * time.Second)
}

// rest is a moment in the last part of the time during a day: later than from.
func (v *View) rest(day uint16, from time.Time, r *random) time.Time {
	end := midnight(day).Add(-lastSeconds * time.Second)
	if start := midnight(day).Add(v.pauses[day] - daySeconds*time.Second); from.Before(start) {
		from = start
	}
	if !from.Before(end) {
		return from.Add(time.Millisecond)
	}
	return between(from.Add(time.Second), end, r)
}

func between(from, to time.Time, r *random) time.Time {
	seconds := int(to.Sub(from) / time.Second)
	return from.Add(time.Duration(r.below(max(seconds+1, 1))) * time.Second)
}
