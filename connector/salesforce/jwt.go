package salesforce

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// jwtBearer is FlowJWTBearer: an assertion for each token, no refresh token.
type jwtBearer struct {
	config Config
	client *http.Client
	key    *rsa.PrivateKey
	now    func() time.Time
}

func newJWTBearer(c Config, client *http.Client) (grant, error) {
	key, err := parsePrivateKey(c.PrivateKey.Reveal())
	if err != nil {
		return nil, fmt.Errorf("salesforce: private key: %w", err)
	}
	return &jwtBearer{c, client, key, time.Now}, nil
}

// token signs an assertion of its own for each attempt: one that failed may have
// expired by the next.
func (g *jwtBearer) token(ctx context.Context, _ string) (*Token, bool, error) {
	answer, err := g.config.endure(ctx, g.client, func(ctx context.Context) (*oauth2.Token, error) {
		assertion, err := g.assertion()
		if err != nil {
			return nil, err
		}
		flow := clientcredentials.Config{
			TokenURL: g.config.oauthURL(tokenPath), AuthStyle: oauth2.AuthStyleInParams,
			EndpointParams: url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}},
		}
		return flow.Token(ctx)
	})
	if err != nil {
		return nil, false, err
	}
	token := &Token{}
	return token, true, token.adopt(answer)
}

// assertionLife is how long an assertion holds: Salesforce takes no more than
// three minutes, and clocks differ.
const assertionLife = 2 * time.Minute

// assertion is the JWT: RS256 (RFC 7515) over the claims that Salesforce asks
// for.
func (g *jwtBearer) assertion() (string, error) {
	claims, err := json.Marshal(map[string]any{
		"iss": g.config.ClientID.Reveal(), "sub": g.config.Username, "aud": g.config.audience(), "exp": g.now().Add(assertionLife).Unix(),
	})
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"RS256","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, g.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("the assertion cannot be signed: %w", err)
	}
	return signed + "." + encode(signature), nil
}

// audience is who has to accept the assertion: production or the sandboxes, not
// the My Domain, at which it may be presented all the same.
func (c Config) audience() string {
	if c.Audience != "" {
		return strings.TrimRight(c.Audience, "/")
	}
	host, err := baseURL(c.LoginURL)
	if err != nil {
		return ""
	}
	switch name := host.Hostname(); {
	case strings.HasSuffix(name, ".sandbox.my.salesforce.com"):
		return "https://" + sandboxHost
	case strings.HasSuffix(name, ".my.salesforce.com"):
		return "https://" + productionHost
	}
	return host.String()
}
