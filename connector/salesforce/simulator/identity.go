package simulator

import (
	"net/http"
	"strings"
)

// revoke ends an access token, or a refresh token with all its access tokens.
func (s *Server) revoke(c *call) error {
	token := c.r.FormValue("token")
	l := &s.login
	l.mu.Lock()
	defer l.mu.Unlock()
	switch session, g := l.alive(token), l.refreshes[token]; {
	case session != nil:
		session.expired = true
	case g != nil && !g.dead && g.refresh == token:
		g.dead = true
	default:
		writeOAuthError(c.w, "invalid_token", "invalid token: "+short(token))
		return nil
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// short keeps a token out of an error.
func short(token string) string { return token[:min(len(token), 4)] + "..." }

// introspect tells a client whether a token of its own is alive.
func (s *Server) introspect(c *call) error {
	if err := c.r.ParseForm(); err != nil {
		writeOAuthError(c.w, "invalid_request", "the form cannot be read")
		return nil
	}
	l := &s.login
	l.mu.Lock()
	defer l.mu.Unlock()
	app, refused := l.client(c.r)
	if refused != nil {
		writeOAuthError(c.w, refused.Code, refused.Description)
		return nil
	}
	token := c.r.PostForm.Get("token")
	kind, g := "access_token", (*grant)(nil)
	if session := l.alive(token); session != nil {
		g = session.grant
	} else if found := l.refreshes[token]; found != nil && !found.dead && found.refresh == token {
		kind, g = "refresh_token", found
	}
	if g == nil || g.app != app {
		writeJSON(c.w, http.StatusOK, map[string]any{"active": false})
		return nil
	}
	writeJSON(c.w, http.StatusOK, map[string]any{
		"active": true, "client_id": app.id, "scope": strings.Join(g.scopes, " "), "username": l.credentials.Username,
		"sub": base(c.r) + "/id/" + l.organizationID + "/" + l.userID, "token_type": kind,
	})
	return nil
}

// userinfo says who is logged in. OAuth errors of this endpoint are plain text.
func (s *Server) userinfo(c *call) error {
	session, err := s.login.authenticate(c.r)
	if err != nil || session == nil {
		return badToken(c)
	}
	l := &s.login
	writeJSON(c.w, http.StatusOK, map[string]any{
		"sub":                base(c.r) + "/id/" + l.organizationID + "/" + l.userID,
		"user_id":            l.userID,
		"organization_id":    l.organizationID,
		"preferred_username": l.credentials.Username,
		"nickname":           "ops",
		"name":               "Ops User",
		"email":              l.credentials.Username,
		"email_verified":     true,
		"zoneinfo":           "Europe/Paris",
		"user_type":          "STANDARD",
		"active":             true,
		"urls":               s.urls(c.r),
	})
	return nil
}

func badToken(c *call) error {
	c.w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	c.w.WriteHeader(http.StatusForbidden)
	_, _ = c.w.Write([]byte("Bad_OAuth_Token"))
	return nil
}

// identity is the identity URL of a token response. jsforce sends the token as a
// parameter too.
func (s *Server) identity(c *call) error {
	l := &s.login
	if c.r.Header.Get("Authorization") == "" && c.r.FormValue("oauth_token") != "" {
		c.r.Header.Set("Authorization", "Bearer "+c.r.FormValue("oauth_token"))
	}
	if _, err := l.authenticate(c.r); err != nil {
		return badToken(c)
	}
	if !sameID(c.args[0], l.organizationID) || !sameID(c.args[1], l.userID) {
		return errNotFound
	}
	writeJSON(c.w, http.StatusOK, map[string]any{
		"id":              base(c.r) + "/id/" + l.organizationID + "/" + l.userID,
		"asserted_user":   true,
		"user_id":         l.userID,
		"organization_id": l.organizationID,
		"username":        l.credentials.Username,
		"nick_name":       "ops",
		"display_name":    "Ops User",
		"email":           l.credentials.Username,
		"email_verified":  true,
		"active":          true,
		"user_type":       "STANDARD",
		"language":        "en_US",
		"locale":          "en_US",
		"urls":            s.urls(c.r),
	})
	return nil
}

// sameID compares a 15- or 18-character id with an 18-character one.
func sameID(id, full string) bool { return id == full || id == full[:15] }

func (s *Server) urls(r *http.Request) map[string]string {
	root := base(r) + "/services/data/v{version}/"
	return map[string]string{
		"rest": root, "sobjects": root + "sobjects/", "query": root + "query/", "search": root + "search/",
		"profile": base(r) + "/" + s.login.userID,
	}
}

// discovery is the OpenID Connect metadata. The issuer is the base URL.
func (s *Server) discovery(c *call) error {
	root := base(c.r)
	writeJSON(c.w, http.StatusOK, map[string]any{
		"issuer":                                root,
		"authorization_endpoint":                root + "/services/oauth2/authorize",
		"token_endpoint":                        root + "/services/oauth2/token",
		"revocation_endpoint":                   root + "/services/oauth2/revoke",
		"introspection_endpoint":                root + "/services/oauth2/introspect",
		"userinfo_endpoint":                     root + "/services/oauth2/userinfo",
		"jwks_uri":                              root + "/id/keys",
		"scopes_supported":                      []string{"api", "web", "full", "id", "openid", "refresh_token", "offline_access"},
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{"authorization_code", "refresh_token", "client_credentials", jwtBearer},
		"code_challenge_methods_supported":      []string{"S256"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "client_secret_basic"},
	})
	return nil
}
