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
	age    time.Duration

	mu      sync.Mutex
	taken   bool // somebody else releases the reader
	removed bool // the job is no longer on the server, nor its pages on disk
}

// Ledger is the account of an extraction. When its reader has ended without an
// error, JobRows, PageRows and DecodedRows are equal.
type Ledger struct {
	JobRows     int64 // numberRecordsProcessed of the job
	PageRows    int64 // the sum of Sforce-NumberOfRecords of the pages read
	DecodedRows int64 // rows that came out of their CSV
	Pages       int64 // read
	InFlight    int64 // pages on their way at this moment
	Kept        int64 // of those, pages that lay on disk from an earlier run
	Received    int64 // bytes of result pages as they came over the line
	CSV         int64 // bytes of CSV decoded
	Calls       int64 // requests to the REST API
}

// ledger is the Ledger being written, by the downloads and the reader.
type ledger struct {
	pageRows, decodedRows, pages, inFlight, kept, received, csv atomic.Int64
}

// Extract has a query job run, waits until it is complete and begins to fetch
// its result pages into the folder dir, which is made when it is missing and
// belongs to this purpose alone: nobody else may extract into it meanwhile. What
// lies in it survives the process:
//
//   - job.json says which job it is;
//   - JOB-NNNNN.csv.gz (.csv where the server did not compress) are pages exactly
//     as they were received, each with a JOB-NNNNN.json that proves it whole; a
//     name ending in .part is a page on its way.
//
// Extract goes on with a job that it finds there, if it is the same query by the
// same user of the same org and not older than six hours: pages that are there are
// not fetched again, and where all are there nothing is asked at all. What cannot
// be gone on with is deleted, here and in the org.
//
// ctx governs everything until the reader has ended, but not Leave and Close, of
// which one has to be called. After an error there is nothing to close. The job was
// removed if it still ran when ctx was cancelled, if it passed its deadline or did
// not succeed; otherwise the next Extract goes on with it.
func (o *Org) Extract(ctx context.Context, query Query, dir string) (*Extraction, error) {
	soql, err := query.soql()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("salesforce: folder for result pages: %w", err)
	}
	wanted := &record{Version: recordVersion, OrganizationID: o.identity.OrganizationID, UserID: o.identity.UserID, Operation: "query", SOQL: soql}
	if query.Deleted {
		wanted.Operation = "queryAll"
	}
	j, pages, err := o.begin(ctx, query, wanted, dir)
	if err != nil {
		return nil, err
	}
	book := &ledger{}
	e := &Extraction{job: j, ledger: book, reader: newReader(query.Schema(), newDownloads(ctx, j, pages, book))}
	if j.record != wanted {
		e.age = time.Since(j.record.Sent)
	}
	return e, nil
}

// JobID is the id of the query job in the org.
func (e *Extraction) JobID() string { return e.job.record.ID }

// JobURL is the page of the job in Setup.
func (e *Extraction) JobURL() string { return e.job.url() }

// Created is when the job was made, by the server's clock: it holds nothing that
// was committed before and left out. A job that was gone on with may be six hours
// old. It is zero where the server does not say.
func (e *Extraction) Created() time.Time { return e.job.record.Created }

// Age is how long ago the job was asked for, when it is that of an earlier process;
// otherwise it is 0.
func (e *Extraction) Age() time.Duration { return e.age }

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
		JobRows: e.job.rows, PageRows: e.ledger.pageRows.Load(), DecodedRows: e.ledger.decodedRows.Load(), Pages: e.ledger.pages.Load(), InFlight: e.ledger.inFlight.Load(), Kept: e.ledger.kept.Load(),
		Received: e.ledger.received.Load(), CSV: e.ledger.csv.Load(), Calls: e.job.rest.calls.Load(),
	}
}

// Leave stops the downloads. The job and its pages stay for the next Extract into
// the same folder, unless what ended the reader would end it again: then both are
// removed, so that the next one begins anew. It does not release the reader.
func (e *Extraction) Leave(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stop()
	switch {
	case e.removed:
		return nil
	case e.reader.decoding.downloads.hopeless.Load():
		return e.remove(ctx)
	}
	e.job.rest.config.log().Info("the query job and its pages stay for the next run to go on with", "job", e.JobID(), "url", e.JobURL())
	return nil
}

// Close stops the downloads and deletes the job on the server and the pages on
// disk: call it once nobody needs them any more. It does not release the reader. It
// may be called again: after a success nothing more happens, after an error it is
// tried again. It goes on for a while when ctx has been cancelled.
func (e *Extraction) Close(ctx context.Context) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.stop()
	if e.removed {
		return nil
	}
	return e.remove(ctx)
}

func (e *Extraction) stop() {
	e.reader.decoding.downloads.stop()
	if !e.taken {
		e.taken = true
		e.reader.Release()
	}
}

func (e *Extraction) remove(ctx context.Context) error {
	ctx, cancel := patiently(ctx)
	defer cancel()
	if e.job.record.Found && e.reader.decoding.downloads.hopeless.Load() { // it may not be ours
		e.job.record.ID = ""
	}
	if err := e.job.drop(ctx); err != nil {
		return fmt.Errorf("salesforce: %w", err)
	}
	if err := os.Remove(e.job.dir); err != nil {
		return fmt.Errorf("salesforce: %w", err)
	}
	e.removed = true
	return nil
}
