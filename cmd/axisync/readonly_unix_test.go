//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asNobody has the program run as a user whom read-only means something to: root
// writes everywhere.
func (s *scene) asNobody() {
	s.t.Helper()
	if os.Getuid() != 0 {
		return
	}
	bin, err := os.MkdirTemp("", "axisync-bin-")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = os.RemoveAll(bin) })
	program, err := exec.LookPath("axisync")
	if err == nil {
		program, err = filepath.EvalSymlinks(program)
	}
	s.program = filepath.Join(bin, "axisync")
	if err = errors.Join(err, os.Chmod(bin, 0o755), os.Chmod(filepath.Dir(s.dir), 0o755), os.Link(program, s.program)); err != nil {
		s.t.Fatal(err)
	}
	s.user = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	s.give(s.dir)
}

const nobody = 65534

// give makes all below a folder the program's.
func (s *scene) give(dir string) {
	s.t.Helper()
	if s.user == nil {
		return
	}
	s.each(dir, func(path string, _ fs.DirEntry) error { return os.Lchown(path, nobody, nobody) })
}

func (s *scene) each(dir string, do func(path string, entry fs.DirEntry) error) {
	s.t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return do(path, entry)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// lock takes the right to write below a folder; what it gives back gives it again.
func (s *scene) lock(dir string) (unlock func()) {
	modes := func(folder, file os.FileMode) {
		s.each(dir, func(path string, entry fs.DirEntry) error {
			if entry.IsDir() {
				return os.Chmod(path, folder)
			}
			return os.Chmod(path, file)
		})
	}
	modes(0o500, 0o400)
	unlock = func() { modes(0o700, 0o600) }
	s.t.Cleanup(unlock)
	return unlock
}

// TestAFolderThatCannotBeWritten: it is told which and what to do, and nobody was asked
// for anything.
func TestAFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		folder string
		before bool // a run has filled it
	}{
		"new state":     {"state", false},
		"state":         {"state", true},
		"snapshots":     {"snapshots", true},
		"new snapshots": {"snapshots", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, small)
			s.asNobody()
			dir := filepath.Join(s.dir, c.folder)
			if c.before {
				s.run(0, "run", "daily.yaml")
				s.world.salesforce.Change(0.2)
			} else if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			s.give(s.dir)
			asked := s.salesforce.requests() + s.fincome.requests()
			unlock := s.lock(dir)
			for _, command := range []string{"run", "plan"} {
				s.run(2, command, "daily.yaml").saysOf(dir)
			}
			if n := s.salesforce.requests() + s.fincome.requests(); n != asked {
				t.Errorf("%d requests were sent", n-asked)
			}
			s.run(2, "check", "daily.yaml").saysOf(dir)
			unlock()
			s.run(0, "run", "daily.yaml")
		})
	}
}

// saysOf asserts that it was told which folder cannot be used, by whom, and what to do.
func (p *started) saysOf(dir string) {
	p.t.Helper()
	said := p.errs.String() + p.out.String()
	if !strings.Contains(said, dir+" cannot be used by this user (uid ") || !strings.Contains(said, "give it to the user that runs axisync, or move it and say where it is: s") {
		p.t.Errorf("it says %s", said)
	}
}

// TestATokenThatCannotBeKept: a token that rotates is not spent where the next one could
// not be kept.
func TestATokenThatCannotBeKept(t *testing.T) {
	t.Parallel()
	config := small
	config.access = accessConfig{rotate: true}
	s := newScene(t, config)
	s.environment = append(s.environment, "REFRESH_TOKEN="+s.world.salesforce.Credentials().RefreshToken)
	s.file("daily.yaml", variant("flow: client_credentials", "flow: refresh_token\n    secret_salesforce_refresh_token: ${env:REFRESH_TOKEN}\n    token_store: ./tokens/a.json"))
	s.asNobody()
	s.run(0, "plan", "daily.yaml")
	s.world.salesforce.ExpireTokens()
	dir, refreshes := filepath.Join(s.dir, "tokens"), s.world.salesforce.Count("POST", "/oauth2/token")
	unlock := s.lock(dir)
	s.run(2, "run", "daily.yaml").saysOf(dir)
	s.run(2, "auth", "login", "daily.yaml").saysOf(dir)
	s.run(2, "check", "daily.yaml").saysOf(dir)
	if n := s.world.salesforce.Count("POST", "/oauth2/token"); n != refreshes {
		t.Errorf("%d refreshes", n-refreshes)
	}
	unlock()
	s.run(0, "run", "daily.yaml")
}
