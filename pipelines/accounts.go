package pipelines

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/sinks/parquet"
)

// extract runs one job, hands it to consume, checks the ledger, and deletes the
// job whatever happened.
func (r *run) extract(ctx context.Context, query salesforce.Query, name string, consume func(*salesforce.Extraction) error) (salesforce.Ledger, error) {
	extraction, err := r.org.Extract(ctx, query, r.work(name))
	if err != nil {
		return salesforce.Ledger{}, err
	}
	err = consume(extraction)
	ledger := extraction.Ledger()
	// The job is deleted also when the run was interrupted.
	if closeErr := extraction.Close(context.WithoutCancel(ctx)); closeErr != nil && err == nil {
		r.note("a job could not be deleted and stays in Salesforce for seven days: %v", closeErr)
	}
	r.result.BytesReceived += ledger.Received
	r.result.Ledger[name+"_job_rows"] = ledger.JobRows
	r.result.Ledger[name+"_page_rows"] = ledger.PageRows
	r.result.Ledger[name+"_decoded_rows"] = ledger.DecodedRows
	return ledger, err
}

// band is how far a count beside the job may differ from it, because a live org
// moves.
const band = 0.01

// matchAccounts streams the accounts once: into the snapshot, and past the
// customers.
func (r *run) matchAccounts(ctx context.Context) error {
	before, err := r.org.Count(ctx, r.Object, r.Where)
	if err != nil {
		return err
	}
	if r.snapshot, err = parquet.Create(snapshotDir(r.Pipeline, r.id)); err != nil {
		return err
	}
	if r.reading.revision != nil {
		err = r.matchRevised(ctx)
	} else {
		err = r.matchAll(ctx)
	}
	if err != nil {
		return err
	}
	if err := r.checkCount(ctx, before, r.matching.Accounts); err != nil {
		return r.drifted(err)
	}
	return r.markFiltered(ctx)
}

// matchAll reads all accounts by one job.
func (r *run) matchAll(ctx context.Context) error {
	_, err := r.extract(ctx, salesforce.Query{Object: r.Object, Properties: r.properties, Where: r.Where}, "accounts", func(e *salesforce.Extraction) error {
		r.reading.asked(e.Created())
		r.Log.Info("the job is complete", "accounts", e.Rows())
		return r.match(ctx, e.Reader(), e.Rows())
	})
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

// checkCount holds the rows of the job against SELECT COUNT() before and after
// it: a job that leaves out rows answers without an error.
func (r *run) checkCount(ctx context.Context, before, rows int64) error {
	after, err := r.org.Count(ctx, r.Object, r.Where)
	if err != nil {
		return err
	}
	r.result.Ledger["accounts_counted_before"], r.result.Ledger["accounts_counted_after"] = before, after
	least, most := min(before, after), max(before, after)
	if float64(rows) < float64(least)*(1-band)-1 || float64(rows) > float64(most)*(1+band)+1 {
		return fmt.Errorf("salesforce counts %d accounts and the job gave %d: rows are missing or too many, nothing was sent; run again", after, rows)
	}
	return nil
}

// markFiltered finds out which customers mean an account that salesforce.where
// leaves out.
func (r *run) markFiltered(ctx context.Context) error {
	if r.Where == "" {
		return nil
	}
	unseen, err := r.engine.Unseen(ctx)
	if err != nil || unseen == 0 {
		return err
	}
	query := salesforce.Query{Object: r.Object}
	if r.Key != connector.AccountID {
		query.Properties = []connector.Property{*find(r.properties, r.Key)}
	}
	_, err = r.extract(ctx, query, "outside", func(e *salesforce.Extraction) error {
		r.matching, err = r.engine.Filtered(ctx, e.Reader(), r.matching)
		return err
	})
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
