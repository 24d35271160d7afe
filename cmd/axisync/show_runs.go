package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/axisync/axisync/pipelines"
)

// runRow is a line of the table of runs.
const runRow = "%-17s %-19s %-8s %-10s %4s %11s %8s %10s %9s %9s"

// showRuns lists runs, and how their figures went.
func showRuns(w painter, r *pipelines.Runs) {
	fmt.Fprintf(w, "%s   %s of %s runs", r.Source, count(int64(len(r.Runs))), count(int64(r.Found)))
	if len(r.Runs) < r.Found {
		fmt.Fprint(w, "; more by --last")
	}
	fmt.Fprintln(w)
	if len(r.Runs) == 0 {
		return
	}
	showRunLines(w, r.Runs)
	fmt.Fprintln(w)
	writeLine(w, fmt.Sprintf(runRow, "started (UTC)", "run", "kind", "result", "exit", "accounts", "matched", "written", "refused", "took"))
	for _, told := range r.Runs {
		showRunRow(w, told)
	}
}

func showRunRow(w painter, r pipelines.RunTold) {
	accounts, matched, written, refused, took := "-", "-", "-", "-", "-"
	if f := r.Figures; f != nil {
		accounts, matched, took = count(f.Accounts), share(f.Matched, f.Identified), seconds(f.Seconds)
		written, refused = count(f.Written), count(f.Cells.Rejected+f.Cells.Conflicts)
	}
	writeLine(w, fmt.Sprintf(runRow, r.Started.UTC().Format("2006-01-02 15:04"), oneLine(r.Run), r.Kind, r.Outcome, fmt.Sprint(r.Exit), accounts, matched, written, refused, took))
	var names []string
	for _, guard := range r.Guards {
		names = append(names, guard.Name)
	}
	if len(names) > 0 {
		fmt.Fprintf(w, "    stopped by %s\n", w.red(strings.Join(slices.Compact(names), ", ")))
	}
	if r.Left > 0 {
		fmt.Fprintf(w, "    a canary: %s cells were left for later\n", count(r.Left))
	}
	if r.Delivered != "" && r.Delivered != r.Run {
		fmt.Fprintf(w, "    delivered %s\n", oneLine(r.Delivered))
	}
}

// showRunLines shows how the figures went of those that read accounts.
func showRunLines(w painter, runs []pipelines.RunTold) {
	lines := []trendLine{{name: "accounts"}, {name: "matched", shares: true}, {name: "written"}, {name: "seconds"}}
	read := 0
	for _, r := range runs {
		f := r.Figures
		if f == nil || f.Accounts == 0 || r.Kind == "apply" || r.Kind == "rollback" {
			continue
		}
		read++
		lines[0].add(float64(f.Accounts), count(f.Accounts))
		lines[1].add(float64(f.Matched)/float64(max(f.Identified, 1)), share(f.Matched, f.Identified))
		lines[2].add(float64(f.Written), count(f.Written))
		lines[3].add(f.Seconds, seconds(f.Seconds))
	}
	if read < 2 {
		return
	}
	fmt.Fprintln(w)
	for _, l := range lines {
		writeLine(w, fmt.Sprintf("%-10s %15s -> %-15s %s", l.name, l.first, l.last, w.line(l.values, l.span())))
	}
}

// showRun tells one run in detail.
func showRun(w painter, p *pipelines.Pipeline, told *pipelines.RunTold, r *pipelines.Result, by []pipelines.RunTold) {
	fmt.Fprintf(w, "%s   %s %s   %s, exit %d, begun %s\n", p.Source, told.Kind, told.Run, told.Outcome, told.Exit, moment(told.Started))
	if r == nil {
		fmt.Fprintln(w, "its figures are not kept: its process was killed, or the state was cleared")
		return
	}
	fmt.Fprintf(w, "took %s: %s accounts, %d calls, %.1f MB received\n", seconds(r.Seconds), count(r.Accounts), r.SalesforceCalls, float64(r.BytesReceived)/1e6)
	if r.Customers > 0 {
		showMatching(w, p, r)
	}
	if len(r.Axes) > 0 {
		showAxes(w, r)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "note      %s\n", note)
	}
	if r.Snapshot != "" {
		fmt.Fprintf(w, "snapshot  %s\n", r.Snapshot)
	}
	showLedger(w, r.Cells)
	if r.Error != "" {
		fmt.Fprintln(w, r.Error)
	}
	for _, guard := range r.Guards {
		fmt.Fprintf(w, "stopped   %s: %s\n", guard.Name, guard.Text)
	}
	for _, delivery := range by {
		fmt.Fprintf(w, "delivered by %s %s, exit %d\n", delivery.Kind, delivery.Run, delivery.Exit)
	}
}

// showLedger tells where the cells went.
func showLedger(w io.Writer, c pipelines.Cells) {
	if c.Considered == 0 {
		return
	}
	var parts []string
	for _, part := range []struct {
		n    int64
		what string
	}{{c.Sent, "sent"}, {c.Acknowledged, "held their value already"}, {c.Unchanged, "unchanged"}, {c.Kept, "kept"}, {c.Pending, "pending"}, {c.Refused, "refused before"}, {c.Conflicts, "in conflict"}, {c.Rejected, "rejected"}, {c.NotAttempted, "not sent"}} {
		if part.n > 0 {
			parts = append(parts, count(part.n)+" "+part.what)
		}
	}
	fmt.Fprintf(w, "cells     %s: %s\n", count(c.Considered), strings.Join(parts, ", "))
}
