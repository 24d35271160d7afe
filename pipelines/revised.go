package pipelines

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/words"
)

// matchRevised reads what has changed and takes the other accounts from the
// snapshot of an earlier run. What is read of all accounts comes first: an account
// that appears after that is among those that have changed.
func (r *run) matchRevised(ctx context.Context) error {
	if err := r.readRemaining(ctx); err != nil {
		return err
	}
	v := r.reading.revision
	changed, err := r.extract(ctx, salesforce.Query{Object: r.Object, Properties: r.properties, Where: r.Where, Since: r.reading.since}, "changed",
		func(e *salesforce.Extraction) error {
			r.reading.asked(e.Created())
			return eachBatch(e.Reader(), v.Put)
		})
	if err != nil {
		return err
	}
	r.Log.Info("read what has changed", "accounts", changed.DecodedRows)
	entered, tooMany, err := r.readEntered(ctx)
	if err != nil {
		return err
	}
	if tooMany != "" {
		if err := r.readAll(tooMany); err != nil {
			return err
		}
		return r.matchAll(ctx)
	}
	accounts, err := v.Read()
	if err != nil {
		return err
	}
	defer accounts.Release()
	put := changed.DecodedRows + entered
	if err := r.match(ctx, accounts, r.reading.rows+put); err != nil {
		return err
	}
	return r.checkRevision(put)
}

// readEntered reads the accounts that are there now although nothing of them has
// changed: those that meet the condition since a date has come, a formula or another
// record has changed, and those that the user may see since. There is no job if there
// are none; for many all accounts are read, and why is told.
func (r *run) readEntered(ctx context.Context) (rows int64, tooMany string, err error) {
	ids, count, err := r.reading.revision.Missing(salesforce.MostIDs)
	if err != nil || count == 0 {
		return 0, "", err
	}
	if count > len(ids) {
		return 0, fmt.Sprintf("%s accounts are there without having changed", words.Count(int64(count))), nil
	}
	ledger, err := r.extract(ctx, salesforce.Query{Object: r.Object, Properties: r.properties, IDs: ids}, "entered",
		func(e *salesforce.Extraction) error {
			r.reading.asked(e.Created())
			return eachBatch(e.Reader(), r.reading.revision.Put)
		})
	return ledger.DecodedRows, "", err
}

// readRemaining reads, of all accounts, what nothing tells of: the properties that
// change without a time, and under a condition which accounts meet it.
func (r *run) readRemaining(ctx context.Context) error {
	if r.Where == "" && len(r.reading.whole) == 0 {
		return nil
	}
	schema := connector.AccountSchema(r.reading.whole)
	remain := func(batch arrow.RecordBatch) error { return r.reading.revision.Remain(schema, batch) }
	if err := remain(nil); err != nil {
		return err
	}
	_, err := r.extract(ctx, salesforce.Query{Object: r.Object, Properties: r.reading.whole, Where: r.Where}, "remaining",
		func(e *salesforce.Extraction) error {
			r.reading.asked(e.Created())
			return eachBatch(e.Reader(), remain)
		})
	return err
}

// eachBatch hands over every batch of a reader, and releases it.
func eachBatch(rows array.RecordReader, to func(arrow.RecordBatch) error) error {
	defer rows.Release()
	for rows.Next() {
		if err := to(rows.RecordBatch()); err != nil {
			return err
		}
	}
	return rows.Err()
}

// checkRevision holds the accounts against what they were made of.
func (r *run) checkRevision(changed int64) error {
	c := r.reading.revision.Counts()
	for name, n := range map[string]int64{"base": c.Base, "replaced": c.Replaced, "added": c.Added, "removed": c.Removed, "left": c.Left} {
		r.result.Ledger["accounts_"+name] = n
	}
	if c.Replaced+c.Added != changed || c.Base != r.reading.rows || c.Base-c.Removed-c.Left+c.Added != r.matching.Accounts {
		return fmt.Errorf("the ledger does not add up: of %d accounts %d were removed and %d left, %d were added, %d have changed, and %d came of it", c.Base, c.Removed, c.Left, c.Added, changed, r.matching.Accounts)
	}
	return nil
}

// drifted: accounts that differ from the count of Salesforce after a reading of
// changes are not gone on from; the next run reads all of them.
func (r *run) drifted(err error) error {
	if r.reading.revision == nil {
		return err
	}
	r.state.Position = nil
	return fmt.Errorf("%w; it will read all accounts", err)
}
