package suggest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/transform/recordid"
)

// examplesPerPair is how many customers of a pair are shown.
const examplesPerPair = 4

// chance is the share of customers below which accounts are found by chance.
const chance = 0.01

// Pairs are the pairs by which one customer in a hundred, or more, of those that
// have a value in the axis finds an account, the best first: by the
// share of all customers that would find exactly one, with the preference of
// Pair for identifiers, then by conflicts.
func (t *Trial) Pairs() []Pair {
	var pairs []Pair
	for property := range t.properties {
		if t.seen[property] == nil {
			continue
		}
		for axis, modes := range t.figures(property) {
			if found := modes[loose].Found; found > 0 && share(found, t.sampled[axis]) >= chance {
				pairs = append(pairs, t.pair(axis, property, modes))
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.score(), a.score()), cmp.Compare(a.Eased.SharedByAccounts, b.Eased.SharedByAccounts),
			cmp.Compare(a.Eased.SharedByCustomers, b.Eased.SharedByCustomers), strings.Compare(a.Axis, b.Axis), strings.Compare(a.Property, b.Property))
	})
	return pairs
}

// figures are those of a property with every axis, for every mode.
func (t *Trial) figures(property int) [][len(forms{})]Figures {
	all := make([][len(forms{})]Figures, len(t.axes))
	sharers := map[sharer]int32{}
	for i := range t.values {
		v := &t.values[i]
		for mode := range all[v.axis] {
			accounts := t.accountsOf(property, i, mode)
			if accounts == 0 {
				continue
			}
			f := &all[v.axis][mode]
			f.Found += int64(v.customers)
			if accounts == 1 {
				f.Unique += int64(v.customers)
			} else if t.fresh(sharers, property, v, mode, -1) {
				f.SharedByAccounts++
			}
			if t.shared(sharers, property, v, mode) {
				f.SharedByCustomers++
			}
		}
	}
	return all
}

// sharer is what customers share: a key, in the form in which it is compared.
type sharer struct {
	axis   int32
	mode   int8
	counts int8 // customers, or accounts
	hash   uint64
}

func (t *Trial) sharer(property int, v *value, mode int, counts int8) sharer {
	if property == 0 {
		return sharer{axis: v.axis, mode: int8(mode), counts: counts, hash: xxhash.Sum64String(v.reading.ID)}
	}
	return sharer{axis: v.axis, mode: int8(mode), counts: counts, hash: v.forms[mode]}
}

// fresh reports whether the key of v comes for the first time.
func (t *Trial) fresh(sharers map[sharer]int32, property int, v *value, mode int, counts int8) bool {
	key := t.sharer(property, v, mode, counts)
	sharers[key]++
	return sharers[key] == 1
}

// shared reports whether v makes its key one of several customers; true once a key.
func (t *Trial) shared(sharers map[sharer]int32, property int, v *value, mode int) bool {
	key := t.sharer(property, v, mode, 0)
	before := sharers[key]
	sharers[key] = before + v.customers
	return before < 2 && sharers[key] >= 2
}

// accountsOf is how many accounts have a value: none, one, or two for more.
func (t *Trial) accountsOf(property, value, mode int) int {
	if t.seen[property] == nil {
		return 0
	}
	if property == 0 { // the Record ID is read, not eased
		if v := &t.values[value]; v.reading.Shape == recordid.CaseRepairable && v.written {
			return 0
		}
		mode = plain
	}
	return int(t.seen[property][value] >> (2 * mode) & 3)
}

func (t *Trial) pair(axis, property int, modes [len(forms{})]Figures) Pair {
	p := Pair{
		Axis: t.axes[axis].name, Property: t.properties[property].Name, declared: t.properties[property].Declared,
		Carried: t.axes[axis].carried, Customers: t.customers, Sampled: t.sampled[axis], Plain: modes[plain],
	}
	best := plain
	for mode, f := range modes { // the simplest that finds what the best does, but for half a point
		if share(f.Unique-modes[best].Unique, p.Sampled) >= 0.005 {
			best = mode
		}
	}
	p.Eased, p.Trim, p.Fold = modes[best], best == trimmed || best == loose, best == folded || best == loose
	p.Examples = t.examples(axis, property, best)
	return p
}

// examples are some customers of a pair, of each verdict one before any comes
// twice.
func (t *Trial) examples(axis, property, mode int) []Example {
	var first, more []Example
	met := map[string]bool{}
	for i := range t.values {
		v := &t.values[i]
		if int(v.axis) != axis || !v.example {
			continue
		}
		e := Example{CustomerID: v.customer, Value: v.text, Verdict: t.verdict(property, i, mode)}
		if t.accountsOf(property, i, mode) == 1 {
			if property == 0 {
				mode = plain
			}
			e.AccountID = t.named[example{int32(property), int32(i), int8(mode)}]
		}
		if !met[e.Verdict] {
			met[e.Verdict] = true
			first = append(first, e)
		} else {
			more = append(more, e)
		}
	}
	all := append(first, more...)
	return all[:min(len(all), examplesPerPair)]
}

// verdict is the word of a match report.
func (t *Trial) verdict(property, at, mode int) string {
	v := &t.values[at]
	if property == 0 {
		return t.idVerdict(v, t.accountsOf(property, at, mode) > 0)
	}
	switch accounts := t.accountsOf(property, at, mode); {
	case accounts > 1:
		return "ambiguous"
	case accounts == 0:
		return "not_found"
	case t.accountsOf(property, at, plain) == 1:
		return "exact"
	case t.accountsOf(property, at, trimmed) == 1:
		return "trimmed"
	}
	return "case_repaired"
}

func (t *Trial) idVerdict(v *value, found bool) string {
	r := v.reading
	switch {
	case r.ID == "":
		return string(r.Shape)
	case r.KeyPrefix() != t.keyPrefix:
		return "wrong_object"
	case r.Shape == recordid.CaseRepairable && !found:
		return string(recordid.InvalidSuffix)
	case !found:
		return "not_found"
	case r.Shape == recordid.CaseRepairable:
		return "case_repaired"
	case r.Wrapping != recordid.Bare:
		return string(r.Wrapping)
	}
	return string(r.Shape)
}

// IsID reports whether the match key of the pair is the Record ID.
func (p Pair) IsID() bool { return p.Property == connector.AccountID }
