package salesforce

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
)

// Extraction is a completed query job whose result pages are on their way.
type Extraction struct {
	job    *job
	reader *reader
	ledger *ledger

	mu      sync.Mutex
	taken   bool // somebody else releases the reader
	removed bool // the job is no longer on the server
}

// Ledger is the account of an extraction. When its reader has ended without an
// error, JobRows, PageRows and DecodedRows are equal.
type Ledger struct {
	JobRows     int64 // numberRecordsProcessed of the job
	PageRows    int64 // the sum of Sforce-NumberOfRecords of the pages read
	DecodedRows int64 // rows that came out of their CSV
	Pages       int64 // read
	Received    int64 // bytes of result pages as they came over the line
	CSV         int64 // bytes of CSV decoded
	Calls       int64 // requests to the REST API
}

// ledger is the Ledger being written, by the downloads and the reader.
type ledger struct {
	pageRows, decodedRows, pages, received, csv atomic.Int64
}

// Extract has a query job run, waits until it is complete and begins to fetch
// its result pages into the folder dir, which is made when it is missing. Pages
// are kept there as they were received, as JOB-NNNNN.csv.gz (.csv where the
// server did not compress), and stay there; a name ending in .part is a page
// not yet proven whole.
//
// ctx governs everything until the reader has ended, but not Close. After an
// error there is nothing to close: the job was removed from the server.
func (o *Org) Extract(ctx context.Context, query Query, dir string) (*Extraction, error) {
	soql, err := query.soql()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("salesforce: folder for result pages: %w", err)
	}
	operation := "query"
	if query.Deleted {
		operation = "queryAll"
	}
	r := o.rest.tally()
	j, err := createJob(ctx, r, soql, operation)
	if err != nil {
		return nil, err
	}
	if err := j.wait(ctx); err != nil {
		return nil, j.abandon(ctx, err)
	}
	book := &ledger{}
	return &Extraction{job: j, ledger: book, reader: newReader(query.Schema(), newDownloads(ctx, j, dir, book))}, nil
}

// abandon removes the job after the error err, also when ctx is the reason.
func (j *job) abandon(ctx context.Context, err error) error {
	const patience = 20 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if left := j.remove(ctx); left != nil {
		return fmt.Errorf("%w (%w)", err, left)
	}
	return err
}

// JobID is the id of the query job in the org.
func (e *Extraction) JobID() string { return e.job.id }

// Rows is the number of rows that the job says it has: numberRecordsProcessed.
func (e *Extraction) Rows() int64 { return e.job.rows }

// Reader is the one reader over the rows, in the order of the pages, in batches
// of some thousand rows whose buffers come from connector.Memory. The caller
// releases it once for each call of Reader. Releasing it early stops the
// downloads and waits for them.
func (e *Extraction) Reader() array.RecordReader {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.taken {
		e.reader.Retain()
	}
	e.taken = true
	return e.reader
}

// Ledger is the account so far. It may be asked for at any time, also after
// Close.
func (e *Extraction) Ledger() Ledger {
	return Ledger{
		JobRows: e.job.rows, PageRows: e.ledger.pageRows.Load(), DecodedRows: e.ledger.decodedRows.Load(), Pages: e.ledger.pages.Load(),
		Received: e.ledger.received.Load(), CSV: e.ledger.csv.Load(), Calls: e.job.rest.calls.Load(),
	}
}

// Close stops the downloads and deletes the job on the server. What is on disk
// stays. It does not release the reader. It may be called again: after a
// success nothing more happens, after an error it is tried again. Give it a
// context that outlives the cancellation of the run.
func (e *Extraction) Close(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reader.decoding.downloads.stop()
	if !e.taken {
		e.taken = true
		e.reader.Release()
	}
	if e.removed {
		return nil
	}
	if err := e.job.remove(ctx); err != nil {
		return fmt.Errorf("salesforce: %w", err)
	}
	e.removed = true
	return nil
}
