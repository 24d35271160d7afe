package simulator

import (
	"cmp"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// pages are buffers that lists are put together in.
var pages = sync.Pool{New: func() any { return new([]byte) }}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	limit, wrong := pageLimit(query)
	after, wrongCursor := position(query)
	if issues := slices.Concat(wrong, wrongCursor); len(issues) > 0 {
		invalid(w, issues...)
		return
	}
	buffer := pages.Get().(*[]byte)
	defer pages.Put(buffer)
	*buffer = s.page((*buffer)[:0], after, limit)
	answer(w, http.StatusOK, *buffer)
}

func pageLimit(query url.Values) (int, []issue) {
	if !query.Has("limit") {
		return defaultLimit, nil
	}
	given := query.Get("limit")
	limit, err := strconv.Atoi(given)
	wrong := issue{Loc: []any{"query", "limit"}, Input: given}
	switch {
	case err != nil:
		wrong.Type = "int_parsing"
		wrong.Msg = "Input should be a valid integer, unable to parse string as an integer"
	case limit > maxLimit:
		wrong.Type, wrong.Ctx = "less_than_equal", map[string]any{"le": maxLimit}
		wrong.Msg = "Input should be less than or equal to 1000"
	case limit < 1:
		wrong.Type, wrong.Ctx = "greater_than_equal", map[string]any{"ge": 1}
		wrong.Msg = "Input should be greater than or equal to 1"
	default:
		return limit, nil
	}
	return 0, []issue{wrong}
}

// position is the id after which the page starts; the cursor spells it.
func position(query url.Values) (string, []issue) {
	cursor := query.Get("cursor")
	after, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", []issue{{
			Type: "value_error", Loc: []any{"query", "cursor"}, Input: cursor, Msg: "Value error, invalid cursor",
		}}
	}
	return string(after), nil
}

// page writes one page of the list. Each customer in it counts as read.
func (s *Server) page(into []byte, after string, limit int) []byte {
	unlock := s.lockForReading()
	defer unlock()
	start := 0
	if after != "" {
		at, found := slices.BinarySearchFunc(s.customers, after, func(c *customer, id string) int {
			return cmp.Compare(c.id, id)
		})
		if start = at; found {
			start++
		}
	}
	end := min(start+limit, len(s.customers))
	into = append(into, `{"data":[`...)
	for i, c := range s.customers[start:end] {
		if i > 0 {
			into = append(into, ',')
		}
		into = append(into, s.show(c)...)
	}
	into = append(into, `],"next_cursor":`...)
	if end == len(s.customers) {
		return append(into, "null}"...)
	}
	last := base64.RawURLEncoding.EncodeToString([]byte(s.customers[end-1].id))
	return append(appendText(into, last), '}')
}
