package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"
)

// echoFrom is a server that does its work but for one part of it: there it fails, and
// repeats everything it was sent, as text that the errors of a kind of server hold.
func echoFrom(t testing.TB, next http.Handler, part string, status int, says func(text string) any) string {
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if !strings.Contains(in.URL.Path, part) {
			next.ServeHTTP(out, in)
			return
		}
		text, _ := httputil.DumpRequest(in, true)
		out.Header().Set("Content-Type", "application/json")
		out.WriteHeader(status)
		_ = json.NewEncoder(out).Encode(says(string(text)))
	}))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	return server.URL
}

// The errors of the servers, in which they repeat a text.
func restError(text string) any {
	return []any{map[string]string{"errorCode": text, "message": text}}
}

func oauthError(text string) any {
	return map[string]string{"error": "invalid_" + text, "error_description": text}
}

func fincomeError(text string) any {
	return map[string]any{"detail": []any{map[string]any{"loc": []string{"body", text}, "msg": text, "type": text}}, "message": text}
}

// echoes are servers that take a login and repeat its token in what fails afterwards, and
// a Fincome that repeats its key where it is read or written.
func (w *watched) echoes() {
	salesforce := w.secrets.overheard(w.world.days(w.world.salesforce))
	for _, status := range []int{400, 401, 500} {
		for _, part := range []string{"/services/data/v", "/userinfo", "/describe", "/limits", "/jobs/query", "/results"} {
			other := w.with("SALESFORCE_URL=" + echoFrom(w.t, salesforce, part, status, restError))
			w.failing.Go(func() { other.end([]string{"run", "echoed.yaml", "--state", fmt.Sprint("echoed", status, len(part))}) }) // some of it can be done without
		}
		described, refused := echoFrom(w.t, salesforce, "/describe", status, restError), echo(w.t, status, oauthError)
		read := echoFrom(w.t, w.world.people("/product"), "/clients", status, fincomeError) + "/product"
		written := echoFrom(w.t, w.world.people("/product"), "/clients/", status, fincomeError) + "/product" // one customer, not the list
		w.with("SALESFORCE_URL="+described).fail("check", "daily.yaml", "--json")
		w.with("FINCOME_URL="+read).fail("run", "echoed.yaml", "--json")
		w.with("FINCOME_URL="+written).fail("run", "written.yaml")
		w.fail(initial("described.yaml", described, w.world.fincomeURL)...)
		w.fail(initial("refused.yaml", refused, w.world.fincomeURL)...)
		w.fail(initial("customers.yaml", w.world.salesforceURL, read)...)
	}
}

// initial is the command that makes a pipeline file and tries it.
func initial(file, salesforce, fincome string) []string {
	return []string{"init", file, "--flow", "client_credentials", "--login-url", salesforce, "--fincome-url", fincome, "--source", "T", "--properties", "Industry", "--customers", "api", "--identification-axis", "Salesforce ID", "--tag", "new"}
}

// putsBack is a plan that is applied, and a rollback of what it wrote.
func (w *watched) putsBack() {
	w.says(0, initial("new.yaml", w.world.salesforceURL, w.world.fincomeURL)...)
	w.says(0, "plan", "applied.yaml", "--json")
	w.says(5, "apply", "applied.yaml", w.lastRunIn("applied"))
	w.says(0, "rollback", "applied.yaml", w.lastRunIn("applied"))
	w.says(0, "apply", "applied.yaml", w.lastRunIn("applied"), "--json")
}
