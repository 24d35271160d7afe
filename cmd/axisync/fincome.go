package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) fincome() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fincome",
		Short: "find out how a Fincome account's API behaves",
		Args:  exactly(),
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.fincomeProbe())
	return cmd
}

func (c *command) fincomeProbe() *cobra.Command {
	var o pipelines.ProbeOptions
	cmd := &cobra.Command{
		Use:   "probe PIPELINE --customer ID | --restore",
		Short: "find out, on one customer, what Fincome's API does, and put everything back",
		Long: `Finds out what is documented nowhere: the header of the key, the path of a customer
and the verb of an update, what an update does to the properties that it does not
carry (merge or replace), what null and an empty text do, which types are kept, how
long an update takes to show, and how customers are listed. What the file says is
tried first, then what is usual.

The customer should be one that nobody works on. It needs two custom properties that
hold plain words; the identification axis is left alone where there are two others.
It is read before anything is written, and put back at the end, also after an error or
Ctrl-C. Nothing is created: no customer and no property. What somebody else changes
meanwhile is told when a read shows it; it is left, or told again as lost where an
update that was on its way overwrote it.

Where a probe is killed, the source does not run until the customer is put back:
--restore does that, and so does the next probe, whatever its customer.

What it found is remembered and used where the file says nothing or unknown (update,
clear). Header, path, verb and list are for the file: it ends with the lines to paste.
Exit 2: another customer is needed; 3: the key was accepted in no header; 1: anything
else, also an edit by somebody else that was lost.

--json gives one object: source, customer, restored (the customer of an earlier probe
that was put back, or null), findings, yaml, checks, exit.`,
		Example: "  axisync fincome probe daily.yaml --customer C-104233\n  axisync fincome probe daily.yaml --restore",
		Args:    exactly("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.Restore && o.Customer != "":
				return usageError{errors.New("--restore takes no --customer: it knows whom to put back")}
			case !o.Restore && o.Customer == "":
				return usageError{errors.New("--customer ID is missing: name one that nobody works on; see axisync fincome probe --help")}
			case o.Timeout <= 0:
				return usageError{fmt.Errorf("--timeout %v: it has to be more than nothing", o.Timeout)}
			}
			p, options, err := c.load(args[0])
			if err != nil {
				return err
			}
			defer c.warned(cmd.Context(), "the customer is being put back")()
			boxes := boxes{painter: c.painter()}
			ticks := []pipelines.Tick{}
			said, err := pipelines.Probe(cmd.Context(), p, options, o, func(t pipelines.Tick) {
				ticks = append(ticks, t)
				if !c.json {
					boxes.show(t)
				}
			})
			return c.tellProbed(cmd.Context(), said, ticks, err)
		},
	}
	cmd.Flags().StringVar(&o.Customer, "customer", "", "id of the customer to find out on")
	cmd.Flags().BoolVar(&o.Restore, "restore", false, "put back the customer of a probe that was cut short, and end")
	cmd.Flags().DurationVar(&o.Timeout, "timeout", 15*time.Minute, "how long an update may take to show")
	return cmd
}

func (c *command) tellProbed(ctx context.Context, said *pipelines.Probed, ticks []pipelines.Tick, err error) error {
	if said == nil {
		return err
	}
	if !c.json {
		if said.YAML != "" {
			fmt.Fprintf(c.out, "\nto paste:\n%s", said.YAML)
		}
		return err
	}
	return errors.Join(err, json.NewEncoder(c.out).Encode(struct {
		*pipelines.Probed
		Checks []pipelines.Tick `json:"checks"`
		Exit   int              `json:"exit"`
	}{said, ticks, c.codeOf(ctx, err)}))
}
