package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/axisync/axisync/connector/salesforce/simulator/browser"
)

// variables are what a simulated world tells the scripts, by the names of its
// first line.
var variables = map[string]string{
	"salesforce_url": "SALESFORCE_URL", "client_id": "SALESFORCE_CLIENT_ID", "client_secret": "SALESFORCE_CLIENT_SECRET",
	"username": "USERNAME", "password": "PASSWORD", "fincome_url": "FINCOME_URL", "fincome_api_key": "FINCOME_API_KEY",
}

// program is the program under test, with what the script has in its environment.
func program(ts *testscript.TestScript, args ...string) *exec.Cmd {
	path := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path = filepath.Join(dir, "axisync"); isFile(path) {
			break
		}
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "REDIRECT_URL="+ts.Getenv("REDIRECT_URL"))
	for _, name := range variables {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	return cmd
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// simulated ARGS...: axisync simulate in the background, until the script ends.
// What its first line says is in the environment from there on.
func simulated(ts *testscript.TestScript, _ bool, args []string) {
	if ts.Getenv("REDIRECT_URL") == "" {
		ts.Setenv("REDIRECT_URL", browser.FreeRedirect())
	}
	cmd := program(ts, append([]string{"simulate", "--accounts", "200", "--customers", "40", "--redirect-url", ts.Getenv("REDIRECT_URL")}, args...)...)
	out, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	ts.Defer(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // it was interrupted
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	ts.Check(err)
	said := map[string]string{}
	ts.Check(json.Unmarshal(line, &said))
	for name, variable := range variables {
		ts.Setenv(variable, said[name])
	}
}

// keypair PRIVATE PUBLIC: the two files of an RSA key.
func keypair(ts *testscript.TestScript, _ bool, args []string) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	ts.Check(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), 0o600))
}

// administer ACTION: an administrator of the simulated Salesforce acts.
func administer(ts *testscript.TestScript, _ bool, args []string) {
	response, err := http.Post(ts.Getenv("SALESFORCE_URL")+"/simulator/"+args[0], "", nil)
	ts.Check(err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		ts.Fatalf("the simulator answers %s", response.Status)
	}
}

// person HOW CODE ARGS...: axisync auth login with a person before it, who allows,
// denies, pastes, or allows after a forged answer came. It ends with this exit
// code. out, err and page are files of what was said, and shown at the end.
func person(ts *testscript.TestScript, _ bool, args []string) {
	how, cmd := args[0], program(ts, append([]string{"auth", "login"}, args[2:]...)...)
	var out, said bytes.Buffer
	cmd.Stdout = &out
	errs, err := cmd.StderrPipe()
	ts.Check(err)
	input, err := cmd.StdinPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines, page := bufio.NewScanner(io.TeeReader(errs, &said)), ""
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		address := strings.TrimSpace(lines.Text())
		if !strings.HasPrefix(address, ts.Getenv("SALESFORCE_URL")+"/services/oauth2/authorize") {
			continue
		}
		page = visit(ts, how, address, input)
	}
	err = cmd.Wait()
	code, exit := 0, (*exec.ExitError)(nil)
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	for name, text := range map[string]string{"out": out.String(), "err": said.String(), "page": page} {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text+"\n"), 0o600))
	}
	ts.Logf("%s\n%s\n%s", &out, &said, page)
	if strconv.Itoa(code) != args[1] {
		ts.Fatalf("exit code %d, want %s", code, args[1])
	}
}

// visit is what the person does with the page; it answers what the browser shows
// at the end.
func visit(ts *testscript.TestScript, how, address string, input io.Writer) string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	who := browser.Person{Username: ts.Getenv("USERNAME"), Password: ts.Getenv("PASSWORD"), Deny: how == "deny"}
	end, err := who.Visit(ctx, address)
	ts.Check(err)
	if how == "paste" {
		_, err = io.WriteString(input, end+"\n")
		ts.Check(err)
		return end
	}
	if how == "forge" {
		forged, err := url.Parse(end)
		ts.Check(err)
		query := forged.Query()
		query.Set("state", "forged")
		forged.RawQuery = query.Encode()
		page, err := browser.Get(ctx, forged.String())
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs("forged"), []byte(page), 0o600))
	}
	page, err := browser.Get(ctx, end)
	ts.Check(err)
	return page
}
