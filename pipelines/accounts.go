package pipelines

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/sinks/parquet"
)

// readDeleted reads the accounts that were deleted or that lost a merge, by a
// job of their own with its own ledger.
func (r *run) readDeleted(ctx context.Context) error {
	if r.Key != connector.AccountID {
		return r.engine.Deleted(ctx, emptyReader(connector.DeletedSchema()))
	}
	_, err := r.extract(ctx, salesforce.Query{Object: r.Object, Deleted: true}, "deleted", func(e *salesforce.Extraction) error {
		return r.engine.Deleted(ctx, e.Reader())
	})
	return err
}

func emptyReader(schema *arrow.Schema) array.RecordReader {
	reader, err := array.NewRecordReader(schema, nil)
	if err != nil {
		panic(err) // no batch can differ from the schema
	}
	return reader
}

// matchAccounts streams the accounts once: into the snapshot, and past the
// customers.
func (r *run) matchAccounts(ctx context.Context) error {
	query := salesforce.Query{Object: r.Object, Properties: r.properties, Where: r.Where}
	var err error
	if r.snapshot, err = parquet.Create(snapshotDir(r.Pipeline, r.id)); err != nil {
		return err
	}
	ledger, err := r.extract(ctx, query, "accounts", func(e *salesforce.Extraction) error {
		r.Log.Info("the job is complete", "accounts", e.Rows())
		if r.accounts, err = r.snapshot.Table("accounts", query.Schema(), parquet.TableOptions{Key: []string{connector.AccountID}, Rows: e.Rows(), Typed: true}); err != nil {
			return err
		}
		r.matching, err = r.engine.Match(ctx, &teeReader{RecordReader: e.Reader(), to: r.accounts.Append})
		return err
	})
	if err != nil {
		return err
	}
	if err := r.checkCount(ctx, r.counted, ledger.DecodedRows); err != nil {
		return err
	}
	r.noteCost(ledger)
	return r.markFiltered(ctx)
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
