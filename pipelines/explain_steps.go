package pipelines

import (
	"fmt"
	"slices"

	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/transform/recordid"
)

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
		text := "it has 18 characters, but the last three do not belong to the first fifteen: those would make " + r.Body
		if r.Respelled != "" {
			text += ", and the last three spell " + r.Respelled
		}
		return text
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
