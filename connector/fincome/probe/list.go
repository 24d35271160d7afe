package probe

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/axisync/axisync/connector/fincome"
)

// What a list may look like, tried after what the file says, in this order. A key
// that tells the next page has to be one of these: any number could pass for it.
var (
	listPaths  = []string{"/clients", "/customers", "/v1/clients", "/v1/customers"}
	limitNames = []string{"limit", "page_size", "per_page", "size", "count"}
	dataKeys   = []string{"data", "items", "results", "clients", "customers", "records"}
	nextKeys   = []string{"next_cursor", "next", "next_page", "next_page_token", "nextCursor", "nextPage", "cursor", "more"}
	afterNames = []string{"cursor", "page", "after", "starting_after", "page_token", "next_cursor", "next", "next_page"}
	skipNames  = []string{"offset", "skip", "start", "from"}
	limits     = []int{500, 200, 100, 50, 10}
)

// findList looks for a list of customers. That there is none is no error.
func (s *session) findList(ctx context.Context) error {
	known := s.o.Config.WithDefaults().List
	collection, rest, _ := strings.Cut(s.access.path, "/{id}")
	if rest != "" {
		collection = ""
	}
	var web *pageError
	for _, path := range once(append([]string{s.o.Config.List.Path, collection, known.Path}, listPaths...)) {
		known.Path = path
		list, proven, err := s.tryList(ctx, known)
		if errors.As(err, &web) {
			continue
		}
		if err != nil && ctx.Err() == nil {
			s.o.warn("list", "whether there is one is not known: %v", err)
			return nil
		}
		if err != nil {
			return err
		}
		if list == nil {
			continue
		}
		s.findings.List, s.findings.ListUnproven = list, !proven
		if !proven {
			s.o.warn("list", "%s, but there is no second page to try: how it is asked for is not certain", path)
			return nil
		}
		s.o.found("list", "%s, %s a page, pages by %s", path, strconv.Itoa(list.Limit), pagedBy(*list))
		return nil
	}
	if web != nil {
		s.o.warn("list", "whether there is one is not known: %v", web)
		return nil
	}
	s.o.warn("list", "none was found: name a file of the export centre under fincome.customers")
	return nil
}

// pagedBy says how pages follow each other.
func pagedBy(l fincome.List) string {
	if l.Offset {
		return l.After + ", the number of customers before them"
	}
	return l.NextKey + " and " + l.After
}

// page is one page of a list.
type page struct {
	all       map[string]json.RawMessage
	customers []json.RawMessage
	dataKey   string
	bare      bool // it is its customers, without a key
}

// tryList finds out how the list at a path is asked for; nil where there is none.
func (s *session) tryList(ctx context.Context, l fincome.List) (list *fincome.List, proven bool, err error) {
	first, err := s.firstPage(ctx, &l)
	if first == nil || err != nil {
		return nil, false, err
	}
	var one struct {
		Properties json.RawMessage `json:"custom_properties"`
	}
	if json.Unmarshal(first.customers[0], &one) != nil || one.Properties == nil {
		s.o.warn("list", "%s lists customers without their custom properties", l.Path)
		return nil, false, nil
	}
	if proven, err = s.findNext(ctx, &l, first); err != nil {
		return nil, false, err
	}
	if _, told := first.all[l.NextKey]; !told && !l.Offset {
		return nil, false, nil // an end is not to be told from a list that is cut
	}
	if !proven && !l.Offset && string(first.all[l.NextKey]) != "null" {
		s.o.warn("list", "%s lists customers, and how the next page is asked for was not found", l.Path)
		return nil, false, nil
	}
	return &l, proven, s.findLimit(ctx, &l)
}

// firstPage asks for a page of one customer, by every name of the limit. One that
// every name leaves longer has pages of a fixed size.
func (s *session) firstPage(ctx context.Context, l *fincome.List) (longer *page, err error) {
	names := once(append([]string{l.LimitName}, limitNames...))
	for _, name := range names {
		asked := *l
		asked.LimitName = name
		got, failure, err := s.page(ctx, asked, url.Values{name: {"1"}})
		switch {
		case err != nil:
			return nil, err
		case failure != nil && (failure.Status == http.StatusUnprocessableEntity || failure.Status == http.StatusBadRequest):
			continue
		case got == nil:
			return longer, nil
		case len(got.customers) == 1:
			l.LimitName = name
			got.shape(l)
			return got, nil
		case longer == nil:
			longer = got
			got.shape(l)
		}
	}
	return longer, nil
}

// shape notes where a page holds its customers.
func (p *page) shape(l *fincome.List) {
	if l.Bare = p.bare; !p.bare {
		l.DataKey = p.dataKey
	}
}

// findLimit finds the longest page that may be asked for.
func (s *session) findLimit(ctx context.Context, l *fincome.List) error {
	for _, limit := range append([]int{l.Limit}, limits...) {
		if limit > l.Limit {
			continue
		}
		got, _, err := s.page(ctx, *l, url.Values{l.LimitName: {strconv.Itoa(limit)}})
		if err != nil {
			return err
		}
		if got != nil {
			l.Limit = limit
			return nil
		}
	}
	return nil
}

// page asks for one page. It is nil when the answer is none; failure is the answer
// where it was an error about this request.
func (s *session) page(ctx context.Context, l fincome.List, query url.Values) (got *page, failure *fincome.Error, err error) {
	separator := "?"
	if strings.Contains(l.Path, "?") {
		separator = "&"
	}
	body, err := s.get(ctx, l.Path+separator+query.Encode(), 2)
	if errors.As(err, &failure) && !failure.Temporary() {
		return nil, failure, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return readPage(body, l.DataKey), nil, nil
}

// readPage finds the customers of a page; nil where there are none.
func readPage(body []byte, known string) *page {
	var p page
	if json.Unmarshal(body, &p.customers) == nil && len(p.customers) > 0 && id(p.customers[0]) != "" {
		p.bare = true
		return &p
	}
	if p.customers = nil; json.Unmarshal(body, &p.all) != nil {
		return nil
	}
	for _, key := range once(append([]string{known}, dataKeys...)) {
		if json.Unmarshal(p.all[key], &p.customers) == nil && len(p.customers) > 0 && id(p.customers[0]) != "" {
			p.dataKey = key
			return &p
		}
	}
	return nil
}

func id(raw json.RawMessage) string {
	var one struct {
		ID json.RawMessage `json:"id"`
	}
	if json.Unmarshal(raw, &one) != nil {
		return ""
	}
	return scalar(one.ID)
}

func sameID(a, b json.RawMessage) bool { return id(a) == id(b) }

// scalar is the text of a text or a number, empty for everything else.
func scalar(raw json.RawMessage) string {
	value := jsontext.Value(raw)
	switch {
	case len(raw) == 0:
		return ""
	case value.Kind() == '"':
		text, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return ""
		}
		return string(text)
	case value.Kind() == '0':
		return string(raw)
	}
	return ""
}
