package transform

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// maxMerges bounds how many merges in a row are followed; a cycle ends there.
const maxMerges = 64

// Matching is the outcome of Match in figures.
type Matching struct {
	Accounts   int64 // rows of the stream
	Customers  int64
	Identified int64 // customers with a non-empty identifier
	Matched    int64 // customers that get the values of an account
	Candidates int64 // customers without an account of which one is near
	Verdicts   map[Verdict]int64
	Key        KeyQuality
}

// KeyQuality says how unique and complete the match key is on both sides. Of the
// Record ID only SharedCustomers is counted.
type KeyQuality struct {
	KeylessAccounts int64 `json:"accounts_without"`  // accounts that have none
	SharedAccounts  int64 `json:"accounts_sharing"`  // accounts whose key others have too
	SharedCustomers int64 `json:"customers_sharing"` // customers whose account others have too
	BentNumbers     int64 `json:"bent_numbers"`      // identifiers without an account that a spreadsheet has bent
}

// Match reads the stream of accounts (connector.AccountSchema, with the match
// key among the columns, and Name for the nearest candidates) once, to its end,
// keeps the accounts that a customer may mean, and gives every customer its
// verdict. It does not release accounts.
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
	if err := e.consume(ctx, hits, "CREATE TABLE hit AS SELECT * FROM stream"); err != nil {
		return Matching{}, err
	}
	if err := e.hits.flush(); err != nil {
		return Matching{}, err
	}
	if err := e.judge(ctx, hits.names); err != nil {
		return Matching{}, err
	}
	m, err := e.matching(ctx, hits.rows)
	if err != nil || hits.census == nil {
		return m, err
	}
	m.Key.KeylessAccounts = hits.keyless
	m.Key.SharedAccounts, err = hits.census.shared()
	return m, err
}

// followMerges makes the table alias: of each loser of a merge that a customer may
// name, its winners, one after the other.
func (e *Engine) followMerges(ctx context.Context) error {
	if e.rules.literal() {
		return e.exec(ctx, "CREATE TABLE alias (loser VARCHAR, winner VARCHAR, steps INTEGER)")
	}
	named := ""
	for i, column := range e.keyColumns() {
		if i > 0 {
			named += " OR "
		}
		named += "g.id IN (SELECT " + column + " FROM customer WHERE " + column + " IS NOT NULL)"
	}
	return e.exec(ctx, fmt.Sprintf(`CREATE TABLE alias AS WITH RECURSIVE walk(loser, winner, steps) AS (
		SELECT g.id, g.winner, 1 FROM gone g WHERE g.winner IS NOT NULL AND (%s)
		UNION ALL
		SELECT w.loser, g.winner, w.steps + 1 FROM walk w JOIN gone g ON g.id = w.winner
		WHERE g.winner IS NOT NULL AND w.steps < %d)
		SELECT loser, winner, min(steps) AS steps FROM walk GROUP BY ALL`, named, maxMerges))
}

func (e *Engine) matching(ctx context.Context, accounts int64) (Matching, error) {
	m := Matching{Accounts: accounts, Customers: e.customers, Verdicts: map[Verdict]int64{}}
	rows, err := e.conn.QueryContext(ctx, "SELECT verdict, count(*), count(hit), count(candidate) FROM matched GROUP BY 1")
	if err != nil {
		return m, fmt.Errorf("duckdb: %w", err)
	}
	defer rows.Close()
	var total int64
	for rows.Next() {
		var verdict Verdict
		var count, matched, candidates int64
		if err := rows.Scan((*string)(&verdict), &count, &matched, &candidates); err != nil {
			return m, fmt.Errorf("duckdb: %w", err)
		}
		m.Verdicts[verdict] = count
		m.Matched += matched
		m.Candidates += candidates
		total += count
	}
	m.Identified = total - m.Verdicts[Empty]
	if err := rows.Err(); err != nil {
		return m, fmt.Errorf("duckdb: %w", err)
	}
	if total != e.customers {
		return m, fmt.Errorf("matching lost count: %d customers went in, %d verdicts came out", e.customers, total)
	}
	return m, e.scalars(ctx, `SELECT coalesce((SELECT sum(n) FROM (SELECT count(*) AS n FROM matched WHERE hit IS NOT NULL GROUP BY hit) WHERE n > 1), 0)::BIGINT,
		(SELECT count(*) FROM matched WHERE bent OR near = 'bent_number')`, &m.Key.SharedCustomers, &m.Key.BentNumbers)
}

// Unseen is the number of customers whose verdict hangs on accounts outside
// salesforce.where: those without an account that one of them may be, and folded
// ids that were repaired. See Filtered.
func (e *Engine) Unseen(ctx context.Context) (int64, error) {
	var count int64
	verdicts := e.ifLiteral("'not_found'", "'not_found', 'deleted', 'invalid_suffix', 'case_repaired'")
	err := e.scalars(ctx, "SELECT count(*) FROM matched WHERE verdict IN ("+verdicts+")", &count)
	return count, err
}

// UnseenKeys are the keys that Filtered looks for. It is for few: see Unseen.
func (e *Engine) UnseenKeys(ctx context.Context) ([]string, error) {
	return e.strings(ctx, "SELECT DISTINCT key FROM ("+e.unseenKeys()+") t(key) WHERE key <> '' ORDER BY key")
}

// Filtered is given all accounts without the condition of salesforce.where (the
// match key is enough), or those alone that have an unseen key, and turns to
// filtered the verdict of the customers that mean one of them: by their id, by one
// whose case can be repaired, or as the winner of a merge. A folded id whose body as
// written is one of them is not repaired any more. It gives back m with the new
// verdicts and does not release accounts.
func (e *Engine) Filtered(ctx context.Context, accounts array.RecordReader, m Matching) (Matching, error) {
	compared, err := newComparedReader(accounts, e.rules)
	if err != nil {
		return m, err
	}
	defer compared.free()
	if err := e.consume(ctx, compared, "CREATE TABLE outside AS SELECT DISTINCT key FROM stream WHERE key IN ("+e.unseenKeys()+")"); err != nil {
		return m, err
	}
	statements := filterRecordIDs
	if e.rules.literal() {
		statements = []string{"UPDATE matched SET verdict = 'filtered', bent = false WHERE verdict = 'not_found' AND n IN (SELECT c.n FROM customer c JOIN outside o ON o.key = c.key)"}
	}
	if err := e.exec(ctx, statements...); err != nil {
		return m, err
	}
	filtered, err := e.matching(ctx, m.Accounts)
	filtered.Key.KeylessAccounts, filtered.Key.SharedAccounts = m.Key.KeylessAccounts, m.Key.SharedAccounts
	return filtered, err
}

// unseenKeys lists the keys that are looked for among all accounts. DuckDB would
// not read the stream at all if there were none.
func (e *Engine) unseenKeys() string {
	if e.rules.literal() {
		return "SELECT '' UNION ALL SELECT c.key FROM matched m JOIN customer c ON c.n = m.n WHERE m.verdict = 'not_found'"
	}
	return `SELECT '' UNION ALL SELECT c.record_id FROM matched m JOIN customer c ON c.n = m.n WHERE m.verdict IN ('not_found', 'invalid_suffix') AND c.record_id IS NOT NULL
		UNION ALL SELECT c.body FROM matched m JOIN customer c ON c.n = m.n WHERE m.verdict IN ('invalid_suffix', 'case_repaired') AND c.body IS NOT NULL
		UNION ALL SELECT winner FROM alias`
}

// filterRecordIDs are the statements of Filtered under the Record ID.
var filterRecordIDs = []string{
	"UPDATE matched SET verdict = 'filtered' WHERE verdict = 'not_found' AND n IN (SELECT c.n FROM customer c JOIN outside o ON o.key = c.record_id)",
	`UPDATE matched SET verdict = 'filtered' WHERE verdict = 'deleted' AND n IN (
		SELECT c.n FROM customer c JOIN (SELECT DISTINCT a.loser FROM alias a JOIN outside o ON o.key = a.winner) a ON a.loser = c.record_id)`,
	// The accounts of those that are not repaired any more stay matched only where
	// another customer has them too.
	"CREATE TABLE demoted AS SELECT m.n, m.meant FROM matched m JOIN customer c ON c.n = m.n JOIN outside o ON o.key = c.body WHERE m.verdict = 'case_repaired'",
	"UPDATE matched SET verdict = 'invalid_suffix', candidate = meant, near = 'one_repair_away', meant = NULL, hit = NULL WHERE n IN (SELECT n FROM demoted)",
	`UPDATE account_verdict SET verdict = 'unmatched' WHERE verdict = 'matched' AND id IN (SELECT meant FROM demoted)
		AND id NOT IN (SELECT m.meant FROM matched m WHERE m.hit IS NOT NULL AND m.meant IN (SELECT meant FROM demoted))`,
	"DROP TABLE demoted",
	// A folded id means an account outside when nothing has its body as written.
	`CREATE TABLE folded_outside AS SELECT c.n, c.body FROM matched m JOIN customer c ON c.n = m.n JOIN outside o ON o.key = c.record_id
		WHERE m.verdict = 'invalid_suffix' AND m.meant IS NULL AND c.shape = 'case_repairable'`,
	"DELETE FROM folded_outside WHERE body IN (SELECT key FROM outside) OR body IN (SELECT key FROM live) OR body IN (SELECT id FROM gone)",
	"UPDATE matched SET verdict = 'filtered', candidate = NULL, near = NULL WHERE verdict = 'invalid_suffix' AND n IN (SELECT n FROM folded_outside)",
	"DROP TABLE folded_outside",
}
