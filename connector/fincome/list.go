package fincome

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/axisync/axisync/connector"
)

// API reads all customers through the API's listing, page by page. It keeps one
// page in memory.
type API struct {
	Client *Client
	Now    func() time.Time // the clock of Observed; time.Now when nil
}

var _ connector.Customers = API{}

// Read opens one pass. Nothing is asked before the first Next; from then on the
// errors are those of Client, or say what is wrong with a page. An axis counts
// for AxisNames when a customer has a value other than null and "" in it.
func (a API) Read(ctx context.Context, query connector.CustomerQuery) (connector.CustomerReader, error) {
	schema := connector.CustomerSchema(query.Axes, func(string) bool { return true })
	return newReader(schema, len(query.Axes), clock(a.Now), &listing{
		ctx: ctx, client: a.Client, config: a.Client.config.List, pending: true,
		customers: newDecoder(query), keys: newNames(func(string) struct{} { return struct{}{} }),
		ids: seen{}, cursors: map[string]bool{},
	}), nil
}

func clock(now func() time.Time) time.Time {
	if now == nil {
		return time.Now()
	}
	return now()
}

// listing is one pass over the pages.
type listing struct {
	ctx    context.Context // of the pass: the reader's Next takes none
	client *Client
	config List

	pending bool // there is a page to ask for
	cursor  string
	pages   int
	read    int // customers so far
	cursors map[string]bool
	ids     seen

	buffer    bytes.Buffer
	keys      names[struct{}] // of a page
	customers decoder
}

func (l *listing) axisNames() []string { return l.customers.carried() }
func (l *listing) close()              {}

func (l *listing) fill(b *batch) (done bool, err error) {
	for l.pending && !b.full() {
		if err := l.page(b); err != nil {
			return false, err
		}
	}
	return !l.pending, nil
}

// page asks for the next page and adds its customers to b.
func (l *listing) page(b *batch) error {
	r := request{
		method: http.MethodGet, path: l.path(), limit: maxPage, wanted: []int{http.StatusOK}, into: &l.buffer,
	}
	body, err := l.client.send(l.ctx, r)
	if err != nil {
		return err
	}
	l.pages++
	before := l.read
	next, err := l.decode(body, b)
	if l.config.Offset && err == nil && l.read > before {
		next = strconv.Itoa(l.read)
	}
	if err != nil {
		return fmt.Errorf("fincome: GET %s: page %d of the customers: %w", l.config.Path, l.pages, err)
	}
	l.pending, l.cursor = next != "", next
	if l.cursors[next] {
		return fmt.Errorf("fincome: GET %s: page %d of the customers points back to one already read: check fincome.customers.api.cursor_param and cursor_key",
			l.config.Path, l.pages)
	}
	l.cursors[next] = true
	return nil
}

func (l *listing) path() string {
	query := url.Values{l.config.LimitName: {strconv.Itoa(l.config.Limit)}}
	if l.cursor != "" {
		query.Set(l.config.After, l.cursor)
	}
	separator := "?"
	if strings.Contains(l.config.Path, "?") {
		separator = "&"
	}
	return l.config.Path + separator + query.Encode()
}

// decode reads {"data":[...],"next_cursor":...}. Other keys are passed over; the
// two must be there, for without them a listing would end early and look whole. Under
// Offset the second says nothing, and under Bare there is the list alone.
func (l *listing) decode(body []byte, b *batch) (next string, err error) {
	page := &l.customers.scanner
	page.reset(body)
	if l.config.Bare {
		return "", l.bare(b)
	}
	if page.kind() == '[' {
		return "", errors.New("the page is a list without a key: set fincome.customers.api.bare_list: true and paging: offset")
	}
	if page.kind() != '{' {
		return "", page.unexpected("the page", "an object")
	}
	var (
		keys               []string
		gotData, gotCursor bool
	)
	err = object(page, &l.keys, func(n *name[struct{}]) error {
		switch n.text {
		case l.config.DataKey:
			gotData = true
			return l.data(b)
		case l.config.NextKey:
			if l.config.Offset {
				break
			}
			gotCursor = true
			next, err = cursor(page)
			return err
		}
		keys = append(keys, n.text)
		_, err := page.value()
		return err
	})
	switch {
	case err != nil:
		return "", err
	case !gotData:
		return "", fmt.Errorf("it has no key %q (it has %q): set fincome.customers.api.data_key", l.config.DataKey, keys)
	case !gotCursor && !l.config.Offset:
		return "", fmt.Errorf("it has no key %q (it has %q): set fincome.customers.api.cursor_key", l.config.NextKey, keys)
	}
	if page.more() {
		return "", errors.New("something follows its end")
	}
	return next, nil
}

// bare reads a page that is a list.
func (l *listing) bare(b *batch) error {
	if err := l.data(b); err != nil {
		return err
	}
	if l.customers.more() {
		return errors.New("something follows its end")
	}
	return nil
}

func (l *listing) data(b *batch) error {
	if l.customers.kind() != '[' {
		what := l.config.DataKey
		if l.config.Bare {
			what = "the page"
		}
		return l.customers.unexpected(what, "a list")
	}
	return elements(&l.customers.scanner, func() error {
		id, err := l.customers.customer(b)
		if err != nil {
			return err
		}
		if before, again := l.ids.add(id, l.pages); again {
			return fmt.Errorf("customer %q was on page %d already: %s", id, before, l.moved())
		}
		l.read++
		return nil
	})
}

// moved says why a customer may come twice.
func (l *listing) moved() string {
	if l.config.Offset {
		return "the listing moved while it was read, run again; where that does not help it takes no " + l.config.After + ", check fincome.customers.api.cursor_param"
	}
	return "the listing moved while it was read, run again"
}

// cursor is the text of what asks for the next page; empty on the last.
func cursor(page *scanner) (string, error) {
	value, err := page.value()
	if err != nil {
		return "", err
	}
	switch value.Kind() {
	case 'n':
		return "", nil
	case '"':
		return string(page.unquoted(value)), nil
	case '0':
		return string(value), nil
	}
	return "", errors.New("its cursor is neither text nor number nor null")
}
