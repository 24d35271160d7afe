package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/term"
)

// asker asks a person at a terminal, a line at a time. Questions go where errors go:
// standard output is for results.
type asker struct {
	ctx      context.Context
	in       *os.File
	out      io.Writer
	keys     *keys
	terminal *term.Terminal
}

// keys hands the terminal what is typed, and knows of the end of a line whether it was
// Ctrl-C: the terminal says of Ctrl-C and Ctrl-D alike that the input has ended.
type keys struct {
	in      io.Reader
	stopped atomic.Bool
}

func (k *keys) Read(into []byte) (int, error) {
	const ctrlC, ctrlD = "\x03", "\x04"
	n, err := k.in.Read(into)
	if at := bytes.LastIndexAny(into[:n], ctrlC+ctrlD); at >= 0 {
		k.stopped.Store(into[at] == ctrlC[0])
	}
	return n, err
}

// errEnded: the person, or what stands for one, has no more to say.
var errEnded = usageError{errors.New("the input ended before all was answered")}

// leaves reports whether an error is that of a person who leaves: it is not asked again.
func leaves(err error) bool {
	return errors.As(err, new(interrupted)) || errors.Is(err, errEnded)
}

// newAsker is nil where nobody can be asked: standard input or standard error is no
// terminal.
func (c *command) newAsker(ctx context.Context) *asker {
	errs, isFile := c.errs.(*os.File)
	if !isFile || !term.IsTerminal(int(os.Stdin.Fd())) || !term.IsTerminal(int(errs.Fd())) {
		return nil
	}
	a := &asker{ctx: ctx, in: os.Stdin, out: errs, keys: &keys{in: os.Stdin}}
	a.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{a.keys, a.out}, "")
	return a
}

// say tells the person something, in lines.
func (a *asker) say(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

// line asks for a line. An empty answer is the standard; complete, which may be nil,
// gives what a line may be completed to, and is called on Tab.
func (a *asker) line(prompt, standard string, complete func(line string) []string) (string, error) {
	if standard != "" {
		prompt += " [" + standard + "]"
	}
	answer, err := a.raw(func() (string, error) {
		a.terminal.SetPrompt(prompt + ": ")
		a.terminal.AutoCompleteCallback = a.completing(complete)
		return a.terminal.ReadLine()
	})
	if answer = strings.TrimSpace(answer); answer == "" {
		answer = standard
	}
	return answer, err
}

// hidden asks for a secret: what is typed is not shown.
func (a *asker) hidden(prompt string) (string, error) {
	secret, err := a.raw(func() (string, error) { return a.terminal.ReadPassword(prompt + " (what you type is not shown): ") })
	return strings.TrimSpace(secret), err
}

// yes asks a question that is answered with yes or no.
func (a *asker) yes(question string, standard bool) (bool, error) {
	choice := "y/N"
	if standard {
		choice = "Y/n"
	}
	for {
		answer, err := a.line(question+" ["+choice+"]", "", nil)
		if err != nil {
			return false, err
		}
		switch strings.ToLower(answer) {
		case "":
			return standard, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
		a.say("  answer y or n")
	}
}

// raw lets read have the terminal key by key, and gives it back as it was, also when a
// signal comes while the person thinks. Who leaves with Ctrl-C interrupts, and with Ctrl-D
// ends the input.
func (a *asker) raw(read func() (string, error)) (string, error) {
	fd := int(a.in.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", fmt.Errorf("the terminal cannot be read: %w", err)
	}
	defer term.Restore(fd, before)
	if width, height, err := term.GetSize(fd); err == nil && width > 0 {
		_ = a.terminal.SetSize(width, height) // it is drawn anew with the next key
	}
	type answer struct {
		text string
		err  error
	}
	answered := make(chan answer, 1)
	go func() {
		text, err := read()
		answered <- answer{text, err}
	}()
	select {
	case <-a.ctx.Done():
		return "", context.Cause(a.ctx)
	case got := <-answered:
		switch {
		case got.err != io.EOF:
			return got.text, got.err
		case a.keys.stopped.Load():
			return "", interrupted{syscall.SIGINT}
		}
		return "", errEnded
	}
}

// shownCandidates is how many candidates are shown at once.
const shownCandidates = 20

// completing completes the line on Tab as far as the candidates agree, and shows them
// where that is no further.
func (a *asker) completing(complete func(line string) []string) func(string, int, rune) (string, int, bool) {
	return func(line string, at int, key rune) (string, int, bool) {
		if key != '\t' || complete == nil || at != len(line) {
			return "", 0, false
		}
		found := complete(line)
		agreed := agreement(found)
		if len(agreed) > len(line) {
			return agreed, len(agreed), true
		}
		if len(found) > 1 {
			words := make([]string, 0, shownCandidates)
			for _, candidate := range found[:min(len(found), shownCandidates)] {
				words = append(words, strings.TrimSpace(candidate[strings.LastIndex(candidate, ",")+1:]))
			}
			if more := len(found) - len(words); more > 0 {
				words = append(words, fmt.Sprintf("and %s more", count(int64(more))))
			}
			fmt.Fprintf(a.terminal, "  %s\n", strings.Join(words, "  "))
		}
		return line, at, true
	}
}

// agreement is what all candidates begin with.
func agreement(candidates []string) string {
	if len(candidates) == 0 {
		return ""
	}
	agreed := candidates[0]
	for _, candidate := range candidates[1:] {
		for !strings.HasPrefix(candidate, agreed) {
			agreed = agreed[:len(agreed)-1]
		}
	}
	return agreed
}
