package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/term"
)

// painter writes to a person, in colours where the terminal has them.
type painter struct {
	io.Writer
	coloured bool
	drawn    bool // lines are drawn
}

// line is a trend line, where lines are drawn: see spark.
func (p painter) line(values []float64, span float64) string {
	if !p.drawn {
		return ""
	}
	return spark(values, span)
}

func (p painter) green(text string) string  { return p.paint("32", text) }
func (p painter) red(text string) string    { return p.paint("31", text) }
func (p painter) yellow(text string) string { return p.paint("33", text) }

func (p painter) paint(code, text string) string {
	if !p.coloured || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// terminal is standard output where a person looks at it.
func (c *command) terminal() *os.File {
	if file, ok := c.out.Writer.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		return file
	}
	return nil
}

// painter writes to standard output at once: in colours on a terminal, unless NO_COLOR or
// TERM=dumb says otherwise.
func (c *command) painter() painter {
	plain := c.terminal() == nil || os.Getenv("TERM") == "dumb"
	return painter{c.out, !plain && os.Getenv("NO_COLOR") == "", !plain}
}

// paged shows what show writes: on a terminal through the pager that PAGER names (less
// where it is not set), and in colours unless NO_COLOR or TERM=dumb says otherwise.
func (c *command) paged(show func(painter)) error {
	file := c.terminal()
	if file == nil {
		show(painter{Writer: c.out})
		return nil
	}
	dumb := os.Getenv("TERM") == "dumb"
	var text bytes.Buffer
	show(painter{&text, os.Getenv("NO_COLOR") == "" && !dumb, !dumb})
	pager := pagerOf(os.LookupEnv)
	if pager == "" || dumb {
		_, err := c.out.Write(text.Bytes())
		return err
	}
	return page(pager, text.Bytes(), file, c.errs)
}

// The exit codes of a shell that could not run a command.
const (
	notExecutable = 126
	notFound      = 127
)

// page shows a text through a pager, a line for the shell as everywhere, and as it is
// where there is no such pager.
func page(pager string, text []byte, out, errs io.Writer) error {
	cmd := exec.Command("sh", "-c", pager)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), out, errs
	err := cmd.Run()
	var ended *exec.ExitError
	if err == nil || errors.As(err, &ended) && ended.ExitCode() != notExecutable && ended.ExitCode() != notFound {
		return nil // who closes the pager early has seen enough
	}
	_, err = out.Write(text)
	return err
}

// pagerOf is the command of the pager; empty: none is wanted.
func pagerOf(lookup func(string) (string, bool)) string {
	named, set := lookup("PAGER")
	switch named = strings.TrimSpace(named); {
	case !set:
		return "less -FRX"
	case named == "cat":
		return ""
	}
	return named
}
