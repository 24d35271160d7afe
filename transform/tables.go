package transform

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
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

func reasonSQL(column string) string {
	verdicts := make([]string, 0, len(reasons))
	for verdict := range reasons {
		verdicts = append(verdicts, string(verdict))
	}
	sort.Strings(verdicts)
	var b strings.Builder
	b.WriteString("CASE " + column)
	for _, verdict := range verdicts {
		fmt.Fprintf(&b, " WHEN %s THEN %s", literal(verdict), literal(reasons[Verdict(verdict)]))
	}
	return b.String() + " END"
}

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

// CustomersTable gives the customers of the snapshot, in CustomersSchema. A batch is valid until to
// returns. It may be called after Decide.
func (e *Engine) CustomersTable(ctx context.Context, to func(arrow.RecordBatch) error) error {
	columns := "customer_id, identifier"
	for i := range e.axes {
		columns += ", " + connector.ValueColumn(i)
	}
	return e.emitSlices(ctx, "SELECT "+columns+" FROM customer WHERE ", to)
}

// AxesSchema is the schema of the axes of a snapshot: customer_id, account_id,
// and the desired text of each axis, under its name.
func (e *Engine) AxesSchema() *arrow.Schema {
	return textSchema([]string{connector.CustomerID, "account_id"}, e.axes...)
}

// AxesTable gives the matched customers with the text desired for each axis, in
// AxesSchema. A batch is valid until to returns. It may be called after Decide.
func (e *Engine) AxesTable(ctx context.Context, to func(arrow.RecordBatch) error) error {
	columns := "customer_id, account"
	for i, axis := range e.rules.Axes {
		columns += ", " + e.dSQL(i, axis)
	}
	return e.emitSlices(ctx, "SELECT "+columns+" FROM hit h JOIN (SELECT c.n, c.customer_id, m.account FROM customer c JOIN matched m ON m.n = c.n WHERE m.account IS NOT NULL) p ON p.account = h.id WHERE p.", to)
}

// MatchesSchema is the schema of the matches of a snapshot, one row per customer
// and one per account: id, side (customer or account), customer_id, account_id,
// verdict, reason, identifier, candidate (the nearest account of a customer
// without one). id is that of the row's own side.
func MatchesSchema() *arrow.Schema {
	return textSchema([]string{"id", "side"}, "customer_id", "account_id", "verdict", "reason", "identifier", "candidate")
}

// CustomerMatches gives the customers' rows of MatchesSchema. A batch is valid
// until to returns. It may be called after Decide.
func (e *Engine) CustomerMatches(ctx context.Context, to func(arrow.RecordBatch) error) error {
	return e.emitSlices(ctx, "SELECT customer_id, 'customer', customer_id, meant, verdict, "+reasonSQL("verdict")+", identifier, candidate FROM customer c JOIN matched m ON m.n = c.n WHERE c.", to)
}

// Shed frees what only the tables of customers, axes and customers' matches need.
// What remains are AccountMatches and SaveAcknowledgements.
func (e *Engine) Shed(ctx context.Context) error {
	return e.exec(ctx, "DROP TABLE IF EXISTS person", "DROP TABLE customer", "DROP TABLE matched", "DROP TABLE hit")
}

func (e *Engine) emitSlices(ctx context.Context, query string, to func(arrow.RecordBatch) error) error {
	for _, s := range e.slices {
		if err := e.emit(ctx, query+s.where(), to); err != nil {
			return err
		}
	}
	return nil
}
