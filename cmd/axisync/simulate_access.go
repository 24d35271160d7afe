package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/transform/recordid"
)

// accessConfig is how one gets into the simulated Salesforce.
type accessConfig struct {
	rotate, pkce bool
	organization string
	sandbox      bool
	certificate  string // a file
	redirects    []string
}

func (a *accessConfig) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.BoolVar(&a.rotate, "rotate", false, "refresh tokens rotate, and to use an old one again revokes everything")
	flags.BoolVar(&a.pkce, "require-pkce", false, "a login without PKCE is refused")
	flags.StringVar(&a.organization, "organization", "", "id of the org (15 characters, 00D...); another one with the same seed is a full sandbox")
	flags.BoolVar(&a.sandbox, "sandbox", false, "the org says that it is a sandbox")
	flags.StringVar(&a.certificate, "jwt-certificate", "", "certificate or public key (PEM) of the app, for the flow jwt_bearer")
	flags.StringSliceVar(&a.redirects, "redirect-url", nil, "redirect URL registered with the app; may be given several times (http://localhost:8765/callback)")
}

// config is the simulated org that one gets into this way.
func (a *accessConfig) config(seed uint64, accounts int) (salesforce.Config, error) {
	organization, err := organizationID(a.organization)
	if err != nil {
		return salesforce.Config{}, err
	}
	config := salesforce.Config{
		Seed: seed, Accounts: accounts, RotateRefreshTokens: a.rotate, RequirePKCE: a.pkce,
		OrganizationID: organization, Sandbox: a.sandbox, RedirectURIs: a.redirects,
	}
	if a.certificate == "" {
		return config, nil
	}
	if config.PublicKey, err = publicKey(a.certificate); err != nil {
		return config, fmt.Errorf("--jwt-certificate: %w", err)
	}
	return config, nil
}

var organizationForm = regexp.MustCompile(`^00D[0-9A-Za-z]{12}$`)

// organizationID is the id of an org as the simulator takes it, in 15 characters;
// empty: its own.
func organizationID(text string) (string, error) {
	body := text
	if recordid.Valid(text) {
		body = text[:15]
	}
	if text != "" && !organizationForm.MatchString(body) {
		return "", usageError{fmt.Errorf("--organization %q is not the id of an org, which has 15 letters and digits and begins with 00D, such as 00D000000000001", text)}
	}
	return body, nil
}

// publicKey reads the RSA key of a certificate, or a bare one.
func publicKey(path string) (*rsa.PublicKey, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, fmt.Errorf("%s is not in PEM", path)
	}
	var parsed any
	if block.Type == "CERTIFICATE" {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		parsed = certificate.PublicKey
	} else if parsed, err = x509.ParsePKIXPublicKey(block.Bytes); err != nil {
		return nil, err
	}
	key, isRSA := parsed.(*rsa.PublicKey)
	if !isRSA {
		return nil, fmt.Errorf("%s holds no RSA key", path)
	}
	return key, nil
}

// access adds to the simulated Salesforce what an administrator does there.
func (w *world) access(mux *http.ServeMux) {
	for name, act := range map[string]func(){
		"revoke": w.salesforce.Revoke, "block": w.salesforce.Block, "unblock": w.salesforce.Unblock,
		"uninstall": w.salesforce.Uninstall, "install": w.salesforce.Install,
		"deactivate": w.salesforce.Deactivate, "activate": w.salesforce.Activate, "expire": w.salesforce.ExpireTokens,
	} {
		mux.HandleFunc("POST /simulator/"+name, func(out http.ResponseWriter, _ *http.Request) {
			act()
			fmt.Fprintln(out, name)
		})
	}
	mux.HandleFunc("POST /simulator/scopes", func(out http.ResponseWriter, in *http.Request) {
		w.salesforce.LimitScopes(strings.Fields(in.URL.Query().Get("only"))...)
		fmt.Fprintln(out, "scopes")
	})
}
