package transform

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
)

// reasons say what each verdict means, in the words of a match report.
var reasons = map[Verdict]string{
	Exact:         "the identifier is the key of the account",
	Upgraded15:    "15 characters, completed to 18",
	CaseRepaired:  "letter case was folded and could be restored from the suffix",
	Trimmed:       "blanks around the id were ignored",
	FromURL:       "the id was taken from the address of the record",
	Merged:        "the account lost a merge, its winner is used",
	InvalidSuffix: "the last three characters do not belong to the first fifteen",
	WrongObject:   "the id is of another object",
	NotAnID:       "the identifier is not a Record ID",
	SeveralIDs:    "the identifier holds more than one id",
	Deleted:       "the account was deleted",
	Filtered:      "the account is outside salesforce.where",
	NotFound:      "no account has this key",
	Ambiguous:     "several accounts have this key",
	Empty:         "the identification axis is empty",
	Matched:       "customers get its values",
	Unmatched:     "no customer names it",
}

// literalReasons are the others of a match key that is not the Record ID.
var literalReasons = map[Verdict]string{
	CaseRepaired: "letter case was ignored, as match.fold_case asks",
	Trimmed:      "blanks around the key were ignored, as match.trim asks",
}

// bentReason is that of a number which a spreadsheet has changed.
const bentReason = "a spreadsheet has written this number in its own way: zeros or digits are lost; bring the key as text"

func textSchema(required []string, optional ...string) *arrow.Schema {
	var fields []arrow.Field
	for _, name := range required {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String})
	}
	for _, name := range optional {
		fields = append(fields, arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true})
	}
	return arrow.NewSchema(fields, nil)
}

// CustomersSchema is the schema of the customers of a snapshot: customer_id,
// identifier, and the present cell of each axis, under its name.
func (e *Engine) CustomersSchema() *arrow.Schema {
	return textSchema([]string{connector.CustomerID}, append([]string{connector.Identifier}, e.axes...)...)
}

// AxesSchema is the schema of the axes of a snapshot: customer_id, account_id,
// and the desired text of each axis, under its name.
func (e *Engine) AxesSchema() *arrow.Schema {
	return textSchema([]string{connector.CustomerID, "account_id"}, e.axes...)
}

// KeptSchema is the schema of the cells of a snapshot that a rule leaves as they
// are: customer_id, axis, case (the row of the table), held (what stands there;
// null: empty), held_type (null: text), desired (what should stand there, null:
// nothing), acknowledged (what the receiver acknowledged for us, null: nothing or
// empty), and since (RFC 3339, UTC; of a cell of ours: since when it is stale or
// edited). A cell that is neither among these nor among the changes is unchanged,
// or, where the customer has no account, nothing of ours.
func KeptSchema() *arrow.Schema {
	return textSchema([]string{connector.CustomerID, sinks.ColumnAxis, sinks.ColumnCase}, "held", "held_type", "desired", "acknowledged", "since")
}

// MatchesSchema is the schema of the matches of a snapshot, one row per customer
// and one per account: id, side (customer or account: whose id that is), verdict,
// reason, and of a customer account_id (the account that its identifier means),
// identifier, candidate (the nearest account of one without), and
// candidate_reason (why that is near: see Nearness).
func MatchesSchema() *arrow.Schema {
	return textSchema([]string{"id", "side"}, "account_id", "verdict", "reason", "identifier", "candidate", "candidate_reason")
}

// Shed frees what only Decide needs. What remains are AccountMatches,
// SaveAcknowledgements and SaveDeleted.
func (e *Engine) Shed(ctx context.Context) error {
	for _, r := range []*records{e.list.records, e.later.records, e.hits} {
		r.close()
	}
	return e.exec(ctx, "DROP TABLE customer", "DROP TABLE matched")
}
