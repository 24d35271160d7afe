package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
)

// painter writes to a person, in colours where the terminal has them.
type painter struct {
	io.Writer
	coloured bool
}

func (p painter) green(text string) string { return p.paint("32", text) }
func (p painter) red(text string) string   { return p.paint("31", text) }

func (p painter) paint(code, text string) string {
	if !p.coloured || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// terminal is standard output where a person looks at it.
func (c *command) terminal() *os.File {
	file, ok := c.out.Writer.(*os.File)
	if !ok {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return file
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
	show(painter{&text, os.Getenv("NO_COLOR") == "" && !dumb})
	pager := pagerOf(os.LookupEnv)
	if pager == nil || dumb {
		_, err := c.out.Write(text.Bytes())
		return err
	}
	return page(pager, text.Bytes(), file, c.errs)
}

// page shows a text through a pager, and as it is where the pager cannot be started.
func page(pager []string, text []byte, out, errs io.Writer) error {
	cmd := exec.Command(pager[0], pager[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), out, errs
	if cmd.Start() != nil {
		_, err := out.Write(text)
		return err
	}
	_ = cmd.Wait() // who closes the pager early has seen enough
	return nil
}

// pagerOf is the command of the pager; nil: none is wanted.
func pagerOf(lookup func(string) (string, bool)) []string {
	named, set := lookup("PAGER")
	switch {
	case !set:
		return []string{"less", "-FRX"}
	case strings.TrimSpace(named) == "", named == "cat":
		return nil
	}
	return strings.Fields(named)
}
