package simulator

import (
	"crypto/rand"
	"crypto/subtle"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// request is what an app asks for at the authorize endpoint.
type request struct {
	app                           *app
	redirectURI, state, challenge string
	nonce                         string
	scopes                        []string
}

var (
	loginPage = template.Must(template.New("login").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Login | Salesforce simulator</title></head><body>
<h1>Log in</h1>{{with .Problem}}<p id="error">{{.}}</p>{{end}}
<form method="post" action="/services/oauth2/authorize">
{{range $name, $values := .Query}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<label>Username <input name="username" autocomplete="username"></label>
<label>Password <input name="password" type="password" autocomplete="current-password"></label>
<button>Log In</button></form></body></html>
`))
	consentPage = template.Must(template.New("consent").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Allow access? | Salesforce simulator</title></head><body>
<h1>Allow access?</h1><p>The app asks for:</p><ul>{{range .Scopes}}<li>{{.}}</li>{{end}}</ul>
<form method="post" action="/services/oauth2/authorize"><input type="hidden" name="ticket" value="{{.Ticket}}">
<button name="decision" value="allow">Allow</button> <button name="decision" value="deny">Deny</button></form></body></html>
`))
	errorPage = template.Must(template.New("error").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>OAuth error</title></head><body>
<p>error={{.Code}}&amp;error_description={{.Description}}</p></body></html>
`))
)

func writePage(w http.ResponseWriter, status int, page *template.Template, data any) error {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(status)
	_ = page.Execute(w, data) // only fails when the browser is gone
	return nil
}

// refusal is an error of the authorize endpoint.
type refusal struct{ Code, Description string }

// authorize shows the login page of an app's request.
func (s *Server) authorize(c *call) error {
	query := c.r.URL.Query()
	if s.examined(c, query) == nil {
		return nil
	}
	return writePage(c.w, http.StatusOK, loginPage, map[string]any{"Query": query, "Problem": ""})
}

// examined reads an app's request; when it is refused, it answers and returns
// nil. What makes the redirect URL doubtful is told to the person on a page,
// everything else to the app.
func (s *Server) examined(c *call, query url.Values) *request {
	l := &s.login
	app := l.apps[query.Get("client_id")]
	l.mu.Lock()
	uninstalled := l.uninstalled
	l.mu.Unlock()
	if uninstalled {
		_ = writePage(c.w, http.StatusBadRequest, errorPage, refusal{"OAUTH_EC_APP_NOT_FOUND", "External client app is not installed in this org"})
		return nil
	}
	if app == nil {
		_ = writePage(c.w, http.StatusBadRequest, errorPage, refusal{"invalid_client_id", "client identifier invalid"})
		return nil
	}
	asked := &request{app: app, redirectURI: query.Get("redirect_uri"), state: query.Get("state"), challenge: query.Get("code_challenge"), nonce: query.Get("nonce")}
	if !slices.Contains(app.redirects, asked.redirectURI) {
		_ = writePage(c.w, http.StatusBadRequest, errorPage, refusal{"redirect_uri_mismatch", "redirect_uri must match configuration"})
		return nil
	}
	if refused := l.refuse(asked, query); refused != nil {
		asked.redirect(c, "error", refused.Code, "error_description", refused.Description)
		return nil
	}
	return asked
}

// refuse says what is wrong with a request of a known app, or fills in its
// scopes. A challenge without a method is taken as S256, as sf and jsforce mean
// it.
func (l *logins) refuse(asked *request, query url.Values) *refusal {
	l.mu.Lock()
	blocked := l.blocked
	l.mu.Unlock()
	method := query.Get("code_challenge_method")
	switch {
	case blocked:
		return &refusal{"OAUTH_APP_BLOCKED", "this app is blocked by admin"}
	case query.Get("response_type") != "code":
		return &refusal{"unsupported_response_type", "response type not supported"}
	case l.pkce && asked.challenge == "":
		return &refusal{"invalid_request", "missing required code challenge"}
	case method != "" && method != "S256":
		return &refusal{"invalid_request", "invalid code challenge method"}
	}
	asked.scopes = asked.app.scopes
	if query.Get("scope") != "" {
		asked.scopes = strings.Fields(query.Get("scope"))
	}
	for _, scope := range asked.scopes {
		if !slices.Contains(asked.app.scopes, scope) {
			return &refusal{"invalid_scope", "the requested scope is not allowed"}
		}
	}
	return nil
}

// redirect sends the browser back to the app, with the state it came with.
func (asked *request) redirect(c *call, pairs ...string) {
	if asked.state != "" {
		pairs = append(pairs, "state", asked.state)
	}
	separator := "?"
	if strings.Contains(asked.redirectURI, "?") {
		separator = "&"
	}
	location := asked.redirectURI
	for i := 0; i < len(pairs); i += 2 {
		location += separator + pairs[i] + "=" + url.QueryEscape(pairs[i+1])
		separator = "&"
	}
	c.w.Header().Set("Location", location)
	c.w.WriteHeader(http.StatusFound)
}

// submit takes the form of the login page and the form of the consent page.
func (s *Server) submit(c *call) error {
	if err := c.r.ParseForm(); err != nil {
		return badRequest("BAD_REQUEST", "the form cannot be read")
	}
	form := c.r.PostForm
	if form.Has("ticket") {
		return s.decide(c, form)
	}
	query := url.Values{}
	for name, values := range form {
		if name != "username" && name != "password" {
			query[name] = values
		}
	}
	asked := s.examined(c, query)
	if asked == nil {
		return nil
	}
	known := s.login.credentials
	s.login.mu.Lock()
	inactive := s.login.inactive
	s.login.mu.Unlock()
	if inactive || !equal(form.Get("username"), known.Username) || !equal(form.Get("password"), known.Password) {
		return writePage(c.w, http.StatusOK, loginPage, map[string]any{"Query": query,
			"Problem": "Please check your username and password. If you still can't log in, contact your Salesforce administrator."})
	}
	ticket := rand.Text()
	s.login.mu.Lock()
	asked.scopes = s.login.limited(asked.scopes)
	s.login.consents[ticket] = asked
	s.login.mu.Unlock()
	return writePage(c.w, http.StatusOK, consentPage, map[string]any{"Scopes": asked.scopes, "Ticket": ticket})
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// decide sends the browser back with a code, or with the person's refusal.
func (s *Server) decide(c *call, form url.Values) error {
	l := &s.login
	l.mu.Lock()
	asked := l.consents[form.Get("ticket")]
	delete(l.consents, form.Get("ticket"))
	code := "aPrx" + rand.Text() + rand.Text()
	if asked != nil && form.Get("decision") == "allow" {
		l.codes[code] = &authorization{
			grant:       &grant{app: asked.app, scopes: asked.scopes, nonce: asked.nonce},
			redirectURI: asked.redirectURI,
			challenge:   asked.challenge,
			issued:      time.Now(),
		}
	}
	l.mu.Unlock()
	switch {
	case asked == nil:
		return writePage(c.w, http.StatusBadRequest, errorPage, refusal{"invalid_request", "the login has expired"})
	case form.Get("decision") == "allow":
		asked.redirect(c, "code", code)
	default:
		asked.redirect(c, "error", "access_denied", "error_description", "end-user denied authorization")
	}
	return nil
}
