package salesforce

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector/gzip"
)

// unechoed takes what a request carried as a secret out of the answer where that is no
// success: what answers at the login URL may be anything, and repeat all that it was
// sent; words of such answers are told.
type unechoed struct{ http.RoundTripper }

// RoundTrip is that of http.RoundTripper.
func (u unechoed) RoundTrip(request *http.Request) (*http.Response, error) {
	answer, err := u.RoundTripper.RoundTrip(request)
	if err == nil && answer.StatusCode >= http.StatusMultipleChoices {
		answer.Body = &unechoedBody{ReadCloser: answer.Body, carried: carried(request), packed: answer.Header.Get("Content-Encoding") == "gzip"}
		answer.ContentLength = -1
		answer.Header.Del("Content-Encoding")
	}
	return answer, err
}

// CloseIdleConnections is asked for by http.Client.
func (u unechoed) CloseIdleConnections() {
	if closer, ok := u.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// secretFields are the fields of the forms of OAuth that hold a secret.
var secretFields = []string{"client_secret", "client_id", "code", "code_verifier", "refresh_token", "token", "assertion"}

// carried are the secrets of a request, in all the ways in which they may be repeated.
func carried(request *http.Request) [][]byte {
	var secrets []string
	if _, token, ok := strings.Cut(request.Header.Get("Authorization"), " "); ok {
		secrets = append(secrets, token)
	}
	if request.GetBody != nil && strings.HasPrefix(request.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if body, err := request.GetBody(); err == nil {
			content, _ := io.ReadAll(body) // it is in memory
			form, _ := url.ParseQuery(string(content))
			for _, field := range secretFields {
				secrets = append(secrets, form.Get(field))
			}
		}
	}
	var ways [][]byte
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		escaped, _ := json.Marshal(secret) // of a string it cannot fail
		for _, way := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), string(escaped[1 : len(escaped)-1])} {
			ways = append(ways, []byte(way))
		}
	}
	slices.SortFunc(ways, func(a, b []byte) int { return len(b) - len(a) }) // one may be a part of another
	return ways
}

// unechoedBody is a body without secrets: it is read whole first.
type unechoedBody struct {
	io.ReadCloser
	carried [][]byte
	packed  bool // with gzip
	clean   io.Reader
}

// Read is that of io.Reader.
func (b *unechoedBody) Read(p []byte) (int, error) {
	const largest = 1 << 20
	if b.clean == nil {
		content, err := b.all(largest)
		if err != nil {
			return 0, err
		}
		cut := len(content) == largest
		for _, secret := range b.carried {
			content = bytes.ReplaceAll(content, secret, []byte("[secret]"))
		}
		if cut && len(b.carried) > 0 { // the beginning of one may stand at the end
			content = content[:max(0, len(content)-len(b.carried[0]))]
		}
		b.clean = bytes.NewReader(content)
	}
	return b.clean.Read(p)
}

func (b *unechoedBody) all(most int64) ([]byte, error) {
	if !b.packed {
		return io.ReadAll(io.LimitReader(b.ReadCloser, most))
	}
	unpacked, err := gzip.NewReader(b.ReadCloser)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(unpacked, most))
}
