package pipelines_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/connector/salesforce/simulator/browser"
	"github.com/axisync/axisync/pipelines"
)

// newPersonalWorld is a world whose source a person connects.
func newPersonalWorld(t *testing.T, s settings) *world {
	t.Helper()
	redirect := browser.FreeRedirect()
	s.salesforce.RedirectURIs = []string{redirect, "https://app.example.com/back"}
	s.salesforce.RotateRefreshTokens = true
	s.replace = map[string]string{"    flow: client_credentials\n": "    redirect_url: " + redirect + "\n"}
	return newWorld(t, s)
}

func (w *world) person() browser.Person {
	known := w.salesforce.Credentials()
	return browser.Person{Username: known.Username, Password: known.Password}
}

// loginAs connects the source: the person opens the page in a browser, and reads
// what it says at the end.
func (w *world) loginAs(person browser.Person, repin bool) (connection *pipelines.Connection, page string, err error) {
	w.t.Helper()
	pages := make(chan string, 1)
	o := w.loginOptions()
	o.Repin = repin
	o.Open = func(address string) error {
		go func() {
			page, err := person.Follow(context.Background(), address)
			if err != nil {
				page = err.Error()
			}
			pages <- page
		}()
		return nil
	}
	connection, err = pipelines.Login(w.t.Context(), w.load(), o)
	select {
	case page = <-pages:
	case <-time.After(10 * time.Second):
		page = "no page was opened"
	}
	return connection, page, err
}

func (w *world) loginOptions() pipelines.LoginOptions {
	return pipelines.LoginOptions{Say: func(string) {}, Now: func() time.Time { return w.now }}
}

func (w *world) mustLogin() *pipelines.Connection {
	w.t.Helper()
	connection, page, err := w.loginAs(w.person(), false)
	if err != nil || !strings.Contains(page, "Connected") {
		w.t.Fatalf("%v; the page says %s", err, page)
	}
	return connection
}

func (w *world) tokenFile() string {
	return filepath.Join(w.dir, "state", pipelines.Slug("Test - Accounts"), "token.json")
}

// A person logs in, runs refresh what the login left, and the logout ends it.
func TestLoginRunLogout(t *testing.T) {
	t.Parallel()
	w := newPersonalWorld(t, settings{})
	if _, err := w.run(); pipelines.ExitCode(err) != pipelines.ExitAuthorization || !strings.Contains(err.Error(), "nobody has logged in for this source yet (no token); reconnect this source: axisync auth login "+w.file) {
		t.Fatalf("before the login: %v", err)
	}
	if c, err := pipelines.Status(t.Context(), w.load(), false); c.Status != pipelines.NotConnected || pipelines.ExitCode(err) != pipelines.ExitAuthorization || c.Exit != 3 {
		t.Errorf("before the login: %+v, %v", c, err)
	}
	login := w.mustLogin()
	if login.Username != w.salesforce.Credentials().Username || login.OrganizationID != w.salesforce.OrganizationID() || *login.Sandbox || login.Organization != "Example Corp" || login.LoggedIn == nil {
		t.Errorf("the login: %s", jsonText(t, login))
	}
	w.mustRun()
	w.mustRun()
	for _, offline := range []bool{true, false} {
		c, err := pipelines.Status(t.Context(), w.load(), offline)
		if err != nil || c.Status != map[bool]pipelines.ConnectionStatus{true: pipelines.Unasked, false: pipelines.Connected}[offline] ||
			c.Username != login.Username || !c.LoggedIn.Equal(*login.LoggedIn) || !c.Refreshed.After(*login.LoggedIn) || c.Pinned != login.OrganizationID || strings.Join(c.Scopes, " ") != "api refresh_token" {
			t.Errorf("offline %v: %s, %v", offline, jsonText(t, c), err)
		}
	}
	if farewell, err := pipelines.Logout(t.Context(), w.load(), false); farewell != pipelines.Revoked || err != nil {
		t.Fatalf("%s, %v", farewell, err)
	}
	if _, err := os.Stat(w.tokenFile()); !errors.Is(err, os.ErrNotExist) {
		t.Error("the token is still there")
	}
	if farewell, err := pipelines.Logout(t.Context(), w.load(), false); farewell != pipelines.NothingStored || err != nil {
		t.Errorf("%s, %v", farewell, err)
	}
	if _, err := w.run(); pipelines.ExitCode(err) != pipelines.ExitAuthorization {
		t.Errorf("after the logout: %v", err)
	}
	w.mustLogin()
	w.mustRun()
}

// When Salesforce is not reached the token is kept, unless it is to be forgotten.
func TestLogoutWithoutSalesforce(t *testing.T) {
	t.Parallel()
	w := newPersonalWorld(t, settings{})
	w.mustLogin()
	w.salesforce.Inject(func(*http.Request) *salesforce.Fault { return &salesforce.Fault{Status: 400, Body: "<html>"} })
	if _, err := pipelines.Logout(t.Context(), w.load(), false); pipelines.ExitCode(err) != pipelines.ExitFailed || !strings.Contains(err.Error(), "is kept") {
		t.Errorf("got %v", err)
	}
	if c, err := pipelines.Status(t.Context(), w.load(), false); c.Status != pipelines.Unknown || c.Exit != 1 || pipelines.ExitCode(err) != 1 || c.Username == "" {
		t.Errorf("%s, %v", jsonText(t, c), err)
	}
	if farewell, err := pipelines.Logout(t.Context(), w.load(), true); farewell != pipelines.Forgotten || err != nil {
		t.Errorf("%s, %v", farewell, err)
	}
	if _, err := os.Stat(w.tokenFile()); !errors.Is(err, os.ErrNotExist) {
		t.Error("the token is still there")
	}
}

// A status says why a connection does not work, or why that is not known.
func TestStatusSaysWhy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wrong  func(w *world)
		status pipelines.ConnectionStatus
		exit   int
		said   string
	}{
		"wrong secret": {func(w *world) { w.put("client_secret", "wrong") }, pipelines.Misfit, 3, "check the client id and the client secret"},
		"blocked":      {func(w *world) { w.salesforce.Block() }, pipelines.Broken, 3, ""},
		"no folder of token": {func(w *world) {
			w.change(map[string]string{"    redirect_url:": "    token_store: api_key/token\n    redirect_url:"})
		}, pipelines.Unread, 1, "the token store cannot be made"},
		"store is a folder": {func(w *world) {
			w.change(map[string]string{"    redirect_url:": "    token_store: snapshots\n    redirect_url:"})
		}, pipelines.Unread, 1, "the token store cannot be read"},
		"damaged state": {func(w *world) { w.put("state/"+pipelines.Slug("Test - Accounts")+"/state.json", "{") }, pipelines.Unread, 2, "is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newPersonalWorld(t, settings{})
			w.mustLogin()
			if err := os.MkdirAll(filepath.Join(w.dir, "snapshots"), 0o700); err != nil {
				t.Fatal(err)
			}
			c.wrong(w)
			got, err := pipelines.Status(t.Context(), w.load(), false)
			if got.Status != c.status || got.Exit != c.exit || pipelines.ExitCode(err) != c.exit || !strings.Contains(got.Problem, c.said) {
				t.Errorf("%s, %v", jsonText(t, got), err)
			}
		})
	}
}

// A login that cannot be used is told in the browser and on the terminal, and
// leaves nothing behind.
func TestLoginThatFails(t *testing.T) {
	t.Parallel()
	for want, act := range map[string]func(*world, *browser.Person){
		"access was denied in the browser (access_denied": func(_ *world, p *browser.Person) { p.Deny = true },
		"an administrator has blocked the app":            func(w *world, _ *browser.Person) { w.salesforce.Block() },
		"was not granted the scope refresh_token":         func(w *world, _ *browser.Person) { w.salesforce.LimitScopes("api") },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			w := newPersonalWorld(t, settings{})
			person := w.person()
			act(w, &person)
			_, page, err := w.loginAs(person, false)
			if pipelines.ExitCode(err) != pipelines.ExitAuthorization || !strings.Contains(err.Error(), want) || !strings.Contains(page, want) || !strings.Contains(page, "Not connected") {
				t.Errorf("%v; the page says %s", err, page)
			}
			if _, err := os.Stat(w.tokenFile()); !errors.Is(err, os.ErrNotExist) {
				t.Error("something was saved")
			}
		})
	}
}

// A redirect URL elsewhere is answered by pasting; a wrong address is said and
// asked for again.
func TestLoginByPaste(t *testing.T) {
	t.Parallel()
	w := newPersonalWorld(t, settings{})
	w.change(map[string]string{w.load().Salesforce.RedirectURL: "https://app.example.com/back"})
	o, said := w.loginOptions(), []string{}
	read, write := newPipe()
	o.Input = read
	o.Say = func(line string) {
		said = append(said, line)
		if _, address, found := strings.Cut(line, "log in:\n\n  "); found {
			go func() {
				end, err := w.person().Visit(context.Background(), strings.TrimSpace(address))
				if err != nil {
					end = err.Error()
				}
				fmt.Fprintf(write, "https://app.example.com/back?code=x&state=forged\n%s\n", end)
			}()
		}
	}
	connection, err := pipelines.Login(t.Context(), w.load(), o)
	if err != nil || connection.Status != pipelines.Connected {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(said, "\n"), "belongs to another login") {
		t.Errorf("said %q", said)
	}
	w.mustRun()
}

// A token store of its own, and what is not supported.
func TestTokenStoreElsewhere(t *testing.T) {
	t.Parallel()
	w := newPersonalWorld(t, settings{})
	w.change(map[string]string{"    redirect_url:": "    token_store: file:secrets/token.json\n    redirect_url:"})
	w.mustLogin()
	w.mustRun()
	if info, err := os.Stat(filepath.Join(w.dir, "secrets", "token.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if _, err := os.Stat(w.tokenFile()); !errors.Is(err, os.ErrNotExist) {
		t.Error("the state has it too")
	}
	w.change(map[string]string{"file:secrets/token.json": "s3://bucket/token"})
	if _, err := pipelines.Load(w.file); err == nil || !strings.Contains(err.Error(), "s3:// is not supported") {
		t.Errorf("got %v", err)
	}
}

// another is a full sandbox of the org: the same ids, another org.
func (w *world) another() *salesforce.Server {
	w.t.Helper()
	sim := salesforce.New(salesforce.Config{Seed: 7, Accounts: 500, OrganizationID: "00D000000000001", Sandbox: true, RotateRefreshTokens: true,
		RedirectURIs: []string{w.load().Salesforce.RedirectURL}})
	server := httptest.NewServer(sim)
	w.t.Cleanup(func() { server.Close(); sim.Close() })
	w.change(map[string]string{w.load().Salesforce.LoginURL: server.URL})
	return sim
}

// A login into another org is refused until the source is given away, and then
// what hangs on the org before is forgotten, and what hangs on Fincome is not.
func TestAnotherOrg(t *testing.T) {
	t.Parallel()
	w := newPersonalWorld(t, settings{})
	w.mustLogin()
	first := w.mustRun()
	w.salesforce.Advance()
	plan, err := w.plan()
	if err != nil {
		t.Fatal(err)
	}
	sandbox := w.another()
	w.salesforceLogin()
	if _, err := pipelines.Extract(t.Context(), w.load(), w.options(), pipelines.ExtractTo{CSV: filepath.Join(w.dir, "accounts.csv")}); pipelines.ExitCode(err) != pipelines.ExitConfiguration {
		t.Errorf("an extract of another org: %v", err)
	}
	stored, err := os.ReadFile(w.tokenFile())
	if err != nil {
		t.Fatal(err)
	}
	_, page, err := w.loginAs(w.person(), false)
	if pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), "the login leads to "+sandbox.OrganizationID()) ||
		!strings.Contains(err.Error(), "axisync auth login "+w.file+" --repin") || !strings.Contains(page, "this source belongs to the org") {
		t.Fatalf("%v; the page says %s", err, page)
	}
	if now, err := os.ReadFile(w.tokenFile()); err != nil || !bytes.Equal(now, stored) {
		t.Error("the login that was refused was saved")
	}
	if sandbox.Count("POST", "oauth2/revoke") != 1 {
		t.Error("the token that nobody will use was left behind")
	}
	now := w.now
	w.now = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // which no state can hold
	if _, _, err := w.loginAs(w.person(), true); err == nil || !strings.Contains(err.Error(), "state: ") {
		t.Fatalf("a pin that cannot be saved: %v", err)
	}
	if now, err := os.ReadFile(w.tokenFile()); err != nil || !bytes.Equal(now, stored) || sandbox.Count("POST", "oauth2/revoke") != 2 {
		t.Error("a login whose pin could not be saved has replaced the one before, or was left behind")
	}
	w.now = now
	connection, page, err := w.loginAs(w.person(), true)
	if err != nil || !strings.Contains(page, "Connected") || !*connection.Sandbox || connection.OrganizationID != sandbox.OrganizationID() {
		t.Fatalf("%v; the page says %s", err, page)
	}
	w.now = w.now.Add(time.Minute)
	if _, err := w.apply(plan.Run); pipelines.ExitCode(err) != pipelines.ExitStopped || !strings.Contains(err.Error(), "belonged to before") {
		t.Errorf("a plan of the org before: %v", err)
	}
	memory := w.memory()
	if memory["baseline"] != nil || memory["properties"] != nil || memory["organization_id"] != sandbox.OrganizationID() || memory["axes"] == nil || memory["acknowledgements"] == 0.0 {
		t.Errorf("remembered: %v", memory)
	}
	again := w.mustRun() // the same accounts as on day one: what we wrote is acknowledged
	if again.Cells.Sent != 0 || again.Cells.Unchanged < first.Cells.Sent {
		t.Errorf("after the source was given away: %s", jsonText(t, again.Cells))
	}
}

func (w *world) memory() map[string]any {
	w.t.Helper()
	content, err := os.ReadFile(filepath.Join(filepath.Dir(w.tokenFile()), "state.json"))
	memory := map[string]any{}
	if err = errors.Join(err, json.Unmarshal(content, &memory)); err != nil {
		w.t.Fatal(err)
	}
	return memory
}

// While a run is at work a login into the same org is saved, and the run goes on
// with it; anything that the run might contradict waits.
func TestLoginWhileARunIsAtWork(t *testing.T) {
	t.Parallel()
	w := newPersonalWorld(t, settings{})
	w.mustLogin()
	w.mustRun()
	var once sync.Once
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if strings.HasSuffix(r.URL.Path, "/results") {
			once.Do(func() {
				w.salesforce.Revoke()
				w.mustLogin()
				o := w.loginOptions()
				o.Repin = true
				if _, err := pipelines.Login(t.Context(), w.load(), o); !errors.Is(err, pipelines.ErrLocked) {
					t.Errorf("a source that is at work was given away: %v", err)
				}
			})
		}
		return nil
	})
	w.mustRun()
}

// The flows that need nobody prove that they work, and pin the org.
func TestLoginByCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	connection, err := pipelines.Login(t.Context(), w.load(), w.loginOptions())
	if err != nil || connection.Status != pipelines.Connected || connection.Store != "" || w.memory()["organization_id"] != w.salesforce.OrganizationID() {
		t.Fatalf("%s, %v", jsonText(t, connection), err)
	}
	if c, err := pipelines.Status(t.Context(), w.load(), false); err != nil || c.Status != pipelines.Connected || c.Username != "ops@example.com" {
		t.Errorf("%s, %v", jsonText(t, c), err)
	}
	if farewell, err := pipelines.Logout(t.Context(), w.load(), false); farewell != pipelines.NothingStored || err != nil {
		t.Errorf("%s, %v", farewell, err)
	}
	w.another()
	if c, err := pipelines.Status(t.Context(), w.load(), false); pipelines.ExitCode(err) != pipelines.ExitConfiguration || c.Status != pipelines.OtherOrg {
		t.Errorf("%s, %v", jsonText(t, c), err)
	}
}

// newPipe is an input that is written by and by.
func newPipe() (*os.File, *os.File) {
	read, write, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	return read, write
}

// A store that cannot be written is told before a person is asked for anything.
func TestLoginProvesTheStore(t *testing.T) {
	t.Parallel()
	w := newPersonalWorld(t, settings{})
	w.put("plain", "")
	w.change(map[string]string{"    redirect_url:": "    token_store: ./plain/token.json\n    redirect_url:"})
	asked := 0
	_, err := pipelines.Login(t.Context(), w.load(), pipelines.LoginOptions{Now: w.options().Now, Say: func(string) { asked++ }})
	if err == nil || !strings.Contains(err.Error(), "token store") || asked > 0 || w.salesforce.Count("GET", "oauth2/authorize") > 0 {
		t.Errorf("%v, after %d words", err, asked)
	}
}
