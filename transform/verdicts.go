package transform

import (
	"context"
	"strings"
)

// judge makes of the tables customer, alias, gone and hit the tables matched, one
// row a customer, and account_verdict, the accounts that a customer names.
func (e *Engine) judge(ctx context.Context, names *accountNames) error {
	if err := e.exec(ctx, e.verdictStatements()...); err != nil {
		return err
	}
	if err := e.nameLost(ctx, names); err != nil {
		return err
	}
	return e.exec(ctx, e.nearestStatement(),
		"UPDATE matched SET candidate = t.candidate, near = t.near FROM nearest t WHERE t.n = matched.n",
		"DROP TABLE lost", "DROP TABLE nearest", "DROP TABLE called",
		e.accountStatement(), "DROP TABLE hit")
}

// nameLost makes the table called: of the names that a customer without an account
// has, those that one account alone has.
func (e *Engine) nameLost(ctx context.Context, names *accountNames) error {
	wanted, err := e.wantedHashes(ctx, "lost", strings.Split(e.ifLiteral("named", "named,called"), ",")...)
	if err != nil {
		return err
	}
	if names == nil || wanted == nil {
		return e.exec(ctx, "CREATE TABLE called (hash UBIGINT, id VARCHAR)")
	}
	reader, err := names.having(wanted)
	if err != nil {
		return err
	}
	defer reader.free()
	return e.consume(ctx, reader, "CREATE TABLE called AS SELECT hash, min(id) AS id FROM stream GROUP BY hash HAVING count(*) = 1")
}

func (e *Engine) verdictStatements() []string {
	verdicts := e.recordIDVerdicts()
	if e.rules.literal() {
		verdicts = literalVerdicts
	}
	accepted := make([]string, 0, 6)
	for _, v := range Accepted(e.rules.Strict) {
		accepted = append(accepted, literal(string(v)))
	}
	return []string{
		"CREATE TABLE live AS SELECT " + e.ifLiteral("key, min(id) AS id, min(written) AS written", "id AS key") + ", min(hit) AS hit, count(*) > 1 AS shared FROM hit WHERE hit IS NOT NULL GROUP BY ALL",
		// Of an alias the first winner that lives counts.
		`CREATE TABLE survivor AS SELECT a.loser AS id, arg_min(a.winner, a.steps) AS account, arg_min(l.hit, a.steps) AS hit, arg_min(l.shared, a.steps) AS shared
			FROM alias a JOIN live l ON l.key = a.winner GROUP BY 1`,
		// The odd identifiers are few, and so are those of them that mean something: the
		// hash tables of the joins stay small.
		e.ifLiteral("CREATE TABLE odd (n BIGINT, body VARCHAR, respelled VARCHAR)", "CREATE TABLE odd AS SELECT n, body, respelled FROM customer WHERE body IS NOT NULL OR respelled IS NOT NULL"),
		`CREATE TABLE as_written AS SELECT o.n, min(l.key) AS account, min(s.account) AS winner, max(g.id IS NOT NULL) AS gone FROM odd o
			LEFT JOIN (SELECT l.key FROM live l JOIN (SELECT DISTINCT body FROM odd) o ON o.body = l.key) l ON l.key = o.body
			LEFT JOIN survivor s ON s.id = o.body
			LEFT JOIN (SELECT g.id FROM gone g JOIN (SELECT DISTINCT body FROM odd) o ON o.body = g.id) g ON g.id = o.body GROUP BY o.n`,
		`CREATE TABLE as_spelled AS SELECT o.n, min(l.key) AS account, min(s.account) AS winner FROM odd o
			LEFT JOIN (SELECT l.key FROM live l JOIN (SELECT DISTINCT respelled FROM odd) o ON o.respelled = l.key) l ON l.key = o.respelled
			LEFT JOIN survivor s ON s.id = o.respelled GROUP BY o.n`,
		// matched is what the rest of the run asks for: meant is the account of an
		// identifier, hit its record where the verdict lets the customer have it.
		`CREATE TABLE matched AS SELECT n, place, later, verdict::verdict AS verdict, bent, account AS meant, candidate, near::nearness AS near,
			CASE WHEN verdict IN (` + strings.Join(accepted, ", ") + `) THEN hit END AS hit FROM (` + verdicts + `)`,
		"DROP TABLE odd", "DROP TABLE as_written", "DROP TABLE as_spelled",
		// Names and loose keys are asked for those alone who have nothing better.
		"CREATE TABLE lost AS SELECT c.n, c.shape, c.named, " + e.ifLiteral("c.written, c.loose", "c.called") + ` FROM customer c
			JOIN (SELECT n FROM matched WHERE meant IS NULL AND candidate IS NULL AND verdict <> 'ambiguous') m ON m.n = c.n`,
	}
}

// accountStatement makes the table account_verdict.
func (e *Engine) accountStatement() string {
	return `CREATE TABLE account_verdict AS SELECT * FROM (
			SELECT id, hash, 'matched' AS verdict FROM hit h WHERE h.hit IN (SELECT m.hit FROM matched m WHERE m.hit IS NOT NULL)
			UNION ALL SELECT DISTINCT id, hash, 'ambiguous' FROM hit h WHERE h.hit IS NOT NULL AND h.` + e.ifLiteral("key", "id") + ` IN (
				SELECT CASE WHEN l.shared THEN l.key ELSE s.account END
				FROM (SELECT n FROM matched WHERE verdict = 'ambiguous') m JOIN customer c ON c.n = m.n
				LEFT JOIN live l ON l.key = c.` + e.ifLiteral("key", "record_id") + `
				LEFT JOIN survivor s ON s.id = c.` + e.ifLiteral("key", "record_id") + `)) ORDER BY hash`
}

func (e *Engine) ifLiteral(literal, recordID string) string {
	if e.rules.literal() {
		return literal
	}
	return recordID
}

// nearestStatement makes the table nearest.
func (e *Engine) nearestStatement() string {
	if !e.rules.literal() {
		return `CREATE TABLE nearest AS SELECT t.n, coalesce(m.id, c.id) AS candidate, 'same_name' AS near
			FROM lost t LEFT JOIN called m ON m.hash = t.named LEFT JOIN called c ON c.hash = t.called WHERE coalesce(m.id, c.id) IS NOT NULL`
	}
	return `CREATE TABLE nearest AS SELECT t.n, coalesce(o.id, m.id) AS candidate,
		CASE WHEN o.id IS NULL THEN 'same_name' WHEN t.shape = 'literal' OR lower(trim(o.written)) = lower(trim(t.written)) THEN 'other_blanks_or_case' ELSE 'bent_number' END AS near
		FROM lost t LEFT JOIN called m ON m.hash = t.named
		LEFT JOIN (
			SELECT h.loose AS hash, min(h.id) AS id, min(h.written) AS written FROM hit h JOIN (SELECT DISTINCT loose FROM lost) a ON a.loose = h.loose GROUP BY 1 HAVING count(*) = 1) o ON o.hash = t.loose
		WHERE coalesce(o.id, m.id) IS NOT NULL`
}

// literalVerdicts matches another property than the Record ID, as literal text in
// the form in which it is compared: without blanks or letter case on request.
const literalVerdicts = `SELECT c.n, c.place, c.later,
	CASE WHEN NOT l.shared THEN l.id END AS account, l.hit,
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
	return `SELECT n, place, later, verdict, false AS bent, candidate,
		CASE WHEN candidate IS NULL THEN NULL WHEN repair THEN 'one_repair_away' ELSE 'merge_winner' END AS near,
		CASE WHEN as_written OR verdict = 'ambiguous' THEN NULL WHEN live IS NOT NULL THEN live WHEN NOT folded THEN winner END AS account,
		CASE WHEN live IS NOT NULL THEN live_hit ELSE winner_hit END AS hit
		FROM (SELECT c.n, c.place, c.later, r.key AS live, r.hit AS live_hit, m.account AS winner, m.hit AS winner_hit,
			c.shape = 'case_repairable' AS folded, c.shape = 'case_repairable' AND (w.account IS NOT NULL OR coalesce(w.gone, false)) AS as_written,
			CASE
			WHEN c.shape IN ('empty', 'several_ids', 'not_an_id', 'invalid_suffix') THEN c.shape::VARCHAR
			WHEN c.record_id[1:3] <> ` + literal(e.rules.KeyPrefix) + ` THEN 'wrong_object'
			WHEN c.shape = 'case_repairable' AND (w.account IS NOT NULL OR coalesce(w.gone, false) OR r.key IS NULL) THEN 'invalid_suffix'
			WHEN r.shared THEN 'ambiguous'
			WHEN c.shape = 'case_repairable' THEN 'case_repaired'
			WHEN r.key IS NOT NULL THEN CASE WHEN c.wrapping <> '' THEN c.wrapping::VARCHAR ELSE c.shape::VARCHAR END
			WHEN m.shared THEN 'ambiguous'
			WHEN m.account IS NOT NULL THEN 'merged'
			WHEN g.id IS NOT NULL THEN 'deleted'
			ELSE 'not_found' END AS verdict,
			coalesce(w.account, s.account, r.key) IS NOT NULL AS repair,
			CASE WHEN verdict = 'invalid_suffix' THEN coalesce(w.account, s.account, r.key, w.winner, s.winner, m.account) END AS candidate
			FROM customer c
			LEFT JOIN live r ON r.key = c.record_id
			LEFT JOIN as_written w ON w.n = c.n
			LEFT JOIN as_spelled s ON s.n = c.n
			LEFT JOIN survivor m ON m.id = c.record_id
			LEFT JOIN (SELECT DISTINCT id FROM gone) g ON g.id = c.record_id)`
}
