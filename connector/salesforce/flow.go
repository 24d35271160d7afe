package salesforce

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// The OAuth 2.0 flows that give a run its access token.
const (
	// FlowAuthorizationCode is a person's login in a browser (Login), with PKCE;
	// afterwards runs refresh the token that it left in the TokenStore. It needs the
	// client id, the client secret and the redirect URL.
	FlowAuthorizationCode = "authorization_code"
	// FlowClientCredentials is for servers: the app runs as the user set in its
	// policy, and nothing has to be stored. It needs the client id and the client
	// secret, and the My Domain of the org as LoginURL.
	FlowClientCredentials = "client_credentials"
	// FlowJWTBearer is for servers too: an assertion signed with a private key stands
	// for the user. It needs the client id, the username and the private key, and
	// neither a client secret nor a store.
	FlowJWTBearer = "jwt_bearer"
	// FlowRefreshToken uses a refresh token that was got elsewhere. It needs the
	// client id and the client secret.
	FlowRefreshToken = "refresh_token"
)

// Flows are the names of all flows.
func Flows() []string {
	return []string{FlowAuthorizationCode, FlowClientCredentials, FlowJWTBearer, FlowRefreshToken}
}

// The login hosts that are not a My Domain.
const (
	productionHost = "login.salesforce.com"
	sandboxHost    = "test.salesforce.com"
)

func (c Config) validateFlow() error {
	if !slices.Contains(Flows(), c.Flow) {
		return fmt.Errorf("salesforce: flow %q is not known: use %s", c.Flow, strings.Join(Flows(), ", "))
	}
	problems := []error{c.ValidateLoginURL()}
	if c.ClientID.IsZero() {
		problems = append(problems, errors.New("salesforce: the client id is missing"))
	}
	if c.ClientSecret.IsZero() && c.Flow != FlowJWTBearer {
		problems = append(problems, errors.New("salesforce: the client secret is missing"))
	}
	switch c.Flow {
	case FlowAuthorizationCode:
		problems = append(problems, c.ValidateRedirectURL())
	case FlowJWTBearer:
		problems = append(problems, c.ValidatePrivateKey(), c.ValidateAudience())
		if c.Username == "" {
			problems = append(problems, errors.New("salesforce: the username is missing"))
		}
	}
	return errors.Join(problems...)
}

// ValidateLoginURL reports what is wrong with the login URL for the flow.
func (c Config) ValidateLoginURL() error {
	host, err := baseURL(c.LoginURL)
	if err != nil {
		return fmt.Errorf("salesforce: login URL: %w", err)
	}
	switch name := host.Hostname(); {
	case strings.HasSuffix(name, ".lightning.force.com"):
		return fmt.Errorf("salesforce: login URL: %s serves pages to people: use the My Domain that ends in .my.salesforce.com", name)
	case c.Flow == FlowClientCredentials && (name == productionHost || name == sandboxHost):
		return fmt.Errorf("salesforce: login URL: client credentials are not accepted at %s: use the My Domain of the org, https://NAME.my.salesforce.com", name)
	}
	return nil
}

// ValidateRedirectURL reports what is wrong with the redirect URL. Which one is
// registered with the app only Salesforce knows.
func (c Config) ValidateRedirectURL() error {
	u, err := url.Parse(c.RedirectURL)
	switch {
	case c.RedirectURL == "":
		return errors.New("salesforce: the redirect URL is missing")
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("salesforce: redirect URL: %s", noAddress(c.RedirectURL, "@#", "is not the address of a page, such as http://localhost:8765/callback", "leave out user and fragment"))
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u):
		return nil
	}
	return fmt.Errorf("salesforce: redirect URL: %q must begin with https:// unless it is on localhost", u.Scheme+"://"+u.Host+u.Path)
}

// ValidateAudience reports what is wrong with the audience that was set.
func (c Config) ValidateAudience() error {
	if _, err := baseURL(c.audience()); err != nil {
		return fmt.Errorf("salesforce: audience: %w", err)
	}
	return nil
}

// baseURL reads the address of a server. Secrets and tokens go there, so plain
// http is for this machine only.
func baseURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != "" {
		return nil, errors.New(noAddress(text, "@?#", "is not the address of a server, such as https://login.salesforce.com", "leave out user, query and fragment"))
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u)) {
		return nil, fmt.Errorf("%q must begin with https://", text)
	}
	return u, nil
}

// noAddress says that a text is not the address it should be. Where it may hold a
// password or a token, which stand around these marks, the text is not told.
func noAddress(text, marks, is, hint string) string {
	if strings.ContainsAny(text, marks) {
		return "what is written " + is + ": " + hint
	}
	return fmt.Sprintf("%q %s", text, is)
}

// isLoopback reports whether the address is on this machine.
func isLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
