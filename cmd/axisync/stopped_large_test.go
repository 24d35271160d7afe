package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// lastRun is the id of the last run of a scene.
func (s *scene) lastRun() string { return s.lastRunIn("state") }

func (s *scene) lastRunIn(state string) string {
	s.t.Helper()
	found, _ := filepath.Glob(filepath.Join(s.dir, state, "*", "result.json"))
	if len(found) != 1 {
		s.t.Fatalf("there are %q", found)
	}
	content, err := os.ReadFile(found[0])
	var result struct{ Run string }
	if err != nil || json.Unmarshal(content, &result) != nil {
		s.t.Fatal(err)
	}
	return result.Run
}

// TestASignalEndsApply: and the same command goes on.
func TestASignalEndsApply(t *testing.T) {
	t.Parallel()
	s := newScene(t, small)
	s.run(0, "plan", "daily.yaml")
	apply := []string{"apply", "daily.yaml", s.lastRun()}
	s.fincome.shutFor("PATCH", "/clients/", 0, 7)
	p := s.start(append(apply, "--json")...)
	p.stop(s.fincome.reached, syscall.SIGTERM, 143, "interrupted: terminated; the same command goes on from what is saved")
	p.saysExit(143)
	s.fincome.open()
	s.run(0, apply...)
	writes, _ := undisturbed()
	if n := s.world.fincome.Writes(); n != writes {
		t.Errorf("%d writes, want %d", n, writes)
	}
	s.run(99, "run", "daily.yaml", "--nothing-changed-exit-code", "99")
}

// TestASignalEndsTheWorkOnManyAccounts: also while DuckDB is at work, and not only where
// the program waits for a server.
func TestASignalEndsTheWorkOnManyAccounts(t *testing.T) {
	t.Parallel()
	config := worldConfig{accounts: 50_000, customers: 10_000}
	if os.Getenv("AXISYNC_LARGE") != "" {
		config = worldConfig{accounts: 1_000_000, customers: 200_000}
	}
	s := newScene(t, config)
	s.file("daily.yaml", strings.Replace(daily, "  - fincome: {}\n", "", 1))
	for _, done := range []string{"the job is complete", "done: read deleted accounts", "done: read and match accounts", "done: decide cells"} {
		p := s.start("run", "daily.yaml", "--log-level", "debug")
		p.stop(p.saying(done), syscall.SIGTERM, 143, "interrupted: terminated; the same command goes on from what is saved")
	}
	s.run(0, "run", "daily.yaml")
	s.world.salesforce.Change(0.3)
	s.run(0, "run", "daily.yaml")
	s.stopsDiff()
}

// stopsDiff: while it computes, and while nobody takes what it writes.
func (s *scene) stopsDiff() {
	s.t.Helper()
	diff := []string{"diff", "previous", "latest", "--pipeline", "daily.yaml", "--format", "csv"}
	p := s.start(append(diff, "--out", "changes.csv")...)
	select {
	case <-s.appears(".changes.csv.*.tmp", ""):
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	case <-p.ended: // it is quick
	}
	sent := time.Now()
	<-p.ended
	if took := time.Since(sent); took > promised || p.code != 143 && p.code != 0 {
		s.t.Errorf("it ended after %v with %d\n%s", took, p.code, &p.errs)
	}
	cmd := exec.Command(s.program, diff...)
	cmd.Dir, cmd.Env = s.dir, s.environment
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 100)); err != nil { // and no more
		s.t.Fatal(err)
	}
	begun := time.Now()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_, err = cmd.Process.Wait()
	if took := time.Since(begun); took > promised || err != nil {
		s.t.Errorf("it ended after %v, %v", took, err)
	}
	s.run(0, append(diff, "--out", "changes.csv")...)
	if left, _ := filepath.Glob(filepath.Join(s.dir, ".changes*")); left != nil {
		s.t.Errorf("left are %q", left)
	}
}
