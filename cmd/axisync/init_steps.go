package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/axisync/axisync/pipelines"
)

// names asks how the source is called and where its things go.
func (i *initiation) names(context.Context) error {
	d := &i.draft
	i.heading("the source: " + d.File)
	if err := i.question("source", "name, unique and for good", "Salesforce - Accounts", &d.Source, anything); err != nil {
		return err
	}
	d.State = i.state
	if err := i.question("state", "state: folder or bucket of what it remembers", "./state", &d.State, anything); err != nil {
		return err
	}
	if err := i.question("snapshots", "snapshots: folder or bucket", d.Snapshots, &d.Snapshots, anything); err != nil {
		return err
	}
	if d.Keep == "all" {
		d.Keep = ""
	}
	return nil
}

// salesforce asks how Salesforce is logged into until that works.
func (i *initiation) salesforce(ctx context.Context) error {
	i.heading("salesforce: docs/salesforce.md says what the External Client App needs")
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

// fincome asks for the key until it is taken, and for the customers until they can be
// read.
func (i *initiation) fincome(ctx context.Context) error {
	i.heading("fincome")
	defer func() { i.redo = false }()
	for key := false; ; {
		if !key {
			if err := i.askKey(ctx); err != nil {
				return err
			}
			key = true
		}
		if err := i.askCustomers(); err != nil {
			return err
		}
		failed := i.tryCustomers(ctx)
		if failed == nil {
			return nil
		}
		if on, err := i.goOn(failed); on || err != nil {
			return err
		}
		i.redo, key = true, pipelines.ExitCode(failed) != pipelines.ExitAuthorization
	}
}

const usualFincome = "https://api2.fincome.co/product"

// askKey asks for the address and the key until the key is taken.
func (i *initiation) askKey(ctx context.Context) error {
	d := &i.draft
	for {
		if err := i.question("fincome-url", "address of the API", usualFincome, &d.FincomeURL, anything); err != nil {
			return err
		}
		if d.FincomeURL == usualFincome {
			d.FincomeURL = ""
		}
		if d.APIKey == "none" {
			d.APIKey = ""
			return nil
		}
		if err := i.secret("api-key", "api_key", "API key (Settings > Developers)", &d.APIKey); err != nil {
			return err
		}
		failed := i.tryKey(ctx)
		if failed == nil {
			i.redo = false
			return nil
		}
		if on, err := i.goOn(failed); on || err != nil {
			return err
		}
		i.redo = true
	}
}

func (i *initiation) tryKey(ctx context.Context) error {
	if i.offline {
		return nil
	}
	p, err := i.draft.ForCustomers()
	if err != nil {
		return err
	}
	return pipelines.TryKey(ctx, p)
}

func (i *initiation) askCustomers() error {
	err := i.question("customers", "customers: a CSV or XLSX of the export centre, or api", "", &i.customers, i.customersFrom)
	if i.draft.CustomersFile = i.customers; i.customers == "api" {
		i.draft.CustomersFile = ""
	}
	return err
}

// customersFrom takes the api, or a file that is there, relative to the pipeline file.
func (i *initiation) customersFrom(text string) (string, error) {
	if text == "api" && i.draft.APIKey == "" {
		return "", errors.New("the api needs a key")
	}
	if text == "" || text == "api" || i.offline {
		return anything(text)
	}
	path := text
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(i.draft.File), path)
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%s is not there: export the customers in Fincome's export centre, with their axes", path)
	}
	return text, nil
}

func (i *initiation) tryCustomers(ctx context.Context) error {
	if i.seen = nil; i.offline {
		return nil
	}
	p, err := i.draft.ForCustomers()
	if err != nil {
		return err
	}
	seen, err := pipelines.LookAtCustomers(ctx, p)
	if err != nil {
		return err
	}
	if i.seen = seen; seen.All {
		i.tell("  %s customers, %s axes", count(int64(seen.Customers)), count(int64(len(seen.Axes))))
	} else {
		i.tell("  customers can be read: of the first %s", count(int64(seen.Customers)))
	}
	return nil
}

// axis asks for the identification axis, of those that customers carry.
func (i *initiation) axis(context.Context) error {
	d := &i.draft
	i.heading("the identification axis: its value says which account a customer is")
	var names []string
	if i.seen != nil {
		for n, axis := range i.seen.Axes {
			names = append(names, axis.Name)
			if i.ask != nil && !i.given("identification-axis") && n < shownCandidates {
				i.ask.say("  %2d %-24s %7s carry it   %s", n+1, oneLine(axis.Name), count(int64(axis.Customers)), exampleOf(axis))
			}
		}
		if len(names) == 0 && i.ask != nil {
			i.ask.say("  no customer carries an axis: create one in Fincome and fill it with the 18-character Record IDs")
		}
	}
	standard := ""
	if len(names) > 0 && i.seen.Axes[0].IDs > 0 {
		standard = names[0]
	}
	if err := i.question("identification-axis", "identification axis", standard, &d.IdentificationAxis, func(text string) (string, error) { return i.knownAxis(text, names) }); err != nil {
		return err
	}
	return i.matchKey()
}

// exampleOf is what an axis holds, shortly.
func exampleOf(axis pipelines.AxisSeen) string {
	if axis.IDs > 0 {
		return percent(int64(axis.IDs), int64(axis.Customers)) + " are Record IDs of accounts"
	}
	const shown = 40
	if runes := []rune(axis.Example); len(runes) > shown {
		return fmt.Sprintf("such as %q...", string(runes[:shown]))
	}
	return fmt.Sprintf("such as %q", axis.Example)
}

// knownAxis takes the name of an axis, or its number; another one only where the
// person insists.
func (i *initiation) knownAxis(text string, names []string) (string, error) {
	var n int
	if _, err := fmt.Sscanf(text, "%d", &n); err == nil && fmt.Sprint(n) == text && n >= 1 && n <= len(names) && !slices.Contains(names, text) {
		return names[n-1], nil
	}
	if text == "" || i.seen == nil || slices.Contains(names, text) {
		return anything(text)
	}
	missing := fmt.Errorf("no customer of those looked at carries %q", text)
	if near := pipelines.Nearest(text, names); near != "" {
		missing = fmt.Errorf("%w; did you mean %q?", missing, near)
	}
	if on, err := i.goOn(missing); err != nil || !on {
		return "", orError(err, errors.New("name an axis that customers carry"))
	}
	return text, nil
}

func orError(err, standard error) error {
	if err != nil {
		return err
	}
	return standard
}

// matchKey asks what the axis holds, where that is no Record ID.
func (i *initiation) matchKey() error {
	if i.seen != nil && i.ask != nil && !i.given("match-key") {
		at := slices.IndexFunc(i.seen.Axes, func(a pipelines.AxisSeen) bool { return a.Name == i.draft.IdentificationAxis })
		if at >= 0 && 2*i.seen.Axes[at].IDs >= i.seen.Axes[at].Customers {
			return nil
		}
		i.ask.say("  these are hardly Record IDs: which property of the account do they hold? it has to be unique and complete;\n" +
			"  where you do not know, keep Id, and axisync check --suggest-key finds it")
	} else if !i.given("match-key") {
		return nil
	}
	return i.question("match-key", "match key", "Id", &i.draft.Key, anything)
}
