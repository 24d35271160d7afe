package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// TokenStore keeps the token of FlowRefreshToken between runs. Where refresh
// tokens rotate, a token used twice makes Salesforce revoke everything: hence
// the lock and the order in which these are called (Lock, Load, Save of what was
// loaded to prove that the store can be written, refresh, Save, unlock).
type TokenStore interface {
	// Lock waits until no other process holds the lock. unlock is called once.
	Lock(ctx context.Context) (unlock func(), err error)
	// Load answers the newest token saved. It is called with the lock held.
	Load() (*oauth2.Token, error)
	// Save is durable when it returns without an error. It is called with the
	// lock held.
	Save(*oauth2.Token) error
}

// newGrant is the flow of c.
func newGrant(c Config, client *http.Client, store TokenStore) (grant, error) {
	if c.Flow == FlowClientCredentials {
		return &clientCredentials{c, client}, nil
	}
	if store == nil {
		return nil, errors.New("salesforce: this flow needs a store for its token")
	}
	return &refreshToken{c, client, store}, nil
}

func (c Config) tokenURL() string {
	host, _ := baseURL(c.LoginURL) // Validate has been here
	return host.String() + "/services/oauth2/token"
}

// endure runs a token request under the idle time-out, and again while its
// failure may pass.
func (c Config) endure(ctx context.Context, client *http.Client, fetch func(context.Context) (*oauth2.Token, error), secrets ...string) (token *oauth2.Token, err error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, client)
	err = c.retry(ctx, func() error {
		watched := newWatch(ctx, c.IdleTimeout)
		defer watched.stop()
		if token, err = fetch(watched.ctx); err != nil {
			if cause := context.Cause(watched.ctx); cause != nil {
				err = cause
			}
			return tokenError(err, secrets...)
		}
		return nil
	})
	return token, err
}

type clientCredentials struct {
	config Config
	client *http.Client
}

func (g *clientCredentials) token(ctx context.Context, _ string) (*oauth2.Token, error) {
	flow := clientcredentials.Config{
		ClientID: g.config.ClientID.Reveal(), ClientSecret: g.config.ClientSecret.Reveal(),
		TokenURL: g.config.tokenURL(), AuthStyle: oauth2.AuthStyleInParams,
	}
	return g.config.endure(ctx, g.client, flow.Token, flow.ClientSecret)
}

type refreshToken struct {
	config Config
	client *http.Client
	store  TokenStore
}

// token refreshes under the lock of the store. A token that another process has
// saved in the meantime is used as it is.
func (g *refreshToken) token(ctx context.Context, rejected string) (*oauth2.Token, error) {
	unlock, err := g.store.Lock(ctx)
	if err != nil {
		return nil, fmt.Errorf("salesforce: token store: %w", err)
	}
	defer unlock()
	stored, err := g.load()
	if err != nil {
		return nil, err
	}
	if rejected != "" && stored.AccessToken != "" && stored.AccessToken != rejected {
		return stored, nil
	}
	if err := g.store.Save(stored); err != nil {
		return nil, fmt.Errorf("salesforce: token store cannot be written, so the token was not refreshed: %w", err)
	}
	fresh, err := g.refresh(ctx, stored)
	if err != nil {
		return nil, err
	}
	if err := g.store.Save(fresh); err != nil {
		return nil, fmt.Errorf("salesforce: the fresh token could not be saved: %w", err)
	}
	return fresh, nil
}

func (g *refreshToken) load() (*oauth2.Token, error) {
	stored, err := g.store.Load()
	if err != nil {
		return nil, fmt.Errorf("salesforce: token store: %w", err)
	}
	if stored == nil || stored.RefreshToken == "" {
		return nil, &AuthError{Code: "no token", Reason: "nobody has logged in for this source yet", Remedy: Reconnect}
	}
	return stored, nil
}

// refresh uses the refresh token. On invalid_grant the store is read once more:
// where its lock does not reach every process, another one may have rotated.
func (g *refreshToken) refresh(ctx context.Context, stored *oauth2.Token) (*oauth2.Token, error) {
	fresh, err := g.exchange(ctx, stored.RefreshToken)
	var refused *AuthError
	if !errors.As(err, &refused) || refused.Code != "invalid_grant" {
		return fresh, err
	}
	again, loadErr := g.load()
	if loadErr != nil || again.RefreshToken == stored.RefreshToken {
		return nil, err
	}
	return g.exchange(ctx, again.RefreshToken)
}

func (g *refreshToken) exchange(ctx context.Context, token string) (*oauth2.Token, error) {
	flow := oauth2.Config{
		ClientID: g.config.ClientID.Reveal(), ClientSecret: g.config.ClientSecret.Reveal(),
		Endpoint: oauth2.Endpoint{TokenURL: g.config.tokenURL(), AuthStyle: oauth2.AuthStyleInParams},
	}
	return g.config.endure(ctx, g.client, func(ctx context.Context) (*oauth2.Token, error) {
		return flow.TokenSource(ctx, &oauth2.Token{RefreshToken: token}).Token()
	}, flow.ClientSecret, token)
}
