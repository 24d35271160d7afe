package main

import (
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/progress"
)

// The choices of --progress.
const (
	progressAuto = "auto"
	progressLive = "live"
	progressLog  = "log"
	progressNone = "none"
)

// watch has the stages of runs shown: live on a terminal where a person looks on, else
// as lines of the log. It begins to draw: the result is told after still.
func (c *command) watch(o *pipelines.Options) error {
	if c.live != nil { // for another source
		o.Watch = c.live
		return nil
	}
	terminal, attended := c.attended()
	switch choice := c.progress; {
	case choice == progressNone:
	case choice == progressLog, choice == progressAuto && !attended:
		o.Watch = progress.NewLog(o.Log)
	case choice == progressLive && terminal == nil:
		return usageError{fmt.Errorf("--progress live: standard error is no terminal; say auto or log")}
	case choice == progressLive, choice == progressAuto:
		c.live = progress.NewLive(terminal, func() int { return widthOf(terminal) })
		o.Watch, c.errs = c.live, c.live
		log, err := c.logger() // which writes above the lines now
		if err != nil {
			return err
		}
		o.Log = log
	default:
		return usageError{fmt.Errorf("--progress %q is not auto, live, log or none", choice)}
	}
	return nil
}

// attended is standard error where it is a terminal, and whether a person looks at it
// who can do with lines that change: there is nobody in CI, and a dumb terminal or a
// log in JSON is for no such lines.
func (c *command) attended() (terminal *os.File, attended bool) {
	file, ok := c.errs.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil, false
	}
	ci := os.Getenv("CI")
	return file, os.Getenv("TERM") != "dumb" && (ci == "" || ci == "false" || ci == "0") && c.logFormat == "text"
}

// widthOf is the width of a terminal; 80 where it does not say.
func widthOf(terminal *os.File) int {
	if width, _, err := term.GetSize(int(terminal.Fd())); err == nil && width > 0 {
		return width
	}
	return 80
}

// still takes the live lines away: what follows is the result.
func (c *command) still() {
	if c.live != nil {
		c.live.Close()
	}
}

// aside tells something while sources are still at work.
func (c *command) aside(tell func()) {
	if c.live == nil {
		tell()
		return
	}
	c.live.Aside(tell)
}
