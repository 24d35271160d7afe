package simulator

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
)

// made is why the identification axis of a customer holds what it holds.
type made string

// What Customer.Made may say. An account that a kind needs and that the
// configuration did not bring (a merged one, say) makes the customer Exact.
const (
	Exact       = "exact"        // 18 characters
	Short       = "short"        // the first 15
	FoldedLower = "folded_lower" // 18 characters, all lower case
	FoldedUpper = "folded_upper" // 18 characters, all upper case
	Spaces      = "spaces"       // blanks, also no-break ones, around a good id
	URL         = "url"          // the address of the record page
	WrongObject = "wrong_object" // a Contact's id
	Merged      = "merged"       // an account that lost a merge
	Deleted     = "deleted"      // an account in the recycle bin
	Mistyped    = "mistyped"     // one character of the first 15 is another
	Folded15    = "folded_15"    // 15 characters, all lower case: beyond repair
	Several     = "several"      // two ids
	Word        = "word"         // n/a and the like
	Blank       = "blank"        // absent, null, "" or blanks
	Shared      = "shared"       // the account of a customer before, again
)

// shares are parts of ten thousand, in a fixed order.
var shares = []struct {
	made made
	of   int
}{
	{Exact, 8000}, {Short, 900}, {Blank, 250}, {FoldedLower, 130}, {Spaces, 120}, {URL, 100}, {Deleted, 80},
	{FoldedUpper, 70}, {Shared, 70}, {WrongObject, 60}, {Merged, 60}, {Mistyped, 60}, {Folded15, 40}, {Word, 40},
	{Several, 20},
}

func draw(rng *rand.Rand) made {
	at := rng.IntN(10_000)
	for _, s := range shares {
		if at -= s.of; at < 0 {
			return s.made
		}
	}
	return Exact
}

// good reports whether the axis leads to a live account without any doubt.
func (m made) good() bool { return m == Exact || m == Short || m == Shared }

// choose draws what customer number i is to be, and its account.
func (p pool) choose(rng *rand.Rand, seed uint64, i int) (made, Account) {
	m := draw(rng)
	switch {
	case m == Word || m == Blank || len(p.live) == 0:
		if m != Word {
			m = Blank
		}
		return m, Account{}
	case m == Merged && len(p.merged) > 0:
		return m, pick(rng, p.merged...)
	case m == Deleted && len(p.deleted) > 0:
		return m, pick(rng, p.deleted...)
	case m == Merged || m == Deleted:
		m = Exact
	case m == Shared:
		if before, found := ownerBefore(seed, i); found {
			return m, p.live[before%len(p.live)]
		}
		m = Exact
	}
	return m, p.live[i%len(p.live)]
}

// ownerBefore is the nearest customer before i that carries its own account.
func ownerBefore(seed uint64, i int) (int, bool) {
	for i--; i >= 0; i-- {
		switch draw(stream(seed, i)) {
		case Word, Blank, Shared, Merged, Deleted:
			continue
		}
		return i, true
	}
	return 0, false
}

// identifier is the JSON value of the identification axis; false when the
// customer does not have the axis at all.
func (m made) identifier(rng *rand.Rand, account Account, p pool) (json.RawMessage, bool) {
	switch m {
	case Blank:
		value := pick(rng, nil, nil, json.RawMessage("null"), quoted(""), quoted(" "), quoted("\u00a0\t"))
		return value, value != nil
	case Word:
		return quoted(pick(rng, "n/a", "N/A", "TBD", "à compléter", "None", "-", "?", "inconnu")), true
	case Several:
		return quoted(account.ID + pick(rng, ",", ", ", "; ") + pick(rng, p.live...).ID), true
	}
	return quoted(m.spell(rng, account.ID)), true
}

func (m made) spell(rng *rand.Rand, id string) string {
	switch m {
	case Short:
		return id[:15]
	case FoldedLower:
		return strings.ToLower(id)
	case FoldedUpper:
		return strings.ToUpper(id)
	case Folded15:
		return strings.ToLower(id[:15])
	case Spaces:
		return pick(rng, " ", "\u00a0", "\t", "") + id + pick(rng, " ", "\u00a0", "\r\n", "\u200b")
	case URL:
		return "https://example.lightning.force.com/lightning/r/Account/" + id + "/view"
	case WrongObject:
		return "003" + id[3:] // digits carry no case: the suffix stays right
	case Mistyped:
		return mistype(rng, id)
	}
	return id
}

// mistype puts another character in one place of the counter. The suffix stays
// as it was, and in about half of the cases stays right (facts: it is a map of
// letter case, not a checksum).
func mistype(rng *rand.Rand, id string) string {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	at := 7 + rng.IntN(8)
	other := alphabet[rng.IntN(len(alphabet))]
	for other == id[at] {
		other = alphabet[rng.IntN(len(alphabet))]
	}
	return id[:at] + string(other) + id[at+1:]
}

func quoted(s string) json.RawMessage { return appendText(nil, s) }
