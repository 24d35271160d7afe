package salesforce

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/oauth2"
)

// Remedy is what a person has to do before a connection works again.
type Remedy string

// The remedies.
const (
	Reconnect     Remedy = "reconnect this source"
	CheckSecret   Remedy = "check the client id and the client secret"
	CheckLoginURL Remedy = "check the login URL: it must be the My Domain of the org in which the app is installed"
	AllowApp      Remedy = "ask an administrator of the org to unblock or install the app"
	AllowUser     Remedy = "ask an administrator to allow the app for this user"
	EnableFlow    Remedy = "enable this flow in the app and, for client credentials, set its Run As user"
	ActivateUser  Remedy = "ask an administrator to activate the user, or reconnect as another one"
	AddScope      Remedy = "add the scopes api and refresh_token to the app, then reconnect this source"
)

// AuthError is a refusal to give, or to honour, an access token.
type AuthError struct {
	Code        string // of OAuth, such as invalid_grant, or of the REST API
	Description string
	Reason      string // what it means
	Remedy      Remedy
}

// Error says what happened and what to do.
func (e *AuthError) Error() string {
	answer := strings.TrimSuffix(e.Code+": "+e.Description, ": ")
	return fmt.Sprintf("salesforce: %s (%s); %s", e.Reason, answer, e.Remedy)
}

// Auth is true: see Error.Auth.
func (e *AuthError) Auth() bool { return true }

// Temporary is false: see Error.Temporary.
func (e *AuthError) Temporary() bool { return false }

// refusals are the answers of the token endpoint, in the order they are tried:
// by code and, where a code has several meanings, by a part of the description.
var refusals = []struct {
	code, part string
	reason     string
	remedy     Remedy
}{
	{"invalid_grant", "no client credentials user", "the app has no user to run as", EnableFlow},
	{"invalid_grant", "not supported on this domain", "the login URL does not take this flow", CheckLoginURL},
	{"invalid_grant", "hasn't approved", "the user has not approved the app", AllowUser},
	{"invalid_grant", "", "the app was revoked for this user, or its refresh token has expired", Reconnect},
	{"invalid_client", "", "the client id and the client secret do not belong together", CheckSecret},
	{"invalid_client_id", "", "the client id is not known", CheckSecret},
	{"invalid_client_credentials", "", "the client secret is wrong", CheckSecret},
	{"invalid_app_access", "", "the user is not admitted to the app", AllowUser},
	{"inactive_user", "", "the user is not active", ActivateUser},
	{"inactive_org", "", "the org is not active", CheckLoginURL},
	{"app_not_found", "", "the app is not installed in this org", CheckLoginURL},
	{"oauth_ec_app_not_found", "", "the app is not installed in this org", CheckLoginURL},
	{"oauth_app_blocked", "", "an administrator has blocked the app", AllowApp},
	{"unsupported_grant_type", "", "the app does not take this flow", EnableFlow},
	{"unauthorized_client", "", "the app does not take this flow", EnableFlow},
	{"invalid_scope", "", "the app may not have these scopes", AddScope},
}

// tokenError reads the failure of a token request. Only an answer below 500
// with a code of OAuth is a refusal: invalid_grant with a 503 is an outage.
func tokenError(err error, secrets ...string) error {
	const request = "POST /services/oauth2/token"
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return transportError(request, err)
	}
	if status := answer.Response.StatusCode; answer.ErrorCode == "" || status >= 500 || status == 429 || status == 420 {
		return errorBody(status, request, answer.Body)
	}
	description := oneLine(answer.ErrorDescription)
	for _, secret := range secrets {
		if secret != "" {
			description = strings.ReplaceAll(description, secret, "[secret]")
		}
	}
	return refusal(answer.ErrorCode, description)
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
