package pipelines

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
)

// LoginOptions are what the command line adds to a login.
type LoginOptions struct {
	// Repin gives the source to the org that the login leads to.
	Repin bool
	// Paste reads the address on which the browser ended from Input, also where the
	// redirect URL could be served here.
	Paste bool
	Input io.Reader
	// Open, when set, opens the page in a browser.
	Open func(address string) error
	// Say tells the person what to do, a line at a time.
	Say func(line string)
	// Now tells the time.
	Now func() time.Time
}

// loginPatience is how long a login waits for its person.
const loginPatience = 15 * time.Minute

// Login connects a source: a person logs in (authorization_code), or the flow is
// tried. The org is pinned, and nothing is saved of a login that cannot be used.
func Login(ctx context.Context, p *Pipeline, o LoginOptions) (*Connection, error) {
	if o.Repin { // that a run is at work is told before a person is asked for anything
		s, _, err := openState(ctx, p, "a login")
		if err != nil {
			return nil, err
		}
		s.close()
	} else if _, _, err := readMemory(ctx, p); err != nil { // nor for a source that cannot be pinned
		return nil, p.barredFolder(err)
	}
	login := p.try
	if p.Salesforce.Flow == salesforce.FlowAuthorizationCode {
		login = p.ask
	}
	connection, err := login(ctx, o)
	if err != nil {
		return nil, p.withCommand(p.barredFolder(err))
	}
	return connection, nil
}

// try connects by a flow that needs nobody.
func (p *Pipeline) try(ctx context.Context, o LoginOptions) (*Connection, error) {
	org, err := salesforce.Connect(ctx, p.Salesforce, p.tokenStore())
	if err != nil {
		return nil, err
	}
	defer org.Close()
	if err := p.pinned(ctx, org.Identity(), o.Repin, o.Now(), func() (func() error, error) { return func() error { return nil }, nil }); err != nil {
		return nil, err
	}
	c := p.connection()
	c.Status = Connected
	c.identify(org.Identity())
	c.describe(ctx, org)
	return c, nil
}

// ask has a person log in.
func (p *Pipeline) ask(ctx context.Context, o LoginOptions) (*Connection, error) {
	if err := p.tokenStore().Prove(ctx); err != nil { // before a person has logged in for nothing
		return nil, err
	}
	login, err := salesforce.NewLogin(p.Salesforce)
	if err != nil {
		return nil, err
	}
	defer login.Close()
	login.Pasted = p.pastes(o)
	ctx, cancel := context.WithTimeoutCause(ctx, loginPatience, fmt.Errorf("nobody has logged in within %v", loginPatience))
	defer cancel()
	var connection *Connection
	receive := func(ctx context.Context, answer url.Values) error {
		token, err := login.Finish(ctx, answer)
		if errors.Is(err, salesforce.ErrOtherLogin) || errors.Is(err, salesforce.ErrNoAnswer) {
			o.Say(err.Error())
			return err
		}
		if err != nil {
			return err
		}
		if connection, err = p.keep(ctx, o, token); err != nil && !p.holds(token) {
			login.Discard(ctx, token)
		}
		return err
	}
	if err := p.await(ctx, o, login.URL(), receive); err != nil {
		return nil, err
	}
	return connection, nil
}

// await shows the page to the person and waits for what the browser comes back
// with.
func (p *Pipeline) await(ctx context.Context, o LoginOptions, address string, receive salesforce.Receive) error {
	show := func() {
		o.Say("open this page in a browser and log in:\n\n  " + address + "\n")
		if o.Open == nil {
			return
		}
		if err := o.Open(address); err != nil {
			o.Say(fmt.Sprintf("no browser could be opened (%v): open the page yourself", err))
		}
	}
	if p.pastes(o) {
		show()
		o.Say("the browser ends on " + p.Salesforce.RedirectURL + "?code=..., whether there is a page or not; paste that address here, whole:")
		return salesforce.Paste(ctx, o.Input, receive)
	}
	callback, err := salesforce.Listen(p.Salesforce.RedirectURL)
	if err != nil {
		return err
	}
	defer callback.Close()
	show()
	o.Say("waiting at " + p.Salesforce.RedirectURL + pageErrors)
	return callback.Wait(ctx, receive)
}

// pageErrors are those which Salesforce shows on a page of its own instead of
// sending the browser back.
const pageErrors = `
where salesforce shows an error instead of a login, nothing comes back here:
  redirect_uri_mismatch     salesforce.auth.redirect_url is not the callback URL of the app, to the letter
  OAUTH_EC_APP_NOT_FOUND    the app is not installed in that org, or salesforce.login_url is that of another
  invalid_client_id         secret_salesforce_client_id is not the consumer key of the app
`

// pastes reports whether the person brings the answer: where nobody can serve the
// redirect URL, or it was asked for.
func (p *Pipeline) pastes(o LoginOptions) bool {
	return o.Paste || !salesforce.Loopback(p.Salesforce.RedirectURL)
}

// keep proves that the API takes the token, pins its org and saves it.
func (p *Pipeline) keep(ctx context.Context, o LoginOptions, token *salesforce.Token) (*Connection, error) {
	org, err := salesforce.ConnectWith(ctx, p.Salesforce, token)
	if err != nil {
		return nil, err
	}
	defer org.Close()
	c := p.connection()
	c.Status = Connected
	c.identify(org.Identity())
	c.describe(ctx, org)
	token.Username, token.Organization, token.Sandbox = c.Username, c.Organization, c.Sandbox
	c.remembered(token)
	store := p.tokenStore()
	unlock, err := store.Lock(ctx) // until the pin is there: nobody uses a login that is undone
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := p.pinned(ctx, org.Identity(), o.Repin, o.Now(), func() (func() error, error) { return store.Replace(token) }); err != nil {
		return nil, err
	}
	return c, nil
}

// holds reports whether the store holds the token: it could not be put back.
func (p *Pipeline) holds(token *salesforce.Token) bool {
	stored, err := p.tokenStore().Stored()
	return err == nil && stored != nil && stored.RefreshToken == token.RefreshToken
}

// withCommand adds to a refusal what to type.
func (p *Pipeline) withCommand(err error) error {
	var refused *salesforce.AuthError
	var told *commandError
	if !errors.As(err, &refused) || errors.As(err, &told) {
		return err
	}
	reconnects := refused.Remedy == salesforce.Reconnect
	switch p.Salesforce.Flow {
	case salesforce.FlowAuthorizationCode:
		switch refused.Remedy {
		case salesforce.Reconnect:
			return &commandError{err, ": axisync auth login " + p.File}
		case salesforce.AddScope, salesforce.ActivateUser, salesforce.CheckAnswer:
			return &commandError{err, "\nthen: axisync auth login " + p.File}
		}
	case salesforce.FlowRefreshToken:
		if reconnects {
			return &commandError{err, ": put a new token where secret_salesforce_refresh_token says, or use the flow authorization_code"}
		}
	}
	return err
}

// commandError is an error and what to type.
type commandError struct {
	error
	command string
}

func (e *commandError) Error() string { return e.error.Error() + e.command }

func (e *commandError) Unwrap() error { return e.error }

// Command is what to type, for whoever does not tell the error.
func (e *commandError) Command() string { return strings.TrimLeft(e.command, ":\n ") }
