package pipelines_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
)

// secrets of the simulated Salesforce: the client's, and what tokens, codes and
// access tokens begin with.
func (w *world) secrets() []string {
	return []string{w.salesforce.Credentials().ClientSecret, w.salesforce.Credentials().Password, "5Aep861", "!AQ", "aPrx"}
}

// Each way in which a connection fails has its own sentence and its exit code, and
// tells no secret: not in the error, not in the log, not in what is kept of a run.
func TestConnectionsThatFail(t *testing.T) {
	t.Parallel()
	page := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(page.Close)
	for name, test := range map[string]struct {
		act  func(*world)
		exit int
		want string
	}{
		"revoked":           {func(w *world) { w.salesforce.Revoke() }, 3, "the app was revoked for ops@example.com, or its refresh token has expired (invalid_grant"},
		"blocked":           {func(w *world) { w.salesforce.Block() }, 3, "the user is not admitted to the app"},
		"uninstalled":       {func(w *world) { w.salesforce.Uninstall() }, 3, "the app is not installed in this org"},
		"inactive user":     {func(w *world) { w.salesforce.Deactivate() }, 3, "the user is not active"},
		"wrong secret":      {func(w *world) { w.put("client_secret", "wrong") }, 3, "do not belong together"},
		"another client id": {func(w *world) { w.put("client_id", "other") }, 3, "another client id"},
		"nobody logged in":  {func(w *world) { _ = os.Remove(w.tokenFile()) }, 3, "nobody has logged in"},
		"wrong login host":  {func(w *world) { w.change(map[string]string{w.load().Salesforce.LoginURL: page.URL}) }, 2, "what answers at the login URL is not the login of Salesforce"},
		"a proxy answers": {func(w *world) {
			w.salesforce.Inject(func(*http.Request) *salesforce.Fault {
				return &salesforce.Fault{Status: 400, ContentType: "text/html", Body: "x"}
			})
		}, 2, "login URL"},
		"login host changed": {func(w *world) { w.another(); w.otherSeed() }, 2, "the login was made at http"},
		"another org":        {func(w *world) { w.another(); w.salesforceLogin() }, 2, "a full sandbox has the same ids"},
		"a scope is missing": {func(w *world) { w.putToken(`"id"`) }, 3, "was not granted the scope api"},
		"store not writable": {func(w *world) { _ = os.Chmod(filepath.Dir(w.tokenFile()), 0o500) }, 1, "cannot be"},
		"a damaged store":    {func(w *world) { _ = os.WriteFile(w.tokenFile(), []byte(`{"refresh_token": "5Aep861`), 0o600) }, 3, "the token store is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "store not writable" && os.Geteuid() == 0 {
				t.Skip("root writes everywhere")
			}
			requests := atomic.Int64{}
			w := newPersonalWorld(t, settings{fincome: fincome.Config{Fault: func(*http.Request) *fincome.Fault { requests.Add(1); return nil }}})
			w.mustLogin()
			test.act(w)
			var log bytes.Buffer
			o := w.options()
			o.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			result, err := pipelines.Run(t.Context(), w.load(), o)
			if pipelines.ExitCode(err) != test.exit || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("exit code %d: %v", pipelines.ExitCode(err), err)
			}
			if n := requests.Load(); n != 0 || len(w.snapshots()) != 0 {
				t.Errorf("%d requests to Fincome, snapshots %v", n, w.snapshots())
			}
			w.noSecrets(err.Error() + log.String() + jsonText(t, result))
		})
	}
}

// otherSeed changes the file to an org that has the client and not its logins.
func (w *world) otherSeed() {
	w.t.Helper()
	w.putJSON(map[string]any{"refresh_token": "5Aep861unknown", "flow": "authorization_code", "client": w.stored()["client"], "login_url": "http://localhost:1"})
}

func (w *world) stored() map[string]any {
	w.t.Helper()
	content, err := os.ReadFile(w.tokenFile())
	stored := map[string]any{}
	if err = errors.Join(err, json.Unmarshal(content, &stored)); err != nil {
		w.t.Fatal(err)
	}
	return stored
}

// salesforceLogin puts a login of the world's other org in place, as if it had been
// saved and not pinned.
func (w *world) salesforceLogin() {
	w.t.Helper()
	stored := w.stored()
	stored["refresh_token"] = w.salesforce.Credentials().RefreshToken // the other one has the same seed, and so the same token
	w.putJSON(stored)
}

// putToken changes what an administrator left of the scopes.
func (w *world) putToken(scopes string) {
	w.t.Helper()
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if r.URL.Path != "/services/oauth2/token" {
			return nil
		}
		return &salesforce.Fault{Status: 200, ContentType: "application/json", Body: fmt.Sprintf(
			`{"access_token":"x","token_type":"Bearer","scope":%s,"instance_url":"%s","id":"https://login.salesforce.com/id/%s/%s"}`,
			scopes, w.load().Salesforce.LoginURL, w.salesforce.OrganizationID(), w.salesforce.UserID())}
	})
}

func (w *world) putJSON(v any) {
	w.t.Helper()
	if err := os.WriteFile(w.tokenFile(), []byte(jsonText(w.t, v)), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// noSecrets fails the test when a secret stands in the text, or in any file but
// those that are for it.
func (w *world) noSecrets(text string) {
	w.t.Helper()
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "token.json" || entry.Name() == "client_secret" {
			return err
		}
		content, err := os.ReadFile(path)
		text += string(content)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, secret := range w.secrets() {
		if at := strings.Index(text, secret); at >= 0 {
			w.t.Errorf("a secret is told: %q", text[max(0, at-80):min(len(text), at+20)])
		}
	}
}

// An app that is revoked while pages come stops the run within a second of the
// first 401, although the page before it trickles for a minute: no further request to
// Fincome, no snapshot.
func TestRevokedDuringARun(t *testing.T) {
	t.Parallel()
	requests, after, since := atomic.Int64{}, atomic.Int64{}, atomic.Int64{}
	w := newPersonalWorld(t, settings{accounts: 4000, salesforce: salesforce.Config{PageRows: 50}, fincome: fincome.Config{Fault: func(*http.Request) *fincome.Fault {
		if requests.Add(1); since.Load() != 0 {
			after.Add(1)
		}
		return nil
	}}})
	w.mustLogin()
	pages := atomic.Int64{}
	w.salesforce.Inject(func(r *http.Request) *salesforce.Fault {
		if !strings.HasSuffix(r.URL.Path, "/results") {
			return nil
		}
		switch pages.Add(1) {
		case 19:
			return &salesforce.Fault{Rate: 50}
		case 20:
			w.salesforce.Revoke()
			since.Store(time.Now().UnixNano())
		}
		return nil
	})
	tokens := w.salesforce.Count("POST", "oauth2/token")
	result, err := w.run()
	took := time.Since(time.Unix(0, since.Load()))
	if pipelines.ExitCode(err) != pipelines.ExitAuthorization || !strings.Contains(err.Error(), "axisync auth login") || since.Load() == 0 {
		t.Fatalf("%d pages: %s", pages.Load(), describe(result, err))
	}
	bar := 5 * time.Second // on a machine that is busy with other tests
	if os.Getenv("AXISYNC_LARGE") != "" {
		bar = time.Second
	}
	if n := after.Load(); n != 0 || requests.Load() == 0 || len(w.snapshots()) != 0 || took > bar {
		t.Errorf("%d requests to Fincome after it, %d before, snapshots %v, %v", n, requests.Load(), w.snapshots(), took)
	}
	if n := w.salesforce.Count("POST", "oauth2/token") - tokens; n != 2 {
		t.Errorf("%d tokens were asked for", n)
	}
	w.noSecrets(err.Error())
}
