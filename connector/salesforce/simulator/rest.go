package simulator

import (
	"fmt"
	"net/http"
	"strings"
)

// maxAddress is how long the address of a request may be, in bytes.
const maxAddress = 16_384

// call is a request of the REST or Bulk API on its way to its handler.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	version int
	args    []string
	session *session
}

// base is scheme and host the client used.
func base(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// path is a path below the call's version.
func (c *call) path(format string, args ...any) string {
	return fmt.Sprintf("/services/data/v%d.0/", c.version) + fmt.Sprintf(format, args...)
}

// handler answers a call, or returns the error to answer with.
type handler func(*call) error

func (s *Server) routes() map[string]handler {
	return map[string]handler{
		"GET resources":                        s.resources,
		"GET limits":                           s.limits,
		"GET limits/recordCount":               s.recordCount,
		"GET sobjects":                         s.sobjects,
		"GET sobjects/{object}":                s.sobject,
		"GET sobjects/{object}/describe":       s.describe,
		"GET sobjects/{object}/deleted":        s.deleted,
		"GET sobjects/{object}/updated":        s.updated,
		"GET sobjects/{object}/{id}":           s.record,
		"GET query":                            s.query,
		"GET query/{locator}":                  s.queryMore,
		"GET queryAll":                         s.query,
		"GET queryAll/{locator}":               s.queryMore,
		"POST jobs/query":                      s.createJob,
		"GET jobs/query":                       s.listJobs,
		"GET jobs/ingest":                      s.listJobs,
		"GET jobs/query/{id}":                  s.getJob,
		"PATCH jobs/query/{id}":                s.abortJob,
		"DELETE jobs/query/{id}":               s.deleteJob,
		"GET jobs/query/{id}/results":          s.results,
		"GET jobs/query/{id}/resultPages":      s.resultPages,
		"GET oauth2/authorize":                 s.authorize,
		"POST oauth2/authorize":                s.submit,
		"POST oauth2/token":                    s.token,
		"POST oauth2/revoke":                   s.revoke,
		"GET oauth2/revoke":                    s.revoke,
		"POST oauth2/introspect":               s.introspect,
		"GET oauth2/userinfo":                  s.userinfo,
		"POST oauth2/userinfo":                 s.userinfo,
		"GET id/keys":                          s.keys,
		"GET id/{organization}/{user}":         s.identity,
		"GET .well-known/openid-configuration": s.discovery,
		"GET versions":                         s.versions,
	}
}

// serve finds the handler of a request and what it needs.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, to route) {
	c := &call{w: w, r: r, args: to.args}
	err := s.dispatch(c, to)
	if err != nil {
		writeError(w, err)
	}
}

func (s *Server) dispatch(c *call, to route) error {
	if len(c.r.RequestURI) > maxAddress {
		return &apiError{http.StatusRequestURITooLong, "URI_TOO_LONG", "The address is longer than 16,384 bytes"}
	}
	if to.version != "" {
		if err := s.admit(c, to); err != nil {
			return err
		}
	}
	if to.endpoint == "" {
		return errNotFound
	}
	handle, ok := s.handlers[c.r.Method+" "+to.endpoint]
	if !ok {
		return &apiError{http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "HTTP Method '" + c.r.Method + "' not allowed."}
	}
	return handle(c)
}

// admit checks what every request below /services/data/vNN.0 needs: a version
// that is served, a session with the scope api, and calls left today.
func (s *Server) admit(c *call, to route) error {
	version, ok := parseVersion(to.version)
	switch {
	case !ok:
		return errNotFound
	case version < oldestVersion:
		return &apiError{http.StatusGone, "UNSUPPORTED_API_VERSION",
			fmt.Sprintf("The API version %s is retired. Use version %d.0 or later.", to.version, oldestVersion)}
	case strings.HasPrefix(to.endpoint, "jobs/query") && version < queryJobVersion,
		strings.HasSuffix(to.endpoint, "/resultPages") && version < resultPagesVersion:
		return errNotFound
	}
	c.version = version
	used := s.countCall()
	c.w.Header().Set("Sforce-Limit-Info", fmt.Sprintf("api-usage=%d/%d; api-bursts=1/750", min(used, s.config.APICalls), s.config.APICalls))
	session, err := s.login.authenticate(c.r)
	if err != nil {
		return err
	}
	if !session.grant.allows("api", "full") {
		return &apiError{http.StatusUnauthorized, "INVALID_SESSION_ID", "This session is not valid for use with the specified REST API endpoint. " +
			"One of the following scopes is required: api, full"}
	}
	if used > s.config.APICalls {
		return &apiError{http.StatusForbidden, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."}
	}
	c.session = session
	return nil
}

func (s *Server) countCall() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apiCalls++
	return s.apiCalls
}
