package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) explain() *cobra.Command {
	var run string
	cmd := &cobra.Command{
		Use:   "explain PIPELINE CUSTOMER",
		Short: "why a customer has these values, or none",
		Long: `Says which account a customer is and what became of its identifier on the way, and
for each axis: the property that fills it, what is desired, held and acknowledged,
the rule that decided, and what was sent when. It reads the newest snapshot, stopped
by a guard or not, and what is remembered; it contacts nobody, needs no secret and
does not wait for a run at work.

--json gives one object: source, customer, snapshot (run, kind, logical_date,
observed_at, outcome, guards, deliveries, path), newest, identification (axis, value,
steps, verdict, reason, account, account_name, matched, candidate, candidate_name,
candidate_reason, todo), axes (axis, properties, merge, on_edit, nulls, desired,
desired_type, held, held_type, unread, acknowledged, acknowledged_at, row, case, rule,
action, since, sent, remembered) and warnings. A null text is an empty cell.`,
		Example: "  axisync explain daily.yaml C-104233\n  axisync explain daily.yaml C-104233 --run 20261123-0600-k3f7 --json",
		Args:    exactly("PIPELINE", "CUSTOMER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.loadOffline(args[0])
			if err != nil {
				return err
			}
			e, err := pipelines.Explain(cmd.Context(), p, args[1], run)
			if err != nil {
				return err
			}
			if c.json {
				return json.NewEncoder(c.out).Encode(e)
			}
			showExplanation(c.out, e)
			return nil
		},
	}
	cmd.Flags().StringVar(&run, "run", "", "the run whose snapshot is asked, instead of the newest")
	return cmd
}
