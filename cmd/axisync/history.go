package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

// historyFlags are what history is told.
type historyFlags struct {
	property, since, until string
	last                   int
}

// usualSnapshots is how many snapshots of a property are looked at where nothing is said.
const usualSnapshots = 30

func (c *command) history() *cobra.Command {
	var f historyFlags
	cmd := &cobra.Command{
		Use:   "history PIPELINE (ID | --property NAME)",
		Short: "one account, customer or property over all snapshots",
		Long: `With an ID it tells what became of a customer or an account from the oldest snapshot to
the newest: each snapshot in which something changed, with before and after, when it was
first and last seen, in which runs it is missing, and what was delivered. A Record ID
may have 15 characters. It reads the rows of that id alone.

--json gives one object: version, source, id, side (customer or account), name, snapshots,
present, first_seen, last_seen, gone, events (snapshot, status, changes, sent, columns) and
warnings. A change has of (account, customer for what it holds, desired for what it should
hold, or match), column, before, after, and new where the snapshots did not have the column
before. columns are those that came into the snapshots, left them, or have another type (of,
column, status new, gone, back or type, from where it may have been renamed, before, after);
an event that has nothing else has the status columns.

With --property it tells how the values of a property of the accounts went: accounts, share
of nulls, different values and the biggest movements from each snapshot to the next, and the
most frequent values. NAME is a property (Industry) or the axis that it fills
(Salesforce_726564_Industry). A snapshot that is damaged or does not have the property is
told in its place, and the next one is held against the last that has it; a property that
was renamed is followed, and that is told. It looks at the last 30 snapshots; --last,
--since and --until (days in UTC, both included) choose others. It reads that column and the
ids, and all of two snapshots where one has lost the property and it may have been renamed.

Accounts, nulls and changes are exact. Different values are exact up to 16,384, and an
estimate ("about", mostly within 2%) beyond. The most frequent values and movements are
exact as well up to 16,384 values and 4,096 movements; beyond, each may be some more, and it
is told how many. Very long texts lower these numbers.

--json gives one object: version, source, asked, property, axes, found, left_out, snapshots
(oldest first: snapshot, status read, absent or unreadable, reason, column, type, misfits,
values, moved) and warnings. values has rows, nulls, empty (the empty text), distinct,
distinct_exact, top (value, rows), top_too_low_by; moved has since (the run it is held
against), renamed (from, to, same, of), added, removed, changed, filled, emptied, movements
(before, after, rows), movements_too_low_by, parts_read, parts_skipped. Of a value only the first
1,000 characters are given; where that is not all, length (in characters) and digest (eight
hex digits) tell it apart from others that begin alike: of movements, in before_cut and
after_cut.

It contacts nobody, needs no secret and does not wait for a run at work.`,
		Example: `  axisync history daily.yaml C-104233
  axisync history daily.yaml 0015f00000BCvRe --json
  axisync history daily.yaml --property Industry
  axisync history daily.yaml --property Salesforce_726564_Industry --since 2026-11-01 --until 2026-11-30`,
		Args: f.args,
		RunE: func(cmd *cobra.Command, args []string) error {
			frugal()
			window, err := f.window()
			if err != nil {
				return err
			}
			p, err := c.loadOffline(args[0])
			if err != nil {
				return err
			}
			if f.property != "" {
				return c.trend(cmd, p, f.property, window)
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
	flags := cmd.Flags()
	flags.StringVar(&f.property, "property", "", "a property of the accounts, or the axis that it fills, instead of an id")
	flags.StringVar(&f.since, "since", "", "with --property: the first day, in UTC, such as 2026-11-01")
	flags.StringVar(&f.until, "until", "", "with --property: the last day")
	flags.IntVar(&f.last, "last", 0, "with --property: so many snapshots, the newest ones (30 if no day is given either)")
	return cmd
}

// args is a check of the arguments: an id, or a property.
func (f *historyFlags) args(cmd *cobra.Command, args []string) error {
	if f.property == "" {
		if cmd.Flags().Changed("property") {
			return usageError{errors.New("--property is empty; name a property such as Industry")}
		}
		if len(args) == 1 {
			return usageError{fmt.Errorf("an ID is missing, or --property NAME: %s; see %s --help", cmd.UseLine(), cmd.CommandPath())}
		}
		return exactly("PIPELINE", "ID")(cmd, args)
	}
	if len(args) > 1 {
		return usageError{fmt.Errorf("an ID and --property: give one of them")}
	}
	return exactly("PIPELINE")(cmd, args)
}

// window is which snapshots are looked at.
func (f *historyFlags) window() (w pipelines.Window, err error) {
	if f.property == "" && (f.since != "" || f.until != "" || f.last != 0) {
		return w, usageError{errors.New("--since, --until and --last go with --property; the history of an id is told whole")}
	}
	if w.Since, err = dayOf("--since", f.since); err != nil {
		return w, err
	}
	if w.Until, err = dayOf("--until", f.until); err != nil {
		return w, err
	}
	switch w.Last = f.last; {
	case f.last < 0:
		return w, usageError{fmt.Errorf("--last %d is less than nothing", f.last)}
	case !w.Since.IsZero() && !w.Until.IsZero() && w.Until.Before(w.Since):
		return w, usageError{fmt.Errorf("--until %s comes before --since %s", f.until, f.since)}
	case f.last == 0 && f.since == "" && f.until == "":
		w.Last = usualSnapshots
	}
	return w, nil
}

func dayOf(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, usageError{fmt.Errorf("%s takes a day such as 2026-11-23, not %q", flag, text)}
	}
	return day, nil
}

// trend tells the history of a property.
func (c *command) trend(cmd *cobra.Command, p *pipelines.Pipeline, property string, window pipelines.Window) error {
	t, err := pipelines.ReadTrend(cmd.Context(), p, property, window)
	if err != nil {
		return err
	}
	if c.json {
		return json.NewEncoder(c.out).Encode(t)
	}
	return c.paged(func(w painter) { showTrend(w, t) })
}
