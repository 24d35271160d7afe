package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// secrets are all that may be told to nobody, with what they are.
type secrets struct {
	mu    sync.Mutex
	known map[string]string
}

// add notes secrets; what is shorter than six bytes is found everywhere.
func (s *secrets) add(what string, values ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, value := range values {
		if len(value) >= 6 {
			s.known[value] = what
		}
	}
}

// disguises are the ways in which a secret may be written.
func disguises(secret string) []string {
	var plainJSON bytes.Buffer
	encoder := json.NewEncoder(&plainJSON)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	escaped, _ := json.Marshal(secret)
	all := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(escaped), `"`),
		strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(plainJSON.String()), `"`), `"`),
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before := range 3 { // bytes that stand before it: each shifts the letters
			text := encoding.EncodeToString(append(make([]byte, before), secret...))
			from, to := []int{0, 2, 3}[before], len(text)
			if (before+len(secret))%3 != 0 {
				to-- // the last letter holds bits of what follows
			}
			all = append(all, text[from:to])
		}
	}
	return all
}

// in are the secrets that a text holds.
func (s *secrets) in(text []byte) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for secret, what := range s.known {
		for _, disguise := range disguises(secret) {
			if bytes.Contains(text, []byte(disguise)) {
				found = append(found, what+" as "+disguise)
				break
			}
		}
	}
	return found
}

// overheard is a server of Salesforce of which every token that it issues is noted, and
// what is sent to get one.
func (s *secrets) overheard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/oauth2/token") {
			next.ServeHTTP(w, r)
			return
		}
		body := new(bytes.Buffer)
		_, _ = body.ReadFrom(r.Body)
		form, _ := url.ParseQuery(body.String())
		for _, name := range []string{"code", "code_verifier", "assertion", "refresh_token", "client_secret"} {
			s.add(name, form.Get(name))
		}
		r.Body = http.MaxBytesReader(w, struct {
			*bytes.Reader
			nothing
		}{Reader: bytes.NewReader(body.Bytes())}, 1<<20)
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		var issued map[string]any
		_ = json.Unmarshal(answer.Body.Bytes(), &issued)
		for _, name := range []string{"access_token", "refresh_token", "id_token"} {
			if token, ok := issued[name].(string); ok {
				s.add(name, token)
			}
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

type nothing struct{}

func (nothing) Close() error { return nil }

// A secret is found however it is written.
func TestSecretsAreFound(t *testing.T) {
	t.Parallel()
	const secret = `s3cret "<+/=>" é`
	s := &secrets{known: map[string]string{}}
	s.add("secret", secret)
	escaped, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"x" + secret + "y", url.QueryEscape(secret), "/" + url.PathEscape(secret), string(escaped),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte("a" + secret + "bc")),
		base64.URLEncoding.EncodeToString([]byte("ab" + secret + "c")), base64.StdEncoding.EncodeToString([]byte("id:" + secret)),
	} {
		if len(s.in([]byte(text))) != 1 {
			t.Errorf("%s is not found", text)
		}
	}
	if found := s.in([]byte("s3cret")); found != nil {
		t.Errorf("found %v", found)
	}
}
