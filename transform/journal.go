package transform

import (
	"fmt"
	"math"

	"github.com/axisync/axisync/sinks"
)

// foldedAtOnce is how many bytes of a journal are folded at once: what is known of
// a cell while its events are gathered cannot spill.
const foldedAtOnce = 24 << 20

// longestEvent is more bytes than a line can have: three values of 131,072
// characters, each of which JSON may write in six bytes. DuckDB reads through
// buffers of twice the size.
const longestEvent = 4 << 20

// foldJournal applies the events of a journal of some size to the table kept. Of
// the events of a cell the last of each kind counts; S is open when nothing final
// came after it. Every event but an acceptance is also an observation.
//
// A cell that was put back by a rollback is forgotten where it was not ours before,
// and holds an edit of what was written where it had been one: nothing has to be
// judged there any more.
//
// The cells are taken some at a time, by their hashes; the events themselves spill.
func foldJournal(path string, size int64) []string {
	parts := uint64(size/foldedAtOnce) + 1
	statements := []string{
		`CREATE TEMP TABLE event AS SELECT *, hash(customer_id, axis) AS h FROM read_json(` + literal(path) + `, format = 'newline_delimited', maximum_object_size = ` + fmt.Sprint(longestEvent) + `, columns = ` + sinks.EventColumns + `)`,
		// what is JSON and no event, such as {}
		"SELECT CASE WHEN count(*) FILTER (WHERE seq IS NULL OR kind IS NULL OR customer_id IS NULL OR axis IS NULL) > 0 THEN error('an event is not whole') END FROM event",
		"CREATE TEMP TABLE folded AS SELECT * FROM kept LIMIT 0",
	}
	width := math.MaxUint64/parts + 1 // 0 for one part
	for part := range parts {
		first, last := part*width, part*width+width-1
		if part == parts-1 {
			last = math.MaxUint64
		}
		statements = append(statements, foldCells(fmt.Sprintf("BETWEEN %d AND %d", first, last)))
	}
	return append(statements, "DROP TABLE event", "DROP TABLE kept", "CREATE TABLE kept AS SELECT "+ackList("")+" FROM folded", "DROP TABLE folded")
}

// foldCells puts into the table folded what is known, after the events, of the
// cells whose hashes lie within a range.
func foldCells(within string) string {
	return `INSERT INTO folded WITH happened AS (SELECT customer_id, axis,
			coalesce(max(seq) FILTER (WHERE kind = 'sending'), 0) AS sent_seq,
			arg_max({'at': "at", 'after': after, 'after_type': after_type, 'before': before, 'type': before_type}, seq) FILTER (WHERE kind = 'sending') AS sent,
			arg_max({'kind': kind, 'case': "case", 'at': "at", 'before': before, 'after': after}, seq) FILTER (WHERE kind IN ('sending', 'acknowledged', 'rejected')) AS ending,
			coalesce(ending['case'] = 'restore' AND ending['kind'] <> 'rejected', false) AS nobodys, coalesce(ending['case'] = 'restore_edit' AND ending['kind'] <> 'rejected', false) AS edits,
			coalesce(max(seq) FILTER (WHERE kind = 'accepted'), 0) AS accepted_seq,
			list(seq) FILTER (WHERE kind = 'accepted') AS accepted,
			coalesce(max(seq) FILTER (WHERE kind IN ('acknowledged', 'rejected')), 0) AS final_seq,
			arg_max({'at': "at", 'after': after, 'now': now, 'type': now_type}, seq) FILTER (WHERE kind = 'acknowledged') AS acked,
			coalesce(max(seq) FILTER (WHERE kind = 'acknowledged'), 0) AS acked_seq,
			arg_max({'at': "at", 'after': after, 'after_type': after_type, 'before': before, 'type': before_type, 'code': code, 'reason': reason}, seq) FILTER (WHERE kind = 'rejected') AS rejected,
			coalesce(max(seq) FILTER (WHERE kind = 'rejected'), 0) AS rejected_seq,
			arg_max({'at': "at", 'now': CASE WHEN kind = 'sending' THEN before ELSE now END, 'type': CASE WHEN kind = 'sending' THEN before_type ELSE now_type END}, seq)
				FILTER (WHERE kind IN ('sending', 'acknowledged', 'conflict')) AS seen
			FROM event WHERE h ` + within + ` GROUP BY customer_id, axis)
		SELECT
			coalesce(h.customer_id, k.customer_id) AS customer_id, coalesce(h.axis, k.axis) AS axis,
			CASE WHEN h.nobodys THEN NULL WHEN h.edits THEN h.ending['at'] WHEN h.acked_seq > 0 THEN h.acked['at'] ELSE k.a_at END AS a_at,
			CASE WHEN h.nobodys THEN NULL WHEN h.edits THEN h.ending['before'] WHEN h.acked_seq > 0 THEN h.acked['after'] ELSE k.a END AS a,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.acked_seq > 0 THEN h.acked['now'] ELSE k.f END AS f,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.acked_seq > 0 THEN h.acked['type'] ELSE k.f_type END AS f_type,
			CASE WHEN h.nobodys OR h.edits THEN h.ending['at'] WHEN h.seen IS NOT NULL THEN h.seen['at'] ELSE k.o_at END AS o_at,
			CASE WHEN h.nobodys OR h.edits THEN h.ending['after'] WHEN h.seen IS NOT NULL THEN h.seen['now'] ELSE k.o END AS o,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.seen IS NOT NULL THEN h.seen['type'] ELSE k.o_type END AS o_type,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.sent_seq > h.final_seq THEN h.sent['at'] WHEN h.final_seq > 0 THEN NULL ELSE k.s_at END AS s_at,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.sent_seq > h.final_seq THEN h.sent['after'] WHEN h.final_seq > 0 THEN NULL ELSE k.s END AS s,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.sent_seq > h.final_seq THEN h.sent['after_type'] WHEN h.final_seq > 0 THEN NULL ELSE k.s_type END AS s_type,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.sent_seq > h.final_seq THEN h.sent['before'] WHEN h.final_seq > 0 THEN NULL ELSE k.s_before END AS s_before,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.sent_seq > h.final_seq THEN h.sent['type'] WHEN h.final_seq > 0 THEN NULL ELSE k.s_before_type END AS s_before_type,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.sent_seq > h.final_seq THEN h.accepted_seq > h.sent_seq WHEN h.final_seq > 0 THEN NULL ELSE k.s_answered END AS s_answered,
			CASE WHEN h.nobodys OR h.edits THEN NULL WHEN h.sent_seq > h.final_seq THEN coalesce(len(list_filter(h.accepted, lambda x: x > h.final_seq)), 0) + CASE WHEN h.final_seq = 0 AND k.s_at IS NOT NULL AND k.s IS NOT DISTINCT FROM h.sent['after'] THEN k.s_tries ELSE 0 END
				WHEN h.final_seq > 0 THEN NULL ELSE k.s_tries END AS s_tries,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['at'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_at END AS r_at,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['after'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_d END AS r_d,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['after_type'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_d_type END AS r_d_type,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['before'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_h END AS r_h,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['type'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_h_type END AS r_h_type,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['code'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_code END AS r_code,
			CASE WHEN h.rejected_seq > h.acked_seq THEN h.rejected['reason'] WHEN h.acked_seq > 0 THEN NULL ELSE k.r_reason END AS r_reason,
			k.since_at, k.since_case
			FROM (SELECT * FROM kept WHERE hash(customer_id, axis) ` + within + `) k FULL JOIN happened h ON h.customer_id = k.customer_id AND h.axis = k.axis`
}
