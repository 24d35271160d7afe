package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet/diff"
)

// diffFlags are what diff is told.
type diffFlags struct {
	pipeline, table, format, out string
	ignore                       []string
	rows                         int
	rowsGiven                    bool
	failIfChanged                bool
	failAbove                    string
}

func (c *command) diff() *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "what changed between two snapshots",
		Long: `Compares a table of two snapshots: rows that came, went and changed, every cell before
and after, and what the changed rows have in common. OLD and NEW are folders of
snapshots, or, with --pipeline, ids of runs, dates in UTC (the last snapshot of that
day), latest (the newest that no guard stopped, or that was applied since) or previous.
Two plans are compared by --table changes. It reads files alone and contacts nobody.

The tables are accounts (the default), customers, matches, axes, changes and kept. Values
are those that Salesforce sent, in one notation for each type; null and the empty text
are told apart. A silent change is one that left SystemModstamp as it was: formulas, for
example. Columns are matched by name; one that is gone and a new one that hold the same
are told as renamed. What the manifests say to be the same (by a digest of its rows) is
not read: a file that was damaged since is not found this way.

--format table is for people: it shows the first rows. json is one object: version, rows
(kind, key, silent, cells with column, before, after) and summary. csv has a line for a
cell: kind, the key, silent, column, before, after, before_null, after_null. parquet writes
the same into a folder. html is one file for a browser, which opens from a disk and asks
for nothing: figures, a chart, and a table of the changes to search, sort and filter. It
holds 200,000 changes at most, or the rows that --rows says, and 64 MB of values; where
that is not all, it says so. --json gives the summary alone, as one line.

The exit code is 0 also when something changed; --fail-if-changed and --fail-above make it 4.`,
		Example: `  axisync diff previous latest --pipeline daily.yaml
  axisync diff 2026-11-22 2026-11-23 --pipeline daily.yaml --format csv --out changes.csv
  axisync diff previous latest --pipeline daily.yaml --format html --out changes.html
  axisync diff previous latest --pipeline daily.yaml --table axes --fail-above 5%`,
		Args: exactly("OLD", "NEW"),
		RunE: func(cmd *cobra.Command, args []string) error {
			frugal()
			c.again.Store(beginsAnew)
			limit, err := f.check()
			if err != nil {
				return err
			}
			f.rowsGiven = cmd.Flags().Changed("rows")
			comparison, err := c.compared(cmd.Context(), f, args)
			if err != nil {
				return err
			}
			summary, err := c.writeDiff(cmd, f, comparison)
			if err != nil {
				return err
			}
			return limit.hold(summary)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.pipeline, "pipeline", "", "the pipeline file whose snapshots are named")
	flags.StringVar(&f.table, "table", "accounts", "the table that is compared")
	flags.StringVar(&f.format, "format", "table", "table, json, csv, parquet or html")
	flags.StringVar(&f.out, "out", "", "a file for json, csv and html instead of standard output; the folder for parquet")
	flags.StringSliceVar(&f.ignore, "ignore", nil, "columns that are not compared, separated by commas")
	flags.IntVar(&f.rows, "rows", 20, "how many rows --format table shows, or html holds")
	flags.BoolVar(&f.failIfChanged, "fail-if-changed", false, "exit with 4 when a row came, went or changed")
	flags.StringVar(&f.failAbove, "fail-above", "", "exit with 4 when more rows came, went or changed than this: a number, or a share of the old rows such as 5%")
	return cmd
}

// check finds what makes no sense before anything is read.
func (f *diffFlags) check() (rowLimit, error) {
	switch f.format {
	case "table", "json", "csv", "html":
	case "parquet":
		if f.out == "" {
			return rowLimit{}, usageError{errors.New("--format parquet goes into a folder: --out DIR")}
		}
	default:
		return rowLimit{}, usageError{fmt.Errorf("--format %q is not table, json, csv, parquet or html", f.format)}
	}
	if f.format == "table" && f.out != "" {
		return rowLimit{}, usageError{errors.New("--out goes with --format json, csv, parquet or html")}
	}
	if f.out == "-" {
		return rowLimit{}, usageError{errors.New("--out - : standard output is where it goes without --out")}
	}
	if f.rows < 0 {
		return rowLimit{}, usageError{fmt.Errorf("--rows %d is less than nothing", f.rows)}
	}
	return newRowLimit(f.failIfChanged, f.failAbove)
}

func (c *command) compared(ctx context.Context, f diffFlags, args []string) (*pipelines.Comparison, error) {
	var p *pipelines.Pipeline
	if f.pipeline != "" {
		var err error
		if p, err = c.loadOffline(f.pipeline); err != nil {
			return nil, err
		}
	}
	comparison, err := pipelines.NewComparison(ctx, p, args[0], args[1])
	if err != nil {
		return nil, err
	}
	for _, text := range comparison.Warnings {
		fmt.Fprintf(c.errs, "warning: %s\n", text)
	}
	return comparison, nil
}

// writeDiff compares and writes in the form that was asked for.
func (c *command) writeDiff(cmd *cobra.Command, f diffFlags, comparison *pipelines.Comparison) (*diff.Summary, error) {
	ctx, options := cmd.Context(), diff.Options{Table: f.table, Ignore: f.ignore}
	var summary *diff.Summary
	var err error
	switch {
	case f.format == "parquet":
		summary, err = comparison.WriteParquet(ctx, options, f.out, time.Now(), version)
	case f.format == "table":
		first := firstRows{most: f.rows}
		if c.json {
			first.most = 0
		}
		if summary, err = comparison.Run(ctx, options, first.add); err == nil && !c.json {
			err = c.paged(func(w painter) { showDiff(w, summary, first) })
		}
	default:
		summary, err = c.streamDiff(f, comparison, func(w rowWriter) (*diff.Summary, error) {
			if err := w.begin(comparison, options); err != nil {
				return nil, err
			}
			return comparison.Run(ctx, options, w.row)
		})
	}
	if err != nil {
		return nil, err
	}
	if c.json {
		return summary, json.NewEncoder(c.out).Encode(summary)
	}
	if f.out != "" {
		fmt.Fprintf(c.out, "%s added, %s removed, %s changed of %s in %s\n", count(summary.Added), count(summary.Removed), count(summary.Changed), summary.Table, f.out)
	}
	return summary, nil
}

// streamDiff writes row by row to standard output, or to a file that appears when it
// is whole.
func (c *command) streamDiff(f diffFlags, comparison *pipelines.Comparison, run func(rowWriter) (*diff.Summary, error)) (*diff.Summary, error) {
	path := f.out
	if path == "" && c.json {
		return nil, usageError{errors.New("--json and --format " + f.format + " both go to standard output: give --out FILE")}
	}
	if path == "" && f.format == "html" && c.terminal() != nil {
		return nil, usageError{errors.New("--format html is a file for a browser, not for a terminal: --out FILE")}
	}
	if path != "" {
		var err error
		if path, err = comparison.File(path); err != nil {
			return nil, err
		}
	}
	to, err := openOut(path, c.out)
	if err != nil {
		return nil, err
	}
	defer to.cleanup()
	buffer := bufio.NewWriterSize(to, 1<<16)
	w := newRowWriter(f, buffer)
	summary, err := run(w)
	if err != nil {
		return nil, err
	}
	if err := w.end(summary); err != nil {
		return nil, err
	}
	if err := buffer.Flush(); err != nil {
		return nil, err
	}
	if page, ok := w.(*htmlDiff); ok && page.held() != "" { // who mails the file has to know
		fmt.Fprintln(c.errs, "the page is not all of it: "+page.held())
	}
	return summary, to.keep()
}

// rowLimit is how many rows may differ.
type rowLimit struct {
	set   bool
	most  int64
	share float64 // of the old rows; 0: most counts
	text  string
}

func newRowLimit(any bool, above string) (rowLimit, error) {
	if above == "" {
		return rowLimit{set: any, text: "none"}, nil
	}
	if any {
		return rowLimit{}, usageError{errors.New("--fail-if-changed and --fail-above: give one of them")}
	}
	if percent, is := strings.CutSuffix(above, "%"); is {
		share, err := strconv.ParseFloat(percent, 64)
		if err != nil || !(share > 0 && share <= 100) {
			return rowLimit{}, usageError{fmt.Errorf("--fail-above takes a number or a share such as 5%%, not %q", above)}
		}
		return rowLimit{set: true, share: share / 100, text: above}, nil
	}
	most, err := strconv.ParseInt(above, 10, 64)
	if err != nil || most < 0 {
		return rowLimit{}, usageError{fmt.Errorf("--fail-above takes a number or a share such as 5%%, not %q", above)}
	}
	return rowLimit{set: true, most: most, text: count(most)}, nil
}

// hold is an error where more rows differ than may.
func (l rowLimit) hold(s *diff.Summary) error {
	differing := s.Added + s.Removed + s.Changed
	most := l.most
	if l.share > 0 {
		most = int64(l.share * float64(s.Before.Rows))
	}
	if !l.set || differing <= most {
		return nil
	}
	return pipelines.Stopped(fmt.Sprintf("%s of the %s rows of %s differ, allowed are %s", count(differing), count(s.Before.Rows), s.Table, l.text))
}
