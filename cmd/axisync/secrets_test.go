package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sourcegraph/conc/pool"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/connector/salesforce/simulator/browser"
)

// watched is a scene of which everything that is said and written is searched.
type watched struct {
	*scene
	t       *testing.T
	secrets *secrets
	key     string // for jwt_bearer
	failing *pool.Pool
	tried   *atomic.Int64 // commands that fail
}

func newWatched(t *testing.T) *watched {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	certificate := filepath.Join(t.TempDir(), "public.pem")
	if err := os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600); err != nil {
		t.Fatal(err)
	}
	config, redirect := small, browser.FreeRedirect()
	config.access = accessConfig{rotate: true, pkce: true, certificate: certificate, redirects: []string{redirect}}
	config.switches = []string{"refuse_every=9"}
	w := &watched{scene: newScene(t, config), t: t, secrets: &secrets{known: map[string]string{}}, tried: new(atomic.Int64), failing: pool.New().WithMaxGoroutines(6)}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	keyText := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	w.secrets.add("a line of the private key", strings.Split(keyText, "\n")[1:20]...)
	credentials := w.world.salesforce.Credentials()
	w.secrets.add("client secret", credentials.ClientSecret)
	w.secrets.add("client id", credentials.ClientID)
	w.secrets.add("password", credentials.Password)
	w.secrets.add("api key", fincome.DefaultAPIKey)
	server := httptest.NewServer(w.secrets.overheard(w.world.days(w.world.salesforce)))
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	w.environment = append(w.environment, "SALESFORCE_URL="+server.URL, "REDIRECT_URL="+redirect)
	w.key = keyText
	return w
}

// says runs a command with everything it logs, and searches what it says.
func (w *watched) says(code int, args ...string) {
	w.t.Helper()
	p := w.run(code, append(args, "--log-level", "debug")...)
	w.searched(strings.Join(args, " "), []byte(p.out.String()+p.errs.String()), args[0] == "auth" && args[1] == "login")
}

func (w *watched) searched(what string, text []byte, showsID bool) {
	w.t.Helper()
	for _, found := range w.secrets.in(text) {
		if !showsID || !strings.HasPrefix(found, "client id ") { // which the page to open has to hold
			w.t.Errorf("%s tells the %s", what, found)
		}
	}
}

// with is the same with what one command has in its environment beside.
func (w *watched) with(variables ...string) *watched {
	other, scene := *w, *w.scene
	scene.environment = append(slices.Clip(w.environment), variables...)
	other.scene = &scene
	return &other
}

// files are searched, but the store of a token.
func (w *watched) files() {
	w.t.Helper()
	n := 0
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.Contains(path, "token") || strings.Contains(path, "literal") {
			return err
		}
		content, err := os.ReadFile(path)
		n++
		w.searched(path, content, false)
		return err
	})
	if err != nil || n < 100 {
		w.t.Errorf("%d files were searched, %v", n, err)
	}
}

// login is a person who logs in.
func (w *watched) login() {
	w.t.Helper()
	p := w.start("auth", "login", "person.yaml", "--log-level", "debug")
	<-p.saying("waiting at")
	address := ""
	for word := range strings.FieldsSeq(p.errs.String()) {
		if strings.Contains(word, "/services/oauth2/authorize") {
			address = word
		}
	}
	credentials := w.world.salesforce.Credentials()
	page, err := browser.Person{Username: credentials.Username, Password: credentials.Password}.Follow(context.Background(), address)
	if err != nil {
		w.t.Fatal(err)
	}
	<-p.ended
	if p.code != 0 {
		w.t.Errorf("exit code %d\n%s", p.code, &p.errs)
	}
	w.searched("auth login", []byte(p.out.String()+p.errs.String()+page), true)
}

// echo is a server that answers with everything it was sent, and fails.
func echo(t testing.TB, status int, says func(text string) any) string {
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		text, _ := httputil.DumpRequest(in, true)
		out.Header().Set("Content-Type", "application/json")
		out.WriteHeader(status)
		_ = json.NewEncoder(out).Encode(says(string(text)))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func variant(old, with string) string {
	if !strings.Contains(daily, old) {
		panic(old)
	}
	return strings.Replace(daily, old, with, 1)
}

// TestNoSecretInAnyOutput: whatever is done, and however it fails, no secret and no token
// stands in what is said, in what is written, or in what a child process is given.
func TestNoSecretInAnyOutput(t *testing.T) {
	t.Parallel()
	w := newWatched(t)
	const wrong, hookPath = `wr0ng "s3cr3t/+é"`, "/services/T0SECRET/B0SECRET"
	w.secrets.add("wrong secret", wrong)
	w.secrets.add("path of the webhook", hookPath, "T0SECRET", "B0SECRET")
	hook := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		body, _ := io.ReadAll(in.Body)
		w.searched("the webhook", body, false)
		out.WriteHeader(500)
		fmt.Fprint(out, in.URL)
	}))
	t.Cleanup(hook.Close)
	w.script("tell.sh", `(env; echo "$0 $@"; tr '\0' ' ' < /proc/$$/cmdline; cat) >> told.txt`)
	w.script("deliver.sh", `(env; echo "$0 $@"; tr '\0' ' ' < /proc/$$/cmdline; cat) >> handed.txt; exit 1`)
	w.file("exec.yaml", strings.NewReplacer("source: A", "source: E", "./state", "./exec", "  - fincome: {}\n", "  - exec: { name: crm, command: [./deliver.sh, one] }\non_finish:\n  command: [./tell.sh, two]\n").Replace(daily))
	w.file("hook.yaml", strings.NewReplacer("source: A", "source: H", "./state", "./hook", "[Industry", "[", "properties: Industry, Phone", "properties: [{ property: Phone, axis: Industry }]").Replace(daily)+"on_finish:\n  webhook: ${env:HOOK}\n")
	w.file("import.yaml", strings.NewReplacer("source: A", "source: I", "./state", "./import", "  - fincome: {}\n", "  - file: { path: ./imports }\n").Replace(daily))
	w.file("jwt.yaml", strings.NewReplacer("source: A", "source: J", "./state", "./jwt", "flow: client_credentials", "flow: jwt_bearer\n    username: "+w.world.salesforce.Credentials().Username+"\n    secret_salesforce_private_key: ${env:PRIVATE_KEY}",
		"    secret_salesforce_client_secret: ${env:SALESFORCE_CLIENT_SECRET}\n", "").Replace(daily))
	w.file("person.yaml", strings.NewReplacer("source: A", "source: P", "./state", "./person", "flow: client_credentials", "flow: authorization_code\n    redirect_url: ${env:REDIRECT_URL}", "111111", "222222").Replace(daily))
	for name, tag := range map[string]string{"applied": "666666", "echoed": "888888", "written": "999999"} {
		w.file(name+".yaml", strings.NewReplacer("source: A", "source: "+name, "./state", "./"+name, "111111", tag).Replace(daily))
	}
	w.file("all/one.yaml", strings.NewReplacer("source: A", "source: One", "111111", "444444").Replace(daily))
	w.file("all/two.yaml", strings.NewReplacer("source: A", "source: Two", "111111", "555555").Replace(daily))

	// What works.
	for _, args := range [][]string{
		{"check", "daily.yaml"}, {"check", "daily.yaml", "--json"}, {"fields", "daily.yaml"}, {"plan", "daily.yaml"},
		{"fincome", "probe", "daily.yaml", "--customer", "C-1000006"}, {"run", "import.yaml", "--json"}, {"extract", "daily.yaml", "--csv", "accounts.csv"}, {"extract", "daily.yaml", "--parquet", "accounts", "--json"},
		{"auth", "login", "daily.yaml"}, {"auth", "status", "daily.yaml"}, {"check", "--suggest-key", "daily.yaml"},
	} {
		w.says(0, args...)
	}
	w.with("PRIVATE_KEY="+w.key).says(0, "check", "jwt.yaml")
	w.with("PRIVATE_KEY="+w.key).says(0, "plan", "jwt.yaml")
	w.with().says(5, "run", "daily.yaml", "--json")
	w.says(5, "run", "all")
	w.world.salesforce.Change(0.2)
	w.says(0, "run", "daily.yaml")
	w.reads()
	w.putsBack()
	w.says(1, "run", "exec.yaml")
	w.with("HOOK="+hook.URL+hookPath).says(4, "run", "hook.yaml")
	w.with("HOOK=http://127.0.0.1:1"+hookPath).says(4, "run", "hook.yaml", "--json")
	w.connects()
	w.fails(wrong)
	w.echoes()
	w.failing.Wait()
	w.files()
}

// reads are the commands that contact nobody.
func (w *watched) reads() {
	for _, args := range [][]string{
		{"status", "daily.yaml"}, {"status", ".", "--json"}, {"runs", "daily.yaml"}, {"explain", "daily.yaml", "C-1000001"}, {"history", "daily.yaml", "C-1000001"}, {"rejects", "daily.yaml"}, {"schema"}, {"version"},
		{"diff", "previous", "latest", "--pipeline", "daily.yaml"}, {"diff", "previous", "latest", "--pipeline", "daily.yaml", "--format", "json"}, {"diff", "previous", "latest", "--pipeline", "daily.yaml", "--format", "csv"},
		{"diff", "previous", "latest", "--pipeline", "daily.yaml", "--format", "html", "--out", "changes.html"}, {"diff", "previous", "latest", "--pipeline", "daily.yaml", "--format", "parquet", "--out", "changes"},
	} {
		w.says(0, args...)
	}
}

// connects is a person who logs in, and what becomes of the tokens: they rotate, are
// revoked by an administrator, and by the person.
func (w *watched) connects() {
	w.says(3, "run", "person.yaml")
	w.login()
	w.says(0, "auth", "status", "person.yaml", "--json")
	w.says(0, "plan", "person.yaml")
	w.world.salesforce.ExpireTokens()
	w.says(0, "check", "person.yaml")
	w.world.salesforce.Revoke()
	w.says(3, "run", "person.yaml", "--json")
	w.says(3, "auth", "status", "person.yaml")
	w.login()
	w.says(0, "auth", "logout", "person.yaml")
}

// fails is what goes wrong: secrets that are not accepted, servers that echo what they
// were sent, files that hold what they should not.
func (w *watched) fails(wrong string) {
	w.with("SALESFORCE_CLIENT_SECRET="+wrong).says(3, "run", "daily.yaml", "--json")
	w.with("FINCOME_API_KEY="+wrong).says(3, "run", "daily.yaml")
	w.with("PRIVATE_KEY="+wrong+wrong).says(2, "run", "jwt.yaml")
	statuses := []int{401, 500}
	if os.Getenv("AXISYNC_LARGE") != "" {
		statuses = []int{400, 401, 403, 500}
	}
	for _, status := range statuses {
		for _, says := range []func(string) any{restError, oauthError, fincomeError} {
			to := echo(w.t, status, says)
			for _, command := range [][]string{{"run", "daily.yaml"}, {"auth", "status", "daily.yaml"}, {"check", "daily.yaml", "--json"}} {
				w.with("SALESFORCE_URL=" + to).fail(command...)
			}
			w.with("PRIVATE_KEY="+w.key, "SALESFORCE_URL="+to).fail("plan", "jwt.yaml")
			w.with("FINCOME_URL="+to).fail("check", "daily.yaml")
			w.with("FINCOME_URL="+to).fail("fincome", "probe", "daily.yaml", "--customer", "C-1000006")
		}
	}
	const literal, password = "literal+s3cret/value", "p4ssw0rd-in-url"
	w.secrets.add("literal secret", literal)
	w.secrets.add("password in a URL", password)
	for name, content := range map[string]string{
		"literal-1.yaml": variant("${env:SALESFORCE_CLIENT_SECRET}", literal),
		"literal-2.yaml": variant("${env:FINCOME_API_KEY}", literal+"\n  api_kee: "+literal),
		"literal-3.yaml": variant("secret_salesforce_client_secret: ${env:SALESFORCE_CLIENT_SECRET}", "secret_salesforce_client_secret: "+literal+": {"),
		"literal-4.yaml": variant("${env:SALESFORCE_URL}", "https://user:"+password+"@login.example.com"),
		"literal-5.yaml": variant("${env:FINCOME_URL}", "https://user:"+password+"@api.example.com/product"),
		"literal-6.yaml": variant("state: ./state", "state: s3://user:"+password+"@bucket/state"),
		"literal-7.yaml": daily + "on_finish:\n  webhook: https://user:" + password + "@hooks.example.com/" + literal + "\n",
	} {
		w.file(name, content)
		for _, args := range [][]string{{"run", name}, {"check", name, "--json"}, {"status", name}} {
			w.failing.Go(func() { w.end(args) }) // an address may stand in the file, though it is told to nobody
		}
	}
	for _, variable := range []string{"SALESFORCE_URL", "FINCOME_URL"} {
		w.with(variable+"=https://user:"+password+"@127.0.0.1:1").fail("check", "daily.yaml")
		w.with(variable+"=https://user:"+password+"@127.0.0.1:1").fail("run", "daily.yaml", "--json")
	}
}

// fail has a command fail somehow, beside others, and searches it. One that tries again
// and again is stopped.
func (w *watched) fail(args ...string) {
	if slices.Contains([]string{"run", "plan", "check", "fincome"}, args[0]) { // none waits for another
		args = append(slices.Clip(args), "--state", fmt.Sprint("failed-", w.tried.Add(1)))
	}
	w.failing.Go(func() {
		if p := w.end(args); p.code == 0 && args[0] != "status" || p.code == -2 { // which is of what was
			w.t.Errorf("%v: exit code %d\n%s", args, p.code, &p.out)
		}
	})
}

// end is a command to its end, searched.
func (w *watched) end(args []string) *started {
	p := w.start(append(slices.Clip(args), "--log-level", "debug")...)
	const enough = 4 * time.Second
	select {
	case <-p.ended:
	case <-time.After(enough):
		_ = p.cmd.Process.Signal(os.Interrupt)
		<-p.ended
	}
	w.searched(strings.Join(args, " "), []byte(p.out.String()+p.errs.String()), false)
	return p
}
