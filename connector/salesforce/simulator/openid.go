package simulator

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"sync"
	"time"
)

// signingKey signs id_tokens. It is made when it is asked for first.
func newSigningKey() func() *rsa.PrivateKey {
	return sync.OnceValue(func() *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err) // there is no randomness left in this machine
		}
		return key
	})
}

const keyID = "228"

// idToken says who logged in, for the scope openid.
func (l *logins) idToken(r *http.Request, s *session) string {
	encode := base64.RawURLEncoding.EncodeToString
	now := time.Now()
	content, err := json.Marshal(map[string]any{
		"iss": base(r), "aud": s.grant.app.id, "sub": base(r) + "/id/" + l.organizationID + "/" + l.userID,
		"iat": now.Unix(), "exp": now.Add(2 * time.Minute).Unix(), "nonce": s.grant.nonce,
	})
	if err != nil {
		panic(err) // texts and numbers are encodable
	}
	signed := encode([]byte(`{"alg":"RS256","typ":"JWT","kid":"`+keyID+`"}`)) + "." + encode(content)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, l.signing(), crypto.SHA256, sum[:])
	if err != nil {
		panic(err) // the key is long enough
	}
	return signed + "." + encode(signature)
}

// keys are the public keys of id_tokens (RFC 7517).
func (s *Server) keys(c *call) error {
	key := s.login.signing()
	encode := base64.RawURLEncoding.EncodeToString
	writeJSON(c.w, http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
		"n": encode(key.N.Bytes()), "e": encode(big.NewInt(int64(key.E)).Bytes()),
	}}})
	return nil
}
