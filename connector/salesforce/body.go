package salesforce

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/axisync/axisync/connector/gzip"
)

// body is the CSV of a received page. It reads to its end without an error only
// if the whole of it was there and, when compressed, its checksum was right.
//
// A page is checked while it is decoded and not before, because inflating it
// twice would double what an extraction costs. A page that turns out broken is
// fetched again; reading then goes on where it broke, after what was read
// already has been compared with what came now.
type body struct {
	ctx    context.Context
	page   *page
	ledger *ledger

	source *inflated
	read   int64
	healed bool
}

func openBody(ctx context.Context, p *page, book *ledger) (*body, error) {
	source, err := openInflated(p.file(), p.gzipped)
	if err != nil {
		return nil, p.wrap(err)
	}
	return &body{ctx: ctx, page: p, ledger: book, source: source}, nil
}

// Read reads on, over a page that was fetched again where it must.
func (b *body) Read(out []byte) (int, error) {
	n, err := b.source.Read(out)
	b.read += int64(n)
	if err == nil || err == io.EOF {
		return n, err
	}
	if b.healed || !b.page.gzipped {
		return n, fmt.Errorf("salesforce: %w", err) // not the page is broken, the disk is
	}
	if err := b.heal(); err != nil {
		return n, err
	}
	return n, nil
}

func (b *body) close() { b.source.close() }

// heal fetches the page again until it is whole and goes on behind what was read.
func (b *body) heal() error {
	b.healed = true
	b.source.close()
	broken := b.page.file() + ".broken"
	if err := os.Rename(b.page.file(), broken); err != nil {
		return fmt.Errorf("salesforce: %w", err)
	}
	defer os.Remove(broken)
	wasGzipped := b.page.gzipped
	j := b.page.job
	ctx, cancel := context.WithTimeoutCause(b.ctx, j.rest.config.DownloadDeadline, j.late())
	defer cancel()
	err := j.rest.config.retry(ctx, func() error {
		if err := b.page.fetch(ctx, b.ledger); err != nil {
			return err
		}
		return b.page.prove()
	})
	if err != nil {
		return err
	}
	old, err := openInflated(broken, wasGzipped)
	if err != nil {
		return err
	}
	defer old.close()
	if b.source, err = openInflated(b.page.file(), b.page.gzipped); err != nil {
		return err
	}
	return b.sameBeginning(old)
}

// sameBeginning compares what was read with the page that came now.
func (b *body) sameBeginning(old io.Reader) error {
	const step = 64 << 10
	was, is := make([]byte, step), make([]byte, step)
	for left := b.read; left > 0; {
		n := min(left, step)
		_, oldErr := io.ReadFull(old, was[:n])
		_, newErr := io.ReadFull(b.source, is[:n])
		if oldErr != nil || newErr != nil || !bytes.Equal(was[:n], is[:n]) {
			return hopeless{errors.New("salesforce: the page arrived broken, and differs now that it was fetched again: run again")}
		}
		left -= n
	}
	return nil
}

// prove inflates the whole page.
func (p *page) prove() error {
	source, err := openInflated(p.file(), p.gzipped)
	if err == nil {
		defer source.close()
		_, err = io.Copy(io.Discard, source)
	}
	if err != nil {
		return &interruption{p.name(), err}
	}
	return nil
}

// inflated reads a file, through gzip where it is compressed; of several gzip
// members it reads all.
type inflated struct {
	io.Reader
	file *os.File
}

func openInflated(path string, gzipped bool) (*inflated, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("salesforce: %w", err)
	}
	if !gzipped {
		return &inflated{file, file}, nil
	}
	return &inflated{&lazyGzip{source: file}, file}, nil
}

func (i *inflated) close() { _ = i.file.Close() }

// lazyGzip reads the header of the stream at the first Read, so that a broken
// one is met where every other break is.
type lazyGzip struct {
	source io.Reader
	gzip   *gzip.Reader
}

func (l *lazyGzip) Read(p []byte) (n int, err error) {
	if l.gzip == nil {
		if l.gzip, err = gzip.NewReader(l.source); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF // an empty file is no gzip stream
			}
			l.gzip = nil
			return 0, err
		}
	}
	return l.gzip.Read(p)
}
