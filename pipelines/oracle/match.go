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
	Candidate string // the account that an id with a wrong suffix may mean

	several []string // the accounts that are meant, where these are several
}

// world is the accounts, by what customers may call them.
type world struct {
	rules   Rules
	live    map[string]*Account // those that are extracted
	outside map[string]*Account // live, and left out by salesforce.where
	deleted map[string]*Account
	rows    map[string]int        // how often an account is extracted
	byKey   map[string][]*Account // extracted, by match key in the form that is compared
	outKeys map[string]bool
}

func worldOf(accounts []Account, rules Rules) world {
	w := world{
		rules: rules, live: map[string]*Account{}, outside: map[string]*Account{}, deleted: map[string]*Account{},
		rows: map[string]int{}, byKey: map[string][]*Account{}, outKeys: map[string]bool{},
	}
	for i := range accounts {
		a := &accounts[i]
		value, has := a.Values[rules.Key]
		key := rules.compared(value)
		switch {
		case a.Deleted:
			w.deleted[a.ID] = a
		case a.Outside:
			w.outside[a.ID] = a
			w.outKeys[key] = w.outKeys[key] || has
		default:
			w.live[a.ID] = a
			w.rows[a.ID]++
			if has {
				w.byKey[key] = append(w.byKey[key], a)
			}
		}
	}
	return w
}

// compared is the form of a key in which it is compared.
func (r Rules) compared(key string) string {
	if r.Trim {
		key = strings.TrimFunc(key, invisible)
	}
	if r.Fold {
		key = strings.ToLower(key)
	}
	return key
}

// matchAll gives every customer and every extracted account its verdict.
func matchAll(rules Rules, day Day) (map[string]Match, map[string]string, Figures) {
	w := worldOf(day.Accounts, rules)
	customers, accounts := map[string]Match{}, map[string]string{}
	figures := Figures{}
	for id, rows := range w.rows {
		accounts[id] = Unmatched
		figures.Accounts += rows
	}
	for _, c := range day.Observed.Customers {
		match := w.match(heldOf(c.Properties, rules.IdentificationAxis).Text())
		customers[c.ID] = match
		if match.Reason != "empty" {
			figures.Identified++
		}
		if match.Verdict == Matched {
			figures.Matched++
			accounts[match.Account] = Matched
		}
	}
	for _, match := range customers { // nobody gets the values of an ambiguous one
		for _, id := range match.several {
			accounts[id] = Ambiguous
		}
	}
	return customers, accounts, figures
}

func (w world) match(text string) Match {
	m := w.matchKey(text)
	if w.rules.Key == "" || w.rules.Key == "Id" {
		m = w.matchID(text)
	}
	if w.rules.Strict && m.Verdict == Matched && m.Reason != "exact" && m.Reason != "upgraded_15" {
		m.Verdict, m.Account = Unmatched, ""
	}
	return m
}

// matchKey compares a key other than Id as literal text, but for what the rules
// overlook.
func (w world) matchKey(text string) Match {
	key := w.rules.compared(text)
	found := w.byKey[key]
	switch {
	case strings.TrimFunc(text, invisible) == "":
		return Match{Verdict: Unmatched, Reason: "empty"}
	case len(found) > 1:
		m := Match{Verdict: Ambiguous, Reason: "ambiguous"}
		for _, a := range found {
			m.several = append(m.several, a.ID)
		}
		return m
	case len(found) == 1:
		return Match{Verdict: Matched, Reason: overlooked(text, found[0].Values[w.rules.Key]), Account: found[0].ID}
	case w.outKeys[key]:
		return Match{Verdict: Unmatched, Reason: "filtered"}
	}
	return Match{Verdict: Unmatched, Reason: "not_found"}
}

// overlooked is the reason of a key that is the same: the hardest thing that had
// to be overlooked.
func overlooked(text, key string) string {
	switch {
	case text == key:
		return "exact"
	case strings.EqualFold(text, key):
		return "case_repaired"
	}
	return "trimmed"
}

func (w world) matchID(text string) Match {
	r := readID(text, "001")
	switch {
	case r.reason == "invalid_suffix":
		respelled, _ := repair(r.written)
		return Match{Verdict: Unmatched, Reason: r.reason, Candidate: w.near(r.body, respelled)}
	case r.reason != "":
		return Match{Verdict: Unmatched, Reason: r.reason}
	case r.folded && w.repairable(r):
		return w.found(r.id, "case_repaired")
	case r.folded && w.live[r.id] == nil && w.outside[r.id] != nil && w.bodyIsNobodys(r):
		return Match{Verdict: Unmatched, Reason: "filtered"}
	case r.folded:
		return Match{Verdict: Unmatched, Reason: "invalid_suffix", Candidate: w.near(r.body, r.id)}
	case w.live[r.id] != nil:
		return w.found(r.id, r.how())
	}
	if winner := w.winner(r.id); winner != "" {
		return w.found(winner, "merged")
	}
	return Match{Verdict: Unmatched, Reason: w.absence(r.id)}
}

// found is the verdict of an identifier that means a live account.
func (w world) found(id, reason string) Match {
	if w.rows[id] > 1 {
		return Match{Verdict: Ambiguous, Reason: "ambiguous", several: []string{id}}
	}
	return Match{Verdict: Matched, Reason: reason, Account: id}
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

// repairable reports whether the case of a folded id may be repaired: the repaired
// id is an account's, and its body as written is nobody's.
func (w world) repairable(r reading) bool {
	if w.live[r.id] == nil {
		return false
	}
	return w.bodyIsNobodys(r)
}

func (w world) bodyIsNobodys(r reading) bool {
	outside := w.outside[r.body] != nil && !w.rules.Reading.OutsideIsUnseen
	return r.body == r.id || w.live[r.body] == nil && !outside && w.deleted[r.body] == nil
}

// near is the account that an id with a wrong suffix may mean: that of one of the
// ids that are one repair away, or else the winner of the merge that one of them
// lost.
func (w world) near(ids ...string) string {
	for _, id := range ids {
		if w.live[id] != nil {
			return id
		}
	}
	for _, id := range ids {
		if winner := w.winner(id); winner != "" {
			return winner
		}
	}
	return ""
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

// wonOutside reports whether an account that the condition leaves out is a winner
// along a chain of merges.
func (w world) wonOutside(id string) bool {
	for passed := map[string]bool{}; w.deleted[id] != nil && !passed[id]; {
		passed[id] = true
		id = w.deleted[id].MasterID
		if w.outside[id] != nil {
			return true
		}
	}
	return false
}

func (w world) absence(id string) string {
	switch {
	case w.deleted[id] != nil && w.wonOutside(id):
		return "filtered"
	case w.deleted[id] != nil:
		return "deleted"
	case w.outside[id] != nil:
		return "filtered"
	}
	return "not_found"
}
