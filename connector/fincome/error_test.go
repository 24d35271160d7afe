package fincome_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector/fincome"
)

// The bodies are written by hand: the documented one, FastAPI's others, and what
// a gateway in front of it may say.
func TestErrorsSayWhatTheReceiverSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status                   int
		body, code, message      string
		auth, refused, temporary bool
	}{
		{422, `{"detail":[{"loc":["body","custom_properties"],"msg":"Input should be a valid dictionary","type":"dict_type","input":"private"}]}`,
			"dict_type", "body.custom_properties: Input should be a valid dictionary", false, true, false},
		{422, `{"detail":[{"loc":["body","a",3],"msg":"one","type":"t1"},{"msg":"two","type":"t2"},"three",{"msg":"four"},{"msg":"five"}]}`,
			"t1", "body.a.3: one; two; three; and 2 more", false, true, false},
		{422, `{"detail":[]}`, "", "Unprocessable Entity", false, true, false},
		{404, `{"detail":"Client not found"}`, "", "Client not found", false, true, false},
		{400, `{"detail":{"code":"E42","message":"no such\n  plan"}}`, "E42", "no such plan", false, true, false},
		{409, `{"detail":null}`, "", "Conflict", false, true, false},
		{413, ``, "", "Request Entity Too Large", false, true, false},
		{401, `{"detail":"Invalid API key"}`, "", "Invalid API key", true, false, false},
		{403, `{"message":"Forbidden by policy"}`, "", "Forbidden by policy", true, false, false},
		{405, `{"detail":"Method Not Allowed"}`, "", "Method Not Allowed", false, false, false},
		{500, `<html><body>Internal</body></html>`, "", "Internal Server Error", false, false, true},
		{502, `upstream timed out`, "", "upstream timed out", false, false, true},
		{503, `{}`, "", "Service Unavailable", false, false, true},
		{429, `{"error":"slow down"}`, "", "slow down", false, false, true},
		{501, `{}`, "", "Not Implemented", false, false, false},
		{201, `{"id":"c"}`, "", "Created", false, false, false},
		{418, `"` + strings.Repeat("é", 600) + `"`, "", `"` + strings.Repeat("é", 499) + "...", false, false, false},
	} {
		var got sent
		client := dial(t, record(&got, c.status, c.body), func(c *fincome.Config) { c.Retry.Tries = 1 })
		_, err := client.Update(t.Context(), "C-1", nil)
		var e *fincome.Error
		if !errors.As(err, &e) {
			t.Errorf("%d %s: %v", c.status, c.body, err)
			continue
		}
		if e.Status != c.status || e.Code != c.code || e.Message != c.message {
			t.Errorf("%d %s: %d %q %q", c.status, c.body, e.Status, e.Code, e.Message)
		}
		if e.Auth() != c.auth || e.Refused() != c.refused || e.Temporary() != c.temporary {
			t.Errorf("%d: auth %v, refused %v, temporary %v", c.status, e.Auth(), e.Refused(), e.Temporary())
		}
		if text := e.Error(); !strings.HasPrefix(text, "fincome: PATCH /clients/C-1: ") || !strings.Contains(text, c.message) || strings.Contains(text, "private") {
			t.Errorf("%d reads %q", c.status, text)
		}
	}
}

// A page with status 200 is of something that stands between: nobody knows what became
// of the request.
func TestAPageIsNoAnswer(t *testing.T) {
	t.Parallel()
	var got sent
	client := dial(t, record(&got, 200, "<html>log in</html>"), func(c *fincome.Config) { c.Retry.Tries = 1 })
	for name, ask := range map[string]func() error{
		"read":   func() error { _, err := client.Retrieve(t.Context(), "c"); return err },
		"update": func() error { _, err := client.Update(t.Context(), "c", nil); return err },
	} {
		var e *fincome.Error
		if err := ask(); !errors.As(err, &e) || !e.Temporary() || e.Refused() || !strings.Contains(err.Error(), "proxy") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A wrong address or verb is no matter of trying again.
func TestWhatIsConfiguration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  int
		message string
		want    bool
	}{
		{405, "Method Not Allowed", true}, {501, "Not Implemented", true}, {505, "no", true}, {402, "Payment Required", true}, {407, "no", true}, {201, "Created", true},
		{403, "Forbidden", false}, {418, "no", false}, {500, "no", false}, {301, "Moved Permanently", true}, {404, "Not Found", true},
		{404, "Client not found", false}, {401, "Invalid API key", false}, {422, "no", false}, {503, "busy", false},
	} {
		if e := (&fincome.Error{Status: c.status, Message: c.message}); e.Configuration() != c.want {
			t.Errorf("%d %s: %v", c.status, c.message, e.Configuration())
		}
	}
}

// Whether it is about one customer or about all, only what becomes of others tells.
func TestWhatIsUnclear(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]bool{200: false, 301: false, 400: false, 401: false, 402: false, 403: true, 404: false, 405: false, 406: true,
		407: false, 408: false, 409: false, 415: true, 418: true, 422: false, 423: true, 425: false, 429: false, 451: true, 500: false, 501: false} {
		if e := (&fincome.Error{Status: status, Message: "no"}); e.Unclear() != want {
			t.Errorf("%d: %v", status, e.Unclear())
		}
	}
}

// An id of thousands of characters is not shown whole.
func TestALongIDIsShortened(t *testing.T) {
	t.Parallel()
	e := &fincome.Error{Method: http.MethodGet, Path: "/clients/" + strings.Repeat("x", 5000), Status: 422, Message: "too long"}
	if text := e.Error(); len(text) > 200 || !strings.Contains(text, "(5009 characters): 422 too long") {
		t.Error(text)
	}
}

func TestHints(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]*fincome.Error{
		"fincome: GET /clients/a: 401 Invalid API key: check api_key, and auth_header and auth_scheme": {
			Method: http.MethodGet, Path: "/clients/a", Status: 401, Message: "Invalid API key"},
		"fincome: PATCH /clients/a: 405 Method Not Allowed: check update_verb and client_path": {
			Method: http.MethodPatch, Path: "/clients/a", Status: 405, Message: "Method Not Allowed"},
		"fincome: PATCH /clients/a: 501 Not Implemented: check update_verb and client_path": {
			Method: http.MethodPatch, Path: "/clients/a", Status: 501, Message: "Not Implemented"},
		"fincome: GET /clients/a: 403 Forbidden: check api_key and what it may do, and auth_header and auth_scheme": {
			Method: http.MethodGet, Path: "/clients/a", Status: 403, Message: "Forbidden"},
		"fincome: GET /clients/a: 402 Payment Required: the plan of the Fincome account does not cover this: ask Fincome": {
			Method: http.MethodGet, Path: "/clients/a", Status: 402, Message: "Payment Required"},
		"fincome: GET /clients/a: 418 no: look at this customer in Fincome; when it is so for others too, check base_url, client_path and update_verb": {
			Method: http.MethodGet, Path: "/clients/a", Status: 418, Message: "no"},
		"fincome: GET /clients/a: 404 Not Found: check base_url and client_path": {
			Method: http.MethodGet, Path: "/clients/a", Status: 404, Message: "Not Found"},
		"fincome: GET /clients/a: 404 Client not found": {
			Method: http.MethodGet, Path: "/clients/a", Status: 404, Message: "Client not found"},
		"fincome: GET /clients/a: 503 Service Unavailable, after 6 tries: try again later": {
			Method: http.MethodGet, Path: "/clients/a", Status: 503, Message: "Service Unavailable", Tries: 6},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
