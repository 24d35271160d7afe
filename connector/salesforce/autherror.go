package salesforce

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"unicode"

	"golang.org/x/oauth2"
)

// Remedy is what a person has to do before a connection works again.
type Remedy string

// The remedies.
const (
	Reconnect     Remedy = "reconnect this source"
	CheckSecret   Remedy = "check the client id and the client secret"
	CheckLoginURL Remedy = "check the login URL: https://login.salesforce.com for production, https://test.salesforce.com for a sandbox, or the My Domain of the org"
	CheckAudience Remedy = "check the audience: https://login.salesforce.com for production, https://test.salesforce.com for a sandbox"
	CheckRedirect Remedy = "write the redirect URL exactly as it is registered with the app; a change of the app takes up to ten minutes"
	CheckKey      Remedy = "check that the private key belongs to the certificate of the app, that the username is right, and this machine's clock"
	CheckAnswer   Remedy = "open the newest URL that was printed, and answer within a few minutes"
	AllowApp      Remedy = "ask an administrator of the org to unblock the app"
	InstallApp    Remedy = "ask an administrator to install the app in this org, or check that the login URL is the one of the app's org"
	AllowUser     Remedy = "ask an administrator to allow the app for this user: a permission set in the app's policies"
	EnableFlow    Remedy = "enable this flow in the app and, for client credentials, set its Run As user"
	ActivateUser  Remedy = "ask an administrator to activate the user, or reconnect as another one"
	AddScope      Remedy = "add the scopes api and refresh_token to the app, then reconnect this source"
	OneOrg        Remedy = "use another source for another org"
)

// AuthError is a refusal to give, or to honour, an access token.
type AuthError struct {
	Code        string // of OAuth, such as invalid_grant, or of the REST API
	Description string
	Reason      string // what it means
	Remedy      Remedy

	// unread: the answer had no code, so that what became of the request is not known.
	unread bool
}

// Error says what happened and what to do.
func (e *AuthError) Error() string {
	answer := strings.TrimSuffix(e.Code+": "+e.Description, ": ")
	return fmt.Sprintf("salesforce: %s (%s); %s", e.Reason, answer, e.Remedy)
}

// Auth reports whether a person has to reconnect or allow the app; it is so
// unless the fault is one of the configuration.
func (e *AuthError) Auth() bool { return !e.Configuration() }

// Configuration reports whether what is configured is wrong, and no login will
// help.
func (e *AuthError) Configuration() bool {
	switch e.Remedy {
	case CheckLoginURL, CheckAudience, CheckRedirect, OneOrg:
		return true
	}
	return false
}

// of is the refusal with the name of the user, where that is known.
func (e *AuthError) of(username string) *AuthError {
	named := *e
	if username != "" {
		named.Reason = strings.Replace(e.Reason, "this user", username, 1)
	}
	return &named
}

// Temporary is false: see Error.Temporary.
func (e *AuthError) Temporary() bool { return false }

// refusals are the answers of OAuth, in the order they are tried: by code and,
// where a code has several meanings, by a part of the description.
var refusals = []struct {
	code, part string
	reason     string
	remedy     Remedy
}{
	{"invalid_grant", "no client credentials user", "the app has no user to run as", EnableFlow},
	{"invalid_grant", "not supported on this domain", "the login URL does not take this flow", CheckLoginURL},
	{"invalid_grant", "hasn't approved", "the user has not approved the app", AllowUser},
	{"invalid_grant", "authorization code", "the code of the login was used already or has expired", CheckAnswer},
	{"invalid_grant", "audience", "the assertion is for another login host", CheckAudience},
	{"invalid_grant", "code verifier", "the code belongs to another login", CheckAnswer},
	{"invalid_grant", "assertion", "the assertion is not accepted", CheckKey},
	{"invalid_grant", "inactive", "the user is not active", ActivateUser},
	{"invalid_grant", "", "the app was revoked for this user, or its refresh token has expired", Reconnect},
	{"invalid_request", "code verifier", "the code belongs to another login", CheckAnswer},
	{"invalid_client", "", "the client id and the client secret do not belong together", CheckSecret},
	{"invalid_client_id", "", "the client id is not known", CheckSecret},
	{"invalid_client_credentials", "", "the client secret is wrong", CheckSecret},
	{"invalid_app_access", "", "the user is not admitted to the app", AllowUser},
	{"inactive_user", "", "the user is not active", ActivateUser},
	{"inactive_org", "", "the org is not active", CheckLoginURL},
	{"app_not_found", "", "the app is not installed in this org", InstallApp},
	{"oauth_ec_app_not_found", "", "the app is not installed in this org", InstallApp},
	{"oauth_app_blocked", "", "an administrator has blocked the app", AllowApp},
	{"unsupported_grant_type", "", "the app does not take this flow", EnableFlow},
	{"unauthorized_client", "", "the app does not take this flow", EnableFlow},
	{"invalid_scope", "", "the app may not have these scopes", AddScope},
	{"redirect_uri_mismatch", "", "the redirect URL is not the one registered with the app", CheckRedirect},
	{"access_denied", "", "access was denied in the browser", Reconnect},
	{"access-denied", "", "access was denied in the browser", Reconnect},
}

// final reports whether an answer with a code of OAuth means what it says: an
// invalid_grant with a 503 is an outage.
func final(status int, code string) bool {
	return status < 500 && status != http.StatusTooManyRequests && status != 420 && code != notNow
}

// notNow is the code of OAuth for an outage (RFC 6749 section 4.1.2.1).
const notNow = "temporarily_unavailable"

// tokenError reads the failure of a token request. Only a final answer with a
// code of OAuth is a refusal.
func tokenError(err error, secrets ...string) error {
	const request = "POST " + tokenPath
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return hostError(request, err)
	}
	status := answer.Response.StatusCode
	if answer.ErrorCode != "" && final(status, answer.ErrorCode) {
		return refusal(answer.ErrorCode, masked(answer.ErrorDescription, secrets...))
	}
	failed := errorBody(status, request, answer.Body)
	if answer.ErrorCode != "" {
		failed.Code, failed.Message = answer.ErrorCode, answer.ErrorDescription
	}
	failed.Message = masked(failed.Message, secrets...)
	if !failed.Temporary() {
		return &AuthError{Code: fmt.Sprint(status), Description: failed.Message, Reason: "what answers at the login URL is not the login of Salesforce", Remedy: CheckLoginURL, unread: failed.Code == ""}
	}
	return failed
}

// hostError is a token request without an answer. That the login URL names no
// host is a fault of the configuration.
func hostError(request string, err error) error {
	var name *net.DNSError
	if errors.As(err, &name) && name.IsNotFound {
		return &AuthError{Code: "no such host", Description: name.Name, Reason: "the login URL names a host that does not exist", Remedy: CheckLoginURL}
	}
	return transportError(request, err)
}

// masked is the description of an answer as it may be told: one line, nothing
// that a terminal would obey, no secret.
func masked(description string, secrets ...string) string {
	description = oneLine(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, description))
	for _, secret := range secrets {
		if secret != "" {
			description = strings.ReplaceAll(description, secret, "[secret]")
		}
	}
	return description
}

func refusal(code, description string) *AuthError {
	for _, known := range refusals {
		if strings.EqualFold(known.code, code) && strings.Contains(strings.ToLower(description), known.part) {
			return &AuthError{Code: code, Description: description, Reason: known.reason, Remedy: known.remedy}
		}
	}
	return &AuthError{Code: code, Description: description, Reason: "the login was refused", Remedy: Reconnect}
}

// sessionError is what a 401 means that a fresh token did not heal.
func sessionError(e *Error) *AuthError {
	refused := &AuthError{Code: e.Code, Description: e.Message, Reason: "the session was ended and a fresh one is not accepted either", Remedy: Reconnect}
	if strings.Contains(e.Message, "scopes") {
		refused.Reason, refused.Remedy = "the app has no access to the API", AddScope
	}
	return refused
}
