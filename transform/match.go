package transform

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
)

// maxMerges bounds how many merges in a row are followed; a cycle ends there.
const maxMerges = 64

// Deleted loads the accounts that were deleted or lost a merge, in the schema
// connector.DeletedSchema. It reads to the end and does not release reader.
func (e *Engine) Deleted(ctx context.Context, reader array.RecordReader) error {
	return e.consume(ctx, reader, "CREATE TABLE gone AS SELECT Id AS id, MasterRecordId AS winner FROM stream")
}

// Matching is the outcome of Match in figures.
type Matching struct {
	Accounts   int64 // rows of the stream
	Customers  int64
	Identified int64 // customers with a non-empty identifier
	Matched    int64 // customers that get the values of an account
	Verdicts   map[Verdict]int64
}

// Match reads the stream of accounts (connector.AccountSchema, with the match
// key among the columns) once, to its end, keeps the accounts that a customer
// may mean, and gives every customer its verdict. It does not release accounts.
func (e *Engine) Match(ctx context.Context, accounts array.RecordReader) (Matching, error) {
	if err := e.followMerges(ctx); err != nil {
		return Matching{}, err
	}
	var err error
	if e.hits, err = newRecords(e.dir, readAtRandom); err != nil {
		return Matching{}, err
	}
	hits, err := e.newHitReader(ctx, accounts)
	if err != nil {
		return Matching{}, err
	}
	defer hits.free()
	if err := e.consume(ctx, hits, "CREATE TABLE hit AS SELECT * FROM stream WHERE key IN ("+e.candidateSQL()+")"); err != nil {
		return Matching{}, err
	}
	if err := e.hits.flush(); err != nil {
		return Matching{}, err
	}
	if err := e.exec(ctx, append(e.verdictStatements(), "DROP TABLE hit")...); err != nil {
		return Matching{}, err
	}
	return e.matching(ctx, hits.rows)
}

// keyColumns hold the keys that customers name: what an identifier says, its repaired
// form and the body as written.
func (e *Engine) keyColumns() []string {
	if e.rules.Key != connector.AccountID {
		return []string{connector.Identifier}
	}
	return []string{"record_id", "body"}
}

// candidateSQL lists, each some times, the keys that could be the account of a
// customer: those that are named, and the winners of the merges that these lost.
func (e *Engine) candidateSQL() string {
	var lists []string
	for _, column := range e.keyColumns() {
		lists = append(lists, "SELECT "+column+" AS id FROM customer WHERE "+column+" IS NOT NULL")
	}
	return strings.Join(append(lists, "SELECT winner FROM alias"), " UNION ALL ")
}

// followMerges makes the table alias: of each loser of a merge that a customer may
// name, its winners, one after the other.
func (e *Engine) followMerges(ctx context.Context) error {
	if e.rules.Key != connector.AccountID {
		return e.exec(ctx, "CREATE TABLE alias (loser VARCHAR, winner VARCHAR, steps INTEGER)")
	}
	return e.exec(ctx, fmt.Sprintf(`CREATE TABLE alias AS WITH RECURSIVE walk(loser, winner, steps) AS (
		SELECT g.id, g.winner, 1 FROM gone g WHERE g.winner IS NOT NULL
			AND (g.id IN (SELECT record_id FROM customer WHERE record_id IS NOT NULL) OR g.id IN (SELECT body FROM customer WHERE body IS NOT NULL))
		UNION ALL
		SELECT w.loser, g.winner, w.steps + 1 FROM walk w JOIN gone g ON g.id = w.winner
		WHERE g.winner IS NOT NULL AND w.steps < %d)
		SELECT loser, winner, min(steps) AS steps FROM walk GROUP BY ALL`, maxMerges))
}

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
		"CREATE TABLE live AS SELECT key, min(id) AS id, min(hit) AS hit, count(*) > 1 AS shared FROM hit GROUP BY key",
		// Of an alias the first winner that lives counts.
		`CREATE TABLE survivor AS SELECT a.loser AS id, arg_min(a.winner, a.steps) AS account, arg_min(l.hit, a.steps) AS hit
			FROM alias a JOIN live l ON l.key = a.winner GROUP BY 1`,
		// matched is what the rest of the run asks for: meant is the account of an
		// identifier, hit its record where the verdict lets the customer have it.
		"CREATE TABLE matched AS SELECT n, place, later, verdict, candidate, near, account AS meant, CASE WHEN verdict IN (" + strings.Join(accepted, ", ") + ") THEN hit END AS hit FROM (" + verdicts + ")",
		`CREATE TABLE account_verdict AS SELECT * FROM (
			SELECT id, hash, 'matched' AS verdict FROM hit h WHERE h.hit IN (SELECT m.hit FROM matched m WHERE m.hit IS NOT NULL)
			UNION ALL SELECT DISTINCT id, hash, 'ambiguous' FROM hit WHERE key IN (SELECT key FROM live WHERE shared)) ORDER BY hash`,
	}
}

// literalVerdicts matches another property than the Record ID, as literal text.
const literalVerdicts = `SELECT c.n, c.place, c.later, CASE WHEN NOT l.shared THEN l.id END AS account, l.hit, CASE
	WHEN c.shape = 'empty' THEN 'empty'
	WHEN l.shared THEN 'ambiguous'
	WHEN l.key IS NOT NULL THEN 'exact'
	ELSE 'not_found' END AS verdict, NULL::VARCHAR AS candidate, NULL::VARCHAR AS near
	FROM customer c LEFT JOIN live l ON l.key = c.identifier`

// recordIDVerdicts matches Record IDs by the rules of design.md 4.3. A live
// account wins over an alias. The body is null where the identifier means it: a
// condition on one side alone would make a nested loop of an outer join.
func (e *Engine) recordIDVerdicts() string {
	return `SELECT n, place, later, candidate, near, verdict,
		CASE WHEN written THEN NULL WHEN live IS NOT NULL THEN live WHEN NOT folded THEN winner END AS account,
		CASE WHEN live IS NOT NULL THEN live_hit ELSE winner_hit END AS hit
		FROM (SELECT c.n, c.place, c.later, r.key AS live, r.hit AS live_hit, m.account AS winner, m.hit AS winner_hit,
			c.shape = 'case_repairable' AS folded, c.shape = 'case_repairable' AND (b.key IS NOT NULL OR gb.id IS NOT NULL) AS written,
			CASE
			WHEN c.shape IN ('empty', 'several_ids', 'not_an_id', 'invalid_suffix') THEN c.shape
			WHEN c.record_id[1:3] <> ` + literal(e.rules.KeyPrefix) + ` THEN 'wrong_object'
			WHEN r.shared THEN 'ambiguous'
			WHEN c.shape = 'case_repairable' THEN CASE
				WHEN b.key IS NULL AND gb.id IS NULL AND r.key IS NOT NULL THEN 'case_repaired' ELSE 'invalid_suffix' END
			WHEN r.key IS NOT NULL THEN CASE WHEN c.wrapping <> '' THEN c.wrapping ELSE c.shape END
			WHEN m.account IS NOT NULL THEN 'merged'
			WHEN g.id IS NOT NULL THEN 'deleted'
			ELSE 'not_found' END AS verdict,
			CASE WHEN c.shape IN ('invalid_suffix', 'case_repairable') THEN coalesce(b.key, mb.account) END AS candidate,
			CASE WHEN c.shape NOT IN ('invalid_suffix', 'case_repairable') THEN NULL WHEN b.key IS NOT NULL THEN 'one_repair_away' WHEN mb.account IS NOT NULL THEN 'merge_winner' END AS near
			FROM customer c
			LEFT JOIN live r ON r.key = c.record_id
			LEFT JOIN live b ON b.key = c.body
			LEFT JOIN survivor m ON m.id = c.record_id
			LEFT JOIN survivor mb ON mb.id = c.body
			LEFT JOIN (SELECT DISTINCT id FROM gone) g ON g.id = c.record_id
			LEFT JOIN (SELECT DISTINCT id FROM gone) gb ON gb.id = c.body)`
}

func (e *Engine) matching(ctx context.Context, accounts int64) (Matching, error) {
	m := Matching{Accounts: accounts, Customers: e.customers, Verdicts: map[Verdict]int64{}}
	rows, err := e.conn.QueryContext(ctx, "SELECT verdict, count(*), count(hit) FROM matched GROUP BY 1")
	if err != nil {
		return m, fmt.Errorf("duckdb: %w", err)
	}
	defer rows.Close()
	var total int64
	for rows.Next() {
		var verdict Verdict
		var count, matched int64
		if err := rows.Scan((*string)(&verdict), &count, &matched); err != nil {
			return m, fmt.Errorf("duckdb: %w", err)
		}
		m.Verdicts[verdict] = count
		m.Matched += matched
		total += count
	}
	m.Identified = total - m.Verdicts[Empty]
	if err := rows.Err(); err != nil {
		return m, fmt.Errorf("duckdb: %w", err)
	}
	if total != e.customers {
		return m, fmt.Errorf("matching lost count: %d customers went in, %d verdicts came out", e.customers, total)
	}
	return m, nil
}

// NotFound is the number of customers that no account answers to. Under
// salesforce.where theirs may exist outside the condition: see Filtered.
func (e *Engine) NotFound(ctx context.Context) (int64, error) {
	var count int64
	err := e.scalars(ctx, "SELECT count(*) FROM matched WHERE verdict = 'not_found'", &count)
	return count, err
}

// Filtered is given all accounts without the condition of salesforce.where (Id
// and the match key are enough) and turns the verdict of the customers that mean
// one of them from not_found to filtered; it gives back m with the new verdicts.
// It does not release accounts.
func (e *Engine) Filtered(ctx context.Context, accounts array.RecordReader, m Matching) (Matching, error) {
	key := "c.record_id"
	if e.rules.Key != connector.AccountID {
		key = "c.identifier"
	}
	column := quoted(e.rules.Key)
	missing := "SELECT " + key + " FROM matched m JOIN customer c ON c.n = m.n WHERE m.verdict = 'not_found'"
	if err := e.consume(ctx, accounts, "CREATE TABLE outside AS SELECT DISTINCT "+column+" AS key FROM stream WHERE "+column+" IN ("+missing+")"); err != nil {
		return m, err
	}
	if err := e.exec(ctx, "UPDATE matched SET verdict = 'filtered' WHERE verdict = 'not_found' AND n IN (SELECT c.n FROM customer c JOIN outside o ON o.key = "+key+")"); err != nil {
		return m, err
	}
	return e.matching(ctx, m.Accounts)
}
