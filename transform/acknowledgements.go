package transform

import (
	"context"
	"fmt"
	"os"
)

// ackColumns are what is remembered of a cell (the A and S of design.md 4.5),
// each with its SQL type:
//
//	a_at, a        A: when it was acknowledged, and the text; a_at null: no A
//	f, f_type      the form in which the receiver keeps A, where it differs
//	o_at, o, ...   the newest single read of the cell
//	s_at, s, ...   S: sent and not confirmed, what stood there before, whether the
//	               request was answered, and how often it was accepted
//	r_at, r_d, ... the refusal: the value refused, what stood there, the reason
//	since_at, ...  since when a cell that is ours is left stale, or as edited
var ackColumns = []ackColumn{
	{"customer_id", "VARCHAR"}, {"axis", "VARCHAR"},
	{"a_at", "BIGINT"}, {"a", "VARCHAR"}, {"f", "VARCHAR"}, {"f_type", "VARCHAR"},
	{"o_at", "BIGINT"}, {"o", "VARCHAR"}, {"o_type", "VARCHAR"},
	{"s_at", "BIGINT"}, {"s", "VARCHAR"}, {"s_type", "VARCHAR"}, {"s_before", "VARCHAR"}, {"s_before_type", "VARCHAR"}, {"s_answered", "BOOLEAN"}, {"s_tries", "BIGINT"},
	{"r_at", "BIGINT"}, {"r_d", "VARCHAR"}, {"r_d_type", "VARCHAR"}, {"r_h", "VARCHAR"}, {"r_h_type", "VARCHAR"}, {"r_code", "VARCHAR"}, {"r_reason", "VARCHAR"},
	{"since_at", "BIGINT"}, {"since_case", "VARCHAR"},
}

type ackColumn struct{ name, sqlType string }

// The places of ackColumns.
const (
	ackCustomerID = iota
	ackAxis
	ackAAt
	ackA
	ackF
	ackFType
	ackOAt
	ackO
	ackOType
	ackSAt
	ackS
	ackSType
	ackSBefore
	ackSBeforeType
	ackSAnswered
	ackSTries
	ackRAt
	ackRD
	ackRDType
	ackRH
	ackRHType
	ackRCode
	ackRReason
	ackSinceAt
	ackSinceCase
)

func ackList(prefix string) string {
	list := ""
	for i, column := range ackColumns {
		if i > 0 {
			list += ", "
		}
		list += prefix + column.name
	}
	return list
}

// Acknowledgements loads what is remembered of the cells of one target: the file
// that SaveAcknowledgements wrote last (empty: none yet) and the journal of what
// happened since (empty: none). Customers are loaded before it.
func (e *Engine) Acknowledgements(ctx context.Context, saved, journal string) error {
	if err := e.loadSaved(ctx, saved); err != nil {
		return err
	}
	if info, err := os.Stat(journal); err == nil && info.Size() > 0 {
		e.journaled = true
		if err := e.exec(ctx, foldJournal(journal, info.Size())...); err != nil {
			return unreadableJournal(ctx, err, journal)
		}
	}
	if err := e.exec(ctx,
		"CREATE TABLE ack AS SELECT c.n, k.* FROM kept k LEFT JOIN (SELECT n, customer_id FROM customer) c ON c.customer_id = k.customer_id"+e.byCustomer(),
		"DROP TABLE kept",
		"CREATE TABLE patch AS SELECT "+ackList("")+", false AS adopted FROM ack LIMIT 0"); err != nil {
		return err
	}
	return e.scalars(ctx, "SELECT count(*) > 0 FROM ack", &e.remembers)
}

// byCustomer sorts what a journal was folded into, which comes in the order of
// hashes: Decide asks for it some customers at a time. What SaveAcknowledgements
// wrote is in their order.
func (e *Engine) byCustomer() string {
	if e.journaled {
		return " ORDER BY c.n"
	}
	return ""
}

// What the files of acknowledgements hold, and what to do without them.
const (
	ofAcknowledgements = "what was acknowledged"
	ofJournal          = "the journal of what was sent"
	withoutState       = "; without the whole state nothing is overwritten unasked"
)

// loadSaved makes the table kept. A file of an earlier version has fewer columns.
func (e *Engine) loadSaved(ctx context.Context, saved string) error {
	columns := ""
	for i, column := range ackColumns {
		if i > 0 {
			columns += ", "
		}
		columns += column.name + " " + column.sqlType
	}
	if err := e.exec(ctx, "CREATE TABLE kept ("+columns+")"); err != nil || saved == "" {
		return err
	}
	if err := e.exec(ctx, "INSERT INTO kept BY NAME SELECT * FROM read_parquet("+literal(saved)+")"); err != nil {
		return unreadable(ctx, err, ofAcknowledgements, saved, withoutState)
	}
	return nil
}

// SaveAcknowledgements writes what is remembered, with what Decide learned, to a
// Parquet file at path and answers whether there was anything new to write; when
// not, no file is made. After it the journal given to Acknowledgements is part of
// the file. The caller makes the file durable.
func (e *Engine) SaveAcknowledgements(ctx context.Context, path string) (bool, error) {
	var learned int64
	if err := e.scalars(ctx, "SELECT count(*) FROM patch", &learned); err != nil {
		return false, err
	}
	if learned == 0 && !e.journaled {
		return false, nil
	}
	err := e.exec(ctx, `COPY (
		SELECT `+ackList("k.")+` FROM ack k WHERE NOT EXISTS (SELECT 1 FROM patch p WHERE p.customer_id = k.customer_id AND p.axis = k.axis)
		UNION ALL SELECT `+ackList("")+` FROM patch) TO `+literal(path)+` (FORMAT parquet, COMPRESSION zstd)`)
	if err != nil {
		return false, fmt.Errorf("acknowledgements: %w", err)
	}
	return true, nil
}
