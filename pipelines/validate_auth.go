package pipelines

import (
	"strings"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
)

// needs are the keys under salesforce.auth without which a flow cannot work.
var needs = map[string][]string{
	salesforce.FlowAuthorizationCode: {"secret_salesforce_client_id", "secret_salesforce_client_secret", "redirect_url"},
	salesforce.FlowClientCredentials: {"secret_salesforce_client_id", "secret_salesforce_client_secret"},
	salesforce.FlowJWTBearer:         {"secret_salesforce_client_id", "username", "secret_salesforce_private_key"},
	salesforce.FlowRefreshToken:      {"secret_salesforce_client_id", "secret_salesforce_client_secret", "secret_salesforce_refresh_token"},
}

// login reads how the source connects.
func (d document) login(t *tree, p *Pipeline, folder string) {
	auth := d.Salesforce.Auth
	p.Salesforce = salesforce.Config{
		LoginURL: orText(d.Salesforce.LoginURL, "https://login.salesforce.com"), Flow: orText(auth.Flow, salesforce.FlowAuthorizationCode),
		ClientID: connector.NewSecret(auth.ClientID), ClientSecret: connector.NewSecret(auth.ClientSecret), RedirectURL: auth.RedirectURL,
		Username: auth.Username, PrivateKey: connector.NewSecret(auth.PrivateKey), Audience: auth.Audience,
	}
	p.RefreshToken = connector.NewSecret(auth.RefreshToken)
	d.tokenStore(t, p, folder)
	if t.isSpoiled("salesforce.auth.flow") { // what it needs is not known
		return
	}
	auth.missing(t, p.Salesforce.Flow)
	if t.offline {
		return
	}
	c := p.Salesforce
	for path, err := range map[string]error{
		"salesforce.login_url":                          c.ValidateLoginURL(),
		"salesforce.auth.redirect_url":                  onlyFor(c, salesforce.FlowAuthorizationCode, salesforce.Config.ValidateRedirectURL),
		"salesforce.auth.secret_salesforce_private_key": onlyFor(c, salesforce.FlowJWTBearer, salesforce.Config.ValidatePrivateKey),
		"salesforce.auth.audience":                      onlyFor(c, salesforce.FlowJWTBearer, salesforce.Config.ValidateAudience),
	} {
		if err != nil {
			t.problem(path, strings.TrimPrefix(err.Error(), "salesforce: "), "")
		}
	}
}

func onlyFor(c salesforce.Config, flow string, validate func(salesforce.Config) error) error {
	if c.Flow != flow {
		return nil
	}
	return validate(c)
}

// missing reports each key that the flow needs and the file does not have.
func (a authBlock) missing(t *tree, flow string) {
	values := map[string]string{
		"secret_salesforce_client_id": a.ClientID, "secret_salesforce_client_secret": a.ClientSecret, "secret_salesforce_refresh_token": a.RefreshToken,
		"redirect_url": a.RedirectURL, "username": a.Username, "secret_salesforce_private_key": a.PrivateKey,
	}
	for _, key := range needs[flow] {
		if values[key] != "" {
			continue
		}
		hint := "the flow " + flow + " needs " + strings.Join(needs[flow], ", ")
		if a.Flow == "" {
			hint += "; it is the one that is used when none is written: there are " + strings.Join(salesforce.Flows(), ", ")
		}
		t.problem("salesforce.auth."+key, "salesforce.auth."+key+" is missing", hint)
		t.spoil("salesforce.auth." + key)
	}
}

// tokenStore reads where the token is kept: a file, with or without file: before
// its path.
func (d document) tokenStore(t *tree, p *Pipeline, folder string) {
	text := d.Salesforce.Auth.TokenStore
	if text == "" {
		return
	}
	path := strings.TrimPrefix(strings.TrimPrefix(text, "file:"), "//")
	if strings.Contains(path, "://") || path == "" || strings.HasSuffix(path, "/") {
		t.problem("salesforce.auth.token_store", "a token is kept in a file; "+scheme(text)+" is not supported", "write a path, relative to this file; left out: in the state")
		return
	}
	p.TokenStore = inFolder(folder, path)
}

// scheme is what of an address may be told: not the user in it.
func scheme(text string) string {
	if name, _, found := strings.Cut(text, "://"); found {
		return name + "://"
	}
	return text
}
