package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform"
	"github.com/axisync/axisync/words"
)

// samples is the number of cells that are left which are shown one by one.
const samples = 6

// show tells a result to a person.
func show(ctx context.Context, w painter, p *pipelines.Pipeline, r *pipelines.Result) {
	fmt.Fprintf(w, "%s   %s %s   %s\n", r.Source, r.Kind, r.Run, whatItDid(r))
	showReading(w, r)
	if r.Customers > 0 {
		showMatching(w, p, r)
	}
	if len(r.Axes) > 0 {
		showAxes(w, r)
	}
	if r.Snapshot != "" {
		showSamples(ctx, w, r)
	}
	if r.Snapshot != "" && r.Kind != "apply" {
		showKept(ctx, w, r)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(w, "note      %s\n", note)
	}
	showCost(w, r)
	if r.Snapshot != "" {
		fmt.Fprintf(w, "snapshot  %s\n", r.Snapshot)
	}
	if text := outcome(p, r); text != "" {
		fmt.Fprintln(w, text)
	}
	showDelivery(w, p, r)
}

// whatItDid is what a run worked on, and for how long.
func whatItDid(r *pipelines.Result) string {
	switch {
	case r.RollsBack != "":
		return fmt.Sprintf("puts back what %s wrote: %s cells", r.RollsBack, count(r.Cells.Considered))
	case r.Kind != "apply":
		return fmt.Sprintf("%s accounts in %s (%d calls)", count(r.Accounts), seconds(r.Seconds), r.SalesforceCalls)
	}
	of := ""
	if r.Delivery != nil && r.Delivery.Customers > 0 && r.LimitCustomers == 0 {
		of = fmt.Sprintf(" of %s customers", count(r.Delivery.Customers))
	}
	return fmt.Sprintf("the plan of %s: %s cells%s, in %s", r.Applies, count(r.Cells.Considered), of, seconds(r.Seconds))
}

// showDelivery tells what a delivery took and what was refused, by kind.
func showDelivery(w io.Writer, p *pipelines.Pipeline, r *pipelines.Result) {
	if r.Delivery == nil {
		return
	}
	showRequests(w, r.Delivery)
	for _, kind := range r.Delivery.Refused {
		in := ""
		if kind.Axis != "" {
			in = " in " + words.Quoted(kind.Axis)
		}
		fmt.Fprintf(w, "  %s customers refused%s, such as %s: %s %s; %s\n", count(kind.Customers), in, words.Quoted(kind.Example), kind.Code, oneLine(kind.Reason), kind.Remedy)
	}
	if len(r.Delivery.Refused) > 0 {
		fmt.Fprintf(w, "  each one: axisync rejects %s\n", p.File)
	}
}

// showRequests tells how fast a target was that is asked by requests.
func showRequests(w io.Writer, d *sinks.Report) {
	if d.Customers == 0 || d.Requests == 0 {
		return
	}
	sent := map[string]string{sinks.DictionaryDelta: ", the changed keys alone", sinks.DictionaryWhole: ", whole dictionaries"}[d.Dictionary]
	fmt.Fprintf(w, "  %s in %s, %.0f a second%s; %s requests, %s refused for their number\n",
		words.Counted(d.Customers, "customer", "customers"), seconds(d.Seconds), d.CustomersPerSecond, sent, count(d.Requests), count(d.Throttled))
	if d.Dictionary == sinks.DictionaryWhole && d.GapP99 > 0 {
		fmt.Fprintf(w, "  an edit that somebody makes between a read and its write may be lost: 99%% of those gaps are under %.0f ms\n", d.GapP99)
	}
}

// canaryOf is how many customers a canary is proposed for.
const canaryOf = 10

func outcome(p *pipelines.Pipeline, r *pipelines.Result) string {
	c := r.Cells
	switch r.Outcome {
	case "planned":
		if c.NotAttempted == 0 {
			return "nothing to deliver"
		}
		if len(r.Guards) > 0 || !p.Deliver {
			return fmt.Sprintf("%s cells to write, nothing was sent", count(c.NotAttempted))
		}
		text := fmt.Sprintf("%s cells to write, nothing was sent; deliver: axisync apply %s %s", count(c.NotAttempted), p.File, r.Run)
		if slices.ContainsFunc(r.Axes, isNew) && r.Writing != nil && r.Writing.Customers > canaryOf {
			text += fmt.Sprintf("\nto look at %d customers in Fincome first, add --limit-customers %[1]d", canaryOf)
		}
		return text
	case "unchanged":
		text := fmt.Sprintf("nothing to write: %s cells unchanged, %s kept, %s pending", count(c.Unchanged), count(c.Kept), count(c.Pending))
		if c.Refused > 0 {
			text += fmt.Sprintf(", %s refused before", count(c.Refused))
		}
		return text
	case "delivered":
		if p.Exec != nil { // a program acknowledges what it has written
			c.Sent, c.Acknowledged = c.Sent+c.Acknowledged, 0
		}
		text := fmt.Sprintf("delivered %s cells", count(c.Sent))
		for _, part := range []struct {
			n    int64
			what string
		}{{c.Acknowledged, "held their value already"}, {c.Conflicts, "in conflict"}, {c.Rejected, "rejected"}, {c.NotAttempted, "not attempted"}} {
			if part.n > 0 {
				text += fmt.Sprintf(", %s %s", count(part.n), part.what)
			}
		}
		return text
	case "offered":
		return offered(p, r)
	case "snapshot":
		return "the file names no sink that delivers: nothing was sent"
	}
	if c.Sent > 0 { // stopped or failed: the error says why
		return fmt.Sprintf("%s cells were sent before the run ended", count(c.Sent))
	}
	return ""
}

func showMatching(w io.Writer, p *pipelines.Pipeline, r *pipelines.Result) {
	rate := 100.0
	if r.Identified > 0 {
		rate = 100 * float64(r.Matched) / float64(r.Identified)
	}
	fmt.Fprintf(w, "\ncustomers %s   matched %s   %.1f%% of those with an identifier\n", count(r.Customers), count(r.Matched), rate)
	if len(r.Verdicts) == 0 {
		return
	}
	var matched, not []string
	for i, verdict := range transform.Verdicts() {
		n := r.Verdicts[string(verdict)]
		if n == 0 {
			continue
		}
		text := strings.ReplaceAll(string(verdict), "_", " ") + " " + count(n)
		if i < len(transform.Accepted(false)) {
			matched = append(matched, text)
		} else {
			not = append(not, text)
		}
	}
	fmt.Fprintf(w, "  by      %s\n", strings.Join(matched, " · "))
	if len(not) > 0 {
		fmt.Fprintf(w, "  not     %s\n", strings.Join(not, " · "))
	}
	if r.Fix != nil && r.Fix.Rows > 0 {
		fmt.Fprintf(w, "          %s lists %s with the corrected id\n", pipelines.FixName, count(r.Fix.Rows))
	}
	if r.Candidates > 0 {
		fmt.Fprintf(w, "  near    of %s a near account is named in the matches, or by axisync explain %s CUSTOMER\n", count(r.Candidates), p.File)
	}
	showKey(w, p, r)
}

// showKey tells what is wrong with a match key that is not the Record ID.
func showKey(w io.Writer, p *pipelines.Pipeline, r *pipelines.Result) {
	var faults []string
	for _, fault := range []struct {
		n    int64
		what string
	}{{r.Key.KeylessAccounts, "accounts have none"}, {r.Key.SharedAccounts, "accounts share theirs"}, {r.Key.BentNumbers, "customers hold a number that a spreadsheet has bent"}} {
		if fault.n > 0 {
			faults = append(faults, count(fault.n)+" "+fault.what)
		}
	}
	if len(faults) > 0 {
		fmt.Fprintf(w, "  key     %s: %s\n", p.Key, strings.Join(faults, " · "))
	}
}

// told are the cases of cells that are left which a person may want to look at.
var told = []string{"edited", "emptied", "changed_on_both_sides", "null_kept_foreign", "clear_unknown", "refused", "not_applied", "pending"}

// showKept shows the first cells of ours that others have changed, and those that
// were refused.
func showKept(ctx context.Context, w io.Writer, r *pipelines.Result) {
	shown := append(told[:3:3], "refused", "not_applied")
	if !slices.ContainsFunc(r.Axes, func(a pipelines.AxisResult) bool {
		return slices.ContainsFunc(shown, func(name string) bool { return a.Cases[name] > 0 })
	}) {
		return
	}
	kept, n, err := pipelines.KeptSamples(ctx, r.Snapshot, samples, shown)
	if err != nil {
		fmt.Fprintf(w, "the cells that were left cannot be shown: %v\n", err)
		return
	}
	if n == 0 { // they are written over, by on_edit
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range kept {
		fmt.Fprintf(table, "  %s\t%s\tholds %s, wanted %s\t%s\n", clip(c.CustomerID), clip(c.Axis), quotedOrNothing(c.Before), quotedOrNothing(c.After), strings.ReplaceAll(c.Case, "_", " ")+since(c.Since))
	}
	table.Flush()
	if more := n - int64(len(kept)); more > 0 {
		fmt.Fprintf(w, "  ... %s more are left in %s\n", count(more), r.Table("kept"))
	}
	fmt.Fprintln(w)
}

func since(at string) string {
	if at == "" {
		return ""
	}
	return " since " + at
}

func quotedOrNothing(text *string) string {
	if text == nil {
		return "(empty)"
	}
	return fmt.Sprintf("%q", clip(*text))
}

// clip cuts a text that would fill the terminal.
func clip(text string) string {
	const width = 44
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond).String()
}
