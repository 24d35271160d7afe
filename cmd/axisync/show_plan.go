package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/words"
)

// A plan is shown like a diff: what comes with +, what changes with ~, what goes with -,
// and = where nothing does.
const (
	signNew     = "+"
	signChanged = "~"
	signCleared = "-"
	signSame    = "="
)

// showAxes shows the axes, a line each, and those that are not filled any more.
func showAxes(w painter, r *pipelines.Result) {
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "\tnew\tchanged\tcleared\tunchanged\tleft\t\taxis\n")
	for _, a := range r.Axes {
		left := a.Cells() - a.New - a.Changed - a.Cleared - a.Cases["unchanged"]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t\t%s\n", signOf(a), count(a.New), count(a.Changed), count(a.Cleared), count(a.Cases["unchanged"]), count(left), oneLine(a.Axis)+remark(a))
	}
	for _, axis := range r.Retired {
		fmt.Fprintf(table, " \t\t\t\t\t\t\t%s   retired: filled in earlier runs and not any more, left as it is\n", oneLine(axis))
	}
	table.Flush()
	fmt.Fprintln(w)
	w.signed(text.String())
	fmt.Fprintln(w)
}

// isNew reports whether no customer carries the axis yet.
func isNew(a pipelines.AxisResult) bool { return !a.Exists && a.New > 0 }

func signOf(a pipelines.AxisResult) string {
	switch {
	case a.Changed > 0 || a.New > 0 && a.Cleared > 0:
		return signChanged
	case a.New > 0:
		return signNew
	case a.Cleared > 0:
		return signCleared
	}
	return signSame
}

// signed writes lines in the colours of the signs that they begin with.
func (p painter) signed(text string) {
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch first, _, _ := strings.Cut(strings.TrimLeft(line, " "), " "); first {
		case signNew:
			line = p.green(line)
		case signCleared:
			line = p.red(line)
		case signChanged:
			line = p.yellow(line)
		}
		fmt.Fprintln(p, line)
	}
}

func remark(a pipelines.AxisResult) string {
	var parts []string
	if isNew(a) {
		parts = append(parts, "a new axis")
	}
	switch {
	case a.State == "unknown":
		parts = append(parts, "unknown property: holds None")
	case a.State == "lost":
		parts = append(parts, "property lost: left as it is")
	case a.Foreign > 0 && a.Merge != "overwrite":
		parts = append(parts, fmt.Sprintf("holds %s other values, which are left", count(a.Foreign)))
	case a.Foreign > 0:
		parts = append(parts, fmt.Sprintf("merges into an axis that holds %s other values", count(a.Foreign)))
	}
	for _, name := range told {
		if n := a.Cases[name]; n > 0 {
			parts = append(parts, count(n)+" "+strings.ReplaceAll(name, "_", " "))
		}
	}
	if a.Stale > 0 {
		parts = append(parts, count(a.Stale)+" stale")
	}
	if len(parts) == 0 {
		return ""
	}
	return "   " + strings.Join(parts, " · ")
}

// Of so many customers the changed cells are shown one by one, and of each so many.
const (
	sampleCustomers = 3
	sampleCells     = 8
)

// showSamples shows the changed cells of some customers, before and after.
func showSamples(ctx context.Context, w painter, r *pipelines.Result) {
	if r.Kind == "apply" || r.Cells.Changes() == 0 {
		return
	}
	changes, total, err := pipelines.Samples(ctx, r.Snapshot, sampleCustomers)
	if err != nil {
		fmt.Fprintf(w, "the changes cannot be shown: %v\n", err)
		return
	}
	shown := int64(0)
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && changes[n].CustomerID == changes[0].CustomerID {
			n++
		}
		shown += showCustomer(w, changes[:n])
		changes = changes[n:]
	}
	if more := total - shown; more > 0 {
		fmt.Fprintf(w, "  ... %s more cells in %s\n", count(more), r.Table("changes"))
	}
	fmt.Fprintln(w)
}

// showCustomer shows the cells of a customer, and gives how many were shown.
func showCustomer(w painter, cells []pipelines.Sample) int64 {
	fmt.Fprintf(w, "  %s\n", oneLine(clip(cells[0].CustomerID)))
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	shown := cells[:min(len(cells), sampleCells)]
	for _, c := range shown {
		axis := oneLine(clip(c.Axis))
		switch c.Kind() {
		case pipelines.KindNew:
			fmt.Fprintf(table, "    %s %s\t%s\n", signNew, axis, after(c))
		case pipelines.KindCleared:
			fmt.Fprintf(table, "    %s %s\t%s\n", signCleared, axis, before(c))
		default:
			fmt.Fprintf(table, "    %s %s\t%s  ->  %s\n", signChanged, axis, before(c), quotedOrNothing(c.After))
		}
	}
	table.Flush()
	w.signed(text.String())
	if more := len(cells) - len(shown); more > 0 {
		fmt.Fprintf(w, "      ... %d more\n", more)
	}
	return int64(len(shown))
}

// after is what a new cell will hold.
func after(s pipelines.Sample) string {
	if s.Unread { // something may stand there
		return before(s) + "  ->  " + quotedOrNothing(s.After)
	}
	return quotedOrNothing(s.After)
}

func before(s pipelines.Sample) string {
	if s.Unread {
		return "(not read)"
	}
	return quotedOrNothing(s.Before)
}

// showCost tells what the run has cost in Salesforce, and what a delivery will take.
func showCost(w painter, r *pipelines.Result) {
	if quota := r.Salesforce.Quota; quota != nil && quota.Max > 0 {
		fmt.Fprintf(w, "cost      %s calls to Salesforce, %s; of the %s a day of the org %s are used (%s)\n",
			count(r.Salesforce.Calls), jobsOf(r), count(quota.Max), count(quota.UsedAfter), share(quota.UsedAfter, quota.Max))
	}
	if writing := r.Writing; writing != nil && writing.Customers > 0 && r.Delivery == nil {
		text := fmt.Sprintf("to write  %s customers", count(writing.Customers))
		if writing.Requests > 0 {
			text += fmt.Sprintf(", about %s requests to Fincome", count(writing.Requests))
		}
		if writing.Seconds > 0 {
			text += ", about " + seconds(writing.Seconds) + " at the pace of earlier deliveries"
		}
		fmt.Fprintln(w, text)
	}
}

func jobsOf(r *pipelines.Result) string {
	text := words.Counted(r.Salesforce.QueryJobs, "query job", "query jobs")
	if n := r.Salesforce.QueryJobsResumed; n > 0 {
		text += fmt.Sprintf(" and %d of an earlier run", n)
	}
	return text
}
