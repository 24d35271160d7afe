package simulator

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/axisync/axisync/transform/recordid"
)

const (
	cliClientID    = "PlatformCLI"
	cliRedirectURI = "http://localhost:1717/OauthRedirect"
	codeLifetime   = 15 * time.Minute
)

// Credentials are what a client needs to log in. They follow from the seed, so
// that they hold when the server is started again.
type Credentials struct {
	ClientID, ClientSecret string
	// Username and Password are for the login page.
	Username, Password string
	// RefreshToken was granted to the client already, with all its scopes.
	RefreshToken string
}

// app is a client that the org knows. A public one has no secret.
type app struct {
	id, secret string
	redirects  []string
	scopes     []string
	key        *rsa.PublicKey // of its assertions
}

// grant is a user's consent to an app: its refresh token and its sessions live
// and die with it.
type grant struct {
	app    *app
	scopes []string
	// refresh is the refresh token that holds now, empty without offline access.
	refresh string
	dead    bool
	nonce   string // of OpenID Connect
}

// allows reports whether one of these scopes was granted.
func (g *grant) allows(scopes ...string) bool {
	return slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(g.scopes, scope) })
}

// session is an access token.
type session struct {
	token   string
	grant   *grant
	issued  time.Time
	used    int
	expired bool
}

// authorization is an authorization code, not yet exchanged.
type authorization struct {
	grant                  *grant
	redirectURI, challenge string
	issued                 time.Time
}

// logins are the apps and tokens of the org.
type logins struct {
	credentials    Credentials
	organizationID string // 18 characters
	userID         string
	rotate, pkce   bool
	sandbox        bool
	apps           map[string]*app
	signing        func() *rsa.PrivateKey

	mu *sync.Mutex // guards what follows and the grants
	access
	sessions  map[string]*session
	refreshes map[string]*grant // spent tokens of a rotation too
	codes     map[string]*authorization
	consents  map[string]*request
}

// access is who may log in at the moment, and for how long.
type access struct {
	blocked, uninstalled, inactive, approved bool

	most []string // the scopes granted; empty: all
	uses int      // of an access token; 0: any number
}

func newLogins(cfg Config) logins {
	credentials := Credentials{
		ClientID:     "3MVG9" + secretOf(cfg.Seed, "client id", 40),
		ClientSecret: strings.ToUpper(secretOf(cfg.Seed, "client secret", 64)),
		Username:     cfg.Username,
		Password:     "pass-" + secretOf(cfg.Seed, "password", 12),
		RefreshToken: "5Aep861" + secretOf(cfg.Seed, "refresh token", 60),
	}
	client := &app{id: credentials.ClientID, secret: credentials.ClientSecret, redirects: cfg.RedirectURIs, scopes: cfg.Scopes, key: cfg.PublicKey}
	cli := &app{id: cliClientID, redirects: []string{cliRedirectURI}, scopes: []string{"api", "refresh_token", "offline_access", "web", "id"}}
	sum := sha256.Sum256([]byte(cfg.Username))
	l := logins{
		credentials:    credentials,
		organizationID: recordid.Full(cfg.OrganizationID),
		userID:         mintID("005", cfg.Seed, uint64(sum[0])<<16|uint64(sum[1])<<8|uint64(sum[2])),
		rotate:         cfg.RotateRefreshTokens,
		pkce:           cfg.RequirePKCE,
		sandbox:        cfg.Sandbox,
		access:         access{approved: true},
		signing:        newSigningKey(),
		apps:           map[string]*app{client.id: client, cli.id: cli},
		mu:             new(sync.Mutex),
		sessions:       map[string]*session{},
		refreshes:      map[string]*grant{},
		codes:          map[string]*authorization{},
		consents:       map[string]*request{},
	}
	granted := &grant{app: client, scopes: cfg.Scopes, refresh: credentials.RefreshToken}
	l.refreshes[granted.refresh] = granted
	return l
}

// secretOf is a secret that follows from the seed.
func secretOf(seed uint64, name string, length int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s of org %d", name, seed))
	return hex.EncodeToString(sum[:])[:length]
}

// Credentials returns what a client needs to log in. After a rotation the
// refresh token in it is spent.
func (s *Server) Credentials() Credentials { return s.login.credentials }

// OrganizationID and UserID are the 18-character ids of the org and of the user
// who logs in.
func (s *Server) OrganizationID() string { return s.login.organizationID }

// UserID is the 18-character id of the user who logs in.
func (s *Server) UserID() string { return s.login.userID }

var errSession = &apiError{http.StatusUnauthorized, "INVALID_SESSION_ID", "Session expired or invalid"}

// authenticate finds the session of a request.
func (l *logins) authenticate(r *http.Request) (*session, error) {
	header := r.Header.Get("Authorization")
	kind, token, _ := strings.Cut(header, " ")
	if header != "" && !strings.EqualFold(kind, "Bearer") && !strings.EqualFold(kind, "OAuth") {
		return nil, &apiError{http.StatusUnauthorized, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	session := l.alive(token)
	if session == nil {
		return nil, errSession
	}
	if session.used++; l.uses > 0 && session.used > l.uses {
		session.expired = true
		return nil, errSession
	}
	return session, nil
}

// alive returns the session of an access token, nil when it is not valid.
func (l *logins) alive(token string) *session {
	session := l.sessions[token]
	if session == nil || session.expired || session.grant.dead {
		return nil
	}
	return session
}

// open starts a session.
func (l *logins) open(g *grant) *session {
	session := &session{token: l.organizationID[:15] + "!AQ" + rand.Text() + "." + rand.Text() + "_" + rand.Text(), grant: g, issued: time.Now()}
	l.sessions[session.token] = session
	return session
}
