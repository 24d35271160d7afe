package simulator

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	jwtBearer      = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	assertionLimit = 3 * time.Minute // how far ahead exp may lie
)

// claims are what an assertion says.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Legacy   string `json:"prn"` // what sub was called once
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
}

// exchangeAssertion gives an access token, and never a refresh token, for an
// assertion that the app signed in the name of a user who is pre-authorized.
func (l *logins) exchangeAssertion(r *http.Request, form url.Values) (map[string]string, *refusal) {
	invalid := &refusal{"invalid_grant", "invalid assertion"}
	said, signed, signature, ok := parseAssertion(form.Get("assertion"))
	if !ok {
		return nil, invalid
	}
	app := l.apps[said.Issuer]
	if app == nil {
		return nil, &refusal{"invalid_client_id", "client identifier invalid"}
	}
	if refused := l.admitted(); refused != nil {
		return nil, refused
	}
	if app.key == nil {
		return nil, errClient
	}
	sum := sha256.Sum256([]byte(signed))
	expires := time.Unix(said.Expires, 0)
	switch {
	case rsa.VerifyPKCS1v15(app.key, crypto.SHA256, sum[:], signature) != nil:
		return nil, invalid
	case !slices.Contains(l.audiences(r), said.Audience):
		return nil, &refusal{"invalid_grant", "Audience validation failed"}
	case !time.Now().Before(expires), time.Until(expires) > assertionLimit:
		return nil, invalid
	case cmp.Or(said.Subject, said.Legacy) != l.credentials.Username, !l.approved:
		return nil, &refusal{"invalid_grant", "user hasn't approved this consumer"}
	}
	return l.answer(r, l.open(&grant{app: app, scopes: l.online(app)})), nil
}

// parseAssertion takes a JWT apart: what it says, what was signed, and how. It
// takes RS256 only.
func parseAssertion(assertion string) (said claims, signed string, signature []byte, ok bool) {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return claims{}, "", nil, false
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	decode := func(part string, into any) bool {
		content, err := base64.RawURLEncoding.DecodeString(part)
		return err == nil && json.Unmarshal(content, into) == nil
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	ok = err == nil && decode(parts[0], &header) && header.Algorithm == "RS256" && decode(parts[1], &said)
	return said, parts[0] + "." + parts[1], signature, ok
}

// audiences are whom an assertion may be for: the login host of the kind of org,
// and the host that is asked.
func (l *logins) audiences(r *http.Request) []string {
	if l.sandbox {
		return []string{"https://test.salesforce.com", base(r)}
	}
	return []string{"https://login.salesforce.com", base(r)}
}

// online are the scopes of an app without those that need a refresh token.
func (l *logins) online(app *app) []string {
	var scopes []string
	for _, scope := range l.limited(app.scopes) {
		if scope != "refresh_token" && scope != "offline_access" {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}
