package transform

import (
	"context"
	"fmt"
	"os"

	"github.com/axisync/axisync/sinks"
)

// ackColumns are what is remembered of a cell (the A and S of design.md 4.5),
// each with its SQL type:
//
//	a_at, a        A: when it was acknowledged, and the text; a_at null: no A
//	f, f_type      the form in which the receiver keeps A, where it differs
//	o_at, o, ...   the newest single read of the cell
//	s_at, s, ...   S: sent and not confirmed, what stood there before, whether the
//	               request was answered, and how often it was accepted
//	r_at, r_d, ... the refusal: the text refused, what stood there, the reason
//	since_at, ...  since when a cell that is ours is left stale, or as edited
var ackColumns = []ackColumn{
	{"customer_id", "VARCHAR"}, {"axis", "VARCHAR"},
	{"a_at", "BIGINT"}, {"a", "VARCHAR"}, {"f", "VARCHAR"}, {"f_type", "VARCHAR"},
	{"o_at", "BIGINT"}, {"o", "VARCHAR"}, {"o_type", "VARCHAR"},
	{"s_at", "BIGINT"}, {"s", "VARCHAR"}, {"s_before", "VARCHAR"}, {"s_before_type", "VARCHAR"}, {"s_answered", "BOOLEAN"}, {"s_tries", "BIGINT"},
	{"r_at", "BIGINT"}, {"r_d", "VARCHAR"}, {"r_h", "VARCHAR"}, {"r_h_type", "VARCHAR"}, {"r_code", "VARCHAR"}, {"r_reason", "VARCHAR"},
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
	ackSBefore
	ackSBeforeType
	ackSAnswered
	ackSTries
	ackRAt
	ackRD
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
		if err := e.exec(ctx, foldJournal(journal)...); err != nil {
			return fmt.Errorf("acknowledgements: %w", err)
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
	return e.exec(ctx, "INSERT INTO kept BY NAME SELECT * FROM read_parquet("+literal(saved)+")")
}

// foldJournal applies the events of a journal to the table kept. Of the events
// of a cell the last of each kind counts; S is open when nothing final came
// after it. Every event but an acceptance is also an observation.
func foldJournal(path string) []string {
	return []string{
		`CREATE TEMP TABLE event AS SELECT * FROM read_json(` + literal(path) + `, format = 'newline_delimited', columns = ` + sinks.EventColumns + `)`,
		`CREATE TEMP TABLE happened AS SELECT customer_id, axis,
			coalesce(max(seq) FILTER (WHERE kind = 'sending'), 0) AS sent_seq,
			arg_max({'at': "at", 'after': after, 'before': before, 'type': before_type}, seq) FILTER (WHERE kind = 'sending') AS sent,
			coalesce(max(seq) FILTER (WHERE kind = 'accepted'), 0) AS accepted_seq,
			list(seq) FILTER (WHERE kind = 'accepted') AS accepted,
			coalesce(max(seq) FILTER (WHERE kind IN ('acknowledged', 'rejected')), 0) AS final_seq,
			arg_max({'at': "at", 'after': after, 'now': now, 'type': now_type}, seq) FILTER (WHERE kind = 'acknowledged') AS acked,
			coalesce(max(seq) FILTER (WHERE kind = 'acknowledged'), 0) AS acked_seq,
			arg_max({'at': "at", 'after': after, 'before': before, 'type': before_type, 'code': code, 'reason': reason}, seq) FILTER (WHERE kind = 'rejected') AS rejected,
			coalesce(max(seq) FILTER (WHERE kind = 'rejected'), 0) AS rejected_seq,
			arg_max({'at': "at", 'now': CASE WHEN kind = 'sending' THEN before ELSE now END, 'type': CASE WHEN kind = 'sending' THEN before_type ELSE now_type END}, seq)
				FILTER (WHERE kind IN ('sending', 'acknowledged', 'conflict')) AS seen
			FROM event GROUP BY ALL`,
		`CREATE TEMP TABLE folded AS SELECT
			coalesce(h.customer_id, k.customer_id) AS customer_id, coalesce(h.axis, k.axis) AS axis,
			CASE WHEN h.acked_seq > 0 THEN h.acked['at'] ELSE k.a_at END AS a_at,
			CASE WHEN h.acked_seq > 0 THEN h.acked['after'] ELSE k.a END AS a,
			CASE WHEN h.acked_seq > 0 THEN h.acked['now'] ELSE k.f END AS f,
			CASE WHEN h.acked_seq > 0 THEN h.acked['type'] ELSE k.f_type END AS f_type,
			CASE WHEN h.seen IS NOT NULL THEN h.seen['at'] ELSE k.o_at END AS o_at,
			CASE WHEN h.seen IS NOT NULL THEN h.seen['now'] ELSE k.o END AS o,
			CASE WHEN h.seen IS NOT NULL THEN h.seen['type'] ELSE k.o_type END AS o_type,
			CASE WHEN h.sent_seq > h.final_seq THEN h.sent['at'] WHEN h.final_seq > 0 THEN NULL ELSE k.s_at END AS s_at,
			CASE WHEN h.sent_seq > h.final_seq THEN h.sent['after'] WHEN h.final_seq > 0 THEN NULL ELSE k.s END AS s,
			CASE WHEN h.sent_seq > h.final_seq THEN h.sent['before'] WHEN h.final_seq > 0 THEN NULL ELSE k.s_before END AS s_before,
			CASE WHEN h.sent_seq > h.final_seq THEN h.sent['type'] WHEN h.final_seq > 0 THEN NULL ELSE k.s_before_type END AS s_before_type,
			CASE WHEN h.sent_seq > h.final_seq THEN h.accepted_seq > h.sent_seq WHEN h.final_seq > 0 THEN NULL ELSE k.s_answered END AS s_answered,
			CASE WHEN h.sent_seq > h.final_seq THEN coalesce(len(list_filter(h.accepted, lambda x: x > h.final_seq)), 0) + CASE WHEN h.final_seq = 0 AND k.s_at IS NOT NULL AND k.s IS NOT DISTINCT FROM h.sent['after'] THEN k.s_tries ELSE 0 END
				WHEN h.final_seq > 0 THEN NULL ELSE k.s_tries END AS s_tries,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['at'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_at END AS r_at,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['after'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_d END AS r_d,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['before'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_h END AS r_h,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['type'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_h_type END AS r_h_type,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['code'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_code END AS r_code,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['reason'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_reason END AS r_reason,
			k.since_at, k.since_case
			FROM kept k FULL JOIN happened h ON h.customer_id = k.customer_id AND h.axis = k.axis`,
		"DROP TABLE event", "DROP TABLE happened", "DROP TABLE kept",
		"CREATE TABLE kept AS SELECT " + ackList("") + " FROM folded", "DROP TABLE folded",
	}
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
