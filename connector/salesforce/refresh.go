package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"

	"github.com/axisync/axisync/grace"
)

// TokenStore keeps the token of a flow with a refresh token between runs. Where
// refresh tokens rotate, a token used twice makes Salesforce revoke everything:
// hence the lock and the order in which these are called (Lock, Load, Save of
// what was loaded with the mark Refreshing, which proves that the store can be
// written, refresh, Save, unlock).
type TokenStore interface {
	// Lock waits until no other process holds the lock. unlock is called once.
	Lock(ctx context.Context) (unlock func(), err error)
	// Load answers the newest token saved, nil where there is none. It is called with
	// the lock held.
	Load() (*Token, error)
	// Save is durable when it returns without an error. It is called with the lock
	// held.
	Save(*Token) error
}

// Codes of an AuthError: that of OAuth for a refresh token that does not hold, and
// ours for one that a lost refresh has spent, and for one that has lain and is dead.
const (
	invalidGrant = "invalid_grant"
	interrupted  = "refresh interrupted"
	notActive    = "not active"
)

// refreshToken is the flow of a stored refresh token.
//
// What is done after a refresh that failed follows from what is known of it.
//
//   - A request of which nothing was written is made again, and so is one that was
//     answered with "not now" (429, 503, 420, RFC 9110; temporarily_unavailable).
//   - A refusal (4xx with a code) means what it says. Before "reconnect" is
//     said, the store is read once more, and nothing is written to it before: where
//     its lock does not reach every process, another one may have rotated.
//   - In every other case (connection cut, time-out, half an answer, 500, 502, 504
//     with a code or without, process killed) the server may have rotated and its answer is lost. Salesforce
//     takes the repeated use of a rotated-out token for theft and revokes everything
//     (its help on the refresh token flow, remoteaccess_oauth_refresh_token_flow; RFC
//     9700 section 4.14.2), while a token that was never used goes on working. So the
//     server is asked by introspection (RFC 7662), which spends nothing, whether the
//     token is alive. Alive: it is used once more, by this process once at most. Dead:
//     only a new login helps. No answer: the run ends and the mark Refreshing stays in
//     the store, so that the next one asks before it refreshes.
//
// A token that has lain for a while may be one that a backup has brought back, and the
// one that it was rotated into alive elsewhere: the server is asked before it is used.
type refreshToken struct {
	config Config
	client *http.Client
	store  TokenStore
}

// token refreshes under the lock of the store. A token that another process has
// saved in the meantime is used as it is.
func (g *refreshToken) token(ctx context.Context, rejected string) (token *Token, fresh bool, err error) {
	unlock, err := g.store.Lock(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("salesforce: token store: %w", err)
	}
	defer unlock()
	stored, err := g.load()
	if err != nil {
		return nil, false, err
	}
	if rejected != "" && stored.AccessToken != "" && stored.AccessToken != rejected && stored.Refreshing.IsZero() {
		return stored, false, nil
	}
	if err := g.settle(ctx, stored); err != nil {
		return g.orOther(ctx, stored, err)
	}
	return g.refresh(ctx, stored)
}

// settle finds out what became of a refresh that was begun and whose end nobody
// has seen, and whether a token that has lain is still the newest one. Where nobody can
// be asked the token is used: what was lost with the process that used it cannot be lost
// twice, and most tokens that have lain are good.
func (g *refreshToken) settle(ctx context.Context, stored *Token) error {
	var err error
	switch {
	case !stored.Refreshing.IsZero():
		err = g.alive(ctx, stored, "begun at "+stored.Refreshing.Format(time.RFC3339))
	case stored.hasLain(time.Now()):
		if err = g.alive(ctx, stored, ""); isSpent(err) {
			err = g.refusedFor(stored, &AuthError{
				Code: notActive, Reason: "the app was revoked for this user, or its refresh token has expired or is spent, as one from a backup is", Remedy: Reconnect,
			})
		}
	}
	if errors.Is(err, errNoIntrospection) {
		return nil
	}
	return err
}

// isSpent reports whether alive has found a token dead.
func isSpent(err error) bool {
	var refused *AuthError
	return errors.As(err, &refused) && refused.Code == interrupted
}

// orOther is a refusal of a stored token of which nothing was sent, unless another
// process has saved another one since it was read.
func (g *refreshToken) orOther(ctx context.Context, stored *Token, err error) (token *Token, fresh bool, _ error) {
	var refused *AuthError
	if errors.As(err, &refused) {
		if other, loadErr := g.load(); loadErr == nil && other.RefreshToken != stored.RefreshToken {
			return g.useOther(ctx, other)
		}
	}
	return nil, false, err
}

func (g *refreshToken) load() (*Token, error) {
	stored, err := g.store.Load()
	var auth *AuthError
	switch {
	case errors.As(err, &auth):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("salesforce: token store: %w", err)
	case stored == nil || stored.RefreshToken == "":
		return nil, &AuthError{Code: "no token", Reason: "nobody has logged in for this source yet", Remedy: Reconnect}
	}
	return stored, nil
}

// refresh spends the refresh token, and another one at most.
func (g *refreshToken) refresh(ctx context.Context, stored *Token) (token *Token, fresh bool, err error) {
	token, err = g.spend(ctx, stored)
	var lost *lostAnswer
	if errors.As(err, &lost) && ctx.Err() == nil {
		token, err = g.spendAgain(ctx, stored, lost)
	}
	var refused *AuthError
	if !errors.As(err, &refused) || refused.Code != invalidGrant && refused.Code != interrupted {
		return token, true, err
	}
	other, loadErr := g.load()
	switch {
	case loadErr == nil && other.RefreshToken != stored.RefreshToken:
		return g.useOther(ctx, other)
	case refused.Code == invalidGrant:
		return nil, false, g.refusedFor(stored, refused)
	}
	return nil, false, refused
}

// spendAgain spends a refresh token once more whose answer was lost, if it is
// known to be alive.
func (g *refreshToken) spendAgain(ctx context.Context, stored *Token, lost *lostAnswer) (*Token, error) {
	err := g.alive(ctx, stored, lost.err.Error())
	var refused *AuthError
	switch {
	case errors.As(err, &refused):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w; %w", lost, err)
	}
	return g.spend(ctx, stored)
}

// useOther gives a token that another process has saved since ours was read: its
// access token where there is one, for it is seconds old, and costs no refresh.
func (g *refreshToken) useOther(ctx context.Context, other *Token) (token *Token, fresh bool, err error) {
	if other.AccessToken != "" && other.Refreshing.IsZero() {
		return other, false, nil
	}
	if err := g.settle(ctx, other); err != nil {
		return nil, false, err
	}
	token, err = g.spend(ctx, other)
	return token, true, err
}

// refusedFor is the refusal of a stored token. A token holds at the login host that
// issued it, or its My Domain: where the file names another one now, that may be
// why.
func (g *refreshToken) refusedFor(stored *Token, refused *AuthError) *AuthError {
	if stored.LoginURL == "" || stored.LoginURL == g.config.LoginURL {
		return refused.of(stored.Username)
	}
	moved := *refused
	moved.Reason = fmt.Sprintf("the login was made at %s and does not hold at %s", stored.LoginURL, g.config.LoginURL)
	moved.Remedy = CheckLoginURL
	return &moved
}

// spend exchanges the refresh token and makes the new token durable before
// anybody can use it.
func (g *refreshToken) spend(ctx context.Context, stored *Token) (*Token, error) {
	marked := *stored
	marked.Refreshing = time.Now().UTC()
	if err := g.store.Save(&marked); err != nil {
		return nil, fmt.Errorf("salesforce: token store cannot be written, so the token was not refreshed: %w", err)
	}
	answer, settled, err := g.exchange(ctx, stored.RefreshToken)
	if err != nil {
		if settled {
			g.unmark(&marked)
		}
		return nil, err
	}
	fresh := *stored
	problem := fresh.adopt(answer)
	if err := g.store.Save(&fresh); err != nil {
		return nil, fmt.Errorf("salesforce: the fresh token could not be saved: %w", err)
	}
	return &fresh, problem
}

// unmark takes the mark away that spend has set, unless something else is in the
// store by now: where its lock does not reach every process, another one may have
// rotated, and what it saved is the only token that is alive. A mark that stays
// costs a question.
func (g *refreshToken) unmark(marked *Token) {
	now, err := g.store.Load()
	if err != nil || now == nil || now.RefreshToken != marked.RefreshToken || !now.Refreshing.Equal(marked.Refreshing) {
		return
	}
	unmarked := *marked
	unmarked.Refreshing = time.Time{}
	_ = g.store.Save(&unmarked)
}

// exchange makes the refresh request. settled: it is known that the token was
// not spent.
func (g *refreshToken) exchange(ctx context.Context, token string) (answer *oauth2.Token, settled bool, err error) {
	flow := oauth2.Config{
		ClientID: g.config.ClientID.Reveal(), ClientSecret: g.config.ClientSecret.Reveal(),
		Endpoint: oauth2.Endpoint{TokenURL: g.config.oauthURL(tokenPath), AuthStyle: oauth2.AuthStyleInParams},
	}
	return g.config.cautiously(ctx, g.client, func(ctx context.Context) (*oauth2.Token, error) {
		return flow.TokenSource(ctx, &oauth2.Token{RefreshToken: token}).Token()
	}, flow.ClientSecret, token)
}

// cautiously makes a token request that must not be carried out twice: it is made
// again only while it is known that it was not carried out. A failure that may
// pass and of which that is not known is a lostAnswer. settled: it is known how
// the request ended. A request on its way outlives ctx for a while: what
// interrupts a run, or fails beside it, must not lose a rotated token.
func (c Config) cautiously(ctx context.Context, client *http.Client, fetch func(context.Context) (*oauth2.Token, error), secrets ...string) (token *oauth2.Token, settled bool, err error) {
	var wrote atomic.Bool
	outliving, cancel := grace.Outlive(ctx)
	defer cancel()
	traced := httptrace.WithClientTrace(outliving, &httptrace.ClientTrace{WroteHeaderField: func(string, []string) { wrote.Store(true) }})
	err = c.retry(ctx, func() error {
		wrote.Store(false)
		token, err = c.once(traced, client, fetch, secrets...)
		settled = err == nil || !wrote.Load() || declined(err)
		if !settled && temporary(err) {
			return &lostAnswer{err}
		}
		return err
	})
	return token, settled, err
}

// declined reports an answer that says that the request was not carried out.
func declined(err error) bool {
	var refused *AuthError
	var failed *Error
	if errors.As(err, &refused) {
		return !refused.unread
	}
	unavailable := []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, 420}
	return errors.As(err, &failed) && (slices.Contains(unavailable, failed.Status) || failed.Code == notNow || failed.Code != "" && failed.Status < 500)
}

// lostAnswer is a request that was sent and of which nobody knows whether it was
// carried out. The same request is not made again.
type lostAnswer struct{ err error }

func (l *lostAnswer) Error() string {
	return fmt.Sprintf("salesforce: a refresh was sent and its answer is lost (%v)", l.err)
}

func (l *lostAnswer) Unwrap() error { return l.err }

// Temporary is false: see Error.Temporary.
func (l *lostAnswer) Temporary() bool { return false }

// alive asks whether a refresh token whose use was begun is still good. what says
// which use.
func (g *refreshToken) alive(ctx context.Context, stored *Token, what string) error {
	answer, err := introspect(ctx, g.config, g.client, stored.RefreshToken)
	switch {
	case err != nil:
		return fmt.Errorf("whether the refresh token is spent is not known: %w", err)
	case !answer.Active:
		return &AuthError{
			Code: interrupted, Description: what,
			Reason: "the answer to a refresh was lost, and the stored token is spent or revoked", Remedy: Reconnect,
		}
	}
	return nil
}
