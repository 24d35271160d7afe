package salesforce_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/google/go-cmp/cmp"
)

func TestConnect(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	org := connect(t, f)
	want := salesforce.Identity{OrganizationID: orgID, UserID: userID, Username: "ops@example.com", Scopes: []string{"api", "refresh_token"}, InstanceURL: f.URL}
	if diff := cmp.Diff(want, org.Identity()); diff != "" {
		t.Error(diff)
	}
	if org.APIVersion() != "68.0" {
		t.Errorf("API version %s", org.APIVersion())
	}
}

func TestAPIVersion(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		wanted  int
		offered string
		got     string // or the error
	}{
		{0, `[{"version":"9.0"},{"version":"100.0"},{"version":"68.0"}]`, "100.0"},
		{67, `[{"version":"67.0"},{"version":"68.0"}]`, "67.0"},
		{66, `[{"version":"67.0"},{"version":"68.0"}]`, "does not offer API version 66; its newest is 68"},
		{0, `[{"version":"57.0"}]`, "58 is the oldest that works"},
		{0, `[]`, "58 is the oldest that works"},
	} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.URL.Path == "/services/data" {
				fmt.Fprint(w, test.offered)
			}
			return r.URL.Path == "/services/data"
		}
		config := quick(f)
		config.APIVersion = test.wanted
		org, err := salesforce.Connect(context.Background(), config, nil)
		switch {
		case err != nil && !strings.Contains(err.Error(), test.got):
			t.Errorf("%s: %v", test.offered, err)
		case err == nil && org.APIVersion() != test.got:
			t.Errorf("%s: %s, want %s", test.offered, org.APIVersion(), test.got)
		}
	}
}

// The username comes from the user's record where the scopes do not cover
// userinfo, and may stay unknown.
func TestUsername(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.URL.Path == "/services/oauth2/userinfo" {
				http.Error(w, "Missing_OAuth_Scope", http.StatusForbidden)
				return true
			}
			if known && r.URL.Path == base+"/sobjects/User/"+userID {
				answer(w, map[string]string{"Username": "run-as@example.com"})
				return true
			}
			return false
		}
		want := map[bool]string{true: "run-as@example.com"}[known]
		if got := connect(t, f).Identity().Username; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// Each refusal of the token endpoint names its remedy, and never a secret.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		status        int
		code, text    string
		remedy        salesforce.Remedy
		temporary     bool
		notRefused    bool
		wantedInError string
	}{
		{400, "invalid_grant", "expired access/refresh token", salesforce.Reconnect, false, false, "revoked"},
		{400, "invalid_grant", "no client credentials user enabled", salesforce.EnableFlow, false, false, "no user to run as"},
		{400, "invalid_grant", "request not supported on this domain", salesforce.CheckLoginURL, false, false, "login URL"},
		{400, "invalid_client", "invalid client credentials the-secret", salesforce.CheckSecret, false, false, "invalid client credentials [secret]"},
		{400, "invalid_client_id", "client identifier invalid", salesforce.CheckSecret, false, false, "client id is not known"},
		{400, "invalid_app_access", "user is not admin approved to access this app", salesforce.AllowUser, false, false, ""},
		{400, "inactive_user", "user is inactive", salesforce.ActivateUser, false, false, ""},
		{400, "app_not_found", "External client app is not installed in this org", salesforce.InstallApp, false, false, ""},
		{400, "OAUTH_APP_BLOCKED", "this app is blocked by admin", salesforce.AllowApp, false, false, "blocked"},
		{400, "unsupported_grant_type", "grant type not supported", salesforce.EnableFlow, false, false, ""},
		{400, "something_new", "a surprise", salesforce.Reconnect, false, false, "something_new: a surprise"},
		{503, "invalid_grant", "expired access/refresh token", "", true, true, "503"},
		{429, "", "", "", true, true, "429"},
	} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(test.status)
			answer(w, map[string]string{"error": test.code, "error_description": test.text})
			return true
		}
		_, err := salesforce.Connect(context.Background(), quick(f), nil)
		var refused *salesforce.AuthError
		if errors.As(err, &refused) == test.notRefused {
			t.Fatalf("%s: %v", test.code, err)
		}
		if refused != nil && (refused.Remedy != test.remedy || refused.Auth() == refused.Configuration() || refused.Temporary()) {
			t.Errorf("%s: %+v", test.code, refused)
		}
		if !strings.Contains(err.Error(), test.wantedInError) || strings.Contains(err.Error(), "the-secret") {
			t.Errorf("%s: %v", test.code, err)
		}
		if tries := f.count("POST /services/oauth2/token"); test.temporary != (tries == 3) {
			t.Errorf("%s with %d: tried %d times", test.code, test.status, tries)
		}
	}
}

// A login URL that names no host is a fault of the configuration; a host that is
// not found for another reason may be found later.
func TestNoSuchHost(t *testing.T) {
	t.Parallel()
	var refused *salesforce.AuthError
	if err := salesforce.TokenError(&url.Error{Err: &net.DNSError{Name: "acme.my.salesforce.com", IsNotFound: true}}); !errors.As(err, &refused) || !refused.Configuration() || refused.Auth() {
		t.Errorf("got %v", err)
	}
	if err := salesforce.TokenError(&url.Error{Err: &net.DNSError{Name: "acme.my.salesforce.com", IsTemporary: true}}); errors.As(err, &refused) {
		t.Errorf("got %v", err)
	}
}

func TestMissingScope(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path != "/services/oauth2/token" {
			return false
		}
		answer(w, map[string]string{"access_token": "x", "instance_url": f.URL, "id": "https://login.salesforce.com/id/" + orgID + "/" + userID, "scope": "refresh_token id"})
		return true
	}
	_, err := salesforce.Connect(context.Background(), quick(f), nil)
	var refused *salesforce.AuthError
	if !errors.As(err, &refused) || refused.Remedy != salesforce.AddScope || !strings.Contains(err.Error(), "the scope api") {
		t.Errorf("got %v", err)
	}
}

// A token must never go to a server that the login did not name safely.
func TestAnswersOfTheLoginAreChecked(t *testing.T) {
	t.Parallel()
	id := "https://login.salesforce.com/id/" + orgID + "/" + userID
	for _, token := range []map[string]string{
		{"access_token": "x", "id": id},
		{"access_token": "x", "id": id, "instance_url": "http://example.com"},
		{"access_token": "x", "id": id, "instance_url": "https://user@example.com"},
		{"access_token": "x", "id": "https://login.salesforce.com/id/nothing", "instance_url": "https://example.com"},
		{"access_token": "x", "instance_url": "https://example.com"},
		{"instance_url": "https://example.com", "id": id},
	} {
		f := newFake(t)
		f.before = func(w http.ResponseWriter, _ *http.Request, _ int) bool { answer(w, token); return true }
		if _, err := salesforce.Connect(context.Background(), quick(f), nil); err == nil {
			t.Errorf("%v was accepted", token)
		}
	}
}

// A session that ends is renewed once for all who met its end, and each request
// is replayed once.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	f := four(t)
	org := connect(t, f)
	f.mu.Lock()
	f.tokens++ // the token of now is no longer valid
	f.mu.Unlock()
	e, err := org.Extract(context.Background(), query, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	defer reader.Release()
	if !reader.Next() {
		t.Fatal(reader.Err())
	}
	if n := f.count("POST /services/oauth2/token"); n != 2 {
		t.Errorf("%d tokens were asked for", n)
	}
}

// Where a fresh token does not help, one refresh and one replay are all.
func TestSessionThatCannotBeRenewed(t *testing.T) {
	t.Parallel()
	for message, remedy := range map[string]salesforce.Remedy{
		"Session expired or invalid": salesforce.Reconnect,
		"This session is not valid for use with the specified REST API endpoint. One of the following scopes is required: api": salesforce.AddScope,
	} {
		f := newFake(t)
		org := connect(t, f)
		f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if strings.HasPrefix(r.URL.Path, base) {
				fail(w, 401, "INVALID_SESSION_ID", message)
				return true
			}
			return false
		}
		_, err := org.Count(context.Background(), "Account", "")
		var refused *salesforce.AuthError
		if !errors.As(err, &refused) || refused.Remedy != remedy {
			t.Errorf("got %v", err)
		}
		if tokens, calls := f.count("POST /services/oauth2/token"), f.count("GET "+base+"/query"); tokens != 2 || calls != 2 {
			t.Errorf("%d tokens, %d calls", tokens, calls)
		}
	}
}

func TestAnotherOrgAfterRefresh(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	org := connect(t, f)
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.URL.Path == "/services/oauth2/token" {
			answer(w, map[string]string{"access_token": "y", "instance_url": f.URL, "id": "https://login.salesforce.com/id/00D5g000004NbXsEAK/" + userID})
			return true
		}
		return false
	}
	f.mu.Lock()
	f.tokens++
	f.mu.Unlock()
	if _, err := org.Count(context.Background(), "Account", ""); err == nil || !strings.Contains(err.Error(), "this run began in "+orgID) {
		t.Errorf("got %v", err)
	}
}

// refreshing is a store and a configuration for the simulator's refresh token.
func refreshing(t *testing.T, sim *simulator.Server) (salesforce.Config, *storeOf) {
	t.Helper()
	server := httptest.NewServer(sim)
	t.Cleanup(sim.Close)
	t.Cleanup(server.Close)
	c := sim.Credentials()
	config := quick(&fake{Server: server})
	config.Flow = salesforce.FlowRefreshToken
	config.ClientID, config.ClientSecret = connector.NewSecret(c.ClientID), connector.NewSecret(c.ClientSecret)
	return config, &storeOf{token: &salesforce.Token{RefreshToken: c.RefreshToken}}
}

// With rotation each refresh spends the token before; the store is proven
// writable first, and the new token is in it before it is used.
func TestRefreshTokenRotates(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100, RotateRefreshTokens: true})
	config, store := refreshing(t, sim)
	first := store.token.RefreshToken
	org, err := salesforce.Connect(context.Background(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	defer org.Close()
	second := store.token.RefreshToken
	want := []string{"lock", "load", "save " + first, "save " + second, "unlock"}
	if diff := cmp.Diff(want, store.log); diff != "" || first == second {
		t.Error(diff)
	}
	sim.ExpireTokens()
	if _, err := org.Count(context.Background(), "Account", ""); err != nil {
		t.Error(err)
	}
	if third := store.token.RefreshToken; third == second {
		t.Error("the second refresh token was not replaced")
	}
	sim.Revoke()
	_, err = org.Count(context.Background(), "Account", "")
	var refused *salesforce.AuthError
	if !errors.As(err, &refused) || refused.Remedy != salesforce.Reconnect || strings.Contains(err.Error(), store.token.RefreshToken) {
		t.Errorf("got %v", err)
	}
}

func TestRefreshWithoutRotationKeepsTheToken(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100})
	config, store := refreshing(t, sim)
	first := store.token.RefreshToken
	org, err := salesforce.Connect(context.Background(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	defer org.Close()
	if store.token.RefreshToken != first || store.token.AccessToken == "" {
		t.Errorf("the store holds %+v", store.token)
	}
}

// A store that cannot be written stops before the refresh token is spent.
func TestStoreThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100, RotateRefreshTokens: true})
	config, store := refreshing(t, sim)
	store.saveErr = errors.New("disk full")
	if _, err := salesforce.Connect(context.Background(), config, store); !errors.Is(err, store.saveErr) {
		t.Errorf("got %v", err)
	}
	if sim.Count("POST", "oauth2/token") != 0 {
		t.Error("a token was spent")
	}
}

// Another process refreshed in the meantime: its access token is used, and no
// refresh token is spent.
func TestTokenOfAnotherProcess(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100, RotateRefreshTokens: true})
	config, store := refreshing(t, sim)
	ours, err := salesforce.Connect(context.Background(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	sim.ExpireTokens()
	theirs, err := salesforce.Connect(context.Background(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	before := sim.Count("POST", "oauth2/token")
	if _, err := ours.Count(context.Background(), "Account", ""); err != nil {
		t.Error(err)
	}
	if after := sim.Count("POST", "oauth2/token"); after != before {
		t.Errorf("%d tokens were spent", after-before)
	}
}

func TestNobodyHasLoggedIn(t *testing.T) {
	t.Parallel()
	config := quick(newFake(t))
	config.Flow = salesforce.FlowRefreshToken
	_, err := salesforce.Connect(context.Background(), config, &storeOf{})
	var refused *salesforce.AuthError
	if !errors.As(err, &refused) || refused.Remedy != salesforce.Reconnect {
		t.Errorf("got %v", err)
	}
	if _, err := salesforce.Connect(context.Background(), config, nil); err == nil {
		t.Error("no store was accepted")
	}
}

func TestConfigIsValidated(t *testing.T) {
	t.Parallel()
	valid := salesforce.Config{
		LoginURL: "https://example.my.salesforce.com", Flow: salesforce.FlowClientCredentials,
		ClientID: connector.NewSecret("the-client"), ClientSecret: connector.NewSecret("the-secret"),
	}
	if err := valid.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*salesforce.Config){
		"flow \"password\" is not known":          func(c *salesforce.Config) { c.Flow = "password" },
		"is not the address of a server":          func(c *salesforce.Config) { c.LoginURL = "login.salesforce.com" },
		"must begin with https://":                func(c *salesforce.Config) { c.LoginURL = "http://login.example.com" },
		"use the My Domain of the org":            func(c *salesforce.Config) { c.LoginURL = "https://login.salesforce.com" },
		"serves pages to people":                  func(c *salesforce.Config) { c.LoginURL = "https://x.lightning.force.com" },
		"the client id is missing":                func(c *salesforce.Config) { c.ClientID = connector.Secret{} },
		"the client secret is missing":            func(c *salesforce.Config) { c.ClientSecret = connector.Secret{} },
		"API version 57 is too old":               func(c *salesforce.Config) { c.APIVersion = 57 },
		"page rows is negative":                   func(c *salesforce.Config) { c.PageRows = -1 },
		"https://a.example.com/services/oauth2\"": func(c *salesforce.Config) { c.LoginURL = "https://a.example.com/services/oauth2" },
	} {
		config := valid
		change(&config)
		err := config.Validate()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "the-secret") {
			t.Errorf("got %v, want %q", err, want)
		}
		if _, connectErr := salesforce.Connect(context.Background(), config, nil); connectErr == nil {
			t.Errorf("%q was connected", want)
		}
	}
}
