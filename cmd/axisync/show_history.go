package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/words"
)

func showHistory(w io.Writer, h *pipelines.History) {
	name := ""
	if h.Name != nil {
		name = " " + quoted(h.Name)
	}
	fmt.Fprintf(w, "%s   %s %s%s   in %d of %d snapshots\n", h.Source, h.Side, words.Quoted(h.ID), name, h.Present, h.Snapshots)
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
	for _, c := range e.Columns {
		fmt.Fprintf(w, "  %s\n", columnText(c))
	}
	for _, c := range e.Changes {
		of := map[string]string{"customer": "holds ", "desired": "should hold "}[c.Of]
		if e.Status == "first_seen" || c.New {
			fmt.Fprintf(w, "  %s%s  %s\n", of, oneLine(c.Column), quoted(c.After))
			continue
		}
		fmt.Fprintf(w, "  %s%s  %s -> %s\n", of, oneLine(c.Column), quoted(c.Before), quoted(c.After))
	}
	for _, s := range e.Sent {
		fmt.Fprintf(w, "  %s %s  %s\n", s.Outcome, oneLine(s.Axis), sendingText(s))
	}
}

// columnText says what became of a column.
func columnText(c pipelines.ColumnTold) string {
	what := map[string]string{"account": "property", "customer": "held axis", "desired": "axis", "match": "column"}[c.Of]
	name := oneLine(c.Column)
	switch c.Status {
	case "new":
		if c.From != "" {
			return fmt.Sprintf("the %s %s is new and holds what %s held, which is gone: it may have been renamed", what, name, oneLine(c.From))
		}
		return fmt.Sprintf("the %s %s is new in the snapshots", what, name)
	case "gone":
		return fmt.Sprintf("the %s %s is not in the snapshots any more", what, name)
	case "back":
		return fmt.Sprintf("the %s %s is in the snapshots again", what, name)
	}
	return fmt.Sprintf("the %s %s was %s, is %s", what, name, c.Before, c.After)
}
