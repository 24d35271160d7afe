package simulator_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

const callback = "http://localhost:8765/callback"

var inputs = regexp.MustCompile(`<input[^>]*name="([^"]*)"[^>]*>`)
var values = regexp.MustCompile(`value="([^"]*)"`)

// fields are the inputs of a page's form, as a browser would send them.
func (a answer) fields() url.Values {
	fields := url.Values{}
	for _, input := range inputs.FindAllSubmatch(a.body, -1) {
		value := ""
		if m := values.FindSubmatch(input[0]); m != nil {
			value = html.UnescapeString(string(m[1]))
		}
		fields.Add(html.UnescapeString(string(input[1])), value)
	}
	return fields
}

func (c *client) submit(fields url.Values) answer {
	c.t.Helper()
	return c.do("POST", "/services/oauth2/authorize", strings.NewReader(fields.Encode()), "Content-Type", "application/x-www-form-urlencoded")
}

// browse opens an authorization page, logs in and decides. It returns where the
// browser is sent.
func (c *client) browse(address, decision string) *url.URL {
	c.t.Helper()
	page := c.get(strings.TrimPrefix(address, c.url)).want(http.StatusOK)
	fields := page.fields()
	fields.Set("username", c.sim.Credentials().Username)
	fields.Set("password", c.sim.Credentials().Password)
	page = c.submit(fields).want(http.StatusOK)
	fields = page.fields()
	fields.Set("decision", decision)
	return c.submit(fields).want(http.StatusFound).location()
}

func (a answer) location() *url.URL {
	a.t.Helper()
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil {
		a.t.Fatal(err)
	}
	return u
}

func (c *client) oauth2Config() *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.sim.Credentials().ClientID, ClientSecret: c.sim.Credentials().ClientSecret, RedirectURL: callback,
		Scopes:   []string{"api", "refresh_token"},
		Endpoint: oauth2.Endpoint{AuthURL: c.url + "/services/oauth2/authorize", TokenURL: c.url + "/services/oauth2/token"},
	}
}

func TestAuthorizationCodeWithXOAuth2(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, RequirePKCE: true})
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		config := c.oauth2Config()
		config.Endpoint.AuthStyle = style
		verifier, state := oauth2.GenerateVerifier(), "a b&c=d/é+%20"
		back := c.browse(config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier)), "allow")
		if got := back.Query().Get("state"); got != state || !strings.HasPrefix(back.String(), callback+"?code=") {
			t.Fatalf("sent back to %s with state %q", back, got)
		}
		token, err := config.Exchange(t.Context(), back.Query().Get("code"), oauth2.VerifierOption(verifier))
		if err != nil {
			t.Fatal(err)
		}
		if !token.Expiry.IsZero() || token.TokenType != "Bearer" || token.RefreshToken == "" || token.Extra("instance_url") != c.url ||
			token.Extra("scope") != "api refresh_token" {
			t.Errorf("token %+v", token)
		}
		if !regexp.MustCompile(`^00D[0-9A-Za-z]{12}![0-9A-Za-z._]+$`).MatchString(token.AccessToken) {
			t.Errorf("access token %s", token.AccessToken)
		}
		if want := c.url + "/id/" + c.sim.OrganizationID() + "/" + c.sim.UserID(); token.Extra("id") != want {
			t.Errorf("id %v, want %s", token.Extra("id"), want)
		}
		if issued, ok := token.Extra("issued_at").(string); !ok || len(issued) != 13 {
			t.Errorf("issued_at is %v", token.Extra("issued_at"))
		}
		refreshed, err := config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		if err != nil || refreshed.AccessToken == token.AccessToken || refreshed.RefreshToken != token.RefreshToken {
			t.Errorf("refreshed to %+v, %v", refreshed, err)
		}
		response, err := config.Client(t.Context(), token).Get(c.url + v62 + "limits")
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", response, err)
		}
		_ = response.Body.Close()
	}
}

func TestClientCredentialsWithXOAuth2(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	known := c.sim.Credentials()
	config := clientcredentials.Config{ClientID: known.ClientID, ClientSecret: known.ClientSecret, TokenURL: c.url + "/services/oauth2/token"}
	token, err := config.Token(t.Context())
	if err != nil || token.RefreshToken != "" || token.AccessToken == "" {
		t.Fatalf("token %+v, %v", token, err)
	}
	c.token = token.AccessToken
	c.get(v62 + "limits").want(http.StatusOK)
	config.ClientSecret = "wrong"
	if _, err := config.Token(context.Background()); err == nil || !strings.Contains(err.Error(), "invalid client credentials") {
		t.Errorf("a wrong secret gives %v", err)
	}
}

func challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// oauthError wants the object {error, error_description} with 400.
func (a answer) oauthError(code, description string) {
	a.t.Helper()
	d := a.want(http.StatusBadRequest).object()
	if d["error"] != code || d["error_description"] != description || len(d) != 2 {
		a.t.Errorf("got %v, want %s: %s", d, code, description)
	}
}

func TestCodeRules(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	known := c.sim.Credentials()
	verifier := strings.Repeat("v", 171) // as long as that of sf
	// A challenge without a method is meant as S256.
	address := "/services/oauth2/authorize?response_type=code&client_id=" + known.ClientID + "&redirect_uri=" + url.QueryEscape(callback) +
		"&code_challenge=" + challenge(verifier)
	exchange := func(code string, pairs ...string) answer {
		return c.form("/services/oauth2/token", append([]string{"grant_type", "authorization_code", "code", code, "client_id", known.ClientID,
			"client_secret", known.ClientSecret, "redirect_uri", callback}, pairs...)...)
	}
	code := func() string { return c.browse(address, "allow").Query().Get("code") }

	used := code()
	exchange(used, "code_verifier", verifier).want(http.StatusOK)
	exchange(used, "code_verifier", verifier).oauthError("invalid_grant", "expired authorization code")
	exchange(code()).oauthError("invalid_grant", "missing code verifier")
	exchange(code(), "code_verifier", "other").oauthError("invalid_request", "invalid code verifier")
	exchange(code(), "code_verifier", verifier, "redirect_uri", callback+"/").oauthError("redirect_uri_mismatch", "redirect_uri must match configuration")
	exchange(code(), "code_verifier", verifier, "client_secret", "").oauthError("invalid_client", "invalid client credentials")
	exchange(code(), "code_verifier", verifier, "client_id", "unknown").oauthError("invalid_client_id", "client identifier invalid")
	exchange(code(), "code_verifier", verifier, "client_id", "PlatformCLI").oauthError("invalid_grant", "expired authorization code")
	exchange("invented", "code_verifier", verifier).oauthError("invalid_grant", "expired authorization code")
	exchange(code(), "grant_type", "password").oauthError("unsupported_grant_type", "grant type not supported")
}

func TestAuthorizeRefusals(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, RequirePKCE: true})
	query := func(pairs ...string) string {
		v := url.Values{"response_type": {"code"}, "client_id": {c.sim.Credentials().ClientID}, "redirect_uri": {callback},
			"state": {"s t"}, "code_challenge": {challenge("v")}, "code_challenge_method": {"S256"}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return "/services/oauth2/authorize?" + v.Encode()
	}
	for part, pairs := range map[string][]string{
		"error=invalid_client_id":     {"client_id", "x"},
		"error=redirect_uri_mismatch": {"redirect_uri", callback + "/"},
	} {
		if a := c.get(query(pairs...)).want(http.StatusBadRequest); !bytes.Contains(a.body, []byte(part)) {
			t.Errorf("%v: %s", pairs, a.body)
		}
	}
	for want, pairs := range map[string][]string{
		"error=invalid_request&error_description=missing+required+code+challenge":       {"code_challenge", ""},
		"error=invalid_request&error_description=invalid+code+challenge+method":         {"code_challenge_method", "plain"},
		"error=unsupported_response_type&error_description=response+type+not+supported": {"response_type", "token"},
		"error=invalid_scope&error_description=the+requested+scope+is+not+allowed":      {"scope", "api openid"},
	} {
		if got := c.get(query(pairs...)).want(http.StatusFound).location().String(); got != callback+"?"+want+"&state=s+t" {
			t.Errorf("%v: sent to %s", pairs, got)
		}
	}
	if got := c.browse(query(), "deny"); got.Query().Get("error") != "access_denied" || got.Query().Get("state") != "s t" {
		t.Errorf("denied: %s", got)
	}
	fields := c.get(query()).fields()
	fields.Set("username", c.sim.Credentials().Username)
	fields.Set("password", "wrong")
	if a := c.submit(fields).want(http.StatusOK); !bytes.Contains(a.body, []byte("check your username and password")) || a.fields().Has("ticket") {
		t.Errorf("a wrong password shows %s", a.body)
	}
	c.submit(url.Values{"ticket": {"invented"}, "decision": {"allow"}}).want(http.StatusBadRequest)
	c.sim.Block()
	if got := c.get(query()).want(http.StatusFound).location().Query(); got.Get("error") != "OAUTH_APP_BLOCKED" || got.Get("error_description") != "this app is blocked by admin" {
		t.Errorf("blocked: %v", got)
	}
}

func (c *client) refresh(token string, pairs ...string) answer {
	known := c.sim.Credentials()
	return c.form("/services/oauth2/token", append([]string{"grant_type", "refresh_token", "refresh_token", token, "client_id", known.ClientID,
		"client_secret", known.ClientSecret, "code_verifier", "ignored"}, pairs...)...)
}

func TestRefreshWithoutRotation(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	token := c.sim.Credentials().RefreshToken
	for range 2 {
		d := c.refresh(token).want(http.StatusOK).object()
		if _, ok := d["refresh_token"]; ok || d["expires_in"] != nil {
			t.Errorf("refreshed to %v", d)
		}
		c.token = d["access_token"].(string)
		c.get(v62 + "limits").want(http.StatusOK)
	}
	c.refresh(token, "client_secret", "").oauthError("invalid_client", "invalid client credentials")
	c.refresh("invented").oauthError("invalid_grant", "expired access/refresh token")
	c.sim.ExpireTokens()
	if m := c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID"); m != "Session expired or invalid" {
		t.Error(m)
	}
	c.token = c.refresh(token).want(http.StatusOK).object()["access_token"].(string)
	c.get(v62 + "limits").want(http.StatusOK)
}

func TestRotationPunishesReuse(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, RotateRefreshTokens: true})
	first := c.sim.Credentials().RefreshToken
	second := c.refresh(first).want(http.StatusOK).object()["refresh_token"].(string)
	d := c.refresh(second).want(http.StatusOK).object()
	third := d["refresh_token"].(string)
	c.token = d["access_token"].(string)
	c.get(v62 + "limits").want(http.StatusOK)
	if first == second || second == third {
		t.Error("the refresh token was not rotated")
	}
	c.refresh(first).oauthError("invalid_grant", "expired access/refresh token")
	c.refresh(third).oauthError("invalid_grant", "expired access/refresh token")
	c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	refresh := c.sim.Credentials().RefreshToken
	access := c.refresh(refresh).object()["access_token"].(string)
	c.form("/services/oauth2/revoke", "token", access).want(http.StatusOK)
	c.form("/services/oauth2/revoke", "token", access).want(http.StatusBadRequest)
	c.token = access
	c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
	c.token = c.refresh(refresh).want(http.StatusOK).object()["access_token"].(string)
	c.form("/services/oauth2/revoke", "token", refresh).want(http.StatusOK)
	c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
	c.refresh(refresh).oauthError("invalid_grant", "expired access/refresh token")
}

func TestAnAdministratorRevokesOrBlocks(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	c.sim.Revoke()
	c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
	c.refresh(c.sim.Credentials().RefreshToken).oauthError("invalid_grant", "expired access/refresh token")
	c.login()
	c.get(v62 + "limits").want(http.StatusOK)
	c.sim.Block()
	c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
	known := c.sim.Credentials()
	c.form("/services/oauth2/token", "grant_type", "client_credentials", "client_id", known.ClientID, "client_secret", known.ClientSecret).
		oauthError("invalid_app_access", "user is not admin approved to access this app")
	c.sim.Unblock()
	c.login()
}

func TestScopes(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, Scopes: []string{"id", "refresh_token"}})
	if m := c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID"); !strings.HasPrefix(m, "This session is not valid for use with the specified REST API endpoint") {
		t.Error(m)
	}
	c = start(t, simulator.Config{Accounts: 20, Scopes: []string{"api", "id"}})
	config := c.oauth2Config()
	config.Scopes = nil
	token, err := config.Exchange(t.Context(), c.browse(config.AuthCodeURL("x"), "allow").Query().Get("code"))
	if err != nil || token.RefreshToken != "" || token.Extra("scope") != "api id" {
		t.Errorf("without the scope refresh_token: %+v, %v", token, err)
	}
}

func TestPublicClient(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	redirect := "http://localhost:1717/OauthRedirect"
	back := c.browse("/services/oauth2/authorize?response_type=code&client_id=PlatformCLI&redirect_uri="+url.QueryEscape(redirect)+
		"&code_challenge="+challenge("v"), "allow")
	d := c.form("/services/oauth2/token", "grant_type", "authorization_code", "client_id", "PlatformCLI", "redirect_uri", redirect,
		"code", back.Query().Get("code"), "code_verifier", "v").want(http.StatusOK).object()
	c.form("/services/oauth2/token", "grant_type", "refresh_token", "client_id", "PlatformCLI", "refresh_token", d["refresh_token"].(string)).want(http.StatusOK)
	c.form("/services/oauth2/token", "grant_type", "client_credentials", "client_id", "PlatformCLI").
		oauthError("invalid_grant", "no client credentials user enabled")
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	token, path := c.token, "/id/"+c.sim.OrganizationID()+"/"+c.sim.UserID()
	for _, d := range []map[string]any{
		c.get("/services/oauth2/userinfo").want(http.StatusOK).object(),
		c.get(path + "?format=json&oauth_token=" + url.QueryEscape(token)).want(http.StatusOK).object(),
	} {
		if d["organization_id"] != c.sim.OrganizationID() || d["user_id"] != c.sim.UserID() {
			t.Errorf("identity %v", d)
		}
	}
	if d := c.get("/services/oauth2/userinfo").object(); d["preferred_username"] != c.sim.Credentials().Username {
		t.Errorf("userinfo %v", d)
	}
	known := c.sim.Credentials()
	introspect := func(token string) map[string]any {
		return c.form("/services/oauth2/introspect", "token", token, "client_id", known.ClientID, "client_secret", known.ClientSecret).want(http.StatusOK).object()
	}
	if d := introspect(token); d["active"] != true || d["client_id"] != known.ClientID || d["username"] != known.Username {
		t.Errorf("introspection %v", d)
	}
	if d := introspect(known.RefreshToken); d["active"] != true {
		t.Errorf("introspection of the refresh token %v", d)
	}
	c.sim.Revoke()
	if d := introspect(token); d["active"] != false || len(d) != 1 {
		t.Errorf("introspection of a dead token %v", d)
	}
	c.get("/services/oauth2/userinfo").want(http.StatusForbidden)
	c.get(path).want(http.StatusForbidden)
	if d := c.get("/.well-known/openid-configuration").want(http.StatusOK).object(); d["issuer"] != c.url || d["token_endpoint"] != c.url+"/services/oauth2/token" {
		t.Errorf("discovery %v", d)
	}
}

func TestTheOrgCanBeAnother(t *testing.T) {
	t.Parallel()
	production, sandbox := start(t, simulator.Config{Seed: 1, Accounts: 20}), start(t, simulator.Config{Seed: 1, Accounts: 20, OrganizationID: "00D000000000001"})
	colleague := start(t, simulator.Config{Seed: 1, Accounts: 20, Username: "other@example.com"})
	if production.sim.OrganizationID() == sandbox.sim.OrganizationID() || production.sim.View().At(3).ID() != sandbox.sim.View().At(3).ID() {
		t.Error("a full sandbox has the accounts of its org and another id")
	}
	if production.sim.UserID() == colleague.sim.UserID() || production.sim.OrganizationID() != colleague.sim.OrganizationID() {
		t.Error("another user of an org has another id")
	}
}
