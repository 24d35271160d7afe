package simulator

import (
	"crypto/subtle"
	"net/http"
	"strconv"
	"strings"
)

// The kinds of request that are counted.
const (
	KindRetrieve = "retrieve"
	KindUpdate   = "update"
	KindList     = "list"
	KindOther    = "other"
)

const maxIDLength = 255

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/product/clients", s.collection)
	mux.HandleFunc("/product/clients/{id}", s.one)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { problem(w, http.StatusNotFound, "Not Found") })
	return mux
}

// ServeHTTP serves one request of the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := &recorder{ResponseWriter: w}
	// A cut connection leaves by panic; the request was received all the same.
	defer func() { s.counts.add(Request{Method: r.Method, Kind: kind(r), Status: seen.status}) }()
	if s.config.Fault != nil {
		if fault := s.config.Fault(r); fault != nil {
			fault.serve(seen, r, http.HandlerFunc(s.admit))
			return
		}
	}
	s.admit(seen, r)
}

// admit serves a request with the right key, if it is not one too many.
func (s *Server) admit(w http.ResponseWriter, r *http.Request) {
	if detail := s.denied(r); detail != "" {
		w.Header().Set("WWW-Authenticate", "Bearer")
		problem(w, http.StatusUnauthorized, detail)
		return
	}
	if wait := s.bucket.take(s.config.Clock()); wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(wholeSeconds(wait)))
		problem(w, http.StatusTooManyRequests, "Rate limit exceeded")
		return
	}
	s.mux.ServeHTTP(w, r)
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
	if r.Method != http.MethodGet {
		notAllowed(w, "GET")
		return
	}
	s.list(w, r)
}

func (s *Server) one(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPatch:
		notAllowed(w, "GET, PATCH")
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

func kind(r *http.Request) string {
	_, id, one := strings.Cut(r.URL.EscapedPath(), "/clients/")
	switch {
	case one && id != "" && r.Method == http.MethodGet:
		return KindRetrieve
	case one && id != "":
		return KindUpdate
	case strings.HasSuffix(r.URL.Path, "/clients"):
		return KindList
	}
	return KindOther
}
