package pipelines

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/durable"
	"github.com/axisync/axisync/sinks/parquet"
	"github.com/axisync/axisync/storage"
)

// Extraction is what Extract tells.
type Extraction struct {
	Accounts      int64 `json:"accounts"`
	Calls         int64 `json:"salesforce_calls"`
	QueryJobs     int64 `json:"query_jobs"` // made; 0 where that of an earlier extract was gone on with
	BytesReceived int64 `json:"bytes_received"`
}

// kindExtract is no kind of a run: it has properties and no axes.
const kindExtract = "extract"

// Extract reads the accounts with their ids and writes them with every value
// exactly as Salesforce wrote it. It neither needs Fincome nor changes what the
// source remembers. A file that appears is whole.
func Extract(ctx context.Context, p *Pipeline, o Options, to ExtractTo) (extraction *Extraction, err error) {
	defer func() { err = p.withCommand(p.barredFolder(err)) }()
	if to, err = to.checked(ctx, p); err != nil {
		return nil, err
	}
	if err := sweepExtracts(p, nil); err != nil {
		return nil, err
	}
	dir, release, err := extractFolder(p)
	if err != nil {
		return nil, err
	}
	defer release()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	p = p.logging(o.Log)
	r := &run{Pipeline: p, Options: o, state: &state{}, result: &Result{Kind: kindExtract, Started: o.Now().UTC(), Ledger: map[string]int64{}}}
	p.Salesforce.Preparing = r.preparing
	org, err := salesforce.Connect(ctx, p.Salesforce, p.tokenStore())
	if err != nil {
		return nil, err
	}
	defer org.Close()
	if err := p.belongsTo(ctx, org.Identity().OrganizationID); err != nil {
		return nil, err
	}
	if err := sweepExtracts(p, func(dir string) error { return org.Discard(ctx, dir) }); err != nil {
		o.Log.Warn("a job of an earlier extract could not be deleted", "error", err.Error())
	}
	r.org = org
	if err := r.chooseProperties(ctx); err != nil {
		return nil, err
	}
	if r.counted, err = r.count(ctx); err != nil {
		return nil, err
	}
	if err := errors.Join(r.checkQuota(ctx), r.checkDisk(dir)); err != nil {
		return nil, err
	}
	return r.extractTo(ctx, dir, to)
}

func (r *run) extractTo(ctx context.Context, dir string, to ExtractTo) (*Extraction, error) {
	defer r.enter("read accounts")()
	extraction, err := r.org.Extract(ctx, salesforce.Query{Object: r.Object, Properties: r.properties, Where: r.Where}, dir)
	if err != nil {
		return nil, err
	}
	r.age = extraction.Age()
	r.showExtraction(extraction)
	r.Log.Info("the job is complete", "accounts", extraction.Rows())
	switch err := r.compareCount(ctx, r.counted, extraction.Rows()); {
	case errors.As(err, new(outOfBand)):
		return nil, errors.Join(err, extraction.Close(ctx))
	case err != nil:
		return nil, errors.Join(err, extraction.Leave(ctx))
	}
	if to.CSV != "" {
		err = writeCSV(to.CSV, extraction.Reader())
	} else {
		err = r.writeParquet(ctx, to.Parquet, dir, extraction)
	}
	ledger := extraction.Ledger()
	if err != nil {
		return nil, errors.Join(err, extraction.Leave(ctx))
	}
	if err := extraction.Close(ctx); err != nil {
		r.Log.Warn("the job could not be deleted and stays in Salesforce for seven days", "error", err.Error())
	}
	return &Extraction{Accounts: ledger.DecodedRows, Calls: r.org.Calls(), QueryJobs: r.org.Jobs(), BytesReceived: ledger.Received}, nil
}

// stalled is how long nobody has written to what is no extract at work any more, where
// that is not known otherwise.
const stalled = 6 * time.Hour

// writeCSV writes RFC 4180 with LF, a null as an empty field, and every value with
// the bytes it has.
func writeCSV(path string, accounts array.RecordReader) error {
	defer accounts.Release()
	_ = durable.SweepLeft(path, stalled) // of extracts that were killed; nothing hangs on it
	file, err := durable.Pending(path)
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	defer file.Cleanup()
	buffer := bufio.NewWriterSize(file, 1<<18)
	writer := csv.NewWriter(buffer)
	record := make([]string, accounts.Schema().NumFields())
	for i, field := range accounts.Schema().Fields() {
		record[i] = field.Name
	}
	err = writer.Write(record)
	for err == nil && accounts.Next() {
		err = writeRows(writer, accounts.RecordBatch(), record)
	}
	writer.Flush()
	if accounts.Err() != nil {
		return accounts.Err()
	}
	if err = errors.Join(err, writer.Error()); err == nil {
		err = buffer.Flush()
	}
	if err == nil {
		err = file.Replace() // before the job is deleted: what it held is on disk by then
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}

func writeRows(writer *csv.Writer, batch arrow.RecordBatch, record []string) error {
	columns := make([]*array.String, len(record))
	for i := range columns {
		columns[i] = batch.Column(i).(*array.String) // every column of connector.AccountSchema is
	}
	for row := range int(batch.NumRows()) {
		for i, column := range columns {
			record[i] = ""
			if column.IsValid(row) {
				record[i] = column.Value(row)
			}
		}
		if err := writer.Write(record); err != nil {
			return err
		}
	}
	return nil
}

// writeParquet writes a snapshot; work is a folder for what does not stay.
func (r *run) writeParquet(ctx context.Context, location, work string, extraction *salesforce.Extraction) error {
	snapshot, err := parquet.Create(ctx, location, work)
	if err != nil {
		return err
	}
	defer snapshot.Abort()
	accounts := extraction.Reader()
	defer accounts.Release()
	table, err := snapshot.Table("accounts", accounts.Schema(), parquet.TableOptions{Key: []string{connector.AccountID}, Rows: extraction.Rows()})
	if err != nil {
		return err
	}
	for accounts.Next() {
		if err := table.Append(accounts.RecordBatch()); err != nil {
			return err
		}
	}
	if err := accounts.Err(); err != nil {
		return err
	}
	if err := table.Write(ctx, nil); err != nil {
		return err
	}
	return snapshot.Commit(ctx, parquet.Manifest{RunID: storage.Base(location), Kind: kindExtract, Source: r.Source, Slug: r.Slug,
		ObservedAt: r.observed(), ProgramVersion: r.Version, APIVersion: r.org.APIVersion()})
}
