package pipelines_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/axisync/axisync/pipelines"
)

// listener is who is told by a webhook.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	status int
	told   []told
}

// told is what on_finish says, as far as the tests look at it.
type told struct {
	Version        int
	Result, Source string
	Was, Is, Text  string
	Exit           int
}

const hiddenPath = "/services/T0/hidden-part-of-the-address"

func listen(t *testing.T) *listener {
	t.Helper()
	l := &listener{status: http.StatusOK}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		defer l.mu.Unlock()
		var heard told
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.URL.Path != hiddenPath || r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &heard) != nil {
			t.Errorf("%s %s %s: %v", r.Method, r.URL, body, err)
		}
		l.told = append(l.told, heard)
		w.WriteHeader(l.status)
	}))
	t.Cleanup(l.Close)
	return l
}

// answers makes the listener answer with a status from now on.
func (l *listener) answers(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.status = status
}

// heard are the changes that were told since it was asked last: was > is.
func (l *listener) heard() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var changes []string
	for _, h := range l.told {
		changes = append(changes, h.Was+" > "+h.Is)
	}
	l.told = nil
	return strings.Join(changes, ", ")
}

const webhook = "sinks:\n"

func withWebhook(s settings) settings {
	if s.replace == nil {
		s.replace = map[string]string{}
	}
	s.replace[webhook] = "on_finish:\n  webhook: ${file:webhook}\nsinks:\n"
	return s
}

// Every change of how a source stands is told once, also that it is well again.
func TestOnFinishTellsEveryChange(t *testing.T) {
	t.Parallel()
	l := listen(t)
	w := newWorld(t, withWebhook(settings{}))
	w.put("webhook", l.URL+hiddenPath+"\n")
	w.mustRun()
	if got := l.heard(); got != "" {
		t.Errorf("a first run that is well: %s", got)
	}
	secret, err := os.ReadFile(filepath.Join(w.dir, "client_secret"))
	if err != nil {
		t.Fatal(err)
	}
	w.put("client_secret", "another")
	for _, want := range []string{"ok > disconnected", ""} {
		if _, err := w.run(); err == nil {
			t.Fatal("a wrong secret was taken")
		}
		if got := l.heard(); got != want {
			t.Errorf("a source that cannot connect: %q, want %q", got, want)
		}
	}
	w.put("client_secret", string(secret))
	w.change(map[string]string{"[Phone,": "[{property: Industry, axis: Industry}, Phone,"})
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(describe(stopped, err))
	}
	l.mu.Lock()
	if len(l.told) != 1 || l.told[0].Version != 1 || l.told[0].Exit != 4 || l.told[0].Result != "stopped" || !strings.HasPrefix(l.told[0].Text, "Test - Accounts: stopped (was disconnected), run "+stopped.Run+"; merge: Industry holds ") {
		t.Errorf("%+v", l.told)
	}
	l.mu.Unlock()
	l.heard()
	if applied, err := w.apply(stopped.Run); err != nil {
		t.Fatal(describe(applied, err))
	}
	w.mustRun()
	if got := l.heard(); got != "stopped > ok" {
		t.Errorf("once it is well again: %q", got)
	}
}

// That nobody could be told fails no run, is a note, and is made good by the next run.
// No output holds the address.
func TestOnFinishThatFails(t *testing.T) {
	t.Parallel()
	l := listen(t)
	w := newWorld(t, withWebhook(settings{replace: map[string]string{"[Phone,": "[{property: Industry, axis: Industry}, Phone,"}}))
	w.put("webhook", l.URL+hiddenPath)
	var log bytes.Buffer
	run := func() *pipelines.Result {
		w.now = w.now.Add(time.Hour)
		o := w.options()
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		result, err := pipelines.Run(t.Context(), w.load(), o)
		if result == nil || result.Exit != pipelines.ExitStopped || pipelines.ExitCode(err) != pipelines.ExitStopped {
			t.Fatal(describe(result, err))
		}
		return result
	}
	l.answers(http.StatusBadGateway)
	if notes := strings.Join(run().Notes, "\n"); !strings.Contains(notes, "on_finish was not told (stopped, was ok): the webhook answered Bad Gateway (502)") {
		t.Errorf("%s", notes)
	}
	l.answers(http.StatusFound) // is not followed
	run()
	l.answers(http.StatusOK)
	run()
	run()
	if got := l.heard(); got != "ok > stopped, ok > stopped, ok > stopped" {
		t.Errorf("heard %q", got)
	}
	w.put("webhook", "http://127.0.0.1:1"+hiddenPath)
	w.change(map[string]string{"source: Test - Accounts": "source: Another"})
	if notes := strings.Join(run().Notes, "\n"); !strings.Contains(notes, "the webhook was not reached: dial tcp 127.0.0.1:1") {
		t.Errorf("%s", notes)
	}
	w.nowhere("hidden-part", log.String())
}

// nowhere: a text is in no file that was made, and in none of these.
func (w *world) nowhere(text string, others ...string) {
	w.t.Helper()
	for _, other := range others {
		if strings.Contains(other, text) {
			w.t.Errorf("it is told: %s", other)
		}
	}
	err := filepath.WalkDir(w.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "webhook" {
			return err
		}
		content, err := os.ReadFile(path)
		if strings.Contains(string(content), text) {
			w.t.Errorf("it stands in %s", path)
		}
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
}

// A program is told on its standard input, without the secrets of the pipeline; one that
// does not end is ended.
func TestOnFinishTellsAProgram(t *testing.T) {
	t.Setenv("AXISYNC_TEST_API_KEY", "fincome-simulator-key")
	w := newWorld(t, settings{replace: map[string]string{"[Phone,": "[{property: Industry, axis: Industry}, Phone,", "${file:api_key}": "${env:AXISYNC_TEST_API_KEY}",
		webhook: "on_finish:\n  command: [./tell.sh, there]\n  timeout: TIMEOUT\nsinks:\n"}})
	key, err := os.ReadFile(filepath.Join(w.dir, "api_key"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AXISYNC_TEST_API_KEY", string(key))
	script := "#!/bin/sh\ncat > $1.json\nenv > $1.env\necho told\n"
	tell := filepath.Join(w.dir, "tell.sh")
	if err := os.WriteFile(tell, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	w.change(map[string]string{"TIMEOUT": "1m"})
	result, _ := w.run()
	content, err := os.ReadFile(filepath.Join(w.dir, "there.json"))
	var heard told
	if err != nil || json.Unmarshal(content, &heard) != nil || heard.Is != "stopped" || heard.Was != "ok" || heard.Result != "stopped" || len(result.Notes) > 0 {
		t.Errorf("%s, %v, notes %q", content, err, result.Notes)
	}
	environment, err := os.ReadFile(filepath.Join(w.dir, "there.env"))
	if err != nil || bytes.Contains(environment, key) || !bytes.Contains(environment, []byte("AXISYNC_IS=stopped\n")) || !bytes.Contains(environment, []byte("AXISYNC_RUN="+result.Run+"\n")) {
		t.Errorf("%s, %v", environment, err)
	}
	if err := os.WriteFile(tell, []byte("#!/bin/sh\nexec sleep 600\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.change(map[string]string{"source: Test - Accounts": "source: Another", "timeout: 1m": "timeout: 50ms"})
	result, err = w.run()
	if notes := strings.Join(result.Notes, "\n"); pipelines.ExitCode(err) != pipelines.ExitStopped || !strings.Contains(notes, "tell.sh did not end within 50ms") {
		t.Errorf("%v, %s", err, notes)
	}
}

// What is wrong with on_finish is told with its line, and never the address.
func TestOnFinishIsValidated(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"on_finish: {}": "on_finish names either a command or a webhook",
		"on_finish: {webhook: 'ftp://a/hidden-part'}":       "on_finish.webhook is no address that begins with https://",
		"on_finish:\n  webhook: hidden-part of an address":  "on_finish.webhook is no address that begins with https://",
		"on_finish: {command: []}":                          "on_finish.command is empty",
		"on_finish: {command: [a], timeout: soon}":          `on_finish.timeout takes a duration such as 30s, not "soon"`,
		"on_finish: {command: [a], webhook: 'https://a/b'}": "on_finish names either a command or a webhook",
		"on_finish: {hook: a}":                              `unknown key "hook" under on_finish`,
	} {
		w := newWorld(t, settings{})
		w.put("daily.yaml", strings.Replace(w.text, "sinks:", text+"\nsinks:", 1))
		_, err := pipelines.Load(w.file)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden-part") {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
