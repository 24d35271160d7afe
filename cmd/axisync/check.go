package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) check() *cobra.Command {
	return &cobra.Command{
		Use:   "check PIPELINE",
		Short: "everything that can be known without spending a job",
		Long: `Ticks what a run needs: the file, its secrets, the login, the properties, the
quota, the customers and their identification axis, state and snapshots. It
spends no job and writes nothing to Fincome.`,
		Example: "  axisync check daily.yaml",
		Args:    exactly("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, o, err := c.load(args[0])
			if err != nil {
				return err
			}
			counts := map[pipelines.Level]int{}
			ticks := []pipelines.Tick{}
			err = pipelines.Check(cmd.Context(), p, o, func(t pipelines.Tick) {
				counts[t.Level]++
				ticks = append(ticks, t)
				if !c.json {
					fmt.Fprintf(c.out, "%-5s %-20s %s\n", t.Level, t.Name, t.Text)
				}
			})
			c.code = pipelines.ExitCode(err) // the boxes have told it already
			if !c.json {
				fmt.Fprintf(c.out, "%d ok, %d warnings, %d to do, %d failed\n", counts[pipelines.OK], counts[pipelines.Warn], counts[pipelines.Todo], counts[pipelines.Fail])
				return nil
			}
			return json.NewEncoder(c.out).Encode(map[string]any{"checks": ticks, "exit": c.code})
		},
	}
}
