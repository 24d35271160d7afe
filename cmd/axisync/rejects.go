package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/words"
)

func (c *command) rejects() *cobra.Command {
	return &cobra.Command{
		Use:   "rejects PIPELINE",
		Short: "what the receiver refused and why",
		Long: `Lists the cells that the receiver refused, or accepted twice and never applied, each
with its reason and what to do. They are not sent again until their value changes in
Salesforce, or by axisync run --retry-rejects. It reads the state alone: it contacts
nobody, needs no secret and does not wait for a run at work.

--json gives one object a line: customer, axis, value, held, at, code (the HTTP
status, or not_applied), reason and remedy.`,
		Example: "  axisync rejects daily.yaml\n  axisync rejects daily.yaml --json > rejects.ndjson",
		Args:    exactly("PIPELINE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.loadOffline(args[0])
			if err != nil {
				return err
			}
			out := bufio.NewWriter(c.out)
			shown := rejectsShown{w: out}
			do := shown.show
			if c.json {
				lines := json.NewEncoder(out)
				do = func(r pipelines.RejectTold) error { return lines.Encode(r) }
			}
			if err := pipelines.Rejects(cmd.Context(), p, do); err != nil {
				return err
			}
			if !c.json {
				shown.end(p)
			}
			return out.Flush()
		},
	}
}

// rejectsShown tells rejects to a person.
type rejectsShown struct {
	w        io.Writer
	n        int64
	customer string
}

func (s *rejectsShown) show(r pipelines.RejectTold) error {
	if s.n++; s.n == 1 || r.Customer != s.customer {
		s.customer = r.Customer
		fmt.Fprintln(s.w, words.Quoted(r.Customer))
	}
	fmt.Fprintf(s.w, "  %s  %s -> %s   since %s\n", oneLine(r.Axis), quoted(r.Held), quoted(r.Value), moment(r.At))
	_, err := fmt.Fprintf(s.w, "    %s %s: %s\n", r.Code, oneLine(r.Reason), r.Remedy)
	return err
}

func (s *rejectsShown) end(p *pipelines.Pipeline) {
	if s.n == 0 {
		fmt.Fprintf(s.w, "%s   nothing is refused\n", p.Source)
		return
	}
	fmt.Fprintf(s.w, "\n%s cells are refused; send them again: axisync run %s --retry-rejects\n", count(s.n), p.File)
}
