package org

import "time"

// Account is one account on the day of its view. It is a small handle: copying
// it is cheap, and so is holding many.
type Account struct {
	view  *View
	index uint32
}

// At returns the account with this index, from 0 to Len()-1.
func (v *View) At(index int) Account { return Account{view: v, index: uint32(index)} }

// Index is the account's place in the order of creation. It never changes.
func (a Account) Index() int { return int(a.index) }

// ID is the account's 18-character Record ID.
func (a Account) ID() string {
	var id [18]byte
	return string(a.view.ids.appendID(id[:0], uint64(a.index)))
}

// Deleted reports whether the account was deleted, by deletion or by a merge.
func (a Account) Deleted() bool { return a.view.died[a.index] != 0 }

// Purged reports whether the account left the recycle bin, so that not even
// queryAll sees it.
func (a Account) Purged() bool {
	died := a.view.died[a.index]
	return died != 0 && (int(a.view.day)-int(died-1) >= recycleBinDays || a.view.erased[a.index])
}

// Stamp is the account's SystemModstamp: for a deleted one, when that happened.
func (a Account) Stamp() time.Time {
	var row Row
	a.view.Load(&row, int(a.index))
	_, _, system := row.stamps()
	return system
}

// Master is the account that won the merge which this one lost.
func (a Account) Master() (Account, bool) {
	winner, ok := a.view.masters[a.index]
	return a.view.At(int(winner)), ok
}

// MasterRecordID is the id of the account that won the merge which this one
// lost, empty when it lost none. The winner may have lost a later merge.
func (a Account) MasterRecordID() string {
	if master, ok := a.Master(); ok {
		return master.ID()
	}
	return ""
}

// Value returns the value of a property (any letter case, also over a
// relationship, as in Owner.Name) as Bulk API 2.0 writes it, date-times with Z.
// It reports false for null and for a property that does not exist.
func (a Account) Value(property string) (string, bool) {
	column, err := a.view.schema.Column(property)
	if err != nil {
		return "", false
	}
	var row Row
	a.view.Load(&row, int(a.index))
	value := column.Append(nil, &row)
	return string(value), len(value) > 0
}

// Row is an account made ready for reading many of its values. The zero value
// is made ready by Load, any number of times.
type Row struct {
	Account
	entropy uint64
	// touched is the last day the account changed, on creation or later.
	touched uint16
	// since holds, by group of fields, the day the values were last changed, or
	// the wave that changed them.
	since [maxGroups]uint16
	// moment, unless zero, is when the account was last touched on request, on
	// momentDay or, for a transaction that was committed late, before.
	moment    time.Time
	momentDay uint16
}

// Load reads an account into row.
func (v *View) Load(row *Row, index int) {
	*row = Row{Account: v.At(index), entropy: mix(v.seed^0xacc, uint64(index))}
	born := v.born(row.index)
	last := v.day
	if died := v.died[index]; died != 0 {
		last = died - 1
		row.touched = last
	}
	row.touched = max(row.touched, born)
	waves := v.waves
	row.surge(&waves, born)
	for day := born + 1; day <= last; day++ {
		h := mix(row.entropy^0xc4a6, uint64(day))
		if h%10_000 < changedShare && !v.absent(row.index, day) {
			row.change(day, random(h))
		}
		row.surge(&waves, day)
	}
	for _, day := range v.won[row.index] {
		row.touched = max(row.touched, day)
	}
	v.recall(row)
}

// change gives one to three groups of fields new values.
func (row *Row) change(day uint16, r random) {
	row.touched = max(row.touched, day)
	row.renew(day, r)
}

// renew draws the values of one to three groups of fields anew.
func (row *Row) renew(version uint16, r random) {
	mutable := row.view.schema.mutable
	for range 1 + r.below(3) {
		row.since[mutable[r.below(len(mutable))]] = version
	}
}

// random is the stream that a field's value is drawn from: another one after
// each change of the field.
func (row *Row) random(group uint8) random {
	return random(mix(row.entropy+uint64(group)*0x9e3779b97f4a7c15, uint64(row.since[group])))
}
