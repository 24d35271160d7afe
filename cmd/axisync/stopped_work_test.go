package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator/browser"
)

// appears is closed when a file is there, or holds a text.
func (s *scene) appears(name, text string) <-chan struct{} {
	return once(s.t, name+" "+text, func() bool {
		found, _ := filepath.Glob(filepath.Join(s.dir, name))
		if len(found) == 0 {
			return false
		}
		content, err := os.ReadFile(found[0])
		return err == nil && strings.Contains(string(content), text)
	})
}

func (s *scene) script(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		s.t.Fatal(err)
	}
}

// TestASignalEndsWhatIsToldAtTheEnd: a program or a listener of on_finish that does not
// come to an end, and a program that delivers and does not listen, hold nothing up.
func TestASignalEndsWhatIsToldAtTheEnd(t *testing.T) {
	t.Parallel()
	guarded := strings.Replace(daily, "properties: Industry, Phone", "properties: [{ property: Phone, axis: Industry }]", 1) // stops: foreign values
	t.Run("on_finish, a program", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, small)
		s.script("tell.sh", "echo there > told.txt; trap '' TERM; while :; do sleep 0.1; done")
		s.file("daily.yaml", guarded+"on_finish:\n  command: [./tell.sh]\n")
		s.start("run", "daily.yaml", "--json").stop(s.appears("told.txt", "there"), syscall.SIGTERM, 143, "interrupted: terminated")
		s.script("tell.sh", "cat > told.txt")
		s.run(4, "run", "daily.yaml")
		<-s.appears("told.txt", `"was":"ok","is":"stopped"`)
	})
	t.Run("on_finish, a webhook", func(t *testing.T) {
		t.Parallel()
		s, reached := newScene(t, small), make(chan struct{})
		hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then is it seen that the other end hangs up
			close(reached)
			<-r.Context().Done()
		}))
		t.Cleanup(hook.Close)
		s.environment = append(s.environment, "HOOK="+hook.URL+"/T0/secret")
		s.file("daily.yaml", guarded+"on_finish:\n  webhook: ${env:HOOK}\n")
		s.start("run", "daily.yaml").stop(reached, syscall.SIGTERM, 143, "interrupted: terminated")
	})
	t.Run("a program that delivers", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, small)
		s.script("deliver.sh", "echo there > begun.txt; trap '' TERM; while :; do sleep 0.1; done")
		s.file("daily.yaml", strings.Replace(daily, "  - fincome: {}\n", "  - exec: { name: crm, command: [./deliver.sh] }\n", 1))
		s.start("run", "daily.yaml").stop(s.appears("begun.txt", "there"), syscall.SIGTERM, 143, "interrupted: terminated; the same command goes on")
		s.kept(143)
	})
}

// TestASignalEndsManySources: all of a folder, those at work and those that have not
// begun.
func TestASignalEndsManySources(t *testing.T) {
	t.Parallel()
	s := newScene(t, small)
	for name, tag := range map[string]string{"A": "111111", "B": "222222", "C": "333333"} {
		s.file("all/"+name+".yaml", strings.NewReplacer("source: A", "source: "+name, "111111", tag).Replace(daily))
	}
	s.salesforce.shutFor("GET", "/results", 100, 1)
	p := s.start("run", "all", "--json")
	p.stop(s.salesforce.reached, syscall.SIGTERM, 143, "interrupted: terminated; the same command goes on from what is saved")
	p.saysExit(143)
	s.salesforce.open()
	s.run(0, "run", "all")
	s.run(99, "run", "all", "--nothing-changed-exit-code", "99")
}

// TestASignalEndsAWaitForAPerson: nobody ever logs in on the page.
func TestASignalEndsAWaitForAPerson(t *testing.T) {
	t.Parallel()
	s := newScene(t, small)
	s.file("daily.yaml", strings.Replace(daily, "flow: client_credentials", "flow: authorization_code\n    redirect_url: "+browser.FreeRedirect(), 1))
	for _, flags := range [][]string{nil, {"--paste"}} {
		p := s.start(append([]string{"auth", "login", "daily.yaml"}, flags...)...)
		p.stop(p.saying("/services/oauth2/authorize"), syscall.SIGTERM, 143, "interrupted: terminated; the same command begins anew")
	}
}

// TestASecondSignalEndsAtOnce: also while the first one is being obeyed.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, small)
	s.salesforce.shutFor("", "/jobs/query/", 0, 0)
	p := s.start("run", "daily.yaml")
	<-s.salesforce.reached
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.saying("a second signal ends it at once")
	begun := time.Now()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	<-p.ended
	if took := time.Since(begun); took > time.Second {
		t.Errorf("it ended after %v", took)
	}
	s.salesforce.open()
	s.run(0, "run", "daily.yaml")
	writes, _ := undisturbed()
	if n := s.world.fincome.Writes(); n != writes {
		t.Errorf("%d writes, want %d", n, writes)
	}
}
