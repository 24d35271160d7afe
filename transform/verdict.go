package transform

// Verdict says what became of a customer or an account in matching: the
// verdicts of design.md 4.3.
type Verdict string

// The verdicts of a customer.
const (
	Exact         Verdict = "exact"
	Upgraded15    Verdict = "upgraded_15"
	CaseRepaired  Verdict = "case_repaired"
	Trimmed       Verdict = "trimmed"
	FromURL       Verdict = "from_url"
	Merged        Verdict = "merged"
	InvalidSuffix Verdict = "invalid_suffix"
	WrongObject   Verdict = "wrong_object"
	NotAnID       Verdict = "not_an_id"
	SeveralIDs    Verdict = "several_ids"
	Deleted       Verdict = "deleted"
	Filtered      Verdict = "filtered"
	NotFound      Verdict = "not_found"
	Ambiguous     Verdict = "ambiguous"
	Empty         Verdict = "empty"
)

// The verdicts of an account; a third is Ambiguous.
const (
	Matched   Verdict = "matched"
	Unmatched Verdict = "unmatched"
)

// Nearness says why an account is the nearest candidate of a customer that has
// none.
type Nearness string

// The reasons.
const (
	OneRepairAway     Nearness = "one_repair_away"      // its id has the first fifteen characters, or the letters, of the identifier
	MergeWinner       Nearness = "merge_winner"         // it won the merge that such an account lost
	SameName          Nearness = "same_name"            // it alone has the name of the customer, or the name that stands in the axis
	BentNumber        Nearness = "bent_number"          // its key is the number that a spreadsheet has written in another way
	OtherBlanksOrCase Nearness = "other_blanks_or_case" // its key differs in blanks around it or in letter case
)

// Accepted lists the verdicts under which a customer gets the values of an
// account.
func Accepted(strict bool) []Verdict {
	if strict {
		return []Verdict{Exact, Upgraded15}
	}
	return []Verdict{Exact, Upgraded15, CaseRepaired, Trimmed, FromURL, Merged}
}

// Verdicts lists the verdicts of customers in the order in which people read
// them: those that match first.
func Verdicts() []Verdict {
	return []Verdict{Exact, Upgraded15, CaseRepaired, Trimmed, FromURL, Merged,
		NotFound, Deleted, Filtered, WrongObject, InvalidSuffix, NotAnID, SeveralIDs, Empty, Ambiguous}
}
