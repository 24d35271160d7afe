package simulator

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

const defaultLimit = 100

// pages are buffers that lists are put together in.
var pages = sync.Pool{New: func() any { return new([]byte) }}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, wrong := s.config.List.limit(query)
	from, wrongCursor := s.config.List.position(query)
	if issues := slices.Concat(wrong, wrongCursor); len(issues) > 0 {
		invalid(w, issues...)
		return
	}
	buffer := pages.Get().(*[]byte)
	defer pages.Put(buffer)
	*buffer = s.page((*buffer)[:0], from, limit)
	answer(w, http.StatusOK, *buffer)
}

func (l List) limit(query url.Values) (int, []issue) {
	if !query.Has(l.LimitName) {
		return min(defaultLimit, l.MaxLimit), nil
	}
	return wholeNumber(query, l.LimitName, 1, l.MaxLimit)
}

// wholeNumber reads a whole number from least to most.
func wholeNumber(query url.Values, name string, least, most int) (int, []issue) {
	given := query.Get(name)
	n, err := strconv.Atoi(given)
	wrong := issue{Loc: []any{"query", name}, Input: given}
	switch {
	case err != nil:
		wrong.Type = "int_parsing"
		wrong.Msg = "Input should be a valid integer, unable to parse string as an integer"
	case n > most:
		wrong.Type, wrong.Ctx = "less_than_equal", map[string]any{"le": most}
		wrong.Msg = fmt.Sprintf("Input should be less than or equal to %d", most)
	case n < least:
		wrong.Type, wrong.Ctx = "greater_than_equal", map[string]any{"ge": least}
		wrong.Msg = fmt.Sprintf("Input should be greater than or equal to %d", least)
	default:
		return n, nil
	}
	return 0, []issue{wrong}
}

// position is where a page starts.
type position struct {
	after string // the id before it; the cursor spells it
	page  int    // its number, where pages have one
	skip  int    // the customers before it, where pages have an offset
}

// mostPages keeps the place of a page within an int.
const mostPages = 1 << 31

func (l List) position(query url.Values) (position, []issue) {
	switch {
	case l.Numbered && !query.Has(l.After):
		return position{page: 1}, nil
	case l.Numbered:
		page, issues := wholeNumber(query, l.After, 1, mostPages)
		return position{page: page}, issues
	case l.Offset && !query.Has(l.After):
		return position{}, nil
	case l.Offset:
		skip, issues := wholeNumber(query, l.After, 0, mostPages)
		return position{skip: skip}, issues
	}
	cursor := query.Get(l.After)
	after, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return position{}, []issue{{
			Type: "value_error", Loc: []any{"query", l.After}, Input: cursor, Msg: "Value error, invalid cursor",
		}}
	}
	return position{after: string(after)}, nil
}

// start is the index of the first customer of a page.
func (s *Server) start(from position, limit int) int {
	switch {
	case s.config.List.Offset:
		return min(from.skip, len(s.customers))
	case s.config.List.Numbered:
		return min((from.page-1)*limit, len(s.customers))
	case from.after == "":
		return 0
	}
	at, found := slices.BinarySearchFunc(s.customers, from.after, func(c *customer, id string) int {
		return cmp.Compare(c.id, id)
	})
	if found {
		at++
	}
	return at
}

// page writes one page of the list. Each customer in it counts as read.
func (s *Server) page(into []byte, from position, limit int) []byte {
	unlock := s.lockForReading()
	defer unlock()
	read := s.now()
	start := s.start(from, limit)
	end := min(start+limit, len(s.customers))
	if !s.config.List.Bare {
		into = append(appendText(append(into, '{'), s.config.List.DataKey), ':')
	}
	into = append(into, '[')
	for i, c := range s.customers[start:end] {
		if i > 0 {
			into = append(into, ',')
		}
		into = append(into, s.show(c, read)...)
	}
	into = append(into, ']')
	switch {
	case s.config.List.Bare:
		return into
	case s.config.List.Offset:
		return append(into, '}')
	}
	into = append(appendText(append(into, ','), s.config.List.NextKey), ':')
	switch {
	case end == len(s.customers):
		into = append(into, "null"...)
	case s.config.List.Numbered:
		into = strconv.AppendInt(into, int64(from.page+1), 10)
	default:
		into = appendText(into, base64.RawURLEncoding.EncodeToString([]byte(s.customers[end-1].id)))
	}
	return append(into, '}')
}
