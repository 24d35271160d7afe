package pipelines

import (
	"fmt"
	"slices"
	"strings"

	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/transform/recordid"
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
	i.Todo = x.todo(i)
	return i, nil
}

// steps say what became of the value of the identification axis.
func (x *explaining) steps(i Identity) ([]string, error) {
	switch {
	case i.Value == nil:
		return []string{"the customer does not carry the axis"}, nil
	case i.Verdict == transform.Empty:
		return []string{"it holds nothing but blanks"}, nil
	case !x.keyIsID():
		return append([]string{x.comparison()}, x.outcome(i, "")...), nil
	}
	reading := recordid.Read(*i.Value)
	steps := append(wrappingSteps(reading), shapeStep(reading, *i.Value))
	if reading.Body == "" {
		return steps, nil
	}
	steps = append(steps, x.prefixStep(reading.KeyPrefix(), i.Verdict))
	if i.Verdict == transform.InvalidSuffix && reading.Shape == recordid.CaseRepairable {
		why, err := x.notRepaired(reading)
		return append(steps, why), err
	}
	return append(steps, x.outcome(i, reading.ID)...), nil
}

// comparison says how another key than the Record ID is compared.
func (x *explaining) comparison() string {
	text := fmt.Sprintf("compared as literal text with %s of the accounts", x.Key)
	switch {
	case x.Trim && x.Fold:
		return text + ", without the blanks around it and without letter case"
	case x.Trim:
		return text + ", without the blanks around it"
	case x.Fold:
		return text + ", without letter case"
	}
	return text
}

func wrappingSteps(r recordid.Reading) []string {
	switch r.Wrapping {
	case recordid.Trimmed:
		return []string{"the blanks around it are left out"}
	case recordid.FromURL:
		return []string{"it is the address of a record: the id in it is taken"}
	}
	return nil
}

// shapeStep says what the value is when it is read as a Record ID.
func shapeStep(r recordid.Reading, text string) string {
	switch r.Shape {
	case recordid.Exact:
		return "it is an id of 18 characters, of which the last three belong to the first fifteen"
	case recordid.Upgraded15:
		return "it is an id of 15 characters, completed to " + r.ID
	case recordid.CaseRepairable:
		return "its letters are all of one case; the last three characters say that the id is " + r.ID
	case recordid.InvalidSuffix:
		return fmt.Sprintf("it has 18 characters, but the last three do not belong to the first fifteen: those would make %s", r.Body)
	case recordid.SeveralIDs:
		return "it holds more than one id, so none is taken"
	}
	return fmt.Sprintf("it is not a Record ID, which has 15 or 18 letters and digits; this has %d characters", len([]rune(text)))
}

// standardPrefixes are the objects of the key prefixes that are the same in every
// org (Salesforce's list of standard field record ID prefixes).
var standardPrefixes = map[string]string{
	"001": "Account", "003": "Contact", "005": "User", "006": "Opportunity", "00D": "Organization", "00Q": "Lead", "500": "Case", "701": "Campaign", "800": "Contract", "801": "Order",
}

func (x *explaining) prefixStep(prefix string, verdict transform.Verdict) string {
	object, known := standardPrefixes[prefix]
	switch {
	case known && verdict == transform.WrongObject:
		return fmt.Sprintf("%s is the prefix of %s, and the source reads %s", prefix, object, x.Object)
	case verdict == transform.WrongObject:
		return fmt.Sprintf("%s is not the prefix of %s", prefix, x.Object)
	case known:
		return fmt.Sprintf("%s is the prefix of %s", prefix, object)
	}
	return fmt.Sprintf("its prefix is %s", prefix)
}

// notRepaired says why an id of one letter case was not repaired.
func (x *explaining) notRepaired(r recordid.Reading) (string, error) {
	repaired, err := one(x.snapshot.Find("accounts", r.ID))
	if err != nil {
		return "", err
	}
	if repaired == nil {
		return fmt.Sprintf("no account has the id %s, so it is not repaired", r.ID), nil
	}
	return fmt.Sprintf("the account %s exists, but so does or did %s, the id as it is written: it may mean either and is not repaired", r.ID, r.Body), nil
}

// outcome says what matching found; id is what the value says.
func (x *explaining) outcome(i Identity, id string) []string {
	account := textOr(i.Account)
	var steps []string
	switch i.Verdict {
	case transform.Exact, transform.Upgraded15, transform.FromURL:
		steps = append(steps, "the account "+account+" exists")
	case transform.Trimmed, transform.CaseRepaired:
		steps = append(steps, x.repaired(i.Verdict, account))
	case transform.Merged:
		steps = append(steps, fmt.Sprintf("the account %s lost a merge: its winner %s is used", id, account))
	case transform.Deleted:
		steps = append(steps, "the account was deleted in Salesforce")
	case transform.Filtered:
		steps = append(steps, "the account exists, but outside salesforce.where: "+x.Where)
	case transform.NotFound:
		steps = append(steps, "no account that the connected user can see has it")
	case transform.Ambiguous:
		steps = append(steps, "several accounts have it, so none is taken")
	}
	if i.Account != nil && !i.Matched && x.Strict && !slices.Contains(transform.Accepted(true), i.Verdict) {
		steps = append(steps, "match.accept: strict takes only an id that needs no repair, so the account is not used")
	}
	return steps
}

// repaired says which account a value means that had to be repaired.
func (x *explaining) repaired(verdict transform.Verdict, account string) string {
	text := "the account " + account + " exists"
	switch {
	case verdict == transform.CaseRepaired && x.keyIsID():
		return text + ", and none has the id as it is written"
	case verdict == transform.CaseRepaired:
		return text + ", whose key differs in letter case"
	case !x.keyIsID():
		return text + ", whose key differs in the blanks around it"
	}
	return text
}

// todo says what makes the customer match.
func (x *explaining) todo(i Identity) string {
	axis := fmt.Sprintf("%q of the customer in Fincome", x.IdentificationAxis)
	if i.Matched {
		return ""
	}
	if i.Account != nil {
		return fmt.Sprintf("write %s into %s, or say match.accept: repaired", *i.Account, axis)
	}
	if i.Candidate != nil {
		return fmt.Sprintf("if %s is the account, write it into %s", *i.Candidate, axis)
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

// stranger is the error for a customer that the snapshot does not have, with the
// nearest thing to do.
func (x *explaining) stranger() error {
	m := x.snapshot.Manifest()
	text := fmt.Sprintf("the snapshot of the run %s has no customer %q", m.RunID, x.customerID)
	account, customers, err := x.customersOf()
	switch {
	case err != nil:
		return err
	case account != "" && len(customers) == 0:
		return configurationf("%s: it is an account, and no customer means it; see axisync history %s %s", text, x.File, account)
	case account != "":
		return configurationf("%s: it is an account; the customers that mean it are %s", text, listed(customers))
	}
	for _, f := range slices.Backward(x.found) {
		snapshot, err := f.Open()
		if err != nil || f.RunID == m.RunID {
			continue
		}
		row, err := one(snapshot.Find("customers", x.customerID))
		if err == nil && row != nil {
			return configurationf("%s; that of %s has it: add --run %[2]s, or see axisync history", text, f.RunID)
		}
	}
	near, err := x.similar()
	switch {
	case err != nil:
		return err
	case near != "":
		return configurationf("%s; did you mean %q?", text, near)
	}
	return configurationf("%s, which holds %d; ids are those of the column customer_id of the table customers", text, x.snapshot.Rows("customers"))
}

// customersOf are the customers that mean the account whose id was given for a
// customer's, in any form; account is empty if it is none.
func (x *explaining) customersOf() (account string, customers []string, err error) {
	for _, id := range idsOf(x.customerID) {
		row, err := matchOf(x.snapshot, "account", id)
		if err != nil {
			return "", nil, err
		}
		if row != nil {
			account = id
			break
		}
	}
	if account == "" {
		return "", nil, nil
	}
	err = eachText(x.snapshot, "matches", []string{"id", "side", "account_id"}, func(cells []*string) {
		if textOr(cells[1]) == "customer" && textOr(cells[2]) == account {
			customers = append(customers, *cells[0])
		}
	})
	return account, customers, err
}

// idsOf are the ids that a text may stand for: itself, and the Record ID that it
// can be read as.
func idsOf(text string) []string {
	ids := []string{text}
	if id := recordid.Read(text).ID; id != "" && id != text {
		ids = append(ids, id)
	}
	return ids
}

// similar is the customer whose id differs in blanks or letter case only.
func (x *explaining) similar() (string, error) {
	asked, near := strings.TrimSpace(x.customerID), ""
	err := eachText(x.snapshot, "customers", []string{"customer_id"}, func(cells []*string) {
		if near == "" && strings.EqualFold(strings.TrimSpace(*cells[0]), asked) {
			near = *cells[0]
		}
	})
	return near, err
}

// listed names the first of many.
func listed(names []string) string {
	const shown = 10
	quoted := make([]string, 0, shown)
	for _, name := range names[:min(len(names), shown)] {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	text := strings.Join(quoted, ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
