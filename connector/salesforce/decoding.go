package salesforce

import (
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce/csv"
)

// decoding makes batches of the pages, in order, and keeps the account.
type decoding struct {
	downloads *downloads
	err       error // why it ended before every row was given out

	decoder *csv.Decoder
	page    *page // being decoded
	body    *body
}

// run sends batches to out until the pages have ended or something is wrong.
// Whoever receives a batch releases it.
func (d *decoding) run(schema *arrow.Schema, out chan<- arrow.RecordBatch) {
	d.err = errStopped // until the contrary is known, also if this panics
	d.decoder = csv.NewDecoder(schema, delimiters[d.downloads.job.record.Delimiter], connector.Memory)
	defer d.decoder.Release()
	defer d.closePage()
	for ended := false; !ended; {
		var err error
		if ended, err = d.decode(); err == nil {
			err = d.send(out)
		}
		if d.downloads.ctx.Err() != nil && err != nil {
			err = d.downloads.stopped() // whatever went wrong then: Close removes the pages
		}
		if err != nil {
			d.err = err
			d.downloads.hopeless.Store(isHopeless(err))
			d.downloads.cancel(errStopped)
			return
		}
	}
	d.err = nil
}

func (d *decoding) send(out chan<- arrow.RecordBatch) error {
	batch := d.decoder.Take()
	if batch == nil {
		return nil
	}
	select {
	case out <- batch:
		return nil
	case <-d.downloads.ctx.Done():
		batch.Release()
		return d.downloads.stopped()
	}
}

// decode goes on until the batch is full or the pages have ended, with all
// counts right.
func (d *decoding) decode() (ended bool, err error) {
	for !d.decoder.Full() {
		if d.page == nil {
			if last, err := d.open(); last || err != nil {
				return last, err
			}
		}
		err := d.decoder.Decode()
		d.downloads.ledger.csv.Store(d.decoder.Bytes())
		if err == io.EOF {
			err = d.finish()
		} else if err != nil {
			err = d.page.wrap(ours(err))
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// ours marks an error of the decoder as one of this package.
func ours(err error) error {
	var malformed *csv.Error
	if errors.As(err, &malformed) {
		return hopeless{fmt.Errorf("salesforce: %w", err)}
	}
	return err
}

// open waits for the next page; last is true when there is none and all rows of
// the job have come.
func (d *decoding) open() (last bool, err error) {
	p, err := d.downloads.next()
	if err != nil {
		return false, err
	}
	if p == nil {
		return true, d.checkTotal()
	}
	if d.body, err = openBody(d.downloads.ctx, p, d.downloads.ledger); err != nil {
		return false, err
	}
	d.page = p
	d.decoder.Reset(d.body)
	return false, nil
}

// finish checks the page that was decoded to its end.
func (d *decoding) finish() error {
	p, book, rows := d.page, d.downloads.ledger, int64(d.decoder.Rows())
	d.closePage()
	if rows != p.head.rows {
		return p.wrap(hopeless{fmt.Errorf("salesforce: it holds %d rows, its header says %d", rows, p.head.rows)})
	}
	book.pages.Add(1)
	book.pageRows.Add(p.head.rows)
	book.decodedRows.Add(rows)
	return nil
}

func (d *decoding) checkTotal() error {
	book, j := d.downloads.ledger, d.downloads.job
	if rows := book.decodedRows.Load(); rows != j.rows {
		return hopeless{fmt.Errorf("salesforce: query job %s has %d rows, its %d result pages hold %d", j.record.ID, j.rows, book.pages.Load(), rows)}
	}
	return nil
}

func (d *decoding) closePage() {
	if d.body != nil {
		d.body.close()
	}
	d.page, d.body = nil, nil
}
