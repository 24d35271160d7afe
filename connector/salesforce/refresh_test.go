package salesforce_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
)

const tokenPath, introspectPath = "/services/oauth2/token", "/services/oauth2/introspect"

// failing answers the first times of a path with a fault.
func failing(path string, times int, fault simulator.Fault) func(*http.Request) *simulator.Fault {
	var seen atomic.Int64
	return func(r *http.Request) *simulator.Fault {
		if r.URL.Path == path && seen.Add(1) <= int64(times) {
			return &fault
		}
		return nil
	}
}

func both(faults ...func(*http.Request) *simulator.Fault) func(*http.Request) *simulator.Fault {
	return func(r *http.Request) *simulator.Fault {
		for _, f := range faults {
			if fault := f(r); fault != nil {
				return fault
			}
		}
		return nil
	}
}

// What follows a refresh whose answer did not come depends on what is known of
// it. The refresh token is never used again unless it is known to be alive, or
// nothing else can be known.
func TestRefreshWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	html := simulator.Fault{Status: 500, Body: "<html>"}
	refused := simulator.Fault{Status: 400, ContentType: "application/json", Body: `{"error":"invalid_request","error_description":"no"}`}
	for name, test := range map[string]struct {
		fault             func(*http.Request) *simulator.Fault
		refreshes, asked  int // of the first start
		connected, marked bool
		reconnect         bool // what the first start says
		then              bool // the next start connects
	}{
		"never arrived":        {failing(tokenPath, 1, simulator.Fault{Drop: true}), 2, 1, true, false, false, true},
		"never arrived, twice": {failing(tokenPath, 2, simulator.Fault{Drop: true}), 2, 1, false, true, false, true},
		"answer lost":          {failing(tokenPath, 1, simulator.Fault{Lose: true}), 1, 1, false, true, true, false},
		"half an answer":       {failing(tokenPath, 1, simulator.Fault{CutAfter: 20}), 1, 1, false, true, true, false},
		"error of the server":  {failing(tokenPath, 1, html), 2, 1, true, false, false, true},
		"error of the server, with a code of OAuth": {failing(tokenPath, 1, simulator.Fault{Status: 500, ContentType: "application/json", Body: `{"error":"server_error"}`}), 2, 1, true, false, false, true},
		"error of the server, with a code":          {failing(tokenPath, 1, simulator.Fault{Status: 500, ContentType: "application/json", Body: `[{"errorCode":"UNKNOWN_EXCEPTION"}]`}), 2, 1, true, false, false, true},
		"not now, as a code of OAuth":               {failing(tokenPath, 2, simulator.Fault{Status: 400, ContentType: "application/json", Body: `{"error":"temporarily_unavailable"}`}), 3, 0, true, false, false, true},
		"not now":                                   {failing(tokenPath, 2, simulator.Fault{Status: 503, Body: "<html>"}), 3, 0, true, false, false, true},
		"not now, for long":                         {failing(tokenPath, 3, simulator.Fault{Status: 429}), 3, 0, false, false, false, true},
		"never arrived, nobody to ask":              {both(failing(tokenPath, 1, simulator.Fault{Drop: true}), failing(introspectPath, 9, refused)), 1, 1, false, true, false, true},
		"never arrived, asked in vain":              {both(failing(tokenPath, 1, simulator.Fault{Drop: true}), failing(introspectPath, 3, html)), 1, 3, false, true, false, true},
		"answer lost, nobody to ask":                {both(failing(tokenPath, 1, simulator.Fault{Lose: true}), failing(introspectPath, 9, refused)), 1, 1, false, true, false, false},
		"never arrived, asked a second time":        {both(failing(tokenPath, 1, simulator.Fault{Drop: true}), failing(introspectPath, 1, simulator.Fault{Drop: true})), 2, 2, true, false, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100, RotateRefreshTokens: true})
			config, store := refreshing(t, sim)
			sim.Inject(test.fault)
			org, err := salesforce.Connect(t.Context(), config, store)
			if err == nil {
				org.Close()
			}
			var refused *salesforce.AuthError
			if (err == nil) != test.connected || errors.As(err, &refused) != test.reconnect {
				t.Errorf("the first start: %v", err)
			}
			if err != nil {
				for _, secret := range []string{sim.Credentials().RefreshToken, sim.Credentials().ClientSecret, "!AQ"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("%q tells a secret", err)
					}
				}
			}
			if n, asked := sim.Count("POST", "oauth2/token"), sim.Count("POST", "oauth2/introspect"); n != test.refreshes || asked != test.asked {
				t.Errorf("%d refreshes, asked %d times, want %d and %d", n, asked, test.refreshes, test.asked)
			}
			if store.token.Refreshing.IsZero() == test.marked {
				t.Errorf("the mark is %v", store.token.Refreshing)
			}
			org, err = salesforce.Connect(t.Context(), config, store)
			if (err == nil) != test.then {
				t.Errorf("the next start: %v", err)
			}
			if err == nil {
				org.Close()
			} else if !errors.As(err, &refused) || refused.Remedy != salesforce.Reconnect {
				t.Errorf("the next start: %v", err)
			}
		})
	}
}

// A run that is interrupted while the server rotates keeps the new token.
func TestInterruptedDuringARefresh(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100, RotateRefreshTokens: true})
	config, store := refreshing(t, sim)
	first := store.token.RefreshToken
	ctx, cancel := context.WithCancel(t.Context())
	sim.Inject(func(r *http.Request) *simulator.Fault {
		if r.URL.Path == tokenPath {
			cancel()
			time.Sleep(20 * time.Millisecond) // in which a request that is given up would be
		}
		return nil
	})
	if _, err := salesforce.Connect(ctx, config, store); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if store.token.RefreshToken == first || !store.token.Refreshing.IsZero() {
		t.Error("the new token was lost")
	}
	org, err := salesforce.Connect(t.Context(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	org.Close()
}

// A refresh of which nothing was written is tried again, and leaves no mark.
func TestRefreshThatWasNotWritten(t *testing.T) {
	t.Parallel()
	config, store := refreshing(t, simulator.New(simulator.Config{Seed: 2}))
	config.LoginURL = "http://127.0.0.1:1"
	_, err := salesforce.Connect(t.Context(), config, store)
	if err == nil || !strings.Contains(err.Error(), "tried 3 times") || !store.token.Refreshing.IsZero() {
		t.Errorf("%v, mark %v", err, store.token.Refreshing)
	}
}

// Where somebody rotates past our lock, the token that it has saved is used, and
// neither overwritten nor spent without need; where nobody has, "reconnect" is said.
func TestStoreIsReadAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rotate           bool // as the server does
		before           string
		other            func(*salesforce.Token) // what the other process saves of what it got; nil: there is none
		drop             bool                    // our request
		connected        bool
		refreshes, asked int // with that of the other process
	}{
		"nobody":                      {before: "spent", refreshes: 1},
		"another":                     {before: "spent", other: func(*salesforce.Token) {}, connected: true, refreshes: 2},
		"another, without an access":  {before: "spent", other: func(t *salesforce.Token) { t.AccessToken = "" }, connected: true, refreshes: 3},
		"another, in a refresh":       {before: "spent", other: func(t *salesforce.Token) { t.Refreshing = time.Now() }, connected: true, refreshes: 3, asked: 1},
		"another, while ours is lost": {rotate: true, other: func(*salesforce.Token) {}, drop: true, connected: true, refreshes: 2, asked: 1},
		"nobody saved, ours is lost":  {rotate: true, other: func(t *salesforce.Token) { *t = salesforce.Token{} }, drop: true, refreshes: 2, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100, RotateRefreshTokens: test.rotate})
			config, good := refreshing(t, sim)
			ours := &lockless{token: *good.token}
			if test.before != "" {
				ours.token.RefreshToken = test.before
			}
			var seen atomic.Bool
			sim.Inject(func(r *http.Request) *simulator.Fault {
				if r.URL.Path != tokenPath || seen.Swap(true) {
					return nil
				}
				if test.other != nil {
					refreshes(t, config, *good.token, ours, test.other)
				}
				if test.drop {
					return &simulator.Fault{Drop: true}
				}
				return nil
			})
			org, err := salesforce.Connect(t.Context(), config, ours)
			var refused *salesforce.AuthError
			switch {
			case (err == nil) != test.connected:
				t.Errorf("got %v", err)
			case err == nil:
				org.Close()
			case !errors.As(err, &refused) || refused.Remedy != salesforce.Reconnect:
				t.Errorf("got %v", err)
			}
			if n, asked := sim.Count("POST", "oauth2/token"), sim.Count("POST", "oauth2/introspect"); n != test.refreshes || asked != test.asked {
				t.Errorf("%d refreshes, asked %d times, want %d and %d", n, asked, test.refreshes, test.asked)
			}
			stored, _ := ours.Load()
			if test.connected && (stored.RefreshToken == test.before || !stored.Refreshing.IsZero()) {
				t.Error("the token of the other process is lost")
			}
			if test.before != "" && !test.connected && (stored.RefreshToken != test.before || !stored.Refreshing.IsZero()) {
				t.Error("the store was changed, or the mark stays")
			}
		})
	}
}

// refreshes is another process that rotates and saves in a store whose lock does not
// reach it.
func refreshes(t *testing.T, config salesforce.Config, token salesforce.Token, in *lockless, saved func(*salesforce.Token)) {
	theirs := &lockless{token: token}
	org, err := salesforce.Connect(t.Context(), config, theirs)
	if err != nil {
		t.Error(err)
		return
	}
	org.Close()
	if saved(&theirs.token); theirs.token.RefreshToken != "" {
		_ = in.Save(&theirs.token)
	}
}

// lockless is a store whose lock reaches nobody else.
type lockless struct {
	mu    sync.Mutex
	token salesforce.Token
}

func (l *lockless) Lock(context.Context) (func(), error) { return func() {}, nil }

func (l *lockless) Load() (*salesforce.Token, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	token := l.token
	return &token, nil
}

func (l *lockless) Save(token *salesforce.Token) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.token = *token
	return nil
}

// The session ends three times while four downloads are on their way: three
// refreshes, and not one row is missing or wrong.
func TestSessionEndsThreeTimes(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{Seed: 5, Accounts: 6000, PageRows: 100, RotateRefreshTokens: true})
	config, store := refreshing(t, sim)
	config.PageRows, config.Downloads = 100, 4
	org, err := salesforce.Connect(t.Context(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	defer org.Close()
	query := salesforce.Query{Object: "Account", Properties: selection(t, org, properties...)}
	var mu sync.Mutex
	pages, before := 0, sim.Count("POST", "oauth2/token")
	sim.Inject(func(r *http.Request) *simulator.Fault {
		if !strings.HasSuffix(r.URL.Path, "/results") {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if pages++; pages == 8 || pages == 24 || pages == 45 {
			sim.ExpireTokens()
		}
		return nil
	})
	e, err := org.Extract(t.Context(), query, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	defer reader.Release()
	equalsTruth(t, sim, reader)
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n := sim.Count("POST", "oauth2/token") - before; n != 3 {
		t.Errorf("%d refreshes", n)
	}
}

// The app is revoked while four downloads are on their way: all meet a 401, one
// asks for a token, and that is all, at once. A page before them that trickles for
// a minute is not waited for.
func TestRevokedDuringDownloads(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pageRows, revoked int
		first             *simulator.Fault
	}{
		"many small pages":    {100, 10, nil},
		"behind a slow page":  {500, 2, &simulator.Fault{Rate: 1000}},
		"behind a page stuck": {500, 4, &simulator.Fault{Stall: time.Minute}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			revokedDuringDownloads(t, test.pageRows, test.revoked, test.first)
		})
	}
}

// revokedDuringDownloads revokes the app when so many pages were asked for, the
// first of which meets a fault.
func revokedDuringDownloads(t *testing.T, pageRows, revoked int, first *simulator.Fault) {
	sim := simulator.New(simulator.Config{Seed: 5, Accounts: 6000, PageRows: pageRows, RotateRefreshTokens: true})
	config, store := refreshing(t, sim)
	config.PageRows, config.Downloads, config.RetryPause = pageRows, 4, time.Minute
	org, err := salesforce.Connect(t.Context(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	defer org.Close()
	var mu sync.Mutex
	pages, since, before := 0, time.Time{}, sim.Count("POST", "oauth2/token")
	sim.Inject(func(r *http.Request) *simulator.Fault {
		mu.Lock()
		defer mu.Unlock()
		if !strings.HasSuffix(r.URL.Path, "/results") {
			return nil
		}
		pages++
		if pages == revoked {
			since = time.Now()
			sim.Revoke()
		}
		if pages == 1 {
			return first
		}
		return nil
	})
	e, err := org.Extract(t.Context(), salesforce.Query{Object: "Account", Properties: selection(t, org, properties...)}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	reader := e.Reader()
	for reader.Next() {
	}
	took := time.Since(since)
	var refused *salesforce.AuthError
	if err := reader.Err(); !errors.As(err, &refused) || refused.Remedy != salesforce.Reconnect || !refused.Auth() {
		t.Errorf("got %v", err)
	}
	reader.Release()
	_ = e.Close(t.Context()) // the job cannot be deleted either
	// A pause, or the slow page, would be half a minute at least; the rest is how busy
	// the machine is.
	bar := 10 * time.Second
	if os.Getenv("AXISYNC_LARGE") != "" {
		bar = time.Second
	}
	if n := sim.Count("POST", "oauth2/token") - before; n != 1 || took > bar {
		t.Errorf("%d refreshes, %v", n, took)
	}
}

// What another process left in the store may have expired like our own: then it
// costs one refresh.
func TestTokenOfAnotherProcessThatExpired(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100, RotateRefreshTokens: true})
	config, store := refreshing(t, sim)
	ours, err := salesforce.Connect(t.Context(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	theirs, err := salesforce.Connect(t.Context(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	sim.ExpireTokens()
	before := sim.Count("POST", "oauth2/token")
	for _, org := range []*salesforce.Org{ours, theirs} {
		if _, err := org.Count(t.Context(), "Account", ""); err != nil {
			t.Error(err)
		}
	}
	if n := sim.Count("POST", "oauth2/token") - before; n != 1 {
		t.Errorf("%d refreshes", n)
	}
}

// A fresh token that is rejected before it was ever accepted ends the session for
// all, without another refresh.
func TestFreshTokenThatIsRejected(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	org := connect(t, f)
	f.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if strings.HasPrefix(r.URL.Path, base) {
			fail(w, 401, "INVALID_SESSION_ID", "Session expired or invalid")
			return true
		}
		return false
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			var refused *salesforce.AuthError
			if _, err := org.Count(context.Background(), "Account", ""); !errors.As(err, &refused) {
				t.Errorf("got %v", err)
			}
		})
	}
	group.Wait()
	if tokens := f.count("POST /services/oauth2/token"); tokens != 2 {
		t.Errorf("%d tokens", tokens)
	}
}

// A token that a backup has brought back is not sent: Salesforce would revoke the one
// that it was rotated into, which may be alive elsewhere.
func TestTokenOfYesterday(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		since time.Duration // the token was given
		fault func(*http.Request) *simulator.Fault
		sent  bool
	}{
		"asked":                {24 * time.Hour, nil, false},
		"of a clock ahead":     {-24 * time.Hour, nil, false},
		"asked in vain":        {24 * time.Hour, failing(introspectPath, 9, simulator.Fault{Status: 500, Body: "<html>"}), false},
		"nobody to ask":        {24 * time.Hour, failing(introspectPath, 9, simulator.Fault{Status: 400, ContentType: "application/json", Body: `{"error":"invalid_request"}`}), true},
		"of a few seconds ago": {5 * time.Second, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100, RotateRefreshTokens: true})
			config, store := refreshing(t, sim)
			connect := func() error {
				org, err := salesforce.Connect(t.Context(), config, store)
				if err == nil {
					org.Close()
				}
				return err
			}
			if err := connect(); err != nil {
				t.Fatal(err)
			}
			yesterday := *store.token
			yesterday.Refreshed = yesterday.Refreshed.Add(-test.since)
			if err := connect(); err != nil {
				t.Fatal(err)
			}
			today := *store.token
			store.token = &yesterday
			sim.Inject(test.fault)
			refreshes := sim.Count("POST", "oauth2/token")
			err := connect()
			var refused *salesforce.AuthError
			if test.fault == nil && (!errors.As(err, &refused) || refused.Remedy != salesforce.Reconnect) || err == nil {
				t.Errorf("got %v", err)
			}
			if sent := sim.Count("POST", "oauth2/token") > refreshes; sent != test.sent {
				t.Errorf("sent: %v, %v", sent, err)
			}
			sim.Inject(nil)
			store.token = &today
			if err := connect(); (err != nil) != test.sent {
				t.Errorf("the newest token: %v", err)
			}
		})
	}
}

// A token that has lain and is alive is used after it was asked for, and where another
// process has saved a newer one meanwhile, that is.
func TestTokenThatHasLain(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{Seed: 2, Accounts: 100, RotateRefreshTokens: true})
	config, store := refreshing(t, sim)
	for range 2 {
		org, err := salesforce.Connect(t.Context(), config, store)
		if err != nil {
			t.Fatal(err)
		}
		org.Close()
		store.token.Refreshed = store.token.Refreshed.Add(-24 * time.Hour)
	}
	if n := sim.Count("POST", "oauth2/introspect"); n != 1 {
		t.Errorf("asked %d times", n)
	}
	spent := *store.token
	org, err := salesforce.Connect(t.Context(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	org.Close()
	newest := *store.token
	store.token = &spent
	sim.Inject(func(r *http.Request) *simulator.Fault {
		if r.URL.Path == introspectPath {
			store.token = &newest
		}
		return nil
	})
	if org, err = salesforce.Connect(t.Context(), config, store); err != nil {
		t.Fatal(err)
	}
	org.Close()
}
