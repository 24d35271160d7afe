package salesforce

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// Token is what a login gave and a TokenStore keeps. It cannot print its secrets.
type Token struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`

	Scopes         []string `json:"scopes,omitempty"`
	OrganizationID string   `json:"organization_id,omitempty"` // 18 characters
	UserID         string   `json:"user_id,omitempty"`         // 18 characters
	Username       string   `json:"username,omitempty"`
	InstanceURL    string   `json:"instance_url,omitempty"`
	// Organization and Sandbox are what the org said of itself at the login; nil: it
	// said nothing.
	Organization string `json:"organization,omitempty"`
	Sandbox      *bool  `json:"sandbox,omitempty"`

	LoggedIn  time.Time `json:"logged_in,omitzero"`  // by a person
	LoginURL  string    `json:"login_url,omitempty"` // at which that was
	Refreshed time.Time `json:"refreshed,omitzero"`
	// Refreshing is when a refresh was begun whose end nobody has seen: the process
	// was killed, or the answer was lost. Zero otherwise.
	Refreshing time.Time `json:"refreshing,omitzero"`
}

// lain is the age from which a token may be one that a backup has brought back.
const lain = 10 * time.Minute

// hasLain reports whether a token was given so long ago that it may have been brought
// back since it was rotated out. Of one that the file names nobody knows when it was
// given.
func (t *Token) hasLain(now time.Time) bool {
	given := t.Refreshed
	if t.LoggedIn.After(given) {
		given = t.LoggedIn
	}
	return !given.IsZero() && now.Sub(given).Abs() > lain
}

// Format prints a mask under every verb.
func (t Token) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[token]") }

// LogValue: see Format.
func (t Token) LogValue() slog.Value { return slog.StringValue("[token]") }

// adopt takes what the token endpoint answered; what an answer leaves out stays
// as it was. A refresh answer without a refresh token means the old one. The
// error comes after everything readable was taken: a rotated token is worth
// saving whatever else is wrong with its answer.
func (t *Token) adopt(answer *oauth2.Token) error {
	text := func(key string) string {
		value, _ := answer.Extra(key).(string)
		return value
	}
	t.AccessToken, t.Refreshing, t.Refreshed = answer.AccessToken, time.Time{}, time.Now().UTC()
	if answer.RefreshToken != "" {
		t.RefreshToken = answer.RefreshToken
	}
	if scope := text("scope"); scope != "" {
		t.Scopes = strings.Fields(scope)
	}
	var problems []error
	if id := text("id"); id != "" {
		org, user, err := identityURL(id)
		if err == nil {
			t.OrganizationID, t.UserID = org, user
		}
		problems = append(problems, err)
	}
	if instance := text("instance_url"); instance != "" {
		t.InstanceURL = instance
	}
	if t.InstanceURL == "" || t.OrganizationID == "" {
		problems = append(problems, errors.New("salesforce: the login URL answered with a token but without instance_url and id: it is not Salesforce's"))
	}
	return errors.Join(problems...)
}

// identityURL reads the ids out of https://login.salesforce.com/id/ORG/USER.
func identityURL(id string) (org, user string, err error) {
	parts := strings.Split(id, "/")
	if n := len(parts); n >= 2 && strings.HasPrefix(parts[n-2], "00D") && len(parts[n-2]) == 18 && parts[n-1] != "" {
		return parts[n-2], parts[n-1], nil
	}
	return "", "", fmt.Errorf("salesforce: the identity URL of the token names no org and user")
}
