package simulator

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// firstNumber makes every generated id the same length, so that the order of
// the ids is the order of the numbers, up to nine million customers.
const firstNumber = 1_000_001

// pool is the accounts that customers refer to.
type pool struct {
	live    []Account // as many as there are customers, or all there are
	merged  []Account
	deleted []Account
}

// sample reads the accounts once and keeps a fair sample, so that a million
// accounts need no more memory than the customers do.
func sample(c Config) pool {
	var p pool
	if c.Accounts == nil || c.Customers == 0 {
		return p
	}
	rng := rand.New(rand.NewPCG(c.Seed, 0xacc0))
	var live, merged, deleted int
	few := 100 + c.Customers/20
	for a := range c.Accounts {
		switch {
		case a.MasterID != "":
			p.merged = keep(p.merged, a, few, &merged, rng)
		case a.Deleted:
			p.deleted = keep(p.deleted, a, few, &deleted, rng)
		default:
			p.live = keep(p.live, a, c.Customers, &live, rng)
		}
	}
	return p
}

// keep is one step of reservoir sampling: size accounts at most, each of those
// seen as likely as any other.
func keep(kept []Account, a Account, size int, seen *int, rng *rand.Rand) []Account {
	*seen++
	if len(kept) < size {
		return append(kept, a.clone())
	}
	if at := rng.IntN(*seen); at < size {
		kept[at] = a.clone()
	}
	return kept
}

// clone lets go of whatever larger text the fields were cut from.
func (a Account) clone() Account {
	a.ID, a.Name, a.Number = strings.Clone(a.ID), strings.Clone(a.Name), strings.Clone(a.Number)
	a.MasterID = strings.Clone(a.MasterID)
	return a
}

// generate makes the customers. Each has its own stream of chance, so that one
// rule changed does not change every customer after it.
func generate(c Config) []*customer {
	accounts := sample(c)
	customers := make([]*customer, c.Customers)
	var scratch []byte
	for i := range customers {
		customers[i], scratch = generateOne(c, accounts, i, scratch)
	}
	return customers
}

// stream is the chance of customer number i.
func stream(seed uint64, i int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(i))) }

// generateOne makes customer number i; scratch is a buffer to encode in.
func generateOne(c Config, accounts pool, i int, scratch []byte) (*customer, []byte) {
	rng := stream(c.Seed, i)
	made, account := accounts.choose(rng, c.Seed, i)
	b := body{
		ID:        customerID(rng, i),
		Name:      customerName(rng, account, i),
		Email:     optional(fmt.Sprintf("billing+%d@example.com", i)),
		Country:   optional(pick(rng, "FR", "FR", "FR", "DE", "GB", "US", "JP")),
		ZipCode:   optional(fmt.Sprintf("%05d", rng.IntN(99_000))),
		CreatedAt: stamp(epoch.Add(-time.Duration(rng.IntN(3*365*24)) * time.Hour)),
		UpdatedAt: stamp(epoch.Add(-time.Duration(rng.IntN(48)) * time.Hour)),
	}
	if value, ok := made.identifier(rng, account, accounts); ok {
		b.Properties.set(c.Axis, value)
	}
	setByPeople(&b.Properties, rng, account)
	if c.Tag != "" && made.good() && rng.IntN(10) > 0 {
		b.Properties.set("Salesforce_"+c.Tag+"_Industry", quoted(pick(rng, industries...)))
	}
	rejects := c.RejectEvery > 0 && rng.IntN(c.RejectEvery) == 0
	scratch = b.encode(scratch[:0])
	return &customer{
		id: b.ID, made: string(made), accountID: account.ID, rejects: rejects,
		encoded: bytes.Clone(scratch),
	}, scratch
}

// customerID is a billing tool's id; one in five hundred holds what has to be
// escaped in a URL.
func customerID(rng *rand.Rand, i int) string {
	id := fmt.Sprintf("C-%d", firstNumber+i)
	if rng.IntN(500) > 0 {
		return id
	}
	return id + pick(rng, "/FR", " bis", "-é", "?a=b", "%41", "#2", "+1")
}

func customerName(rng *rand.Rand, account Account, i int) *string {
	switch {
	case account.Name == "":
		return optional(fmt.Sprintf("Customer %d", i))
	case rng.IntN(10) == 0: // billing rarely spells a name as the CRM does
		return optional(strings.ToUpper(account.Name))
	}
	return optional(account.Name)
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }
