//go:build unix

package main

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// TestAnImpatientPerson: Ctrl-C twice ends a command at once, by the signal itself unless
// it had stopped by then. The terminal is as it was, with whole lines, and the next run
// goes on.
func TestAnImpatientPerson(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]struct {
		fincome        bool
		method, part   string
		after, passing int
	}{
		"a page":   {method: "GET", part: "/results", after: 200},
		"delivery": {fincome: true, method: "PATCH", part: "/clients/", passing: 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, small)
			g := s.salesforce
			if at.fincome {
				g = s.fincome
			}
			g.shutFor(at.method, at.part, at.after, at.passing)
			p := s.attended("run", "daily.yaml")
			<-g.reached
			p.until("(accounts|customers|deliver) .*\n") // a line is drawn
			p.types("\x03")
			p.until("a second signal ends it at once")
			begun := time.Now()
			p.types("\x03")
			<-p.ended
			if took := time.Since(begun); took > time.Second || p.signal != syscall.SIGINT && p.code != 130 {
				t.Errorf("it ended after %v by %v, with %d", took, p.signal, p.code)
			}
			p.leftUsable()
			g.open()
			s.run(0, "run", "daily.yaml")
			writes, _ := undisturbed()
			if n := s.world.fincome.Writes(); n != writes {
				t.Errorf("%d writes, want %d", n, writes)
			}
		})
	}
}

// attended is a command that a person looks at.
type attended struct {
	t              *testing.T
	master, slave  *os.File
	seen           spoken
	before         *term.State
	ended, drained chan struct{}
	signal         syscall.Signal // that ended it
	code           int            // where it ended by itself
}

func (s *scene) attended(args ...string) *attended {
	t := s.t.(*testing.T)
	p := &attended{t: t, ended: make(chan struct{}), drained: make(chan struct{})}
	var err error
	if p.master, p.slave, err = pty.Open(); err != nil {
		t.Fatal(err)
	}
	if p.before, err = term.GetState(int(p.slave.Fd())); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(s.program, args...)
	cmd.Dir, cmd.Env = s.dir, append(s.environment[:len(s.environment):len(s.environment)], "TERM=xterm", "CI=", "NO_COLOR=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.slave, p.slave, p.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // how it ended is its state
		p.code = cmd.ProcessState.ExitCode()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			p.signal = status.Signal()
		}
		close(p.ended)
	}()
	go func() {
		defer close(p.drained)
		buffer := make([]byte, 4096)
		for {
			n, err := p.master.Read(buffer)
			_, _ = p.seen.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-p.ended; _ = p.slave.Close(); _ = p.master.Close() })
	return p
}

func (p *attended) types(keys string) {
	if _, err := p.master.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// until waits until something was seen.
func (p *attended) until(pattern string) {
	p.t.Helper()
	form := regexp.MustCompile(pattern)
	if !eventually(patience, func() bool { return form.MatchString(p.seen.String()) }) {
		p.t.Fatalf("it never says %s:\n%q", pattern, p.seen.String())
	}
}

// leftUsable asserts that the terminal is in the mode it was in, shows its cursor at the
// beginning of a line (but for the keys that it echoed), and no line drawn in part.
func (p *attended) leftUsable() {
	p.t.Helper()
	if after, err := term.GetState(int(p.slave.Fd())); err != nil || *after != *p.before {
		p.t.Errorf("the mode of the terminal is another one, %v", err)
	}
	_ = p.slave.Close()
	<-p.drained
	text := strings.ReplaceAll(p.seen.String(), "^C", "")
	lines := onScreen(text)
	if last := lines[len(lines)-1]; last != "" {
		p.t.Errorf("the cursor stands behind %q", last)
	}
	if strings.Contains(text, "\x1b[?25l") {
		p.t.Error("the cursor is hidden")
	}
	stage := regexp.MustCompile(`^(read and match accounts|deliver) `)
	for _, line := range lines {
		if stage.MatchString(line) && !regexp.MustCompile(`s( left)?$|\.\.\.$`).MatchString(line) {
			p.t.Errorf("there is the line %q", line)
		}
	}
}

// onScreen are the lines that a terminal shows, which goes up and takes lines away.
func onScreen(text string) []string {
	lines := []string{""}
	up := regexp.MustCompile("^\x1b\\[([0-9]+)A\r\x1b\\[J")
	for text != "" {
		if m := up.FindStringSubmatch(text); m != nil {
			n, _ := strconv.Atoi(m[1])
			lines = append(lines[:len(lines)-1-n:len(lines)-1-n], "")
			text = text[len(m[0]):]
			continue
		}
		switch c := text[0]; c {
		case '\n':
			lines = append(lines, "")
		case '\r':
		default:
			lines[len(lines)-1] += string(c)
		}
		text = text[1:]
	}
	return lines
}
