package transform

import "github.com/axisync/axisync/connector"

// matchOutput is the table of matches.
type matchOutput struct {
	*output
	id, account, identifier, candidate, near *texts
	side, verdict, reason                    *codes
	places                                   map[Verdict]int
}

// The sides of a match, by their code.
const (
	accountSide = iota
	customerSide
)

var sides = []string{accountSide: "account", customerSide: "customer"}

func newMatchOutput(key string, to batchFunc) matchOutput {
	o := matchOutput{id: &texts{}, account: &texts{}, identifier: &texts{}, candidate: &texts{}, near: &texts{}, places: map[Verdict]int{}}
	var verdicts, told []string
	for _, verdict := range append(Verdicts(), Matched, Unmatched) {
		o.places[verdict] = len(verdicts)
		reason := reasons[verdict]
		if literal := literalReasons[verdict]; literal != "" && key != connector.AccountID {
			reason = literal
		}
		verdicts, told = append(verdicts, string(verdict)), append(told, reason)
	}
	told = append(told, bentReason)
	o.side, o.verdict, o.reason = newCodes(sides), newCodes(verdicts), newCodes(told)
	o.output = newOutput(MatchesSchema(), to, o.id, o.side, o.account, o.verdict, o.reason, o.identifier, o.candidate, o.near)
	return o
}

// customer adds the row of a customer.
func (o *matchOutput) customer(id string, identifier value, p person) error {
	o.id.add(id, true)
	o.side.add(customerSide)
	o.account.add(p.meant.text, p.meant.set)
	o.verdict.add(o.places[p.verdict])
	if p.bent {
		o.reason.add(len(o.places))
	} else {
		o.reason.add(o.places[p.verdict])
	}
	o.identifier.add(identifier.text, identifier.set)
	o.candidate.add(p.candidate.text, p.candidate.set)
	o.near.add(p.near.text, p.near.set)
	return o.end()
}

// accountRow adds the row of an account.
func (o *matchOutput) accountRow(id string, verdict Verdict) error {
	o.id.add(id, true)
	o.side.add(accountSide)
	o.verdict.add(o.places[verdict])
	o.reason.add(o.places[verdict])
	for _, column := range []*texts{o.account, o.identifier, o.candidate, o.near} {
		column.add("", false)
	}
	return o.end()
}
