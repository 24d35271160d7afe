package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) history() *cobra.Command {
	return &cobra.Command{
		Use:   "history PIPELINE ID",
		Short: "one account or customer over all snapshots",
		Long: `Tells what became of a customer or an account from the oldest snapshot to the
newest: each snapshot in which something changed, with before and after, when it was
first and last seen, in which runs it is missing, and what was delivered. A Record ID
may have 15 characters. It reads the rows of that id alone, contacts nobody, needs no
secret and does not wait for a run at work.

--json gives one object: source, id, side (customer or account), name, snapshots,
present, first_seen, last_seen, gone, events (snapshot, status, changes, sent) and warnings.
A change has of (account, customer for what it holds, desired for what it should
hold, or match), column, before and after.`,
		Example: "  axisync history daily.yaml C-104233\n  axisync history daily.yaml 0015f00000BCvRe --json",
		Args:    exactly("PIPELINE", "ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := c.loadOffline(args[0])
			if err != nil {
				return err
			}
			h, err := pipelines.ReadHistory(cmd.Context(), p, args[1])
			if err != nil {
				return err
			}
			if c.json {
				return json.NewEncoder(c.out).Encode(h)
			}
			showHistory(c.out, h)
			return nil
		},
	}
}

func showHistory(w io.Writer, h *pipelines.History) {
	name := ""
	if h.Name != nil {
		name = " " + quoted(h.Name)
	}
	fmt.Fprintf(w, "%s   %s %s%s   in %d of %d snapshots\n", h.Source, h.Side, quotedText(h.ID), name, h.Present, h.Snapshots)
	showWarnings(w, h.Warnings)
	for _, event := range h.Events {
		showEvent(w, event)
	}
	fmt.Fprintf(w, "\nfirst seen  %s in %s\nlast seen   %s in %s\n", moment(h.FirstSeen.ObservedAt), h.FirstSeen.Run, moment(h.LastSeen.ObservedAt), h.LastSeen.Run)
	if len(h.Gone) > 0 {
		var runs []string
		for _, at := range h.Gone {
			runs = append(runs, at.Run)
		}
		const shown = 10
		more := ""
		if n := len(runs) - shown; n > 0 {
			runs, more = runs[:shown], fmt.Sprintf(" and %d more", n)
		}
		fmt.Fprintf(w, "missing in  %s%s\n", strings.Join(runs, ", "), more)
	}
}

func showEvent(w io.Writer, e pipelines.EventTold) {
	fmt.Fprintf(w, "\n%s   %s\n", snapshotLine(e.Snapshot), strings.ReplaceAll(e.Status, "_", " "))
	for _, c := range e.Changes {
		of := map[string]string{"customer": "holds ", "desired": "should hold "}[c.Of]
		if e.Status == "first_seen" {
			fmt.Fprintf(w, "  %s%s  %s\n", of, oneLine(c.Column), quoted(c.After))
			continue
		}
		fmt.Fprintf(w, "  %s%s  %s -> %s\n", of, oneLine(c.Column), quoted(c.Before), quoted(c.After))
	}
	for _, s := range e.Sent {
		fmt.Fprintf(w, "  %s %s  %s\n", s.Outcome, oneLine(s.Axis), sendingText(s))
	}
}
