package pipelines

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/durable"
)

// readDeleted reads the accounts that were deleted or that lost a merge: by a job
// of their own with its own ledger those that can still be read, and from the list
// of Salesforce those that cannot. Under another match key than the Record ID nobody
// names them; then they are needed only to go on from an earlier reading, or the
// list alone, which knows of transactions at work, so that a later one goes on.
func (r *run) readDeleted(ctx context.Context) error {
	named := r.Key == connector.AccountID
	if !named && !r.Incremental {
		r.reading.blind = true // to transactions at work
		return r.engine.Deleted(ctx, emptyReader(connector.DeletedSchema()))
	}
	listed, err := r.listDeleted(ctx)
	if err != nil {
		return err
	}
	defer listed.Release()
	if !named && r.reading.revision == nil {
		return r.engine.Deleted(ctx, emptyReader(connector.DeletedSchema()))
	}
	query := salesforce.Query{Object: r.Object, Deleted: true, Since: r.reading.since}
	if _, err := r.extract(ctx, query, "deleted", func(e *salesforce.Extraction) error {
		r.reading.asked(e.Created())
		return r.takeDeleted(e.Reader(), named, func(rows array.RecordReader) error { return r.engine.Deleted(ctx, rows) })
	}); err != nil {
		return err
	}
	err = r.takeDeleted(listed, named, func(rows array.RecordReader) error {
		file, err := r.deletedFile(r.state.Deleted)
		if err != nil {
			return err
		}
		return r.engine.RecallDeleted(ctx, file, rows)
	})
	if err != nil || named {
		return err
	}
	return r.engine.Deleted(ctx, emptyReader(connector.DeletedSchema()))
}

// takeDeleted removes accounts from the reading that is gone on from, and hands
// them to consume if customers may name them.
func (r *run) takeDeleted(rows array.RecordReader, named bool, consume func(array.RecordReader) error) error {
	if r.reading.revision != nil {
		rows = &teeReader{RecordReader: rows, to: r.reading.revision.Remove}
	}
	if named {
		return consume(rows)
	}
	for rows.Next() {
	}
	return rows.Err()
}

// listDeleted reads what Salesforce lists as deleted since the reading that is gone
// on from, or lately. Without the list such a reading is not possible, and all
// accounts are read; then it only tells a verdict more exactly, and the last hour of
// it up to when transactions are through.
func (r *run) listDeleted(ctx context.Context) (array.RecordReader, error) {
	from := r.org.ServerTime().Add(-salesforce.ListSpan)
	if p := r.state.Position; p != nil && p.Since.After(from) {
		from = p.Since
	}
	list, err := r.org.Listed(ctx, r.Object, from)
	if unlistable(err) {
		if r.reading.revision != nil {
			if err := r.readAll(fmt.Sprintf("what was deleted since then cannot be listed (%v)", err)); err != nil {
				return nil, err
			}
		}
		r.Log.Info("what was deleted is not listed", "because", err)
		list, err = r.org.Listed(ctx, r.Object, r.org.ServerTime().Add(-time.Hour))
	}
	switch {
	case err == nil:
		r.reading.asked(list.Covered)
		return list.Reader, nil
	case unlistable(err):
		r.reading.blind = true // to transactions at work
		return emptyReader(connector.ListedSchema()), nil
	}
	return nil, err
}

// unlistable reports whether trying again does not help: there is no such list, or
// it is too long, or not long enough.
func unlistable(err error) bool {
	var refused *salesforce.Error
	return errors.Is(err, salesforce.ErrListTooShort) || errors.As(err, &refused) && !refused.Temporary() && !refused.Auth()
}

func emptyReader(schema *arrow.Schema) array.RecordReader {
	reader, err := array.NewRecordReader(schema, nil)
	if err != nil {
		panic(err) // no batch can differ from the schema
	}
	return reader
}

// deletedFile is the file with what is known of accounts that are gone; empty: none
// yet.
func (r *run) deletedFile(generation int64) (string, error) {
	if generation == 0 {
		return "", nil
	}
	dir := r.state.path("deleted")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("state: %w", err)
	}
	return filepath.Join(dir, fmt.Sprintf("deleted-%06d.parquet", generation)), nil
}

// saveDeleted writes the next file and removes the others but the last one, which
// counts until the state is saved.
func (r *run) saveDeleted(ctx context.Context) error {
	if r.Key != connector.AccountID {
		return nil
	}
	file, err := r.deletedFile(r.state.Deleted + 1)
	if err != nil {
		return err
	}
	if err := errors.Join(keepOnly(filepath.Dir(file), fmt.Sprintf("deleted-%06d.parquet", r.state.Deleted)), r.engine.SaveDeleted(ctx, file)); err != nil {
		return err
	}
	if err := errors.Join(syncFile(file), durable.SyncFolder(filepath.Dir(file))); err != nil {
		return err
	}
	r.state.Deleted++
	return nil
}
