package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

// usualRuns is how many runs are listed where nothing is said.
const usualRuns = 20

func (c *command) runs() *cobra.Command {
	last := usualRuns
	cmd := &cobra.Command{
		Use:   "runs PIPELINE [RUN]",
		Short: "past runs with their figures",
		Long: `Lists the last runs and plans of a source, the newest last, with their figures and, on
a terminal, how these went. With a RUN it tells that one in detail. The last 400 are
remembered. It reads the state alone: it contacts nobody, needs no secret and does not
wait for a run at work.

--json gives one object: version, source, file, found, runs (run, kind, result, exit,
started, delivered, guards, figures); of one run its result, as result.json was then.`,
		Example: "  axisync runs daily.yaml\n  axisync runs daily.yaml --last 100 --json\n  axisync runs daily.yaml 20261123-0600-k3f7",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return exactly("PIPELINE")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if last < 1 {
				return usageError{fmt.Errorf("--last %d: it takes a number from 1 on", last)}
			}
			p, err := c.loadOffline(args[0])
			if err != nil {
				return err
			}
			if len(args) == 2 {
				return c.pastRun(cmd.Context(), p, args[1])
			}
			runs, err := pipelines.PastRuns(cmd.Context(), p, last)
			if err != nil {
				return err
			}
			if c.json {
				return json.NewEncoder(c.out).Encode(runs)
			}
			return c.paged(func(w painter) { showRuns(w, runs) })
		},
	}
	cmd.Flags().IntVar(&last, "last", usualRuns, "how many runs are listed")
	return cmd
}

// pastRun tells one run in detail.
func (c *command) pastRun(ctx context.Context, p *pipelines.Pipeline, run string) error {
	told, result, by, err := pipelines.PastRun(ctx, p, run)
	if err != nil {
		return err
	}
	switch {
	case !c.json:
		showRun(c.painter(), p, told, result, by)
		return nil
	case result != nil:
		return json.NewEncoder(c.out).Encode(result)
	}
	return json.NewEncoder(c.out).Encode(told)
}
