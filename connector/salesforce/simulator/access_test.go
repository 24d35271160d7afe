package simulator_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/oauth2/jwt"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// sign makes an assertion of a header and claims.
func sign(t *testing.T, header string, claims map[string]any) string {
	t.Helper()
	content, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(content)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, signingKey(), crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

const rs256 = `{"alg":"RS256"}`

func TestAssertions(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, PublicKey: &signingKey().PublicKey})
	known := c.sim.Credentials()
	claims := func(name string, value any) map[string]any {
		all := map[string]any{"iss": known.ClientID, "sub": known.Username, "aud": "https://login.salesforce.com", "exp": time.Now().Add(2 * time.Minute).Unix()}
		if name != "" {
			all[name] = value
		}
		return all
	}
	send := func(assertion string) answer {
		return c.form("/services/oauth2/token", "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion", assertion)
	}
	for _, good := range []map[string]any{claims("", nil), claims("aud", c.url), claims("exp", time.Now().Add(170*time.Second).Unix())} {
		d := send(sign(t, rs256, good)).want(http.StatusOK).object()
		if d["refresh_token"] != nil || d["scope"] != "api id web" || d["instance_url"] != c.url {
			t.Errorf("%v gives %v", good, d)
		}
		c.token = d["access_token"].(string)
		c.get(v62 + "limits").want(http.StatusOK)
	}
	tampered := sign(t, rs256, claims("", nil))
	for assertion, want := range map[string][2]string{
		sign(t, rs256, claims("aud", "https://test.salesforce.com")):        {"invalid_grant", "Audience validation failed"},
		sign(t, rs256, claims("exp", time.Now().Add(4*time.Minute).Unix())): {"invalid_grant", "invalid assertion"},
		sign(t, rs256, claims("exp", time.Now().Add(-time.Second).Unix())):  {"invalid_grant", "invalid assertion"},
		sign(t, rs256, claims("sub", "ops@example.org")):                    {"invalid_grant", "user hasn't approved this consumer"},
		sign(t, rs256, claims("iss", "unknown")):                            {"invalid_client_id", "client identifier invalid"},
		sign(t, rs256, claims("iss", "PlatformCLI")):                        {"invalid_client", "invalid client credentials"},
		sign(t, `{"alg":"none"}`, claims("", nil)):                          {"invalid_grant", "invalid assertion"},
		tampered[:strings.LastIndex(tampered, ".")+1] + "AAAA":              {"invalid_grant", "invalid assertion"},
		"not.a-token": {"invalid_grant", "invalid assertion"},
	} {
		send(assertion).oauthError(want[0], want[1])
	}
	c.sim.Approve(false)
	send(sign(t, rs256, claims("", nil))).oauthError("invalid_grant", "user hasn't approved this consumer")
	sandbox := start(t, simulator.Config{Accounts: 20, PublicKey: &signingKey().PublicKey, Sandbox: true})
	sandbox.form("/services/oauth2/token", "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion", sign(t, rs256, claims("", nil))).
		oauthError("invalid_grant", "Audience validation failed")
}

func TestAssertionsWithXOAuth2(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, PublicKey: &signingKey().PublicKey})
	key := pemOf(t, signingKey())
	config := jwt.Config{Email: c.sim.Credentials().ClientID, Subject: c.sim.Credentials().Username, PrivateKey: key,
		TokenURL: c.url + "/services/oauth2/token", Audience: c.url, Expires: 2 * time.Minute}
	token, err := config.TokenSource(t.Context()).Token()
	if err != nil || token.AccessToken == "" || token.RefreshToken != "" {
		t.Errorf("token %v, %v", token, err)
	}
}

// With rotation, x/oauth2 adopts each new refresh token; what it keeps works.
func TestRotationWithXOAuth2(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, RotateRefreshTokens: true, RequirePKCE: true})
	config, verifier := c.oauth2Config(), oauth2.GenerateVerifier()
	token, err := config.Exchange(t.Context(), c.browse(config.AuthCodeURL("x", oauth2.S256ChallengeOption(verifier)), "allow").Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	spent := token.RefreshToken
	for range 3 {
		before := token.RefreshToken
		if token, err = config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: before}).Token(); err != nil || token.RefreshToken == before {
			t.Fatalf("refreshed to %v, %v", token, err)
		}
	}
	if _, err = config.TokenSource(t.Context(), &oauth2.Token{RefreshToken: spent}).Token(); err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		t.Errorf("a spent token gives %v", err)
	}
}

func TestAdministratorsTakeAccess(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, PublicKey: &signingKey().PublicKey})
	known := c.sim.Credentials()
	credentials := func() answer {
		return c.form("/services/oauth2/token", "grant_type", "client_credentials", "client_id", known.ClientID, "client_secret", known.ClientSecret)
	}
	authorize := "/services/oauth2/authorize?response_type=code&client_id=" + known.ClientID + "&redirect_uri=" + url.QueryEscape(callback)

	c.sim.Deactivate()
	c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
	credentials().oauthError("inactive_user", "user is inactive")
	c.refresh(known.RefreshToken).oauthError("inactive_user", "user is inactive")
	fields := c.get(authorize).fields()
	fields.Set("username", known.Username)
	fields.Set("password", known.Password)
	if a := c.submit(fields); !bytes.Contains(a.body, []byte("check your username")) {
		t.Errorf("an inactive user sees %s", a.body)
	}
	c.sim.Activate()
	c.token = c.refresh(known.RefreshToken).want(http.StatusOK).object()["access_token"].(string)

	c.sim.Uninstall()
	c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
	credentials().oauthError("app_not_found", "External client app is not installed in this org")
	if a := c.get(authorize).want(http.StatusBadRequest); !bytes.Contains(a.body, []byte("error=OAUTH_EC_APP_NOT_FOUND")) {
		t.Errorf("an app that is not installed shows %s", a.body)
	}
	c.sim.Install()
	c.refresh(known.RefreshToken).oauthError("invalid_grant", "expired access/refresh token")
	credentials().want(http.StatusOK)
}

func TestScopesAreLimitedPerLogin(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	config := c.oauth2Config()
	login := func() *oauth2.Token {
		token, err := config.Exchange(t.Context(), c.browse(config.AuthCodeURL("x"), "allow").Query().Get("code"))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	c.sim.LimitScopes("api", "id")
	if token := login(); token.RefreshToken != "" || token.Extra("scope") != "api" {
		t.Errorf("limited: %v", token.Extra("scope"))
	}
	c.sim.LimitScopes()
	if token := login(); token.RefreshToken == "" {
		t.Error("no refresh token")
	}
}

func TestTokensExpireWithUse(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	c.sim.ExpireAfter(2)
	c.login()
	for range 2 {
		c.get(v62 + "limits").want(http.StatusOK)
	}
	c.get(v62+"limits").refused(http.StatusUnauthorized, "INVALID_SESSION_ID")
}

func TestOpenID(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, Scopes: []string{"api", "openid"}})
	config := c.oauth2Config()
	config.Scopes = []string{"api", "openid"}
	token, err := config.Exchange(t.Context(), c.browse(config.AuthCodeURL("x", oauth2.SetAuthURLParam("nonce", "n-1")), "allow").Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token.Extra("id_token").(string), ".")
	keys := c.get("/id/keys").want(http.StatusOK).object()["keys"].([]any)[0].(map[string]any)
	decode := func(s string) []byte { b, _ := base64.RawURLEncoding.DecodeString(s); return b }
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(decode(keys["n"].(string))), E: int(new(big.Int).SetBytes(decode(keys["e"].(string))).Int64())}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], decode(parts[2])); err != nil {
		t.Error(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(decode(parts[1]), &claims); err != nil || claims["iss"] != c.url || claims["aud"] != config.ClientID || claims["nonce"] != "n-1" {
		t.Errorf("%v, %v", claims, err)
	}
	credentials := clientcredentials.Config{ClientID: config.ClientID, ClientSecret: config.ClientSecret, TokenURL: config.Endpoint.TokenURL}
	config.Scopes = []string{"api"}
	if token, err = config.Exchange(t.Context(), c.browse(config.AuthCodeURL("x"), "allow").Query().Get("code")); err != nil || token.Extra("id_token") != nil {
		t.Errorf("without the scope openid: %v, %v", token.Extra("id_token"), err)
	}
	if _, err := credentials.Token(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRecordOfTheOrg(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, Sandbox: true})
	path := v62 + "sobjects/Organization/" + c.sim.OrganizationID()
	if d := c.get(path).want(http.StatusOK).object(); d["IsSandbox"] != true || d["Name"] != "Example Corp" || d["Id"] != c.sim.OrganizationID() {
		t.Errorf("%v", d)
	}
	if d := c.get(path + "?fields=Name").want(http.StatusOK).object(); d["Name"] == nil || d["IsSandbox"] != nil {
		t.Errorf("only a name: %v", d)
	}
	c.get(v62 + "sobjects/Organization/00D000000000001AAA").want(http.StatusNotFound)
	records := c.get(v62 + "query?q=" + url.QueryEscape("SELECT IsSandbox FROM Organization")).want(http.StatusOK).object()["records"].([]any)
	if records[0].(map[string]any)["IsSandbox"] != true {
		t.Errorf("%v", records)
	}
}
