// Package org is a generated Salesforce org: Accounts with the values that real
// orgs hold, as they are day after day.
//
// Everything follows from a seed and a number. No value is stored: a value is
// computed from the seed, the account's index and the day of its last change,
// so an org of a million accounts takes a few megabytes and starts at once.
//
// A View is the org on one day and never changes; Next makes the view of the
// day after. Whoever holds a view therefore reads a consistent snapshot.
package org

import (
	"iter"
	"time"
)

// firstDay is what the accounts take for day 0. It is fixed, so that the same
// seed gives the same dates whenever it is run.
var firstDay = time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)

// recycleBinDays is how long a deleted account can still be read by queryAll.
const recycleBinDays = 15

// Config says which org to generate.
type Config struct {
	// Seed and Accounts determine every value of every day.
	Seed uint64
	// Accounts is the number of live accounts on day 0.
	Accounts int
	// MultiCurrency gives the accounts a CurrencyIsoCode.
	MultiCurrency bool
	// Formulas gives the accounts formula fields whose values change while their
	// SystemModstamp does not: with the day, with the owner, with the parent.
	Formulas bool
	// Lively lets happen, day after day, also what is rare: accounts are erased
	// from the recycle bin or straight away, deleted ones and losers of merges come
	// back, users are renamed.
	Lively bool
}

// generator is what all days of an org have in common.
type generator struct {
	seed   uint64
	ids    idSpace
	schema *Schema
	lively bool
}

// View is the org on one day. It is immutable and safe for concurrent use.
type View struct {
	*generator
	day uint16
	// total is the number of accounts ever created, by day: total[d] at the end
	// of day d. The index of an account is its place in the order of creation.
	total []uint32
	// died holds 1 + the day an account was deleted, 0 for a live one.
	died []uint16
	// live is how many accounts are not deleted.
	live int
	// pauses holds, by day, how much of the 24 hours before it the day before had
	// taken already: nothing of the new day is stamped in it.
	pauses []time.Duration
	users  []User
	// masters holds the winner of every account that lost a merge.
	masters map[uint32]uint32
	// winners lists the accounts that ever won a merge, in order, and won the days.
	winners []uint32
	won     map[uint32][]uint16
	deeds
}

// New generates day 0 of an org.
func New(cfg Config) *View {
	g := &generator{
		seed:   cfg.Seed,
		ids:    newIDSpace(cfg.Seed),
		schema: newSchema(cfg),
		lively: cfg.Lively,
	}
	v := &View{
		generator: g,
		pauses:    []time.Duration{0},
		users:     newUsers(cfg.Seed),
		masters:   map[uint32]uint32{},
		won:       map[uint32][]uint16{},
		deeds:     newDeeds(),
	}
	fate := firstFate(cfg.Accounts)
	count := cfg.Accounts + fate.deleted + fate.merged + fate.chained
	v.total = []uint32{uint32(count)}
	v.died, v.live = make([]uint16, count), count
	v.decide(fate)
	return v
}

// Day is the number of days since the org was generated.
func (v *View) Day() int { return int(v.day) }

// Today is the date of the view's day, midnight UTC. It is a simulated date.
func (v *View) Today() time.Time { return firstDay.AddDate(0, 0, int(v.day)) }

// Schema holds the fields of Account.
func (v *View) Schema() *Schema { return v.schema }

// Users are the users who own and edit the accounts.
func (v *View) Users() []User { return v.users }

// Len is the number of accounts ever created, the deleted ones included.
func (v *View) Len() int { return len(v.died) }

// Live is the number of accounts that are not deleted.
func (v *View) Live() int { return v.live }

// All yields every account ever created, in the order of creation.
func (v *View) All() iter.Seq[Account] {
	return func(yield func(Account) bool) {
		for i := range v.died {
			if !yield(v.At(i)) {
				return
			}
		}
	}
}

// Find returns the account with this 18- or 15-character id, compared in its
// exact letter case.
func (v *View) Find(id string) (Account, bool) {
	if len(id) != 18 && len(id) != 15 {
		return Account{}, false
	}
	for _, index := range v.ids.candidates(id) {
		if index < uint64(len(v.died)) {
			if a := v.At(int(index)); a.ID()[:len(id)] == id {
				return a, true
			}
		}
	}
	return Account{}, false
}
