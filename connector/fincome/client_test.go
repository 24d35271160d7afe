package fincome_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

// dial makes a client of handler over loopback HTTP, with pauses too short to
// notice.
func dial(t *testing.T, handler http.Handler, change ...func(*fincome.Config)) *fincome.Client {
	t.Helper()
	host := httptest.NewServer(handler)
	t.Cleanup(host.Close)
	config := fincome.Config{
		BaseURL: host.URL + "/product", APIKey: connector.NewSecret(simulator.DefaultAPIKey),
		Retry: fincome.Retry{Initial: time.Microsecond},
	}
	for _, c := range change {
		c(&config)
	}
	client, err := fincome.New(config, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// raw is a dictionary of JSON texts.
func raw(texts map[string]string) map[string]json.RawMessage {
	properties := map[string]json.RawMessage{}
	for name, text := range texts {
		properties[name] = json.RawMessage(text)
	}
	return properties
}

func given(id string, texts map[string]string) simulator.Customer {
	return simulator.Customer{ID: id, Properties: raw(texts)}
}

func TestEveryIDIsReachedAndNothingElseChanges(t *testing.T) {
	t.Parallel()
	foreign := map[string]string{
		"Num": `12.50`, "Exp": `1e2`, "Big": `9007199254740993`, "Nest": `{"b":[1,null,"<&>"],"a":{}}`,
		"Text": `"é \u0001 \" \\ <b>  "`, "Yes": `true`, "Null": `null`, `Ax "is" é/`: `""`,
	}
	ids := []string{"plain", "a/b", "a b", "é", "?x=1", "#f", "%41", "a+b", "../up", "..hidden", "北 海/道", `q"uote`, "a;b", "x%2Fy"}
	config := simulator.Config{Update: simulator.Replace}
	for _, id := range ids {
		config.Extra = append(config.Extra, given(id, foreign))
	}
	server := simulator.New(config)
	client := dial(t, server)
	for _, id := range ids {
		read, err := client.Retrieve(t.Context(), id)
		if err != nil {
			t.Errorf("%q: %v", id, err)
			continue
		}
		if diff := cmp.Diff(fincome.Customer{ID: id, Properties: raw(foreign)}, read); diff != "" {
			t.Errorf("%q (-want +got):\n%s", id, diff)
		}
		read.Properties["Ours"] = json.RawMessage(`"new"`)
		if _, err := client.Update(t.Context(), id, read.Properties); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	want := raw(foreign)
	want["Ours"] = json.RawMessage(`"new"`)
	for c := range server.Customers() {
		if diff := cmp.Diff(want, c.Properties); diff != "" {
			t.Errorf("%q after the update (-want +got):\n%s", c.ID, diff)
		}
	}
}

// sent is what a request looked like.
type sent struct{ Method, Path, Auth, Key, Body, Type string }

func record(into *sent, status int, answer string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // a broken body shows as a wrong one
		*into = sent{
			r.Method, r.URL.EscapedPath(), r.Header.Get("Authorization"), r.Header.Get("X-Key"), string(body), r.Header.Get("Content-Type"),
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	})
}

func TestRequestsAreWhatIsConfigured(t *testing.T) {
	t.Parallel()
	var got sent
	client := dial(t, record(&got, 202, `{}`))
	if _, err := client.Update(t.Context(), "a/b", raw(map[string]string{"B": `{"x": 1}`, "A<": `"\u003c<"`})); err != nil {
		t.Fatal(err)
	}
	want := sent{
		Method: "PATCH", Path: "/product/clients/a%2Fb", Auth: "Bearer " + simulator.DefaultAPIKey,
		Body: `{"custom_properties":{"A<":"\u003c<","B":{"x": 1}}}`, Type: "application/json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by default (-want +got):\n%s", diff)
	}
	client = dial(t, record(&got, 200, `{}`), func(c *fincome.Config) {
		c.BaseURL += "/"
		c.AuthHeader, c.ClientPath, c.UpdateVerb = "X-Key", "/customers/{id}/properties", "PUT"
	})
	if _, err := client.Update(t.Context(), "a", nil); err != nil {
		t.Fatal(err)
	}
	want = sent{
		Method: "PUT", Path: "/product/customers/a/properties", Key: simulator.DefaultAPIKey,
		Body: `{"custom_properties":{}}`, Type: "application/json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configured (-want +got):\n%s", diff)
	}
	got = sent{}
	for _, id := range []string{"", ".", ".."} {
		var failure *fincome.Error
		if _, err := client.Update(t.Context(), id, nil); !errors.As(err, &failure) || !failure.Refused() {
			t.Errorf("update of %q: %v", id, err)
		}
		if _, err := client.Retrieve(t.Context(), id); !errors.As(err, &failure) || !failure.Refused() {
			t.Errorf("read of %q: %v", id, err)
		}
	}
	if _, err := client.Update(t.Context(), "a", raw(map[string]string{"A": `{`})); err == nil || got != (sent{}) {
		t.Errorf("no JSON was sent: %v, %+v", err, got)
	}
}

func TestAnswersThatAreNoCustomer(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"id":"other"}`:                    `the answer is about customer "other"`,
		`{"custom_properties":{}}`:          "it has no id",
		`{"id":null}`:                       "it has no id",
		`{"id":""}`:                         "its id is empty",
		`{"id":"c","custom_properties":[]}`: "custom_properties",
		`{"id":"c"`:                         "no JSON but a page",
		`<html>`:                            "no JSON but a page",
		`{"id":"c","x":"` + strings.Repeat("x", 17<<20): "longer than 16 MB",
	} {
		var got sent
		_, err := dial(t, record(&got, 200, body)).Retrieve(t.Context(), "c")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: %v, want %q", body, err, want)
		}
	}
	for body, want := range map[string]int{`{"id":"c"}`: 0, `{"id":"c","custom_properties":null}`: 0, `{"id":"c","custom_properties":{"a":1},"new":2}`: 1} {
		var got sent
		customer, err := dial(t, record(&got, 200, body)).Retrieve(t.Context(), "c")
		if err != nil || customer.Properties == nil || len(customer.Properties) != want {
			t.Errorf("%s: %+v, %v", body, customer, err)
		}
	}
	var got sent
	if customer, err := dial(t, record(&got, 200, `{"id":12}`)).Retrieve(t.Context(), "12"); err != nil || customer.ID != "12" {
		t.Errorf("an id that is a number: %+v, %v", customer, err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	reached := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(elsewhere.Close)
	client := dial(t, http.RedirectHandler(elsewhere.URL, http.StatusMovedPermanently))
	_, err := client.Retrieve(t.Context(), "c")
	var failure *fincome.Error
	if !errors.As(err, &failure) || failure.Status != 301 || failure.Temporary() || failure.Refused() || reached {
		t.Errorf("redirect: %v, followed %v", err, reached)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	sound := fincome.Config{APIKey: connector.NewSecret("k")}
	if err := sound.Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	for want, change := range map[string]func(*fincome.Config){
		"api_key is missing":            func(c *fincome.Config) { c.APIKey = connector.Secret{} },
		"api_key holds blanks":          func(c *fincome.Config) { c.APIKey = connector.NewSecret("sesame-77\n") },
		"travel in the clear":           func(c *fincome.Config) { c.BaseURL = "http://fincome.example" },
		"is not an address":             func(c *fincome.Config) { c.BaseURL = "fincome" },
		"more than host and path":       func(c *fincome.Config) { c.BaseURL = "https://u:sesame-77@fincome.example" },
		"no header name":                func(c *fincome.Config) { c.AuthHeader = "X Key" },
		"cannot stand in a header":      func(c *fincome.Config) { c.AuthScheme = "a\nb" },
		`client_path "/clients"`:        func(c *fincome.Config) { c.ClientPath = "/clients" },
		`client_path "clients/{id}`:     func(c *fincome.Config) { c.ClientPath = "clients/{id}" },
		"customers.api.bare_list needs": func(c *fincome.Config) { c.List.Bare = true },
		`customers.api.path "clients"`:  func(c *fincome.Config) { c.List.Path = "clients" },
		`update_verb "DELETE"`:          func(c *fincome.Config) { c.UpdateVerb = "DELETE" },
		"customers.api.limit must be":   func(c *fincome.Config) { c.List.Limit = -1 },
		"retry.tries must be":           func(c *fincome.Config) { c.Retry.Tries = -1 },
	} {
		config := sound
		change(&config)
		_, err := fincome.New(config, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame-77") {
			t.Errorf("%q: %v", want, err)
		}
	}
	config := fincome.Config{UpdateVerb: "GET", ClientPath: "x"}
	err := config.Validate()
	for _, want := range []string{"api_key", "update_verb", "client_path"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not all at once: %v lacks %s", err, want)
		}
	}
	for _, base := range []string{"http://localhost:8080/x", "http://127.0.0.1/x", "http://[::1]:80"} {
		config = sound
		config.BaseURL = base
		if err := config.Validate(); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestContextEndsARequest(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("told to stop")
	client := dial(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel(why)
		<-r.Context().Done()
	}))
	if _, err := client.Retrieve(ctx, "c"); !errors.Is(err, why) {
		t.Errorf("got %v", err)
	}
}

func TestKeyIsNeverShown(t *testing.T) {
	t.Parallel()
	const key = "sk-live-Zq81"
	echo := `{"detail":"key ` + key + ` is unknown"}`
	issues := `{"detail":[{"type":"x","loc":["header","authorization"],"msg":"bad ` + key + `","input":"` + key + `"}]}`
	var shown bytes.Buffer
	for _, body := range []string{echo, issues, key, `{"` + key + `":1}`} {
		for _, status := range []int{401, 422, 200, 302} {
			var got sent
			client := dial(t, record(&got, status, body), func(c *fincome.Config) { c.APIKey = connector.NewSecret(key) })
			_, err := client.Retrieve(t.Context(), "c")
			if err == nil {
				t.Errorf("%d %s is no error", status, body)
				continue
			}
			shown.WriteString(err.Error())
		}
	}
	closed := httptest.NewServer(nil)
	closed.Close()
	client := dial(t, nil, func(c *fincome.Config) { c.BaseURL, c.APIKey = closed.URL, connector.NewSecret(key) })
	_, err := client.Retrieve(t.Context(), "c")
	shown.WriteString(err.Error())
	if strings.Contains(shown.String(), key) || strings.Contains(shown.String(), url.QueryEscape(key)) {
		t.Errorf("the key shows in %s", shown.String())
	}
}

// TestCompressedAnswers: an answer that is gzip is read as it would be without.
func TestCompressedAnswers(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 8)
	compressed := func(cut int) http.Handler {
		var body bytes.Buffer
		w := gzip.NewWriter(&body)
		_, _ = io.WriteString(w, `{"id":"c","custom_properties":{"Industry":"Software"}}`)
		_ = w.Close()
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked <- r.Header.Get("Accept-Encoding")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(body.Bytes()[:body.Len()-cut])
		})
	}
	customer, err := dial(t, compressed(0)).Retrieve(t.Context(), "c")
	if err != nil || string(customer.Properties["Industry"]) != `"Software"` {
		t.Errorf("%v, %v", customer, err)
	}
	if encoding := <-asked; encoding != "gzip" {
		t.Errorf("asked for the encoding %q", encoding)
	}
	empty := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(http.StatusNoContent)
	})
	if _, err := dial(t, empty).Update(t.Context(), "c", nil); err != nil {
		t.Errorf("no content: %v", err)
	}
	for _, cut := range []int{1, 60} {
		client := dial(t, compressed(cut), func(c *fincome.Config) { c.Retry.Tries = 2 })
		var e *fincome.Error
		if _, err := client.Retrieve(t.Context(), "c"); !errors.As(err, &e) || !e.Temporary() || e.Tries != 2 {
			t.Errorf("cut by %d bytes: %v", cut, err)
		}
	}
}
