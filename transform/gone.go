package transform

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// Deleted loads the accounts that were deleted or lost a merge, in the schema
// connector.DeletedSchema: all that Salesforce still tells, or those of late. It
// reads to the end and does not release reader.
func (e *Engine) Deleted(ctx context.Context, reader array.RecordReader) error {
	return e.consume(ctx, reader, "CREATE TABLE gone AS SELECT Id AS id, MasterRecordId AS winner, "+timestamp("SystemModstamp")+" AS died FROM stream")
}

// timestamp reads a date-time of Salesforce, which is in UTC, to the second.
func timestamp(column string) string { return "try_cast(left(" + column + ", 19) AS TIMESTAMP)" }

// sameDeletion is how far the two times may differ that Salesforce tells of one
// deletion.
const sameDeletion = "INTERVAL 1 MINUTE"

// RecallDeleted adds to what Deleted has loaded what Salesforce does not tell any
// more, or not there: the file that SaveDeleted wrote last (empty: none yet), and
// the accounts listed as deleted, in the schema connector.ListedSchema. What is told
// now counts before what was known; an account that is listed with a later deletion
// has not lost its merge any more, for it was undeleted in between. It reads to the
// end and does not release listed.
func (e *Engine) RecallDeleted(ctx context.Context, saved string, listed array.RecordReader) error {
	err := e.consume(ctx, listed, "CREATE TABLE listed AS SELECT Id AS id, max("+timestamp("deletedDate")+") AS died FROM stream GROUP BY 1")
	if err != nil {
		return err
	}
	if err := e.exec(ctx, "CREATE TABLE known (id VARCHAR, winner VARCHAR, died TIMESTAMP)"); err != nil {
		return err
	}
	if saved != "" {
		if err := e.exec(ctx, "INSERT INTO known BY NAME SELECT id, winner, died FROM read_parquet("+literal(saved)+")"); err != nil {
			return unreadable(ctx, err, "what is known of merges", saved, `, or remove "deleted" from state.json to go on with what Salesforce still tells`)
		}
	}
	return e.exec(ctx,
		`INSERT INTO gone SELECT k.id, CASE WHEN l.died > k.died + `+sameDeletion+` THEN NULL ELSE k.winner END, greatest(k.died, l.died)
			FROM known k LEFT JOIN listed l ON l.id = k.id WHERE k.id NOT IN (SELECT id FROM gone)`,
		"INSERT INTO gone SELECT id, NULL, died FROM listed WHERE id NOT IN (SELECT id FROM gone)",
		"DROP TABLE known", "DROP TABLE listed")
}

// deletionsKept is how long a plain deletion is remembered after Salesforce has told
// of it: until then the customers who mean the account are told what became of it.
// Merges are remembered for good.
const deletionsKept = "INTERVAL 400 DAYS"

// SaveDeleted writes what is known of accounts that are gone to a Parquet file at
// path, for RecallDeleted. An account that a customer names and that lives, because
// it was undeleted, is not among them any more. The caller makes the file durable.
// It is called after Match.
func (e *Engine) SaveDeleted(ctx context.Context, path string) error {
	err := e.exec(ctx, `COPY (SELECT id, winner, died FROM gone g
		WHERE (winner IS NOT NULL OR coalesce(died >= (SELECT max(died) FROM gone) - `+deletionsKept+`, true)) AND NOT EXISTS (SELECT 1 FROM live l WHERE l.key = g.id))
		TO `+literal(path)+` (FORMAT parquet, COMPRESSION zstd)`)
	if err != nil {
		return fmt.Errorf("what is known of merges: %w", err)
	}
	return nil
}
