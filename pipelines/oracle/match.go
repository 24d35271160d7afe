package oracle

import "strings"

// The verdicts of both sides.
const (
	Matched   = "matched"
	Unmatched = "unmatched"
	Ambiguous = "ambiguous"
)

// Match is what became of a customer.
type Match struct {
	Verdict   string
	Reason    string // exact, upgraded_15, ...: design.md 4.3
	Account   string // whose values it gets, when matched
	Candidate string // the account of the body of an id with a wrong suffix, or its winner
}

// world is the accounts, by what customers may call them.
type world struct {
	live    map[string]*Account // those that are extracted
	outside map[string]*Account // live, and left out by salesforce.where
	deleted map[string]*Account
	byKey   map[string][]*Account // extracted, by match key
	outKeys map[string]bool
}

func worldOf(accounts []Account, key string) world {
	w := world{map[string]*Account{}, map[string]*Account{}, map[string]*Account{}, map[string][]*Account{}, map[string]bool{}}
	for i := range accounts {
		a := &accounts[i]
		value, has := a.Values[key]
		switch {
		case a.Deleted:
			w.deleted[a.ID] = a
		case a.Outside:
			w.outside[a.ID] = a
			w.outKeys[value] = has
		default:
			w.live[a.ID] = a
			if has {
				w.byKey[value] = append(w.byKey[value], a)
			}
		}
	}
	return w
}

// matchAll gives every customer and every extracted account its verdict.
func matchAll(rules Rules, day Day) (map[string]Match, map[string]string, Figures) {
	w := worldOf(day.Accounts, rules.Key)
	customers, accounts := map[string]Match{}, map[string]string{}
	for id := range w.live {
		accounts[id] = Unmatched
	}
	figures := Figures{Accounts: len(w.live)}
	for _, c := range day.Observed.Customers {
		match := w.match(rules, heldOf(c.Properties, rules.IdentificationAxis).Text())
		customers[c.ID] = match
		if match.Reason != "empty" {
			figures.Identified++
		}
		switch match.Verdict {
		case Matched:
			figures.Matched++
			accounts[match.Account] = Matched
		case Ambiguous:
			for _, a := range w.byKey[heldOf(c.Properties, rules.IdentificationAxis).Text()] {
				accounts[a.ID] = Ambiguous
			}
		}
	}
	return customers, accounts, figures
}

func (w world) match(rules Rules, text string) Match {
	m := w.matchKey(text)
	if rules.Key == "" || rules.Key == "Id" {
		m = w.matchID(text)
	}
	if rules.Strict && m.Verdict == Matched && m.Reason != "exact" && m.Reason != "upgraded_15" {
		m.Verdict, m.Account = Unmatched, ""
	}
	return m
}

// matchKey compares a key other than Id as literal text.
func (w world) matchKey(text string) Match {
	found := w.byKey[text]
	switch {
	case strings.TrimFunc(text, invisible) == "":
		return Match{Verdict: Unmatched, Reason: "empty"}
	case len(found) > 1:
		return Match{Verdict: Ambiguous, Reason: "ambiguous"}
	case len(found) == 1:
		return Match{Verdict: Matched, Reason: "exact", Account: found[0].ID}
	case w.outKeys[text]:
		return Match{Verdict: Unmatched, Reason: "filtered"}
	}
	return Match{Verdict: Unmatched, Reason: "not_found"}
}

func (w world) matchID(text string) Match {
	r := readID(text, "001")
	switch {
	case r.reason != "":
		m := Match{Verdict: Unmatched, Reason: r.reason}
		if r.reason == "invalid_suffix" {
			m.Candidate = w.heir(r.body)
		}
		return m
	case r.folded && w.repairable(r):
		return Match{Verdict: Matched, Reason: "case_repaired", Account: r.id}
	case r.folded:
		m := Match{Verdict: Unmatched, Reason: "invalid_suffix"}
		if r.body != r.id || w.live[r.body] != nil { // else it is the repair itself that lives no more
			m.Candidate = w.heir(r.body)
		}
		return m
	case w.live[r.id] != nil:
		return Match{Verdict: Matched, Reason: r.how(), Account: r.id}
	}
	if winner := w.winner(r.id); winner != "" {
		return Match{Verdict: Matched, Reason: "merged", Account: winner}
	}
	return Match{Verdict: Unmatched, Reason: w.absence(r.id)}
}

// how is the reason of an id that is right, by what had to be taken off.
func (r reading) how() string {
	switch {
	case r.wrapped != "":
		return r.wrapped
	case r.short:
		return "upgraded_15"
	}
	return "exact"
}

// repairable: the repaired account lives, and no other account is called by the
// body as it is written.
func (w world) repairable(r reading) bool {
	if w.live[r.id] == nil {
		return false
	}
	return r.body == r.id || w.live[r.body] == nil && w.outside[r.body] == nil && w.deleted[r.body] == nil
}

// heir is the account of a body, or the one that won its merge.
func (w world) heir(body string) string {
	if w.live[body] != nil {
		return body
	}
	return w.winner(body)
}

// winner is the first live account along a chain of merges.
func (w world) winner(id string) string {
	for passed := map[string]bool{}; w.deleted[id] != nil && !passed[id]; {
		passed[id] = true
		id = w.deleted[id].MasterID
		if w.live[id] != nil {
			return id
		}
	}
	return ""
}

func (w world) absence(id string) string {
	switch {
	case w.deleted[id] != nil:
		return "deleted"
	case w.outside[id] != nil:
		return "filtered"
	}
	return "not_found"
}
