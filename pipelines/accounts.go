package pipelines

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/sinks/parquet"
)

// matchAccounts streams the accounts once: into the snapshot, and past the
// customers.
func (r *run) matchAccounts(ctx context.Context) error {
	var err error
	if r.reading.revision != nil {
		err = r.matchRevised(ctx)
	} else {
		err = r.matchAll(ctx)
	}
	if err != nil {
		return err
	}
	if err := r.checkCount(ctx, r.counted, r.matching.Accounts); err != nil {
		return r.drifted(err)
	}
	return r.markFiltered(ctx)
}

// matchAll reads all accounts by one job.
func (r *run) matchAll(ctx context.Context) error {
	ledger, err := r.extract(ctx, salesforce.Query{Object: r.Object, Properties: r.properties, Where: r.Where}, "accounts", func(e *salesforce.Extraction) error {
		r.reading.asked(e.Created())
		r.Log.Info("the job is complete", "accounts", e.Rows())
		return r.match(ctx, e.Reader(), e.Rows())
	})
	if err == nil {
		r.noteCost(ledger)
	}
	return err
}

// match streams accounts of about so many rows.
func (r *run) match(ctx context.Context, accounts array.RecordReader, rows int64) (err error) {
	if r.accounts, err = r.snapshot.Table("accounts", accounts.Schema(), parquet.TableOptions{Key: []string{connector.AccountID}, Rows: rows, Typed: true}); err != nil {
		return err
	}
	r.matching, err = r.engine.Match(ctx, &teeReader{RecordReader: accounts, to: r.accounts.Append})
	return err
}

// teeReader shows each batch to a second consumer before it hands it on.
type teeReader struct {
	array.RecordReader
	to     func(arrow.RecordBatch) error
	failed error
}

func (t *teeReader) Next() bool {
	if t.failed != nil || !t.RecordReader.Next() {
		return false
	}
	t.failed = t.to(t.RecordBatch())
	return t.failed == nil
}

func (t *teeReader) Err() error {
	if t.failed != nil {
		return t.failed
	}
	return t.RecordReader.Err()
}
