package salesforce

import (
	"context"
	"errors"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// newGrant is the flow of c.
func newGrant(c Config, client *http.Client, store TokenStore) (grant, error) {
	switch c.Flow {
	case FlowClientCredentials:
		return &clientCredentials{c, client}, nil
	case FlowJWTBearer:
		return newJWTBearer(c, client)
	}
	if store == nil {
		return nil, errors.New("salesforce: this flow needs a store for its token")
	}
	return &refreshToken{c, client, store}, nil
}

// The endpoints of OAuth, at the login URL.
const (
	authorizePath  = "/services/oauth2/authorize"
	tokenPath      = "/services/oauth2/token"
	introspectPath = "/services/oauth2/introspect"
	revokePath     = "/services/oauth2/revoke"
)

func (c Config) oauthURL(path string) string {
	host, _ := baseURL(c.LoginURL) // Validate has been here
	return host.String() + path
}

// endure runs a token request under the idle time-out, and again while its
// failure may pass: for requests that may be repeated.
func (c Config) endure(ctx context.Context, client *http.Client, fetch func(context.Context) (*oauth2.Token, error), secrets ...string) (token *oauth2.Token, err error) {
	err = c.retry(ctx, func() error {
		token, err = c.once(ctx, client, fetch, secrets...)
		return err
	})
	return token, err
}

// once runs a token request under the idle time-out.
func (c Config) once(ctx context.Context, client *http.Client, fetch func(context.Context) (*oauth2.Token, error), secrets ...string) (*oauth2.Token, error) {
	watched := newWatch(context.WithValue(ctx, oauth2.HTTPClient, client), c.IdleTimeout)
	defer watched.stop()
	token, err := fetch(watched.ctx)
	if err != nil {
		return nil, tokenError(watched.cause(err), secrets...)
	}
	return token, nil
}

type clientCredentials struct {
	config Config
	client *http.Client
}

func (g *clientCredentials) token(ctx context.Context, _ string) (*Token, bool, error) {
	flow := clientcredentials.Config{
		ClientID: g.config.ClientID.Reveal(), ClientSecret: g.config.ClientSecret.Reveal(),
		TokenURL: g.config.oauthURL(tokenPath), AuthStyle: oauth2.AuthStyleInParams,
	}
	answer, err := g.config.endure(ctx, g.client, flow.Token, flow.ClientSecret)
	if err != nil {
		return nil, false, err
	}
	token := &Token{}
	return token, true, token.adopt(answer)
}
