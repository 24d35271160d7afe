package pipelines

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/axisync/axisync/connector/salesforce"
)

// Connection is how a source is connected, without any secret.
type Connection struct {
	Source string           `json:"source"`
	Flow   string           `json:"flow"`
	Status ConnectionStatus `json:"status"`
	// Problem says why it does not work, or why that is not known.
	Problem string `json:"problem,omitempty"`

	Username       string   `json:"username,omitempty"`
	UserID         string   `json:"user_id,omitempty"`
	OrganizationID string   `json:"organization_id,omitempty"`
	Organization   string   `json:"organization,omitempty"`
	Sandbox        *bool    `json:"sandbox,omitempty"`
	InstanceURL    string   `json:"instance_url,omitempty"`
	Scopes         []string `json:"scopes"`

	LoggedIn  *time.Time `json:"logged_in,omitempty"`
	Refreshed *time.Time `json:"refreshed,omitempty"`
	// Pinned is the org that the source belongs to.
	Pinned string `json:"pinned_organization_id,omitempty"`
	// Store is where the token is; empty for a flow that keeps none.
	Store string `json:"token_store,omitempty"`
	Exit  int    `json:"exit"`
}

// ConnectionStatus says whether a connection works.
type ConnectionStatus string

// The statuses.
const (
	Connected    ConnectionStatus = "connected"
	NotConnected ConnectionStatus = "not_connected" // nobody has logged in
	Broken       ConnectionStatus = "broken"        // a person has to reconnect
	Misfit       ConnectionStatus = "misconfigured" // what the file says is refused: a secret, an address
	OtherOrg     ConnectionStatus = "other_org"     // it leads elsewhere than the source belongs
	Unasked      ConnectionStatus = "stored"        // what is stored; nobody was asked
	Unread       ConnectionStatus = "unreadable"    // what is stored cannot be read; nobody was asked
	Unknown      ConnectionStatus = "unknown"       // the server did not say
)

func (p *Pipeline) connection() *Connection {
	c := &Connection{Source: p.Source, Flow: p.Salesforce.Flow, Scopes: []string{}}
	if p.keepsToken() {
		c.Store = p.tokenStore().Path()
	}
	return c
}

// keepsToken reports whether the flow has a refresh token.
func (p *Pipeline) keepsToken() bool {
	return p.Salesforce.Flow == salesforce.FlowAuthorizationCode || p.Salesforce.Flow == salesforce.FlowRefreshToken
}

func (c *Connection) identify(identity salesforce.Identity) {
	c.Username, c.UserID, c.OrganizationID, c.InstanceURL = identity.Username, identity.UserID, identity.OrganizationID, identity.InstanceURL
	c.Scopes = append(c.Scopes, identity.Scopes...)
}

// describe asks the org who it is. That the user may not read it is no problem.
func (c *Connection) describe(ctx context.Context, org *salesforce.Org) {
	if said, err := org.Organization(ctx); err == nil {
		c.Organization, c.Sandbox = said.Name, &said.Sandbox
	}
}

// orgName is the org as people know it: Example Corp (00D..., production).
func (r *run) orgName(ctx context.Context) string {
	id := r.org.Identity().OrganizationID
	said, err := r.org.Organization(ctx)
	switch {
	case err != nil: // the user may not read it
		return id
	case said.Sandbox:
		return said.Name + " (" + id + ", sandbox)"
	}
	return said.Name + " (" + id + ", production)"
}

// remembered takes what is stored of a login.
func (c *Connection) remembered(token *salesforce.Token) {
	c.Username, c.UserID, c.OrganizationID, c.InstanceURL = token.Username, token.UserID, token.OrganizationID, token.InstanceURL
	c.Organization, c.Sandbox, c.Scopes = token.Organization, token.Sandbox, append([]string{}, token.Scopes...)
	c.LoggedIn, c.Refreshed = moment(token.LoggedIn), moment(token.Refreshed)
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// Status tells how a source is connected and, unless offline, whether that works.
// The connection is told also when there is an error, which then says why it does
// not work. Nothing is spent: a refresh token is introspected, not used.
func Status(ctx context.Context, p *Pipeline, offline bool) (*Connection, error) {
	c := p.connection()
	m, _, err := readMemory(ctx, p)
	c.Pinned = m.OrganizationID
	switch {
	case err != nil:
		c.Status = Unread
	case p.keepsToken():
		err = p.storedStatus(ctx, c, offline)
	case offline:
		c.Status = Unasked
	default:
		err = p.triedStatus(ctx, c)
	}
	if err == nil && c.OrganizationID != "" {
		if err = m.sameOrg(p.File, c.OrganizationID); err != nil {
			c.Status = OtherOrg
		}
	}
	if err = p.withCommand(err); err != nil {
		c.Problem, c.Exit = err.Error(), ExitCode(err)
		switch c.Status {
		case NotConnected, OtherOrg, Unread: // that is why
		default:
			c.Status = standing(err)
		}
	}
	return c, err
}

// standing is what an error says of a connection that was tried.
func standing(err error) ConnectionStatus {
	var refused *salesforce.AuthError
	switch ExitCode(err) {
	case ExitConfiguration:
		return Misfit
	case ExitAuthorization:
		if errors.As(err, &refused) && (refused.Remedy == salesforce.CheckSecret || refused.Remedy == salesforce.CheckKey) {
			return Misfit
		}
		return Broken
	}
	return Unknown
}

// triedStatus connects by a flow that needs no store.
func (p *Pipeline) triedStatus(ctx context.Context, c *Connection) error {
	org, err := salesforce.Connect(ctx, p.Salesforce, nil)
	if err != nil {
		return err
	}
	defer org.Close()
	c.Status = Connected
	c.identify(org.Identity())
	c.describe(ctx, org)
	return nil
}

// storedStatus holds the stored token against what the server says of it. The
// store is locked meanwhile: a token that is being rotated is dead for a moment.
func (p *Pipeline) storedStatus(ctx context.Context, c *Connection, offline bool) error {
	store := p.tokenStore()
	unlock, err := store.Lock(ctx)
	if err != nil {
		c.Status = Unread
		return err
	}
	defer unlock()
	token, err := store.Load()
	if err != nil {
		if ExitCode(err) != ExitAuthorization { // it was read, and does not hold
			c.Status = Unread
		}
		return err
	}
	if token == nil || token.RefreshToken == "" {
		c.Status = NotConnected
		return &salesforce.AuthError{Code: "no token", Reason: "nobody has logged in for this source yet", Remedy: salesforce.Reconnect}
	}
	c.remembered(token)
	if c.Status = Unasked; offline {
		return nil
	}
	said, err := salesforce.Introspect(ctx, p.Salesforce, token.RefreshToken)
	switch {
	case ExitCode(err) == ExitAuthorization:
		return err
	case err != nil:
		return fmt.Errorf("whether the login still works is not known: %w", err)
	case !said.Active:
		return &salesforce.AuthError{Code: "not active", Reason: "the app was revoked for " + orText(c.Username, "this user") + ", or its refresh token has expired or is spent", Remedy: salesforce.Reconnect}
	}
	c.Status = Connected
	if c.Username == "" {
		c.Username = said.Username
	}
	if len(said.Scopes) > 0 {
		c.Scopes = said.Scopes
	}
	return nil
}

// Farewell is what became of a token at a logout.
type Farewell string

// The ends of a token.
const (
	NothingStored Farewell = "nothing_stored"
	Revoked       Farewell = "revoked"   // at the server, and removed here
	Forgotten     Farewell = "forgotten" // removed here, alive at the server
)

// Logout revokes the refresh token at the server and removes it from the store.
// Where the server cannot be reached it is kept, for one that is forgotten and
// alive can be revoked by an administrator only; forget removes it all the same.
// The source goes on belonging to its org.
func Logout(ctx context.Context, p *Pipeline, forget bool) (Farewell, error) {
	store := p.tokenStore()
	unlock, err := store.Lock(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	token, err := store.Stored()
	if err == nil && token == nil && p.Salesforce.Flow == salesforce.FlowRefreshToken {
		token, err = store.Load()
	}
	if err != nil && !forget {
		return "", err
	}
	if err == nil && (token == nil || token.RefreshToken == "") {
		return NothingStored, store.Remove()
	}
	if err == nil {
		err = salesforce.Revoke(ctx, p.Salesforce, token.RefreshToken)
	}
	switch {
	case err == nil:
		return Revoked, store.Remove()
	case forget:
		return Forgotten, store.Remove()
	}
	return "", errors.Join(err, fmt.Errorf("the token was not revoked and is kept, so that it can be: try again; or revoke the app in Salesforce (Setup > OAuth Connected Apps Usage) and then: axisync auth logout %s --forget", p.File))
}
