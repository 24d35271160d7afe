package main

import (
	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) rollback() *cobra.Command {
	return &cobra.Command{
		Use:   "rollback PIPELINE RUN",
		Short: "a plan that puts back what a run changed",
		Long: `Reads the customers as they are now and makes a plan that puts back the values
which stood in the cells before a run wrote them. Cells that somebody has changed
since are left as they are, and counted. Nothing is sent: axisync apply delivers the
plan like any other, cell by cell by compare-and-set. RUN is a run or an apply that
has delivered, also one that was killed.

Once it is applied, the axes that the run was allowed to merge into have to be
approved again, and the next run stops (guard rolled_back): it would write again what
was put back. Change what has to change first, then look at its plan.`,
		Example: "  axisync rollback daily.yaml 20261123-0600-k3f7",
		Args:    exactly("PIPELINE", "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, options, err := c.load(args[0])
			if err != nil {
				return err
			}
			result, err := pipelines.Rollback(cmd.Context(), p, args[1], options)
			return c.tell(cmd.Context(), p, result, err)
		},
	}
}
