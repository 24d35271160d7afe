package salesforce

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Introspection is what the server says of a token (RFC 7662), at no cost to it.
type Introspection struct {
	Active   bool
	Scopes   []string
	Username string
}

// errNoIntrospection: the server does not answer such questions of this client.
var errNoIntrospection = errors.New("salesforce: introspection is refused")

// noIntrospection is errNoIntrospection with the answer, which is about the question
// and not about the token: it is no error of authorization.
type noIntrospection struct{ answer error }

func (e *noIntrospection) Error() string { return fmt.Sprintf("%v: %v", errNoIntrospection, e.answer) }

func (e *noIntrospection) Is(target error) bool { return target == errNoIntrospection }

// Introspect asks whether a token of this client is alive. It spends nothing, so
// it is asked again while its failure may pass. Where the app itself is refused, as
// by a wrong secret, the error is an AuthError: a refresh would be refused alike.
func Introspect(ctx context.Context, config Config, token string) (Introspection, error) {
	config = config.withDefaults()
	client := newHTTPClient(config)
	defer client.CloseIdleConnections()
	said, err := introspect(ctx, config, client, token)
	var none *noIntrospection
	var refused *AuthError
	if errors.As(err, &none) && errors.As(none.answer, &refused) {
		switch refused.Remedy {
		case CheckSecret, AllowApp, InstallApp:
			return said, refused
		}
	}
	return said, err
}

func introspect(ctx context.Context, c Config, client *http.Client, token string) (Introspection, error) {
	form := url.Values{"token": {token}, "client_id": {c.ClientID.Reveal()}, "client_secret": {c.ClientSecret.Reveal()}}
	body, err := c.postForm(ctx, client, introspectPath, form, token)
	var refused *AuthError
	var failed *Error
	switch {
	case errors.As(err, &refused), errors.As(err, &failed) && !failed.Temporary():
		return Introspection{}, &noIntrospection{err}
	case err != nil:
		return Introspection{}, err
	}
	var answer struct {
		Active   *bool  `json:"active"`
		Scope    string `json:"scope"`
		Username string `json:"username"`
	}
	if json.Unmarshal(body, &answer) != nil || answer.Active == nil {
		return Introspection{}, fmt.Errorf("%w: the answer does not say whether the token is active", errNoIntrospection)
	}
	return Introspection{*answer.Active, strings.Fields(answer.Scope), answer.Username}, nil
}

// Revoke ends a refresh token with all its access tokens, or one access token. A
// token that was dead before is no error.
func Revoke(ctx context.Context, config Config, token string) error {
	config = config.withDefaults()
	client := newHTTPClient(config)
	defer client.CloseIdleConnections()
	_, err := config.postForm(ctx, client, revokePath, url.Values{"token": {token}}, token)
	var refused *AuthError
	if errors.As(err, &refused) && (refused.Code == "invalid_token" || refused.Code == "unsupported_token_type") {
		return nil
	}
	return err
}

// postForm posts a form to an endpoint of OAuth, again while its failure may
// pass, and reads the answer.
func (c Config) postForm(ctx context.Context, client *http.Client, path string, form url.Values, secrets ...string) (body []byte, err error) {
	err = c.retry(ctx, func() error {
		body, err = c.postOnce(ctx, client, path, form, append(secrets, c.ClientSecret.Reveal())...)
		return err
	})
	return body, err
}

func (c Config) postOnce(ctx context.Context, client *http.Client, path string, form url.Values, secrets ...string) ([]byte, error) {
	watched := newWatch(ctx, c.IdleTimeout)
	defer watched.stop()
	request, err := http.NewRequestWithContext(watched.ctx, http.MethodPost, c.oauthURL(path), strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	name := "POST " + path
	response, err := client.Do(request)
	if err != nil {
		return nil, transportError(name, watched.cause(err))
	}
	defer response.Body.Close()
	const largest = 1 << 20
	body, err := io.ReadAll(io.LimitReader(response.Body, largest))
	if err != nil {
		return nil, transportError(name, watched.cause(err))
	}
	if response.StatusCode == http.StatusOK {
		return body, nil
	}
	var refused struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &refused) == nil && refused.Error != "" && final(response.StatusCode, refused.Error) {
		return nil, refusal(refused.Error, masked(refused.Description, secrets...))
	}
	failed := errorBody(response.StatusCode, name, body)
	if refused.Error != "" {
		failed.Code, failed.Message = refused.Error, refused.Description
	}
	failed.Message = masked(failed.Message, secrets...)
	return nil, failed
}
