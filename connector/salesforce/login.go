package salesforce

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/axisync/axisync/grace"
)

// Login is a person's login on its way: the authorization code flow with PKCE
// (S256) and state.
type Login struct {
	// Pasted: the answers come from the person, so that an error is believed without
	// a state, which an error page of Salesforce does not have.
	Pasted bool

	config          Config
	client          *http.Client
	flow            oauth2.Config
	state, verifier string
}

// ErrOtherLogin: an answer that belongs to another login than this one: its state
// differs. It may be that of an older page, or forged; this login goes on.
var ErrOtherLogin = errors.New("this answer belongs to another login; open the URL that was printed last")

// ErrNoAnswer: what came is no answer of a login, neither code nor error.
var ErrNoAnswer = errors.New("there is no code in it; the address that the browser ends on holds code=... and state=..., paste it whole")

// NewLogin begins a login. Close it.
func NewLogin(config Config) (*Login, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	return &Login{
		config: config, client: newHTTPClient(config), state: rand.Text(), verifier: oauth2.GenerateVerifier(),
		flow: oauth2.Config{
			ClientID: config.ClientID.Reveal(), ClientSecret: config.ClientSecret.Reveal(), RedirectURL: config.RedirectURL,
			Scopes:   []string{"api", "refresh_token"},
			Endpoint: oauth2.Endpoint{AuthURL: config.oauthURL(authorizePath), TokenURL: config.oauthURL(tokenPath), AuthStyle: oauth2.AuthStyleInParams},
		},
	}, nil
}

// Close frees the connections.
func (l *Login) Close() { l.client.CloseIdleConnections() }

// URL is the page that the person opens.
func (l *Login) URL() string {
	return l.flow.AuthCodeURL(l.state, oauth2.S256ChallengeOption(l.verifier))
}

// Finish takes what the browser came back with, exchanges its code and checks the
// scopes. ErrOtherLogin and ErrNoAnswer leave the login open; any other error
// ends it, and then no token is left behind on the server.
func (l *Login) Finish(ctx context.Context, answer url.Values) (*Token, error) {
	state, code, refused := answer.Get("state"), answer.Get("code"), answer.Get("error")
	believed := l.Pasted && refused != "" && !answer.Has("state")
	switch {
	case code == "" && refused == "":
		return nil, ErrNoAnswer
	case !believed && subtle.ConstantTimeCompare([]byte(state), []byte(l.state)) != 1:
		return nil, ErrOtherLogin
	case refused != "":
		return nil, refusal(masked(refused), masked(answer.Get("error_description"), l.flow.ClientSecret))
	}
	token, err := l.exchange(ctx, code)
	if err != nil {
		return nil, err
	}
	if err := checkLogin(token); err != nil {
		l.discard(ctx, token)
		return nil, err
	}
	return token, nil
}

// exchange makes a token of the code, which holds once: the request is not made
// again once it was written.
func (l *Login) exchange(ctx context.Context, code string) (*Token, error) {
	answer, _, err := l.config.cautiously(ctx, l.client, func(ctx context.Context) (*oauth2.Token, error) {
		return l.flow.Exchange(ctx, code, oauth2.VerifierOption(l.verifier))
	}, l.flow.ClientSecret, l.verifier, code)
	var lost *lostAnswer
	if errors.As(err, &lost) {
		return nil, fmt.Errorf("salesforce: the code was sent and the answer to it is lost (%w); a code holds once: log in again", lost.err)
	}
	if err != nil {
		return nil, err
	}
	token := &Token{}
	err = token.adopt(answer)
	token.LoggedIn, token.LoginURL = token.Refreshed, l.config.LoginURL
	if err != nil {
		l.discard(ctx, token)
		return nil, err
	}
	return token, nil
}

// discard revokes a token that is not kept, so that it counts towards no limit of
// tokens per user. It stays when the server cannot be reached.
func (l *Login) discard(ctx context.Context, token *Token) {
	const patience = 10 * time.Second
	ctx, over := grace.Outlive(ctx)
	defer over()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	secret := token.RefreshToken
	if secret == "" {
		secret = token.AccessToken
	}
	_, _ = l.config.postForm(ctx, l.client, revokePath, url.Values{"token": {secret}}, secret)
}

// Discard revokes a token that Finish gave and that nobody will use.
func (l *Login) Discard(ctx context.Context, token *Token) { l.discard(ctx, token) }

// checkLogin names the scopes that a login lacks.
func checkLogin(token *Token) error {
	var missing []string
	if !slices.Contains(token.Scopes, "api") && !slices.Contains(token.Scopes, "full") {
		missing = append(missing, "api")
	}
	if token.RefreshToken == "" {
		missing = append(missing, "refresh_token (offline_access)")
	}
	if len(missing) == 0 {
		return nil
	}
	return missingScopes(missing, token.Scopes)
}

func missingScopes(missing, granted []string) error {
	noun := "scope "
	if len(missing) > 1 {
		noun = "scopes "
	}
	return &AuthError{
		Code: "missing scope", Description: "granted were " + strings.Join(granted, " "),
		Reason: "the app was not granted the " + noun + strings.Join(missing, " and "), Remedy: AddScope,
	}
}
