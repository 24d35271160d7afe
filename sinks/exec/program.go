package exec

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// program is a running program with our ends of its pipes.
type program struct {
	command        *exec.Cmd
	in, out, wrote *os.File      // its standard input, output and error
	gone           chan struct{} // closed when it has ended
}

// StartError: the program cannot be started.
type StartError struct {
	Program string
	Err     error
}

// Error names the program.
func (e *StartError) Error() string {
	return fmt.Sprintf("exec: %s cannot be started: %v", e.Program, e.Err)
}

// Unwrap is why.
func (e *StartError) Unwrap() error { return e.Err }

// Configuration: trying again does not help.
func (e *StartError) Configuration() bool { return true }

// start runs the program in a process group of its own, so that what it starts ends
// with it. Beyond its environment it is told the run and the source, and no secret.
func (t *Target) start() (*program, error) {
	p := &program{command: exec.Command(t.config.Command[0], t.config.Command[1:]...), gone: make(chan struct{})}
	p.command.Dir = t.config.Dir
	environment := t.config.Env
	if environment == nil {
		environment = os.Environ()
	}
	p.command.Env = append(slices.Clip(environment), "AXISYNC_RUN="+t.config.Run, "AXISYNC_SOURCE="+t.config.Source)
	ownGroup(p.command)
	var theirs []*os.File
	closeAll := func(files []*os.File) {
		for _, file := range files {
			_ = file.Close() // an end of a pipe that nobody needs any more
		}
	}
	defer func() { closeAll(theirs) }()
	var ours []*os.File
	for range 3 {
		read, write, err := os.Pipe()
		if err != nil {
			closeAll(ours)
			return nil, fmt.Errorf("exec: %w", err)
		}
		if len(ours) == 0 {
			read, write = write, read
		}
		ours, theirs = append(ours, read), append(theirs, write)
	}
	p.in, p.out, p.wrote = ours[0], ours[1], ours[2]
	p.command.Stdin, p.command.Stdout, p.command.Stderr = theirs[0], theirs[1], theirs[2]
	if err := start(p.command, p.gone); err != nil {
		close(p.gone)
		closeAll(ours)
		return nil, &StartError{t.config.Command[0], err}
	}
	return p, nil
}

// stop ends the program and what it has started: politely first where there is a
// grace. ended is closed when the program is gone.
func (p *program) stop(grace time.Duration, ended <-chan struct{}) {
	if grace > 0 {
		terminate(p.command)
		select {
		case <-ended:
		case <-time.After(grace):
		}
	}
	kill(p.command)
}

// drain is how long what was written before the end of a program is waited for,
// where something that it left behind keeps its pipes open.
const drain = 2 * time.Second

// wait returns when the program is gone, and nothing of its group is left.
func (p *program) wait() error {
	err := p.command.Wait()
	close(p.gone)
	kill(p.command)
	until := time.Now().Add(drain)
	for _, file := range []*os.File{p.in, p.out, p.wrote} {
		_ = file.SetDeadline(until) // a pipe that cannot have one ends with its program
	}
	return err
}

func (p *program) close() {
	for _, file := range []*os.File{p.in, p.out, p.wrote} {
		_ = file.Close() // it has done its work; the input may be closed already
	}
}

// ending says how a program ended, empty for exit code 0.
func ending(err error) string {
	var exited *exec.ExitError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &exited) && exited.ExitCode() >= 0:
		return fmt.Sprintf("ended with exit code %d", exited.ExitCode())
	case errors.As(err, &exited):
		return "was ended by " + strings.TrimPrefix(exited.Error(), "signal: ")
	}
	return "could not be waited for: " + err.Error()
}
