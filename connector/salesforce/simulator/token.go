package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

var errClient = &refusal{"invalid_client", "invalid client credentials"}

// token exchanges a code, a refresh token, the client's credentials or an
// assertion for an access token.
func (s *Server) token(c *call) error {
	if err := c.r.ParseForm(); err != nil {
		writeOAuthError(c.w, "invalid_request", "the form cannot be read")
		return nil
	}
	l := &s.login
	l.mu.Lock()
	answer, refused := l.exchange(c.r)
	l.mu.Unlock()
	if refused != nil {
		writeOAuthError(c.w, refused.Code, refused.Description)
		return nil
	}
	c.w.Header().Set("Cache-Control", "no-store")
	writeJSON(c.w, http.StatusOK, answer)
	return nil
}

func (l *logins) exchange(r *http.Request) (map[string]string, *refusal) {
	form := r.PostForm
	if form.Get("grant_type") == jwtBearer {
		return l.exchangeAssertion(r, form)
	}
	app, refused := l.client(r)
	if refused != nil {
		return nil, refused
	}
	if refused := l.admitted(); refused != nil {
		return nil, refused
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		return l.exchangeCode(r, app, form)
	case "refresh_token":
		return l.refresh(r, app, form.Get("refresh_token"))
	case "client_credentials":
		if app.secret == "" {
			return nil, &refusal{"invalid_grant", "no client credentials user enabled"}
		}
		return l.answer(r, l.open(&grant{app: app, scopes: l.online(app)})), nil
	}
	return nil, &refusal{"unsupported_grant_type", "grant type not supported"}
}

// client finds out which app asks, by the form or by HTTP Basic. An app that has
// a secret must give it, for a refresh too.
func (l *logins) client(r *http.Request) (*app, *refusal) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		// RFC 6749 section 2.3.1: both are form-encoded before they become Basic.
		id, secret = unescaped(user), unescaped(password)
	}
	app := l.apps[id]
	if app == nil {
		return nil, &refusal{"invalid_client_id", "client identifier invalid"}
	}
	if app.secret != "" && !equal(secret, app.secret) {
		return nil, errClient
	}
	return app, nil
}

func unescaped(s string) string {
	if plain, err := url.QueryUnescape(s); err == nil {
		return plain
	}
	return s
}

func (l *logins) exchangeCode(r *http.Request, app *app, form url.Values) (map[string]string, *refusal) {
	code := l.codes[form.Get("code")]
	delete(l.codes, form.Get("code")) // once, whatever comes of it
	switch {
	case code == nil, code.grant.app != app, time.Since(code.issued) > codeLifetime:
		return nil, &refusal{"invalid_grant", "expired authorization code"}
	case form.Get("redirect_uri") != code.redirectURI:
		return nil, &refusal{"redirect_uri_mismatch", "redirect_uri must match configuration"}
	case code.challenge != "" && form.Get("code_verifier") == "":
		return nil, &refusal{"invalid_grant", "missing code verifier"}
	case code.challenge != "" && challengeOf(form.Get("code_verifier")) != strings.TrimRight(code.challenge, "="):
		return nil, &refusal{"invalid_request", "invalid code verifier"}
	}
	if code.grant.allows("refresh_token", "offline_access") {
		l.giveRefreshToken(code.grant)
	}
	answer := l.answer(r, l.open(code.grant))
	if code.grant.refresh != "" {
		answer["refresh_token"] = code.grant.refresh
	}
	return answer, nil
}

// challengeOf is the S256 challenge of a verifier (RFC 7636). Its length is not
// limited to 128: that of sf has 171 characters.
func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (l *logins) giveRefreshToken(g *grant) {
	g.refresh = "5Aep861" + rand.Text() + rand.Text()
	l.refreshes[g.refresh] = g
}

// refresh gives a new access token. With rotation the refresh token is spent by
// it, and to use a spent one again kills the grant.
func (l *logins) refresh(r *http.Request, app *app, token string) (map[string]string, *refusal) {
	g := l.refreshes[token]
	expired := &refusal{"invalid_grant", "expired access/refresh token"}
	if g == nil || g.dead || g.app != app {
		return nil, expired
	}
	if g.refresh != token {
		g.dead = true
		return nil, expired
	}
	answer := l.answer(r, l.open(g))
	if l.rotate {
		l.giveRefreshToken(g)
		answer["refresh_token"] = g.refresh
	}
	return answer, nil
}

// answer is the answer of the token endpoint: no expires_in, and issued_at as
// text.
func (l *logins) answer(r *http.Request, s *session) map[string]string {
	id := base(r) + "/id/" + l.organizationID + "/" + l.userID
	issued := strconv.FormatInt(s.issued.UnixMilli(), 10)
	mac := hmac.New(sha256.New, []byte(s.grant.app.secret))
	mac.Write([]byte(id + issued))
	answer := map[string]string{
		"access_token": s.token,
		"instance_url": base(r),
		"id":           id,
		"token_type":   "Bearer",
		"issued_at":    issued,
		"signature":    base64.StdEncoding.EncodeToString(mac.Sum(nil)),
		"scope":        strings.Join(s.grant.scopes, " "),
	}
	if s.grant.allows("openid") {
		answer["id_token"] = l.idToken(r, s)
	}
	return answer
}
