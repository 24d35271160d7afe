package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
)

func (c *command) status() *cobra.Command {
	var staleAfter string
	o := pipelines.StandingOptions{}
	cmd := &cobra.Command{
		Use:   "status [PIPELINE... | DIR]",
		Short: "every source: active or not, last good run, how stale, what waits for a person",
		Long: `Tells how the sources stand whose files are named, or lie in a folder (left out: in
this one): active (the newest run ended well), failing (it failed, the next may work),
blocked (nothing is delivered until a person acts), never_run, or unreadable. Beneath
each: what waits for a person, with what to type (a guard that stopped a run, a plan
that is not applied, customers that a canary left, a login, a file to mend, a probe that
is missing or was cut short, new rejects), and who is at work. A run is good that brought
Fincome up to date: a run or an apply, not of a rollback, that ended with 0 or 5 and left
no customers for later (--limit-customers).

It reads the state alone, in a folder or a bucket, does not wait for a run at work, and
needs no secret. --online asks Salesforce too whether each login works.

The exit code is 0, whatever waits; 2 where a file or a state cannot be read; that of
the login under --online. With --fail-if-stale it is 4 where a source has no good run
that is younger. --json gives one object: version, kind (status), sources, exit.`,
		Example: "  axisync status daily.yaml\n  axisync status pipelines/ --fail-if-stale 26h\n  axisync status --json",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.StaleAfter, err = age(staleAfter); err != nil {
				return err
			}
			if len(args) == 0 {
				args = []string{"."}
			}
			files, _, err := pipelines.Files(args)
			if err != nil {
				return err
			}
			o.Now = time.Now()
			return c.tellStanding(c.standings(cmd.Context(), files, o))
		},
	}
	cmd.Flags().StringVar(&staleAfter, "fail-if-stale", "", "exit 4 where the last good run is older than this, such as 26h or 2d")
	cmd.Flags().BoolVar(&o.Online, "online", false, "ask Salesforce whether each login works")
	return cmd
}

// age reads a duration such as 26h or 2d; empty: 0.
func age(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n > 0 {
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, usageError{fmt.Errorf("--fail-if-stale takes a duration such as 26h or 2d, not %q", text)}
	}
	return d, nil
}

// standings are those of the sources of some files.
func (c *command) standings(ctx context.Context, files []string, o pipelines.StandingOptions) (all []*pipelines.Standing) {
	load := c.loadOffline
	if o.Online {
		load = func(file string) (*pipelines.Pipeline, error) {
			p, _, err := c.load(file)
			return p, err
		}
	}
	for _, file := range files {
		p, err := load(file)
		if err != nil {
			all = append(all, pipelines.UnreadableStanding(file, err))
			continue
		}
		all = append(all, pipelines.StandingOf(ctx, p, o))
	}
	return all
}

func (c *command) tellStanding(all []*pipelines.Standing) error {
	codes := make([]int, len(all))
	for i, s := range all {
		codes[i] = s.Exit
	}
	c.code = pipelines.Worst(codes...)
	if c.json {
		return json.NewEncoder(c.out).Encode(map[string]any{"version": 1, "kind": "status", "sources": all, "exit": c.code})
	}
	showStandings(c.out, all)
	return nil
}
