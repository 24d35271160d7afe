package pipelines

import (
	"fmt"

	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/transform"
)

// identity says which account the customer is.
func (x *explaining) identity() (Identity, error) {
	i := Identity{
		Axis: x.IdentificationAxis, Value: x.customer["identifier"], Verdict: transform.Verdict(textOr(x.match["verdict"])), Reason: textOr(x.match["reason"]),
		Account: x.match["account_id"], AccountName: nameOf(x.account), Matched: x.wanted != nil,
		Candidate: x.match["candidate"], CandidateReason: transform.Nearness(textOr(x.match["candidate_reason"])),
	}
	if x.wanted != nil {
		i.Account = x.wanted["account_id"]
	}
	candidate, _, err := accountOf(x.snapshot, i.Candidate)
	if err != nil {
		return i, err
	}
	i.CandidateName = nameOf(candidate)
	if i.Steps, err = x.steps(i); err != nil {
		return i, err
	}
	i.Todo = x.todo(i, candidate)
	return i, nil
}

// keyOf is what names an account on the identification axis: its match key.
func (x *explaining) keyOf(account parquet.Row, id string) string {
	if x.keyIsID() || account == nil {
		return id
	}
	if key := textOr(account[x.spelled(x.Key)]); key != "" {
		return fmt.Sprintf("%q", key)
	}
	return "what you put into its " + x.Key
}

// todo says what makes the customer match.
func (x *explaining) todo(i Identity, candidate parquet.Row) string {
	axis := fmt.Sprintf("%q of the customer in Fincome", x.IdentificationAxis)
	if i.Matched {
		return ""
	}
	if i.Account != nil {
		return fmt.Sprintf("write %s into %s, or say match.accept: repaired", x.keyOf(x.account, *i.Account), axis)
	}
	if i.Candidate != nil {
		return fmt.Sprintf("if %s is the account, write %s into %s", *i.Candidate, x.keyOf(candidate, *i.Candidate), axis)
	}
	what := "the 18-character id of its account"
	if !x.keyIsID() {
		what = "what its account has in " + x.Key
	}
	switch i.Verdict {
	case transform.Empty, transform.NotAnID, transform.InvalidSuffix:
		return fmt.Sprintf("write %s into %s", what, axis)
	case transform.SeveralIDs:
		return fmt.Sprintf("leave one id in %s", axis)
	case transform.WrongObject:
		return fmt.Sprintf("write the id of the %s, not of another record, into %s", x.Object, axis)
	case transform.Deleted:
		return fmt.Sprintf("restore the account in Salesforce, or write the id of another into %s", axis)
	case transform.Filtered:
		return "widen salesforce.where if this customer is to get values"
	case transform.Ambiguous:
		return fmt.Sprintf("make %s of the accounts unique in Salesforce", x.Key)
	}
	return fmt.Sprintf("write %s into %s; if it stands there already, let the connected user see the account", what, axis)
}

// nearnessSentences say why an account is the nearest candidate.
var nearnessSentences = map[transform.Nearness]string{
	transform.OneRepairAway:     "its id has the characters of the value",
	transform.MergeWinner:       "it won the merge that the account of the value lost",
	transform.SameName:          "it alone has the name of the customer",
	transform.BentNumber:        "a spreadsheet may have bent its number into the value",
	transform.OtherBlanksOrCase: "its key differs only in blanks or letter case",
}

// Near says in words why the candidate is near; empty without one.
func (i Identity) Near() string { return nearnessSentences[i.CandidateReason] }
