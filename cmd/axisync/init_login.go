package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/axisync/axisync/pipelines"
)

// salesforce asks how Salesforce is logged into until that works.
func (i *initiation) salesforce(ctx context.Context) error {
	i.heading("salesforce: docs/connect.md says what the External Client App needs")
	defer func() { i.redo = false }()
	for {
		if err := i.askLogin(); err != nil {
			return err
		}
		failed := i.tryLogin(ctx)
		if failed == nil {
			return nil
		}
		if on, err := i.goOn(failed); on || err != nil {
			return err
		}
		i.redo = true
	}
}

var flows = []string{"authorization_code", "client_credentials", "jwt_bearer", "refresh_token"}

func (i *initiation) askLogin() error {
	d := &i.draft
	if i.ask != nil && !i.given("flow") && !i.redo {
		i.ask.say("  1 authorization_code  a person logs in once, in a browser\n  2 client_credentials  the app's own user; nobody logs in\n" +
			"  3 jwt_bearer          a certificate of the app; nobody logs in\n  4 refresh_token       with a token that you have")
	}
	if err := i.pick("flow", "how to log in", flows[0], &d.Flow, flows); err != nil {
		return err
	}
	standard := "https://login.salesforce.com"
	if d.Flow == "client_credentials" {
		standard = ""
	}
	if err := i.question("login-url", "login URL, the My Domain of the org (Setup > My Domain)", standard, &d.LoginURL, loginURL); err != nil {
		return err
	}
	if err := i.secret("client-id", "client_id", "client id (Consumer Key)", &d.ClientID); err != nil {
		return err
	}
	redirect := d.RedirectURL
	d.RedirectURL = ""
	switch d.Flow {
	case "jwt_bearer":
		d.ClientSecret, d.RefreshToken = "", ""
		if err := i.question("username", "user to act for", "", &d.Username, anything); err != nil {
			return err
		}
		return i.question("private-key", "private key of the certificate - env:NAME or file:PATH", d.PrivateKey, &d.PrivateKey, place)
	case "authorization_code":
		d.RedirectURL = redirect
		if err := i.question("redirect-url", "callback URL, as the app has it", orElse(redirect, "http://localhost:8765/callback"), &d.RedirectURL, anything); err != nil {
			return err
		}
	case "refresh_token":
		if err := i.secret("refresh-token", "refresh_token", "refresh token", &d.RefreshToken); err != nil {
			return err
		}
	}
	if d.Flow != "refresh_token" {
		d.RefreshToken = ""
	}
	return i.secret("client-secret", "client_secret", "client secret (Consumer Secret)", &d.ClientSecret)
}

func orElse(text, standard string) string {
	if text == "" {
		return standard
	}
	return text
}

// loginURL completes an address that has no scheme, and makes the My Domain of the
// address at which people work.
func loginURL(text string) (string, error) {
	if text == "" {
		return "", errors.New("the My Domain looks like https://your-domain.my.salesforce.com")
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	if scheme, rest, _ := strings.Cut(text, "://"); strings.Contains(rest, ".lightning.force.com") {
		domain, _, _ := strings.Cut(rest, ".lightning.force.com")
		text = scheme + "://" + domain + ".my.salesforce.com"
	}
	return strings.TrimRight(text, "/"), nil
}

// tryLogin finds out whether the login works; that nobody has logged in yet is no
// failure.
func (i *initiation) tryLogin(ctx context.Context) error {
	if i.connected = false; i.offline {
		return nil
	}
	for _, secret := range []struct{ name, place string }{
		{"client id", i.draft.ClientID}, {"client secret", i.draft.ClientSecret}, {"private key", i.keyPlace()}, {"refresh token", i.draft.RefreshToken},
	} {
		if secret.place == "" {
			continue
		}
		if err := i.draft.Secret(secret.place); err != nil {
			return fmt.Errorf("%s: %w", secret.name, err)
		}
	}
	p, err := i.draft.ForSalesforce()
	if err != nil {
		return err
	}
	connection, err := pipelines.Status(ctx, p, false)
	if connection.Status == pipelines.NotConnected && i.draft.Flow == "authorization_code" {
		if connection, err = i.logIn(ctx, p); connection == nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	i.connected = true
	i.tell("  connected as %s in %s", oneLine(connection.Username), oneLine(orgText(connection)))
	return nil
}

func (i *initiation) keyPlace() string {
	if i.draft.Flow == "jwt_bearer" {
		return i.draft.PrivateKey
	}
	return ""
}

// logIn has the person log in, who may do so later: then there is no connection.
func (i *initiation) logIn(ctx context.Context, p *pipelines.Pipeline) (*pipelines.Connection, error) {
	if i.ask == nil {
		i.tell("salesforce was not tried: nobody has logged in yet")
		return nil, nil
	}
	now, err := i.ask.yes("log in now, so that secrets are tried and properties can be picked?", true)
	if err != nil || !now {
		return nil, err
	}
	o := pipelines.LoginOptions{Input: os.Stdin, Now: time.Now, Say: func(line string) { i.ask.say("  %s", line) }}
	connection, err := pipelines.Login(ctx, p, o)
	i.signedIn = err == nil
	return connection, err
}
