package salesforce

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// ValidatePrivateKey reports what is wrong with the private key, without a word
// of it.
func (c Config) ValidatePrivateKey() error {
	if c.PrivateKey.IsZero() {
		return errors.New("salesforce: the private key is missing")
	}
	if _, err := parsePrivateKey(c.PrivateKey.Reveal()); err != nil {
		return fmt.Errorf("salesforce: private key: %w", err)
	}
	return nil
}

// parsePrivateKey reads an RSA key in PEM, PKCS#1 or PKCS#8. In an environment
// variable its lines may be parted by \n.
func parsePrivateKey(text string) (*rsa.PrivateKey, error) {
	if !strings.Contains(strings.TrimSpace(text), "\n") {
		text = strings.ReplaceAll(text, `\n`, "\n")
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("it is not in PEM, which begins with -----BEGIN PRIVATE KEY-----")
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
		return nil, errors.New("it is encrypted with a passphrase, which nobody is there to type; decrypt it: openssl pkcs8 -topk8 -nocrypt -in KEY -out PLAIN")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		return checked(x509.ParsePKCS1PrivateKey(block.Bytes))
	case "PRIVATE KEY":
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		key, isRSA := parsed.(*rsa.PrivateKey)
		if err == nil && !isRSA {
			return nil, errors.New("it is no RSA key; Salesforce takes RS256 only: openssl genrsa -out KEY 2048")
		}
		return checked(key, err)
	case "CERTIFICATE", "CERTIFICATE REQUEST", "PUBLIC KEY", "RSA PUBLIC KEY":
		return nil, fmt.Errorf("it is a %s; the private key that belongs to it is needed", strings.ToLower(block.Type))
	case "OPENSSH PRIVATE KEY":
		return nil, errors.New("it is in the format of OpenSSH; convert it: ssh-keygen -p -m PEM -f KEY")
	case "EC PRIVATE KEY":
		return nil, errors.New("it is no RSA key; Salesforce takes RS256 only: openssl genrsa -out KEY 2048")
	}
	return nil, fmt.Errorf("a PEM block %q is no private key", block.Type)
}

func checked(key *rsa.PrivateKey, err error) (*rsa.PrivateKey, error) {
	if err != nil {
		return nil, errors.New("it is damaged: its PEM is whole, what is in it is no key")
	}
	if least := 2048; key.N.BitLen() < least {
		return nil, fmt.Errorf("it has %d bits, %d are the least", key.N.BitLen(), least)
	}
	return key, nil
}
