package sinks

import "github.com/apache/arrow-go/v18/arrow"

// Case is the row of design.md 4.5 that decided a cell which is to be written.
type Case string

// CaseUnread marks a cell whose present value nobody has seen: Before is what
// the receiver last acknowledged (empty when nothing was), and the cell is
// written if the read before the write finds it empty or equal to Before.
const CaseUnread Case = "unread"

// The cases of a plan that puts back what a run has written. They say what is
// remembered as acknowledged once it is done.
const (
	CaseRestore     Case = "restore"      // nothing: what is put back was not ours
	CaseRestoreOurs Case = "restore_ours" // what is put back: it was ours before
	CaseRestoreEdit Case = "restore_edit" // what the run wrote: what is put back is somebody's edit
)

// Restores reports whether a case is one of a plan that puts back.
func (c Case) Restores() bool {
	return c == CaseRestore || c == CaseRestoreOurs || c == CaseRestoreEdit
}

// The columns of ChangeSchema.
const (
	ColumnCustomerID = "customer_id"
	ColumnAxis       = "axis"
	ColumnBefore     = "before"
	ColumnBeforeType = "before_type"
	ColumnAfter      = "after"
	ColumnCase       = "case"
	ColumnAfterType  = "after_type"
)

// ChangeSchema is the schema of a change set: customer_id, axis, before (null:
// empty), before_type (null: text), after (null: clear), case, and after_type
// (null: text, otherwise connector.TypeNumber, TypeBoolean or TypeJSON), all utf8. The rows
// are sorted by bucket and customer.
func ChangeSchema() *arrow.Schema {
	column := func(name string, nullable bool) arrow.Field {
		return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: nullable}
	}
	return arrow.NewSchema([]arrow.Field{
		column(ColumnCustomerID, false),
		column(ColumnAxis, false),
		column(ColumnBefore, true),
		column(ColumnBeforeType, true),
		column(ColumnAfter, true),
		column(ColumnCase, false),
		column(ColumnAfterType, true),
	}, nil)
}
