package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) check() *cobra.Command {
	suggestKey := false
	cmd := &cobra.Command{
		Use:   "check [--suggest-key] PIPELINE",
		Short: "everything that can be known without spending a job",
		Long: `Ticks what a run needs: the file, its secrets, the login, the properties, the
quota, the customers and their identification axis, state and snapshots. Under a box
that is not ticked stands what to do. It spends no job and writes nothing to Fincome. The
exit code is 0 where nothing fails (warnings and things to do are no failure), else that
of the first box that fails.

With --suggest-key it finds out instead which axis of the customers and which
property of the accounts belong together: the Record ID and every property that may
identify an account (short texts, whole numbers, external ids, unique fields; not
choices, amounts, dates, addresses, references) against every axis, over all
accounts and a sample of the customers. The Record ID is compared after every repair
but merges, other properties literally and under match.trim and match.fold_case.
That spends one query job of as many rows as there are accounts, and reads the
customers twice. It ends with the lines to paste, or with what to do where nothing
fits (exit 0 as well).`,
		Example: "  axisync check daily.yaml\n  axisync check --suggest-key daily.yaml",
		Args:    exactly("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.again.Store(beginsAnew)
			p, o, err := c.load(args[0])
			if err != nil {
				return err
			}
			if suggestKey {
				return c.suggestKey(cmd.Context(), p, o)
			}
			boxes := boxes{painter: c.painter()}
			ticks := []pipelines.Tick{}
			err = pipelines.Check(cmd.Context(), p, o, func(t pipelines.Tick) {
				ticks = append(ticks, t)
				if !c.json {
					boxes.show(t)
				}
			})
			c.code = c.codeOf(cmd.Context(), err) // the boxes have told it already, but not a signal
			if err != nil && cmd.Context().Err() != nil {
				c.complain(cmd.Context(), err)
			} else if !c.json {
				boxes.sum()
			}
			if !c.json {
				return nil
			}
			return json.NewEncoder(c.out).Encode(map[string]any{"checks": ticks, "exit": c.code})
		},
	}
	cmd.Flags().BoolVar(&suggestKey, "suggest-key", false, "find the identification axis and the match key; spends one query job")
	return cmd
}
