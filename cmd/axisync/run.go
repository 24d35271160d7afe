package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) run() *cobra.Command {
	var o pipelines.Options
	var nothingChanged int
	var allow []string
	parallel := 0
	cmd := &cobra.Command{
		Use:   "run PIPELINE... | DIR",
		Short: "plan and apply in one, guards in between",
		Long: `Extracts, matches, decides, commits a snapshot and delivers the cells that
changed. A guard that trips stops it before anything is sent (exit 4): its
snapshot is a plan that axisync apply delivers once a person has looked at it.
--allow GUARD@RUN lifts a guard instead, for one delivery: RUN is the run that it
stopped, and no figure of the guard may be worse than it was there.

--limit-customers N is a canary: of a first delivery only N customers are written to,
so that they can be looked at in Fincome. The next run writes to the others. A canary is
not what later runs are compared with by the guards.

Several files, or a folder (every *.yaml and *.yml in it), are run each by itself, two
at a time (--parallel): one that fails does not stop the others, Ctrl-C stops all.
Two sources of one name, and two that fill the same axis of the same Fincome account,
are refused before anything runs (exit 2). The exit code is the worst of all: 3, 2, 4,
5, 1, then 0. What needs a person comes before what a retry mends: where it is 1, to
run the folder again is worth it, and right. --json gives one object a line, as each
source ends, and a last line with all exit codes ("kind":"summary"), in which "retry"
lists the files whose code is 1. --nothing-changed-exit-code is the exit code where
nothing has changed in any source.`,
		Example: "  axisync run daily.yaml\n  axisync run pipelines/ --parallel 4\n  axisync run daily.yaml --json --nothing-changed-exit-code 99\n  axisync run daily.yaml --allow rows_fell@20261123-0600-k3f7",
		Args:    atLeast("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, text := range allow {
				allowance, err := pipelines.ParseAllowance(text)
				if err != nil {
					return usageError{fmt.Errorf("--allow: %w", err)}
				}
				o.Allow = append(o.Allow, allowance)
			}
			if parallel < 1 {
				return usageError{fmt.Errorf("--parallel %d: it takes a number from 1 on", parallel)}
			}
			if err := limited(cmd, o); err != nil {
				return err
			}
			files, many, err := pipelines.Files(args)
			switch {
			case err != nil:
				return err
			case !many:
				return c.runPipeline(cmd.Context(), files[0], o, nothingChanged)
			case len(o.Allow) > 0:
				return usageError{errors.New("--allow is for one source: name its file alone")}
			}
			return c.runMany(cmd.Context(), files, o, nothingChanged, parallel)
		},
	}
	flags(cmd, &o, &nothingChanged)
	cmd.Flags().IntVar(&parallel, "parallel", 2, "how many sources run at a time")
	limitFlag(cmd, &o)
	cmd.Flags().StringSliceVar(&allow, "allow", nil, "GUARD@RUN: lift this guard once, as it was in the run that it stopped; may be given several times")
	return cmd
}

func (c *command) plan() *cobra.Command {
	o := pipelines.Options{Plan: true}
	var nothingChanged int
	var onEdit string
	cmd := &cobra.Command{
		Use:   "plan PIPELINE",
		Short: "a run that stops before delivery and shows what would change",
		Long: `Extracts, matches, decides and commits a snapshot, and shows what a delivery
would change. Nothing is sent. axisync apply delivers exactly this plan.
In the snapshot's folder fix.csv lists the customers whose identifier should be
replaced by an 18-character id, ready for Fincome's import "Enrich your data".`,
		Example: "  axisync plan daily.yaml\n  axisync plan daily.yaml --on-edit overwrite",
		Args:    exactly("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if onEdit != "" && onEdit != "overwrite" {
				return usageError{fmt.Errorf("--on-edit %q: the only choice is overwrite; what the file says is kept without it", onEdit)}
			}
			o.OverwriteEdits = onEdit == "overwrite"
			return c.runPipeline(cmd.Context(), args[0], o, nothingChanged)
		},
	}
	flags(cmd, &o, &nothingChanged)
	cmd.Flags().StringVar(&onEdit, "on-edit", "", "overwrite: write over the cells of ours that others have changed, in this plan")
	return cmd
}

func flags(cmd *cobra.Command, o *pipelines.Options, nothingChanged *int) {
	cmd.Flags().BoolVar(&o.Full, "full", false, "read all accounts, also under mode: incremental")
	cmd.Flags().BoolVar(&o.RetryRejects, "retry-rejects", false, "send again what Fincome refused before; axisync rejects lists it")
	cmd.Flags().StringVar(&o.LogicalDate, "date", "", "a label for the run, such as the scheduler's logical date")
	cmd.Flags().IntVar(nothingChanged, "nothing-changed-exit-code", 0, "exit code when there is nothing to write; 99 lets Airflow show skipped")
}

func (c *command) runPipeline(ctx context.Context, path string, o pipelines.Options, nothingChanged int) error {
	if err := free(nothingChanged); err != nil {
		return err
	}
	c.again.Store(goesOn)
	c.xcom.begin(c.errs)
	p, options, err := c.load(path)
	if err != nil {
		return err
	}
	if err := c.watch(&options); err != nil {
		return err
	}
	defer c.warned(ctx, saving)()
	result, err := pipelines.Run(ctx, p, chosen(options, o, nothingChanged))
	return c.tell(ctx, p, result, err)
}

// limitFlag adds the flag of a canary.
func limitFlag(cmd *cobra.Command, o *pipelines.Options) {
	cmd.Flags().Int64Var(&o.LimitCustomers, "limit-customers", 0, "a canary: write to so many customers at most; left out: to all")
}

// limited refuses a canary of nobody.
func limited(cmd *cobra.Command, o pipelines.Options) error {
	if o.LimitCustomers < 1 && cmd.Flags().Changed("limit-customers") {
		return usageError{fmt.Errorf("--limit-customers %d: it takes a number from 1 on", o.LimitCustomers)}
	}
	return nil
}

// free refuses an exit code that means something already.
func free(code int) error {
	if code < 0 || code > 255 || code >= pipelines.ExitFailed && code <= pipelines.ExitRejects || code == 130 || code == 143 {
		return usageError{fmt.Errorf("--nothing-changed-exit-code %d: choose one from 6 to 255 that means nothing else", code)}
	}
	return nil
}

// chosen are the options that every run has, with those of the flags.
func chosen(options, o pipelines.Options, nothingChanged int) pipelines.Options {
	options.Plan, options.Full, options.LogicalDate, options.OverwriteEdits, options.Allow = o.Plan, o.Full, o.LogicalDate, o.OverwriteEdits, o.Allow
	options.LimitCustomers = o.LimitCustomers
	options.RetryRejects, options.NothingChangedExit = o.RetryRejects, nothingChanged
	return options
}

func (c *command) apply() *cobra.Command {
	var o pipelines.Options
	cmd := &cobra.Command{
		Use:   "apply PIPELINE RUN",
		Short: "delivers exactly the plan of an earlier run",
		Long: `Delivers the change set of a plan, or of a run that a guard stopped, cell by cell
by compare-and-set: what has changed in Fincome since is a conflict and left alone.
It refuses when the file has changed what rows or cells mean, when the plan is older
than 24 hours, and when other changes were delivered since. To apply a plan again at
once is harmless; after a run has looked at what became of it, it is refused.

--limit-customers N is a canary: only N customers are written to. Once they were looked
at, the same command without it delivers the rest. It lifts the guards of the plan and
approves its axes as a whole: the next run, a scheduled one too, writes to the others.`,
		Example: "  axisync apply daily.yaml 20261123-0600-k3f7\n  axisync apply daily.yaml 20261123-0600-k3f7 --limit-customers 10",
		Args:    exactly("PIPELINE", "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := limited(cmd, o); err != nil {
				return err
			}
			c.again.Store(goesOn)
			c.xcom.begin(c.errs)
			p, options, err := c.load(args[0])
			if err != nil {
				return err
			}
			options.LimitCustomers = o.LimitCustomers
			if err := c.watch(&options); err != nil {
				return err
			}
			defer c.warned(cmd.Context(), saving)()
			result, err := pipelines.Apply(cmd.Context(), p, args[1], options)
			return c.tell(cmd.Context(), p, result, err)
		},
	}
	limitFlag(cmd, &o)
	return cmd
}

// tell shows the result: for people, or as the one JSON object that is the last
// line of standard output.
func (c *command) tell(ctx context.Context, p *pipelines.Pipeline, result *pipelines.Result, err error) error {
	c.still()
	if result == nil {
		return err
	}
	if err != nil { // a signal may have come later
		result.Exit = c.codeOf(ctx, err)
	}
	if c.code == 0 {
		c.code = result.Exit
	}
	c.xcom.end(result)
	if !c.json {
		if err == nil || result.Accounts > 0 { // otherwise there is nothing to show but the error
			show(ctx, c.painter(), p, result)
		}
		return err
	}
	if err != nil { // before the result, which is the last word
		c.complain(ctx, err)
		c.code = result.Exit
	}
	line, err := result.JSON()
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, string(line))
	return nil
}
