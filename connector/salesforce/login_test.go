package salesforce_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/connector/salesforce/simulator/browser"
)

const callback = "http://localhost:8765/callback"

// personal is a login of a person on a simulated org.
type personal struct {
	t      *testing.T
	sim    *simulator.Server
	config salesforce.Config
	person browser.Person
}

func newPersonal(t *testing.T, c simulator.Config) *personal {
	t.Helper()
	c.Accounts, c.RequirePKCE = 100, true
	sim := simulator.New(c)
	server := httptest.NewServer(sim)
	t.Cleanup(sim.Close)
	t.Cleanup(server.Close)
	known := sim.Credentials()
	config := quick(&fake{Server: server})
	config.Flow, config.RedirectURL = salesforce.FlowAuthorizationCode, callback
	config.ClientID, config.ClientSecret = connector.NewSecret(known.ClientID), connector.NewSecret(known.ClientSecret)
	return &personal{t, sim, config, browser.Person{Username: known.Username, Password: known.Password}}
}

func (p *personal) begin() *salesforce.Login {
	p.t.Helper()
	login, err := salesforce.NewLogin(p.config)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(login.Close)
	return login
}

// answer is what the browser comes back with.
func (p *personal) answer(login *salesforce.Login) url.Values {
	p.t.Helper()
	end, err := p.person.Visit(p.t.Context(), login.URL())
	if err != nil {
		p.t.Fatal(err)
	}
	u, err := url.Parse(end)
	if err != nil || !strings.HasPrefix(end, callback+"?") {
		p.t.Fatal(end, err)
	}
	return u.Query()
}

func TestLogin(t *testing.T) {
	t.Parallel()
	p := newPersonal(t, simulator.Config{RotateRefreshTokens: true})
	login := p.begin()
	asked, err := url.Parse(login.URL())
	if q := asked.Query(); err != nil || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 || len(q.Get("state")) < 20 ||
		q.Get("scope") != "api refresh_token" || q.Get("redirect_uri") != callback || strings.Contains(login.URL(), p.config.ClientSecret.Reveal()) {
		t.Errorf("asks by %s", login.URL())
	}
	answer := p.answer(login)
	for change, want := range map[string]error{"state": salesforce.ErrOtherLogin, "code": salesforce.ErrNoAnswer} {
		changed := url.Values{"code": answer["code"], "state": answer["state"]}
		changed.Del(change)
		if _, err := login.Finish(t.Context(), changed); !errors.Is(err, want) {
			t.Errorf("without %s: %v", change, err)
		}
	}
	if p.sim.Count("POST", "oauth2/token") != 0 {
		t.Fatal("the code was sent for an answer that is not ours")
	}
	token, err := login.Finish(t.Context(), answer)
	if err != nil {
		t.Fatal(err)
	}
	if token.OrganizationID != p.sim.OrganizationID() || token.UserID != p.sim.UserID() || token.InstanceURL != p.config.LoginURL ||
		!slices.Equal(token.Scopes, []string{"api", "refresh_token"}) || token.LoggedIn.IsZero() || token.RefreshToken == "" {
		t.Errorf("%+v of %s", token, token.OrganizationID)
	}
	if text := fmt.Sprintf("%v %+v %#v %s %q", token, *token, token, token, *token); strings.Contains(text, token.RefreshToken) || strings.Contains(text, token.AccessToken) {
		t.Error("a token prints its secrets")
	}
	org, err := salesforce.ConnectWith(t.Context(), p.config, token)
	if err != nil {
		t.Fatal(err)
	}
	defer org.Close()
	about, err := org.Organization(t.Context())
	if err != nil || about.Name != "Example Corp" || about.Sandbox || org.Identity().Username != p.person.Username {
		t.Errorf("%+v, %v", about, err)
	}
	store := &storeOf{token: token}
	run, err := salesforce.Connect(t.Context(), p.config, store)
	if err != nil {
		t.Fatal(err)
	}
	run.Close()
	if store.token.RefreshToken == token.RefreshToken || store.token.LoggedIn != token.LoggedIn || store.token.OrganizationID != token.OrganizationID {
		t.Error("a refresh keeps what is known of the login, and adopts the new token")
	}
}

// Each way in which a login fails has its sentence and its remedy; a token that is
// not kept is revoked.
func TestLoginRefused(t *testing.T) {
	t.Parallel()
	twice := func(p *personal, login *salesforce.Login, answer url.Values) {
		_, _ = login.Finish(t.Context(), answer)
	}
	for name, test := range map[string]struct {
		before func(*personal)
		after  func(*personal, *salesforce.Login, url.Values)
		want   string
		remedy salesforce.Remedy
	}{
		"denied":            {before: func(p *personal) { p.person.Deny = true }, want: "access was denied in the browser", remedy: salesforce.Reconnect},
		"blocked":           {before: func(p *personal) { p.sim.Block() }, want: "an administrator has blocked the app", remedy: salesforce.AllowApp},
		"blocked since":     {after: func(p *personal, _ *salesforce.Login, _ url.Values) { p.sim.Block() }, want: "not admitted to the app", remedy: salesforce.AllowUser},
		"uninstalled since": {after: func(p *personal, _ *salesforce.Login, _ url.Values) { p.sim.Uninstall() }, want: "not installed in this org", remedy: salesforce.InstallApp},
		"deactivated since": {after: func(p *personal, _ *salesforce.Login, _ url.Values) { p.sim.Deactivate() }, want: "the user is not active", remedy: salesforce.ActivateUser},
		"code used":         {after: twice, want: "used already or has expired", remedy: salesforce.CheckAnswer},
		"no api":            {before: func(p *personal) { p.sim.LimitScopes("refresh_token") }, want: "not granted the scope api (missing scope: granted were refresh_token)", remedy: salesforce.AddScope},
		"no refresh token":  {before: func(p *personal) { p.sim.LimitScopes("api") }, want: "not granted the scope refresh_token (offline_access)", remedy: salesforce.AddScope},
		"neither":           {before: func(p *personal) { p.sim.LimitScopes("id") }, want: "not granted the scopes api and refresh_token", remedy: salesforce.AddScope},
		"code of another":   {after: func(p *personal, l *salesforce.Login, a url.Values) { a.Set("code", p.answer(p.begin()).Get("code")) }, want: "the code belongs to another login", remedy: salesforce.CheckAnswer},
		"not installed": {after: func(_ *personal, _ *salesforce.Login, a url.Values) {
			a.Del("code")
			a.Set("error", "OAUTH_EC_APP_NOT_FOUND")
			a.Set("error_description", "x\x1b[31m")
		}, want: "not installed in this org (OAUTH_EC_APP_NOT_FOUND: x [31m)", remedy: salesforce.InstallApp},
		"mismatch": {after: func(_ *personal, _ *salesforce.Login, a url.Values) {
			a.Del("code")
			a.Set("error", "redirect_uri_mismatch")
		}, want: "not the one registered", remedy: salesforce.CheckRedirect},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPersonal(t, simulator.Config{})
			if test.before != nil {
				test.before(p)
			}
			login := p.begin()
			answer := p.answer(login)
			if test.after != nil {
				test.after(p, login, answer)
			}
			_, err := login.Finish(t.Context(), answer)
			var refused *salesforce.AuthError
			if !errors.As(err, &refused) || refused.Remedy != test.remedy || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v", err)
			}
			if refused.Configuration() != (test.remedy == salesforce.CheckRedirect) {
				t.Errorf("whose fault: %+v", refused)
			}
			if test.remedy == salesforce.AddScope && p.sim.Count("POST", "oauth2/revoke") != 1 {
				t.Error("a token that is not kept was left behind")
			}
			for _, secret := range []string{p.config.ClientSecret.Reveal(), answer.Get("code")} {
				if secret != "" && strings.Contains(err.Error(), secret) {
					t.Errorf("%q tells a secret", err)
				}
			}
		})
	}
}

// A code holds once: when the answer to it is lost, it is not sent again.
func TestLoginWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	p := newPersonal(t, simulator.Config{})
	login := p.begin()
	answer := p.answer(login)
	p.sim.Inject(func(r *http.Request) *simulator.Fault {
		if r.URL.Path == "/services/oauth2/token" {
			return &simulator.Fault{Lose: true}
		}
		return nil
	})
	_, err := login.Finish(t.Context(), answer)
	if err == nil || !strings.Contains(err.Error(), "log in again") || p.sim.Count("POST", "oauth2/token") != 1 {
		t.Errorf("sent %d times: %v", p.sim.Count("POST", "oauth2/token"), err)
	}
}

// served is a callback page on a free port.
func (p *personal) served() *salesforce.Callback {
	p.t.Helper()
	p.config.RedirectURL = strings.Replace(browser.FreeRedirect(), "/callback", "/back?app=1", 1)
	c, err := salesforce.Listen(p.config.RedirectURL)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(c.Close)
	return c
}

// The page says what happened, and ignores what is not its answer.
func TestCallbackPage(t *testing.T) {
	t.Parallel()
	p := newPersonal(t, simulator.Config{})
	c := p.served()
	verdict := errors.New("salesforce: <b>no</b>")
	ended := make(chan error, 1)
	go func() {
		ended <- c.Wait(t.Context(), func(_ context.Context, answer url.Values) error {
			switch {
			case answer.Get("state") != "mine":
				return salesforce.ErrOtherLogin
			case answer.Get("code") == "":
				return salesforce.ErrNoAnswer
			}
			return verdict
		})
	}()
	root := strings.TrimSuffix(p.config.RedirectURL, "/back?app=1")
	for path, want := range map[string]string{
		"/favicon.ico":               "404",
		"/back?app=1&code=c&state=x": "another login",
		"/back?app=1&state=mine":     "no code in it",
		"/back/?code=c&state=mine":   "404",
	} {
		if page, err := browser.Get(t.Context(), root+path); err != nil || !strings.Contains(page, want) {
			t.Errorf("%s shows %s, %v", path, page, err)
		}
	}
	foreign, err := http.NewRequestWithContext(t.Context(), "GET", root+"/back?code=c&state=mine", nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign.Host = "evil.example"
	response, err := http.DefaultClient.Do(foreign)
	if err != nil || response.StatusCode != http.StatusNotFound {
		t.Errorf("under another name: %v, %v", response, err)
	}
	_ = response.Body.Close()
	page, err := browser.Get(t.Context(), root+"/back?app=1&code=c&state=mine")
	if err != nil || !strings.Contains(page, "Not connected") || !strings.Contains(page, "<b>no</b>") {
		t.Errorf("%s, %v", page, err)
	}
	if err := <-ended; !errors.Is(err, verdict) {
		t.Errorf("the terminal says %v", err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// localhost is both addresses of this machine, where it has both.
func TestLocalhost(t *testing.T) {
	t.Parallel()
	redirect := strings.Replace(browser.FreeRedirect(), "127.0.0.1", "localhost", 1)
	c, err := salesforce.Listen(redirect)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	u, err := url.Parse(redirect)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "::1"} {
		connection, err := net.Dial("tcp", net.JoinHostPort(host, u.Port()))
		if err != nil && host == "127.0.0.1" {
			t.Error(err)
		}
		if err == nil {
			_ = connection.Close()
		}
	}
	ended := make(chan error, 1)
	go func() {
		ended <- c.Wait(t.Context(), func(context.Context, url.Values) error { return nil })
	}()
	if page, err := browser.Get(t.Context(), redirect+"?code=c&state=s"); err != nil || !strings.Contains(page, "<h1>Connected</h1>") {
		t.Errorf("%s, %v", page, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	p := newPersonal(t, simulator.Config{})
	p.served()
	if _, err := salesforce.Listen(p.config.RedirectURL); err == nil || !strings.Contains(err.Error(), "free the port, or log in with --paste") {
		t.Errorf("got %v", err)
	}
	for address, want := range map[string]bool{callback: true, "http://127.0.0.1:1/x": true, "https://localhost:1/x": false, "https://example.com/x": false, "http://example.com": false} {
		if salesforce.Loopback(address) != want {
			t.Errorf("%s", address)
		}
	}
}

func TestPaste(t *testing.T) {
	t.Parallel()
	input := "\nhttps://app.example.com/back\n  'https://app.example.com/back?code=aPrx%2B1&state=mine#frag'  \n"
	tries := 0
	err := salesforce.Paste(t.Context(), strings.NewReader(input), func(_ context.Context, answer url.Values) error {
		if tries++; answer.Get("code") == "" {
			return salesforce.ErrNoAnswer
		}
		if answer.Get("code") != "aPrx+1" || answer.Get("state") != "mine" {
			t.Errorf("%v", answer)
		}
		return nil
	})
	if err != nil || tries != 3 {
		t.Errorf("%d tries, %v", tries, err)
	}
	err = salesforce.Paste(t.Context(), strings.NewReader("x\n"), func(context.Context, url.Values) error { return salesforce.ErrOtherLogin })
	if err == nil || !strings.Contains(err.Error(), "the input ended") {
		t.Errorf("got %v", err)
	}
}

// What a person pastes from an error page of Salesforce has no state, and is
// believed; a browser that comes without one is not.
func TestPastedRefusal(t *testing.T) {
	t.Parallel()
	p := newPersonal(t, simulator.Config{})
	login := p.begin()
	refusal := url.Values{"error": {"OAUTH_EC_APP_NOT_FOUND"}}
	if _, err := login.Finish(t.Context(), refusal); !errors.Is(err, salesforce.ErrOtherLogin) {
		t.Errorf("served: %v", err)
	}
	login.Pasted = true
	if _, err := login.Finish(t.Context(), refusal); err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("pasted: %v", err)
	}
}
