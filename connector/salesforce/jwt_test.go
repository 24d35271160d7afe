package salesforce_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
)

var privateKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

func pemText(kind string, content []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func asserting(t *testing.T, change func(*salesforce.Config)) (*simulator.Server, salesforce.Config) {
	t.Helper()
	sim := simulator.New(simulator.Config{Seed: 3, Accounts: 50, PublicKey: &privateKey().PublicKey})
	server := httptest.NewServer(sim)
	t.Cleanup(sim.Close)
	t.Cleanup(server.Close)
	config := quick(&fake{Server: server})
	config.Flow, config.Username = salesforce.FlowJWTBearer, sim.Credentials().Username
	config.ClientID, config.ClientSecret = connector.NewSecret(sim.Credentials().ClientID), connector.Secret{}
	config.PrivateKey = connector.NewSecret(pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(privateKey())))
	if change != nil {
		change(&config)
	}
	return sim, config
}

// An assertion for each token: no store, no client secret.
func TestJWTBearer(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*salesforce.Config){
		nil,
		func(c *salesforce.Config) { c.Audience = "https://login.salesforce.com/" },
		func(c *salesforce.Config) {
			c.PrivateKey = connector.NewSecret(pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(privateKey()))))
		},
		func(c *salesforce.Config) {
			c.PrivateKey = connector.NewSecret(strings.ReplaceAll(strings.TrimSpace(c.PrivateKey.Reveal()), "\n", `\n`))
		},
	} {
		sim, config := asserting(t, change)
		org, err := salesforce.Connect(t.Context(), config, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer org.Close()
		sim.ExpireTokens()
		if _, err := org.Count(t.Context(), "Account", ""); err != nil {
			t.Error(err)
		}
		if n := sim.Count("POST", "oauth2/token"); n != 2 || org.Identity().Username != config.Username {
			t.Errorf("%d tokens for %s", n, org.Identity().Username)
		}
	}
}

func TestJWTBearerRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*salesforce.Config)
		act    func(*simulator.Server)
		want   string
		remedy salesforce.Remedy
	}{
		"audience":     {func(c *salesforce.Config) { c.Audience = "https://test.salesforce.com" }, nil, "the assertion is for another login host (invalid_grant: Audience validation failed)", salesforce.CheckAudience},
		"username":     {func(c *salesforce.Config) { c.Username = "ops@example.org" }, nil, "the user has not approved the app", salesforce.AllowUser},
		"not approved": {nil, func(s *simulator.Server) { s.Approve(false) }, "the user has not approved the app", salesforce.AllowUser},
		"another key": {func(c *salesforce.Config) {
			c.PrivateKey = connector.NewSecret(pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(must(rsa.GenerateKey(rand.Reader, 2048)))))
		}, nil, "the assertion is not accepted", salesforce.CheckKey},
		"client id": {func(c *salesforce.Config) { c.ClientID = connector.NewSecret("other") }, nil, "the client id is not known", salesforce.CheckSecret},
		"inactive":  {nil, (*simulator.Server).Deactivate, "the user is not active", salesforce.ActivateUser},
		"blocked":   {nil, (*simulator.Server).Block, "the user is not admitted to the app", salesforce.AllowUser},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim, config := asserting(t, test.change)
			var sent sync.Map
			sim.Inject(func(r *http.Request) *simulator.Fault {
				if r.ParseForm() == nil {
					sent.Store(r.PostForm.Get("assertion"), true)
				}
				return nil
			})
			if test.act != nil {
				test.act(sim)
			}
			_, err := salesforce.Connect(t.Context(), config, nil)
			var refused *salesforce.AuthError
			if !errors.As(err, &refused) || refused.Remedy != test.remedy || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v", err)
			}
			sent.Range(func(assertion, _ any) bool {
				if assertion != "" && strings.Contains(err.Error(), assertion.(string)) {
					t.Errorf("%q tells the assertion", err)
				}
				return true
			})
		})
	}
}

// The audience is production's or the sandboxes', whichever My Domain is asked.
func TestAudience(t *testing.T) {
	t.Parallel()
	for login, want := range map[string]string{
		"https://login.salesforce.com": "https://login.salesforce.com", "https://test.salesforce.com/": "https://test.salesforce.com",
		"https://acme.my.salesforce.com": "https://login.salesforce.com", "https://acme--full.sandbox.my.salesforce.com": "https://test.salesforce.com",
		"http://127.0.0.1:8080": "http://127.0.0.1:8080",
	} {
		if got := salesforce.AudienceOf(salesforce.Config{LoginURL: login}); got != want {
			t.Errorf("%s: %s", login, got)
		}
	}
}

// Each key that cannot work is told apart, without a word of it.
func TestPrivateKeys(t *testing.T) {
	t.Parallel()
	ec := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	encrypted := &pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("x")}
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	for want, text := range map[string]string{
		"the private key is missing": "",
		"not in PEM":                 "AKIAmysecretsecret",
		"encrypted with a passphrase, which nobody is there":     string(pem.EncodeToMemory(encrypted)),
		"decrypt it: openssl pkcs8":                              pemText("ENCRYPTED PRIVATE KEY", []byte("x")),
		"it is no RSA key; Salesforce takes RS256 only: openssl": pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(ec))),
		"it is no RSA key; Salesforce takes RS256 only":          pemText("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(ec))),
		"it is a public key; the private key":                    pemText("PUBLIC KEY", must(x509.MarshalPKIXPublicKey(&privateKey().PublicKey))),
		"it is a certificate; the private key":                   pemText("CERTIFICATE", []byte("x")),
		"the format of OpenSSH; convert it":                      pemText("OPENSSH PRIVATE KEY", []byte("x")),
		"it is damaged":                                          pemText("RSA PRIVATE KEY", []byte("mysecretsecret")),
		"it is damaged: its PEM is whole":                        pemText("PRIVATE KEY", []byte("mysecretsecret")),
		`a PEM block "DH PARAMETERS" is no private key`:          pemText("DH PARAMETERS", []byte("x")),
		"it has 1024 bits, 2048 are the least":                   pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small)),
	} {
		err := salesforce.Config{PrivateKey: connector.NewSecret(text)}.ValidatePrivateKey()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "mysecret") {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
