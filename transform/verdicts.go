package transform

import (
	"strings"

	"github.com/axisync/axisync/connector"
)

// verdictStatements make of the tables customer, alias, gone and hit the tables
// matched, one row a customer, and account_verdict, the accounts that a customer
// names.
func (e *Engine) verdictStatements() []string {
	verdicts := e.recordIDVerdicts()
	if e.rules.Key != connector.AccountID {
		verdicts = literalVerdicts
	}
	accepted := make([]string, 0, 6)
	for _, v := range Accepted(e.rules.Strict) {
		accepted = append(accepted, literal(string(v)))
	}
	return []string{
		"CREATE TABLE live AS SELECT key, min(id) AS id, min(hit) AS hit, min(written) AS written, count(*) > 1 AS shared FROM hit WHERE hit IS NOT NULL GROUP BY key",
		// Of an alias the first winner that lives counts.
		`CREATE TABLE survivor AS SELECT a.loser AS id, arg_min(a.winner, a.steps) AS account, arg_min(l.hit, a.steps) AS hit, arg_min(l.shared, a.steps) AS shared
			FROM alias a JOIN live l ON l.key = a.winner GROUP BY 1`,
		// Names and loose keys count only where one account alone has them.
		"CREATE TABLE called AS SELECT name AS hash, min(id) AS id FROM hit WHERE name IS NOT NULL GROUP BY name HAVING count(*) = 1",
		"CREATE TABLE loosely AS SELECT loose AS hash, min(id) AS id, min(written) AS written FROM hit WHERE loose IS NOT NULL GROUP BY loose HAVING count(*) = 1",
		// matched is what the rest of the run asks for: meant is the account of an
		// identifier, hit its record where the verdict lets the customer have it.
		`CREATE TABLE matched AS SELECT n, place, later, verdict, bent, several, account AS meant,
			CASE WHEN verdict IN (` + strings.Join(accepted, ", ") + `) THEN hit END AS hit,
			coalesce(candidate, lo.id, nm.id, nc.id) AS candidate,
			CASE WHEN candidate IS NOT NULL THEN near
				WHEN lo.id IS NOT NULL THEN CASE WHEN shape = 'literal' OR lower(trim(lo.written)) = lower(trim(v.written)) THEN 'other_blanks_or_case' ELSE 'bent_number' END
				WHEN coalesce(nm.id, nc.id) IS NOT NULL THEN 'same_name' END AS near
			FROM (SELECT *, CASE WHEN lost THEN v.named END AS missed_named, CASE WHEN lost THEN v.called END AS missed_called, CASE WHEN lost THEN v.loose END AS missed_loose
				FROM (SELECT *, account IS NULL AND candidate IS NULL AND verdict <> 'ambiguous' AS lost FROM (` + verdicts + `)) v) v
			LEFT JOIN called nm ON nm.hash = v.missed_named
			LEFT JOIN called nc ON nc.hash = v.missed_called
			LEFT JOIN loosely lo ON lo.hash = v.missed_loose`,
		`CREATE TABLE account_verdict AS SELECT * FROM (
			SELECT id, hash, 'matched' AS verdict FROM hit h WHERE h.hit IN (SELECT m.hit FROM matched m WHERE m.hit IS NOT NULL)
			UNION ALL SELECT DISTINCT id, hash, 'ambiguous' FROM hit h WHERE h.hit IS NOT NULL AND h.key IN (SELECT several FROM matched WHERE several IS NOT NULL)) ORDER BY hash`,
	}
}

// literalVerdicts matches another property than the Record ID, as literal text in
// the form in which it is compared: without blanks or letter case on request.
const literalVerdicts = `SELECT c.n, c.place, c.later, c.shape, c.written, c.named, c.called, c.loose,
	CASE WHEN NOT l.shared THEN l.id END AS account, l.hit, CASE WHEN l.shared THEN c.key END AS several,
	l.key IS NULL AND c.shape = 'bent' AS bent, NULL::VARCHAR AS candidate, NULL::VARCHAR AS near,
	CASE
	WHEN c.shape = 'empty' THEN 'empty'
	WHEN l.shared THEN 'ambiguous'
	WHEN l.key IS NULL THEN 'not_found'
	WHEN l.written = c.written THEN 'exact'
	WHEN lower(l.written) = lower(c.written) THEN 'case_repaired'
	ELSE 'trimmed' END AS verdict
	FROM customer c LEFT JOIN live l ON l.key = c.key`

// recordIDVerdicts matches Record IDs by the rules of design.md 4.3. A live
// account wins over an alias. The body is null where the identifier means it: a
// condition on one side alone would make a nested loop of an outer join.
func (e *Engine) recordIDVerdicts() string {
	return `SELECT n, place, later, shape, NULL::VARCHAR AS written, named, called, loose, candidate, near, verdict, false AS bent,
		CASE WHEN verdict <> 'ambiguous' THEN NULL WHEN live_shared THEN live ELSE winner END AS several,
		CASE WHEN as_written OR verdict = 'ambiguous' THEN NULL WHEN live IS NOT NULL THEN live WHEN NOT folded THEN winner END AS account,
		CASE WHEN live IS NOT NULL THEN live_hit ELSE winner_hit END AS hit
		FROM (SELECT c.n, c.place, c.later, c.shape, c.named, c.called, c.loose, r.key AS live, r.hit AS live_hit, r.shared AS live_shared, m.account AS winner, m.hit AS winner_hit,
			c.shape = 'case_repairable' AS folded, c.shape = 'case_repairable' AND (b.key IS NOT NULL OR gb.id IS NOT NULL) AS as_written,
			CASE
			WHEN c.shape IN ('empty', 'several_ids', 'not_an_id', 'invalid_suffix') THEN c.shape
			WHEN c.record_id[1:3] <> ` + literal(e.rules.KeyPrefix) + ` THEN 'wrong_object'
			WHEN r.shared THEN 'ambiguous'
			WHEN c.shape = 'case_repairable' THEN CASE
				WHEN b.key IS NULL AND gb.id IS NULL AND r.key IS NOT NULL THEN 'case_repaired' ELSE 'invalid_suffix' END
			WHEN r.key IS NOT NULL THEN CASE WHEN c.wrapping <> '' THEN c.wrapping ELSE c.shape END
			WHEN m.shared THEN 'ambiguous'
			WHEN m.account IS NOT NULL THEN 'merged'
			WHEN g.id IS NOT NULL THEN 'deleted'
			ELSE 'not_found' END AS verdict,
			CASE WHEN c.shape NOT IN ('invalid_suffix', 'case_repairable') THEN NULL ELSE coalesce(b.key, s.key, mb.account, ms.account, m.account) END AS candidate,
			CASE WHEN c.shape NOT IN ('invalid_suffix', 'case_repairable') THEN NULL
				WHEN coalesce(b.key, s.key) IS NOT NULL THEN 'one_repair_away'
				WHEN coalesce(mb.account, ms.account, m.account) IS NOT NULL THEN 'merge_winner' END AS near
			FROM customer c
			LEFT JOIN live r ON r.key = c.record_id
			LEFT JOIN live b ON b.key = c.body
			LEFT JOIN live s ON s.key = c.respelled
			LEFT JOIN survivor m ON m.id = c.record_id
			LEFT JOIN survivor mb ON mb.id = c.body
			LEFT JOIN survivor ms ON ms.id = c.respelled
			LEFT JOIN (SELECT DISTINCT id FROM gone) g ON g.id = c.record_id
			LEFT JOIN (SELECT DISTINCT id FROM gone) gb ON gb.id = c.body)`
}
