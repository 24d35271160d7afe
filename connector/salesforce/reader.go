package salesforce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce/csv"
)

var _ array.RecordReader = (*reader)(nil)

// reader decodes the pages in order. It is an array.RecordReader: see the
// package connector.
type reader struct {
	ctx       context.Context
	schema    *arrow.Schema
	downloads *downloads
	refs      atomic.Int64

	decoder *csv.Decoder // from the first Next on
	page    *page        // being decoded
	body    *body
	batch   arrow.RecordBatch
	ended   bool
	err     error
}

func newReader(ctx context.Context, schema *arrow.Schema, d *downloads) *reader {
	r := &reader{ctx: ctx, schema: schema, downloads: d}
	r.refs.Store(1)
	return r
}

// Retain: see array.RecordReader.
func (r *reader) Retain() { r.refs.Add(1) }

// Release frees, at the last call, the batch and stops the downloads.
func (r *reader) Release() {
	if r.refs.Add(-1) != 0 {
		return
	}
	r.downloads.stop()
	r.end(errors.New("salesforce: the reader was released"))
	r.drop()
}

// Schema is known before the first batch.
func (r *reader) Schema() *arrow.Schema { return r.schema }

// RecordBatch is the batch of the last Next; it lives until the next one.
func (r *reader) RecordBatch() arrow.RecordBatch { return r.batch }

// Record: see RecordBatch.
func (r *reader) Record() arrow.RecordBatch { return r.batch }

// Err is why Next answered false early; nil when every row was delivered.
func (r *reader) Err() error { return r.err }

// Next decodes the next batch.
func (r *reader) Next() bool {
	r.drop()
	if r.ended {
		return false
	}
	if r.decoder == nil {
		r.decoder = csv.NewDecoder(r.schema, r.downloads.job.delimiter, connector.Memory)
	}
	ended, err := r.decode()
	if err != nil {
		r.end(err)
		return false
	}
	r.batch = r.decoder.Take()
	if ended {
		r.end(nil)
	}
	return r.batch != nil
}

// decode goes on until the batch is full or the pages have ended, with all
// counts right.
func (r *reader) decode() (ended bool, err error) {
	for !r.decoder.Full() {
		if r.page == nil {
			if last, err := r.open(); last || err != nil {
				return last, err
			}
		}
		err := r.decoder.Decode()
		r.downloads.ledger.csv.Store(r.decoder.Bytes())
		if err == io.EOF {
			err = r.finish()
		} else if err != nil {
			err = r.page.wrap(describe(err))
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

func describe(err error) error {
	var malformed *csv.Error
	if errors.As(err, &malformed) {
		return fmt.Errorf("salesforce: %w", err)
	}
	return err
}

// open waits for the next page; last is true when there is none and all rows of
// the job have come.
func (r *reader) open() (last bool, err error) {
	p, err := r.downloads.next(r.ctx)
	if err != nil {
		return false, err
	}
	if p == nil {
		return true, r.checkTotal()
	}
	if r.body, err = openBody(r.ctx, p, r.downloads.ledger); err != nil {
		return false, err
	}
	r.page = p
	r.decoder.Reset(r.body)
	return false, nil
}

// finish checks the page that was decoded to its end, and keeps it.
func (r *reader) finish() error {
	p, book, rows := r.page, r.downloads.ledger, int64(r.decoder.Rows())
	r.closePage()
	if rows != p.head.rows {
		return p.wrap(fmt.Errorf("salesforce: it holds %d rows, its header says %d", rows, p.head.rows))
	}
	book.pages.Add(1)
	book.pageRows.Add(p.head.rows)
	book.decodedRows.Add(rows)
	if err := p.keep(); err != nil {
		return p.wrap(err)
	}
	return nil
}

func (r *reader) checkTotal() error {
	book, j := r.downloads.ledger, r.downloads.job
	if rows := book.decodedRows.Load(); rows != j.rows {
		return fmt.Errorf("salesforce: query job %s has %d rows, its %d result pages hold %d", j.id, j.rows, book.pages.Load(), rows)
	}
	return nil
}

func (r *reader) closePage() {
	if r.body != nil {
		r.body.close()
	}
	r.page, r.body = nil, nil
}

// end frees everything but the batch; after an error nothing more is fetched.
func (r *reader) end(err error) {
	if r.ended {
		return
	}
	r.ended, r.err = true, err
	if err != nil {
		r.downloads.cancel(errStopped)
	}
	r.closePage()
	if r.decoder != nil {
		r.decoder.Release()
	}
}

func (r *reader) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}
