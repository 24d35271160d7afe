package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/transform/suggest"
)

// examplePairs is how many pairs are shown with examples.
const examplePairs = 3

func (c *command) suggestKey(ctx context.Context, p *pipelines.Pipeline, o pipelines.Options) error {
	if err := c.watch(&o); err != nil {
		return err
	}
	defer c.warned(ctx, saving)()
	started := time.Now()
	found, err := pipelines.SuggestKey(ctx, p, o)
	c.still()
	if err != nil {
		return err
	}
	if c.json {
		return json.NewEncoder(c.out).Encode(found)
	}
	fmt.Fprintf(c.out, "%s accounts against %s customers in %s (one query job, %d calls; without --suggest-key a check spends none)\n",
		count(found.Accounts), count(found.Customers), seconds(time.Since(started).Seconds()), found.Calls)
	fmt.Fprintf(c.out, "tried     Id, %s\n", strings.Join(found.Properties, ", "))
	if len(found.LeftOut) > 0 {
		fmt.Fprintf(c.out, "not       %s: the query would be too wide\n", strings.Join(found.LeftOut, ", "))
	}
	fmt.Fprintf(c.out, "against   %s axes, at most %s customers of each\n", count(int64(found.Axes)), count(int64(found.SampleSize)))
	if len(found.Filled) > 0 {
		fmt.Fprintf(c.out, "not       %s: a synchronisation fills them\n", strings.Join(found.Filled[:min(len(found.Filled), 20)], ", "))
	}
	showPairs(c.out, found.Pairs)
	showSuggestion(c.out, p, found)
	return nil
}

func showPairs(w io.Writer, pairs []suggest.Pair) {
	if len(pairs) == 0 {
		return
	}
	fmt.Fprintln(w)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(table, "carried by\tfind an account\texactly one\tshared values\t\tidentification axis · match key\n")
	for _, p := range pairs {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t\t%s · %s%s\n", percent(p.Carried, p.Customers), percent(p.Eased.Found, p.Sampled), percent(p.Eased.Unique, p.Eased.Found),
			conflicts(p.Eased), clip(p.Axis), p.Property, eased(p))
	}
	table.Flush()
	for i, p := range pairs[:min(len(pairs), examplePairs)] {
		if i > 0 && !p.Fits() {
			break
		}
		fmt.Fprintf(w, "\n  %s · %s\n", clip(p.Axis), p.Property)
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		for _, e := range p.Examples {
			fmt.Fprintf(table, "    %s\t%q\t%s\t%s\n", clip(e.CustomerID), clip(e.Value), strings.ReplaceAll(e.Verdict, "_", " "), e.AccountID)
		}
		table.Flush()
	}
}

func percent(part, whole int64) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(part)/float64(whole))
}

// conflicts tells values that several accounts or several customers have.
func conflicts(f suggest.Figures) string {
	var parts []string
	if f.SharedByAccounts > 0 {
		parts = append(parts, count(f.SharedByAccounts)+" by accounts")
	}
	if f.SharedByCustomers > 0 {
		parts = append(parts, count(f.SharedByCustomers)+" by customers")
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// eased says what a property needs, and what it finds without it.
func eased(p suggest.Pair) string {
	var with []string
	if p.Trim {
		with = append(with, "match.trim")
	}
	if p.Fold {
		with = append(with, "match.fold_case")
	}
	if with == nil {
		return ""
	}
	return fmt.Sprintf("   with %s; %s find an account without", strings.Join(with, " and "), percent(p.Plain.Found, p.Sampled))
}

func showSuggestion(w io.Writer, p *pipelines.Pipeline, found *pipelines.Suggestion) {
	if found.YAML == "" {
		fmt.Fprintf(w, "\nnothing fits: of no axis do half of the customers that carry it find exactly one account\n"+
			"create an axis in Fincome and fill it with the 18-character Record ID of each customer's account;\n"+
			"axisync extract %s --csv accounts.csv gives the ids with the names\n", p.File)
		return
	}
	fmt.Fprintf(w, "\npaste into %s:\n\n", p.File)
	for _, line := range strings.Split(strings.TrimRight(found.YAML, "\n"), "\n") {
		fmt.Fprintf(w, "  %s\n", line)
	}
	best := found.Pairs[0]
	if !best.IsID() {
		fmt.Fprintf(w, "\n%s has to stay unique and complete; the Record ID of the account would do so by itself\n", best.Property)
	}
}
