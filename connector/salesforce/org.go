package salesforce

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
)

// Org is a connection to one org, as one user, in one API version. Its methods
// may be called by several goroutines.
type Org struct {
	rest     *rest
	identity Identity
}

// Identity is who is connected, and where.
type Identity struct {
	OrganizationID string // 18 characters
	UserID         string // 18 characters
	Username       string // empty where the app may not read it
	Scopes         []string
	InstanceURL    string
}

// Connect fetches a token by the flow of config, checks that its scopes suffice
// and chooses the API version. store is needed by the flows with a refresh token
// only. A refusal is an AuthError. Close frees the connections.
func Connect(ctx context.Context, config Config, store TokenStore) (*Org, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	config = config.withDefaults()
	client := newHTTPClient(config)
	grant, err := newGrant(config, client, store)
	if err != nil {
		return nil, err
	}
	return open(ctx, config, client, grant)
}

// ConnectWith connects with a token that was just received, for as long as it
// holds.
func ConnectWith(ctx context.Context, config Config, token *Token) (*Org, error) {
	config = config.withDefaults()
	return open(ctx, config, newHTTPClient(config), held{*token})
}

func open(ctx context.Context, config Config, client *http.Client, grant grant) (*Org, error) {
	calls := &atomic.Int64{}
	o := &Org{rest: &rest{config: config, http: client, session: &session{grant: grant}, calls: calls, all: &atomic.Int64{}, clock: &clock{}, usage: &usage{}, jobs: &atomic.Int64{}}}
	if err := o.connect(ctx); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

func (o *Org) connect(ctx context.Context) error {
	s := o.rest.session
	if err := s.begin(ctx); err != nil {
		return err
	}
	if err := checkScopes(s.token.Scopes); err != nil {
		return err
	}
	version, err := o.rest.chooseVersion(ctx)
	if err != nil {
		return err
	}
	o.rest.version = version
	o.identity = Identity{OrganizationID: s.token.OrganizationID, UserID: s.token.UserID, Scopes: s.token.Scopes, InstanceURL: s.address.String()}
	o.identity.Username, err = o.username(ctx)
	return err
}

// Close frees the idle connections. The org may still be used afterwards.
func (o *Org) Close() { o.rest.http.CloseIdleConnections() }

// Identity is who is connected, and where.
func (o *Org) Identity() Identity {
	identity := o.identity
	identity.Scopes = slices.Clone(identity.Scopes)
	return identity
}

// APIVersion is the version of every call, such as 68.0.
func (o *Org) APIVersion() string { return o.rest.version }

// checkScopes names a scope that is missing. An answer without scopes is taken
// as it is: a missing one then shows at the first call.
func checkScopes(granted []string) error {
	if len(granted) == 0 || slices.Contains(granted, "api") || slices.Contains(granted, "full") {
		return nil
	}
	return missingScopes([]string{"api"}, granted)
}

// chooseVersion is the newest version the org offers, by number: a list may
// hold entries that are only names. The list needs no token and counts against
// no limit.
func (r *rest) chooseVersion(ctx context.Context) (string, error) {
	var offered []struct {
		Version string `json:"version"`
	}
	if err := r.call(ctx, request{method: http.MethodGet, path: versions}, &offered); err != nil {
		return "", err
	}
	newest, found := 0, false
	for _, o := range offered {
		major, minor, _ := strings.Cut(o.Version, ".")
		number, err := strconv.Atoi(major)
		if err != nil || minor != "0" {
			continue
		}
		newest = max(newest, number)
		found = found || number == r.config.APIVersion
	}
	switch wanted := r.config.APIVersion; {
	case wanted != 0 && !found:
		return "", fmt.Errorf("salesforce: the org does not offer API version %d; its newest is %d", wanted, newest)
	case wanted != 0:
		newest = wanted
	case newest < OldestVersion:
		return "", fmt.Errorf("salesforce: the newest API version of the org is %d; %d is the oldest that works", newest, OldestVersion)
	}
	return strconv.Itoa(newest) + ".0", nil
}

// username asks userinfo, and the user's own record where the scopes of the app
// do not cover userinfo. That an app may read neither is no error.
func (o *Org) username(ctx context.Context) (string, error) {
	var info struct {
		Username string `json:"preferred_username"`
		UserID   string `json:"user_id"`
		OrgID    string `json:"organization_id"`
	}
	err := o.rest.call(ctx, request{method: http.MethodGet, path: userinfo}, &info)
	var refused *Error
	switch {
	case errors.As(err, &refused) && !refused.Temporary():
		return o.usernameOfRecord(ctx)
	case err != nil:
		return "", err
	case info.OrgID != o.identity.OrganizationID || info.UserID != o.identity.UserID:
		return "", fmt.Errorf("salesforce: the token is for user %s of org %s, userinfo answers for %s of %s",
			o.identity.UserID, o.identity.OrganizationID, info.UserID, info.OrgID)
	}
	return info.Username, nil
}

func (o *Org) usernameOfRecord(ctx context.Context) (string, error) {
	var user struct {
		Username string
	}
	err := o.rest.call(ctx, request{method: http.MethodGet, path: "/sobjects/User/" + o.identity.UserID}, &user)
	var refused *Error
	if errors.As(err, &refused) && !refused.Temporary() {
		return "", nil
	}
	return user.Username, err
}

// Organization is what an org says of itself.
type Organization struct {
	Name     string
	Type     string // edition
	Instance string // such as EU40
	Sandbox  bool
}

// Organization reads the record of the org. A refusal, for want of a right to
// read it, is an Error.
func (o *Org) Organization(ctx context.Context) (Organization, error) {
	var answer struct {
		Records []struct {
			Name, OrganizationType, InstanceName string
			IsSandbox                            bool
		}
	}
	query := url.Values{"q": {"SELECT Name, OrganizationType, InstanceName, IsSandbox FROM Organization"}}
	if err := o.rest.call(ctx, request{method: http.MethodGet, path: "/query", query: query}, &answer); err != nil {
		return Organization{}, err
	}
	if len(answer.Records) != 1 {
		return Organization{}, fmt.Errorf("salesforce: the org answers with %d records of itself", len(answer.Records))
	}
	r := answer.Records[0]
	return Organization{Name: r.Name, Type: r.OrganizationType, Instance: r.InstanceName, Sandbox: r.IsSandbox}, nil
}
