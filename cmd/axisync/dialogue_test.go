package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/axisync/axisync/connector/salesforce/simulator/browser"
)

// conversation is what the person at the other end of a pseudo-terminal sees.
type conversation struct {
	terminal *os.File
	pieces   chan string
	seen     strings.Builder
	at       int // up to here it was looked at
}

// patience is how long a line is waited for: more than any request may take.
const patience = time.Minute

// dialogue CODE LINES COMMAND...: the command on a pseudo-terminal. A line of the file
// LINES that begins with < waits for its text, one with > types its text and Enter, one
// with >> types it alone (\t and the like are unquoted); "browse" logs in on the page that was shown.
// What was seen is the file dialogue at the end.
func dialogue(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: dialogue CODE LINES COMMAND...")
	}
	cmd := program(ts, args[3:]...)
	if args[2] != "axisync" { // the program by way of another, such as a shell
		path, err := exec.LookPath(args[2])
		ts.Check(err)
		cmd.Path, cmd.Args = path, args[2:]
	}
	cmd.Env = append(cmd.Env, "TERM=xterm", "CI=", "PATH="+ts.Getenv("PATH"))
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 200})
	ts.Check(err)
	defer terminal.Close()
	c := &conversation{terminal: terminal, pieces: make(chan string, 1000)}
	go c.listen()
	lines := bufio.NewScanner(strings.NewReader(ts.ReadFile(args[1])))
	for lines.Scan() {
		if failed := c.follow(ts, strings.TrimSpace(lines.Text())); failed != nil {
			_ = cmd.Process.Kill()
			ts.Fatalf("%v; seen:\n%s", failed, &c.seen)
		}
	}
	for piece := range c.pieces { // to the end
		c.seen.WriteString(piece)
	}
	err = cmd.Wait()
	code, exit := 0, (*exec.ExitError)(nil)
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	ts.Check(os.WriteFile(ts.MkAbs("dialogue"), []byte(c.seen.String()), 0o600))
	ts.Logf("%s", &c.seen)
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func (c *conversation) listen() {
	defer close(c.pieces)
	buffer := make([]byte, 4096)
	for {
		n, err := c.terminal.Read(buffer)
		if n > 0 {
			c.pieces <- plain(string(buffer[:n]))
		}
		if err != nil {
			return // the program has ended
		}
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[A-Za-z]")

// plain is a text without what moves the cursor.
func plain(text string) string {
	return strings.ReplaceAll(escapes.ReplaceAllString(text, ""), "\r", "")
}

var errPatience = errors.New("the program did not say it in time")

func (c *conversation) follow(ts *testscript.TestScript, line string) error {
	kind, text, _ := strings.Cut(line, " ")
	text = os.Expand(text, ts.Getenv)
	switch kind {
	case "<":
		return c.await(text)
	case ">":
		_, err := io.WriteString(c.terminal, text+"\r")
		return err
	case ">>":
		keys, err := strconv.Unquote(`"` + text + `"`)
		if err == nil {
			_, err = io.WriteString(c.terminal, keys)
		}
		return err
	case "browse":
		return c.browse(ts)
	}
	return nil
}

// await reads until the text was seen, behind what was looked at before.
func (c *conversation) await(text string) error {
	late := time.After(patience)
	for {
		if at := strings.Index(c.seen.String()[c.at:], text); at >= 0 {
			c.at += at + len(text)
			return nil
		}
		select {
		case piece, more := <-c.pieces:
			if !more {
				return errors.New("the program ended before it said " + strconv.Quote(text))
			}
			c.seen.WriteString(piece)
		case <-late:
			return errors.New(errPatience.Error() + ": " + strconv.Quote(text))
		}
	}
}

// browse logs in on the page that the program shows.
func (c *conversation) browse(ts *testscript.TestScript) error {
	if err := c.await("waiting at"); err != nil {
		return err
	}
	address := regexp.MustCompile(`http\S+/services/oauth2/authorize\S+`).FindString(c.seen.String())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := browser.Person{Username: ts.Getenv("USERNAME"), Password: ts.Getenv("PASSWORD")}.Follow(ctx, address)
	return err
}

func TestCandidatesAgree(t *testing.T) {
	t.Parallel()
	for want, candidates := range map[string][]string{"": nil, "Billing": {"BillingCity", "BillingState"}, "Phone": {"Phone"}, "P": {"Phone", "P"}} {
		if got := agreement(candidates); got != want {
			t.Errorf("%q agree on %q, want %q", candidates, got, want)
		}
	}
}
