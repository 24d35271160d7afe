package salesforce

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// noLocator is what the server writes where no page follows: these four letters.
const noLocator = "null"

// page is one result page, from its locator to its file.
type page struct {
	job    *job
	number int // from 1
	at     place
	path   string // of its file, without its ending
	card   *card  // of the file that was kept from before, if there is one

	heads   chan struct{} // closed once head is known, or failed
	head    head
	done    chan struct{} // closed once it is on disk, or failed
	gzipped bool          // the file is
	err     error
}

// place is where a page is found: at a locator, empty for the first page. One
// that resultPages listed has the size it was listed with; any other is asked
// for with a size.
type place struct {
	locator string
	listed  bool
}

// head is what the headers of a page tell.
type head struct {
	rows int64  // Sforce-NumberOfRecords
	next string // Sforce-Locator
}

func newPage(j *job, number int, at place) *page {
	return &page{
		job: j, number: number, at: at, path: pagePath(j.dir, j.record.ID, number),
		heads: make(chan struct{}), done: make(chan struct{}),
	}
}

// pagePath is the file of a page without its ending.
func pagePath(dir, jobID string, number int) string {
	return filepath.Join(dir, fmt.Sprintf("%s-%05d", jobID, number))
}

// found takes the page from disk if it is among those that are kept.
func (p *page) found(k *kept) {
	c, there := k.cards[p.number]
	if !there || c.place() != p.at {
		return
	}
	p.card, p.head, p.gzipped = &c, c.head(), c.Gzipped
	close(p.heads)
}

// download fetches the page into its file, unless it is there, and then lets go of
// those who wait.
func (p *page) download(ctx context.Context, book *ledger) {
	defer close(p.done)
	if p.card != nil && p.intact(*p.card) {
		book.kept.Add(1)
		return
	}
	book.inFlight.Add(1)
	defer book.inFlight.Add(-1)
	p.err = p.job.rest.config.retry(ctx, func() error { return p.fetch(ctx, book) })
	if p.err != nil {
		p.err = p.wrap(p.err)
	}
	if !p.headed() {
		close(p.heads)
	}
}

func (p *page) wrap(err error) error { return fmt.Errorf("%w, in result page %d", err, p.number) }

func (p *page) headed() bool {
	select {
	case <-p.heads:
		return true
	default:
		return false
	}
}

// successor is the locator of the next page, known before the body has come. A
// page that failed has none; the reader meets its error first.
func (p *page) successor(ctx context.Context) (string, error) {
	select {
	case <-p.heads:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	if p.head.next == "" {
		return "", errStopped
	}
	return p.head.next, nil
}

// fetch makes one attempt at the page. A file of an attempt before is written
// over.
func (p *page) fetch(ctx context.Context, book *ledger) error {
	response, err := p.job.rest.send(ctx, p.request())
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if err := p.readHead(response); err != nil {
		return err
	}
	size, sum, err := save(response.Body, p.file()+".part")
	book.received.Add(size)
	var disk *os.PathError
	switch {
	case errors.As(err, &disk):
		return fmt.Errorf("salesforce: result page: %w", err)
	case err != nil:
		return transportError(p.name(), err)
	}
	return p.keep(card{Locator: p.at.locator, Listed: p.at.listed, Rows: p.head.rows, Next: p.head.next, Gzipped: p.gzipped, Size: size, CRC: sum})
}

func (p *page) request() request {
	query := url.Values{}
	if !p.at.listed {
		query.Set("maxRecords", strconv.Itoa(p.job.rest.config.PageRows))
	}
	if p.at.locator != "" {
		query.Set("locator", p.at.locator)
	}
	return request{method: http.MethodGet, path: p.job.path() + "/results", query: query, header: http.Header{"Accept": {"text/csv"}}}
}

func (p *page) name() string { return p.job.rest.name(p.request()) }

// readHead reads the headers of an answer, which must tell of every attempt the
// same.
func (p *page) readHead(response *http.Response) error {
	h, err := parseHead(response)
	if err != nil {
		return err
	}
	p.gzipped = response.Header.Get("Content-Encoding") == "gzip"
	if !p.headed() {
		p.head = h
		close(p.heads)
	}
	if h != p.head {
		return hopeless{fmt.Errorf("salesforce: %s answered with %d rows and the next locator %q, then with %d and %q: the results changed",
			p.name(), p.head.rows, p.head.next, h.rows, h.next)}
	}
	return nil
}

// parseHead takes nothing for granted: a header that is missing is an error, for
// its absence was taken for the end, or for page one again, by other clients. A
// status of 204 means that there are no results yet, never an empty table.
func parseHead(response *http.Response) (head, error) {
	from := "salesforce: " + response.Request.Method + " " + response.Request.URL.Path
	if response.StatusCode != http.StatusOK {
		return head{}, hopeless{fmt.Errorf("%s answered %d where a result page was expected", from, response.StatusCode)}
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/csv") {
		return head{}, &interruption{response.Request.Method + " " + response.Request.URL.Path, fmt.Errorf("the answer is %q, not CSV", kind)}
	}
	rows, err := strconv.ParseInt(response.Header.Get("Sforce-NumberOfRecords"), 10, 64)
	if err != nil || rows < 0 {
		return head{}, hopeless{fmt.Errorf("%s: the header Sforce-NumberOfRecords is missing or no number", from)}
	}
	next := response.Header.Get("Sforce-Locator")
	if next == "" {
		return head{}, hopeless{fmt.Errorf("%s: the header Sforce-Locator is missing or empty", from)}
	}
	switch encoding := response.Header.Get("Content-Encoding"); encoding {
	case "gzip", "", "identity":
		return head{rows: rows, next: next}, nil
	default:
		return head{}, hopeless{fmt.Errorf("%s: the encoding %q was not asked for", from, encoding)}
	}
}

// file is the file of the page.
func (p *page) file() string {
	if p.gzipped {
		return p.path + ".csv.gz"
	}
	return p.path + ".csv"
}

// keep gives the file that was received its name, and then its card: without one,
// another process would not take it.
func (p *page) keep(c card) error {
	if err := os.Rename(p.file()+".part", p.file()); err != nil {
		return fmt.Errorf("salesforce: result page: %w", err)
	}
	return writeJSON(p.path+".json", c)
}

// save writes body to a file, durably, and gives its size and its checksum.
func save(body io.Reader, path string) (size int64, sum uint32, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, 0, err
	}
	hash := crc32.New(castagnoli)
	size, err = io.CopyBuffer(io.MultiWriter(file, hash), body, make([]byte, 128<<10))
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return size, hash.Sum32(), err
}
