package simulator

import (
	"bytes"
	"crypto/subtle"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The kinds of request that are counted.
const (
	KindRetrieve = "retrieve"
	KindUpdate   = "update" // every verb but GET on a customer
	KindList     = "list"
	KindOther    = "other"
)

const (
	idMark      = "{id}"
	maxIDLength = 255
)

// address is what a request is about.
type address struct{ kind, id string }

// address takes apart the path as it was sent: an id may hold an escaped slash.
func (s *Server) address(r *http.Request) address {
	path, ours := strings.CutPrefix(r.URL.EscapedPath(), s.config.BasePath)
	if !ours {
		return address{kind: KindOther}
	}
	if path == s.config.List.Path {
		return address{kind: KindList}
	}
	before, after, _ := strings.Cut(s.config.ClientPath, idMark)
	path, front := strings.CutPrefix(path, before)
	path, back := strings.CutSuffix(path, after)
	id, err := url.PathUnescape(path)
	if !front || !back || err != nil || id == "" || strings.Contains(path, "/") {
		return address{kind: KindOther}
	}
	if r.Method == http.MethodGet {
		return address{KindRetrieve, id}
	}
	return address{KindUpdate, id}
}

// ServeHTTP serves one request of the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	to := s.address(r)
	half := s.config.Latency / 2
	seen := &recorder{ResponseWriter: w, before: func() { wait(r.Context(), half) }}
	// A cut connection leaves by panic; the request was received all the same.
	defer func() { s.counts.add(Request{Method: r.Method, Kind: to.kind, Status: seen.status}) }()
	if to.kind == KindUpdate && !s.takeBody(r) || !wait(r.Context(), half) {
		return // the client went away before it was served
	}
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.admit(w, r, to) })
	if fault := s.fault(r, to); fault != nil {
		fault.serve(seen, r, next)
		return
	}
	next(seen, r)
}

// takeBody reads the whole update, and notes what it carries whatever becomes of
// it.
func (s *Server) takeBody(r *http.Request) bool {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return false
	}
	s.counts.carry(raw)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	return true
}

// admit serves a request with the right key, if it is not one too many.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, to address) {
	if detail := s.denied(r); detail != "" {
		if s.config.DeniedStatus == http.StatusUnauthorized && s.config.AuthScheme != "" {
			w.Header().Set("WWW-Authenticate", s.config.AuthScheme)
		}
		problem(w, s.config.DeniedStatus, detail)
		return
	}
	now := s.config.Clock()
	if wait := s.bucket.take(now); wait > 0 {
		s.config.Limit.RetryAfter.tell(w.Header(), now, wait)
		problem(w, http.StatusTooManyRequests, "Rate limit exceeded")
		return
	}
	switch to.kind {
	case KindList:
		s.collection(w, r)
	case KindRetrieve, KindUpdate:
		s.one(w, r, to.id)
	default:
		problem(w, http.StatusNotFound, "Not Found")
	}
}

func (s *Server) denied(r *http.Request) string {
	given := r.Header.Get(s.config.AuthHeader)
	if given == "" {
		return "Not authenticated"
	}
	if s.config.AuthScheme != "" {
		scheme, key, _ := strings.Cut(given, " ")
		if !strings.EqualFold(scheme, s.config.AuthScheme) {
			return "Not authenticated"
		}
		given = key
	}
	if subtle.ConstantTimeCompare([]byte(given), []byte(s.config.APIKey)) == 0 {
		return "Invalid API key"
	}
	return ""
}

func (s *Server) collection(w http.ResponseWriter, r *http.Request) {
	switch refused := s.config.List.Refused; {
	case refused == http.StatusMethodNotAllowed:
		notAllowed(w, http.MethodPost)
	case refused != 0:
		problem(w, refused, http.StatusText(refused))
	case r.Method != http.MethodGet:
		notAllowed(w, http.MethodGet)
	default:
		s.list(w, r)
	}
}

func (s *Server) one(w http.ResponseWriter, r *http.Request, id string) {
	switch {
	case r.Method != http.MethodGet && r.Method != s.config.UpdateVerb:
		notAllowed(w, http.MethodGet+", "+s.config.UpdateVerb)
	case len([]rune(id)) > maxIDLength:
		invalid(w, issue{
			Type: "string_too_long", Loc: []any{"path", "id"}, Input: id,
			Msg: "String should have at most 255 characters", Ctx: map[string]any{"max_length": maxIDLength},
		})
	case r.Method == http.MethodGet:
		s.retrieve(w, id)
	default:
		s.update(w, r, id)
	}
}

func (s *Server) retrieve(w http.ResponseWriter, id string) {
	encoded, found := s.read(id)
	if !found {
		problem(w, http.StatusNotFound, "Client not found")
		return
	}
	answer(w, http.StatusOK, encoded)
}

// tell sends how long a client has to wait.
func (r RetryAfter) tell(header http.Header, now time.Time, wait time.Duration) {
	switch r {
	case RetrySeconds:
		header.Set("Retry-After", strconv.Itoa(wholeSeconds(wait)))
	case RetryDate:
		// The first whole second at which it is free again, by the server's own clock.
		header.Set("Date", now.UTC().Format(http.TimeFormat))
		header.Set("Retry-After", now.Add(wait+time.Second-1).Truncate(time.Second).UTC().Format(http.TimeFormat))
	}
}
