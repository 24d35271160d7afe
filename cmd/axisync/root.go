package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/progress"
)

// command is one call of the program: its flags and where its words go.
type command struct {
	out   *checkedWriter
	errs  io.Writer
	code  int // the exit code of a command that ended without an error
	xcom  xcom
	again atomic.Value // a text: what the same command does when it is given again after an interrupt

	logFormat, logLevel string
	state               string
	json                bool
	jsonAsked           bool // by the arguments, whether or not they are understood
	progress            string

	live *progress.Live // lines on the terminal; nil where there are none
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "axisync",
		Short: "fills the analysis axes of Fincome from Salesforce Accounts",
		Long: `axisync fills the analysis axes of Fincome (subscription-revenue analytics) from
Salesforce Accounts. It extracts them by Bulk API 2.0, matches them to customers
on an identification axis, keeps a Parquet snapshot of what it saw and decided,
and delivers the cells that changed. One YAML file is one source.

See it at work, with nothing but this program: axisync demo

Exit codes:
  0         done, also when nothing changed (99 under --nothing-changed-exit-code 99)
  1         failed, worth a retry: a server out of reach, another run at work
  2         configuration: the file, a name, an argument, a damaged or lost state
  3         authentication: a wrong secret, a revoked app: reconnect
  4         stopped by a guard, or a plan that cannot be applied: a person decides
  5         delivered, with new rejects or conflicts
  130, 143  interrupted`,
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SuggestionsMinimumDistance = 2
	root.Args = cobra.ArbitraryArgs
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		text := fmt.Sprintf("unknown command %q; see axisync --help", args[0])
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			text = fmt.Sprintf("unknown command %q; did you mean %q?", args[0], near[0])
		}
		return usageError{errors.New(text)}
	}
	root.PersistentPreRun = func(cmd *cobra.Command, _ []string) { c.bound(cmd.Context()) }
	root.SetOut(c.out)
	root.SetErr(c.errs)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		c.json = c.json || c.jsonAsked
		return usageError{fmt.Errorf("%w; see %s --help", misvalued(err), cmd.CommandPath())}
	})
	flags := root.PersistentFlags()
	flags.StringVar(&c.state, "state", "", "folder or bucket of the state, instead of the one in the file")
	flags.StringVar(&c.logFormat, "log-format", "text", "text or json; logs go to standard error")
	flags.StringVar(&c.logLevel, "log-level", "info", "debug, info, warn or error")
	flags.BoolVar(&c.json, "json", false, "the result as one JSON object, the last line of standard output; of rejects and ids, an object a line")
	flags.StringVar(&c.progress, "progress", progressAuto, "on standard error: live (lines of a terminal), log (a line every ten seconds), none, or auto")
	root.AddCommand(c.init(), c.demo(), c.simulate(), c.plan(), c.apply(), c.run(), c.status(), c.runs(), c.check(), c.fincome(), c.auth(), c.fields(), c.extract(), c.explain(), c.history(), c.diff(), c.rejects(), c.rollback(), c.ids(), c.schema(), c.man(), c.version())
	completed(root)
	helpKnows(root)
	return root
}

// helpKnows makes the command help refuse what there is no help on, as every other
// command does.
func helpKnows(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	help, _, err := root.Find([]string{"help"})
	if err != nil || help == root {
		return
	}
	show := help.Run
	help.Run, help.RunE = nil, func(cmd *cobra.Command, args []string) error {
		found, rest, err := root.Find(args)
		if len(args) > 0 && (err != nil || found == root) || len(rest) > 0 && found.HasSubCommands() {
			return usageError{fmt.Errorf("there is no help on %q; see axisync --help", strings.Join(args, " "))}
		}
		show(cmd, args)
		return nil
	}
}

// noJSON is the error where a command has no result as JSON.
func noJSON() error { return usageError{errors.New("--json does not belong to this command")} }

// asksForJSON reports whether --json stands among arguments, also where it is not
// understood or something before it is not: then the error is told as JSON.
func asksForJSON(args []string) bool {
	asked := false
	for _, arg := range args {
		if arg == "--" {
			break
		}
		name, value, given := strings.Cut(arg, "=")
		if name != "--json" {
			continue
		}
		yes, err := strconv.ParseBool(value)
		asked = !given || yes || err != nil
	}
	return asked
}

// exactly is a check of the number of arguments that says what is missing.
func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == len(names) {
			return nil
		}
		if len(args) < len(names) {
			return usageError{fmt.Errorf("%s is missing: %s; see %s --help", names[len(args)], cmd.UseLine(), cmd.CommandPath())}
		}
		return usageError{fmt.Errorf("%q is one argument too many: %s", args[len(names)], cmd.UseLine())}
	}
}

// atLeast is exactly for a command that takes the last of its arguments several times.
func atLeast(names ...string) cobra.PositionalArgs {
	exact := exactly(names...)
	return func(cmd *cobra.Command, args []string) error { return exact(cmd, args[:min(len(args), len(names))]) }
}

func (c *command) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.logLevel)); err != nil {
		return nil, usageError{fmt.Errorf("--log-level %q is not debug, info, warn or error", c.logLevel)}
	}
	options := &slog.HandlerOptions{Level: level}
	switch c.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(c.errs, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(c.errs, options)), nil
	}
	return nil, usageError{fmt.Errorf("--log-format %q is not text or json", c.logFormat)}
}

// load reads a pipeline file and makes the options that every run has.
func (c *command) load(path string) (*pipelines.Pipeline, pipelines.Options, error) {
	log, err := c.logger()
	if err != nil {
		return nil, pipelines.Options{}, err
	}
	p, err := c.loadWith(pipelines.Load, path)
	return p, pipelines.Options{Log: log, Now: time.Now, Version: version}, err
}

// loadOffline reads a pipeline file for a command that contacts nobody.
func (c *command) loadOffline(path string) (*pipelines.Pipeline, error) {
	if _, err := c.logger(); err != nil {
		return nil, err
	}
	return c.loadWith(pipelines.LoadOffline, path)
}

// loadWith reads a pipeline file, whose state may lie elsewhere than it says.
func (c *command) loadWith(load func(string) (*pipelines.Pipeline, error), path string) (*pipelines.Pipeline, error) {
	p, err := load(path)
	if err == nil && c.state != "" {
		err = p.MoveState(c.state)
	}
	return p, err
}
