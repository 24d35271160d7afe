package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/examples"
)

func (c *command) demo() *cobra.Command {
	config := worldConfig{salesforceAddr: "127.0.0.1:0", fincomeAddr: "127.0.0.1:0"}
	var dir string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "two simulated days of the real pipeline",
		Long: `Starts a simulated Salesforce and a simulated Fincome on loopback and runs the real
pipeline against them over HTTP, on two days: what came out of Salesforce, how the
customers matched, what a guard stopped, what was delivered. The snapshots stay.`,
		Example: "  axisync demo\n  axisync demo --accounts 1000000 --customers 200000",
		Args:    exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.json {
				return noJSON()
			}
			if err := config.check(); err != nil {
				return err
			}
			dir, err := demoFolder(dir)
			if err != nil {
				return err
			}
			return c.runDemo(cmd.Context(), config, dir)
		},
	}
	cmd.Flags().IntVar(&config.accounts, "accounts", 100_000, "live accounts on the first day")
	cmd.Flags().IntVar(&config.customers, "customers", 20_000, "customers in Fincome")
	cmd.Flags().Uint64Var(&config.seed, "seed", 1, "the same seed and numbers give the same data")
	cmd.Flags().StringVar(&dir, "dir", "", "folder for state and snapshots (a new one under the system's temporary folder)")
	return cmd
}

const demoFile = "demo.yaml"

// demoFolder is the folder of a demo: a new one, or the one that is named, unless it
// holds a demo already.
func demoFolder(dir string) (string, error) {
	if dir == "" {
		return os.MkdirTemp("", "axisync-demo-")
	}
	if err := pipelines.CheckFolder(dir); err != nil {
		return "", usageError{fmt.Errorf("--dir %s: %w", dir, err)}
	}
	for _, left := range []string{demoFile, filepath.Join("state", pipelines.Slug(examples.DemoSource))} {
		if _, err := os.Lstat(filepath.Join(dir, left)); err == nil {
			return "", usageError{fmt.Errorf("%s holds an earlier demo; name another folder or remove it", dir)}
		}
	}
	return dir, nil
}

// story is a demo on its way.
type story struct {
	*command
	world    *world
	pipeline *pipelines.Pipeline
	options  pipelines.Options
}

func (c *command) runDemo(ctx context.Context, config worldConfig, dir string) error {
	w, err := newWorld(config)
	if err != nil {
		return err
	}
	defer w.close()
	for name, value := range w.environment() {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file := filepath.Join(dir, demoFile)
	if err := os.WriteFile(file, examples.Demo, 0o600); err != nil {
		return err
	}
	c.logLevel = "error" // the demo tells what happens itself
	p, o, err := c.load(file)
	if err != nil {
		return err
	}
	s := &story{c, w, p, o}
	fmt.Fprintf(c.out, "a simulated Salesforce with %s accounts and a simulated Fincome with %s customers, over HTTP\nthe pipeline: %s\n", count(int64(config.accounts)), count(int64(config.customers)), file)
	return s.tell(ctx)
}

// tell is the two days.
func (s *story) tell(ctx context.Context) error {
	s.title("day one: a run")
	first, err := s.run(ctx)
	var stopped *pipelines.StoppedError
	switch {
	case errors.As(err, &stopped):
		fmt.Fprintf(s.out, "\n%v\n", err)
		if first, err = s.apply(ctx, first.Run); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	s.world.fincome.Settle()
	s.world.salesforce.Advance()

	s.title("day two: the same run; some accounts have changed, appeared, disappeared, merged")
	second, err := s.run(ctx)
	if err != nil {
		return err
	}
	s.world.fincome.Settle()
	s.title("what came of it")
	fmt.Fprintf(s.out, "day one wrote %s cells, day two %s\n", count(first.Cells.Sent), count(second.Cells.Sent))
	fmt.Fprintf(s.out, "open the snapshots, with DuckDB for instance:\n  duckdb -c \"SELECT verdict, count(*) FROM '%s/matches/*.parquet' WHERE side = 'customer' GROUP BY 1 ORDER BY 2 DESC\"\n", second.Snapshot)
	s.code = 0
	return nil
}

func (s *story) run(ctx context.Context) (*pipelines.Result, error) {
	result, err := pipelines.Run(ctx, s.pipeline, s.options)
	if result != nil && result.Accounts > 0 {
		show(ctx, s.painter(), s.pipeline, result)
		s.speed(result)
	}
	return result, err
}

// apply is what a person does who has looked at what the guard stopped.
func (s *story) apply(ctx context.Context, run string) (*pipelines.Result, error) {
	s.title("day one: a person has looked at it and says: axisync apply demo.yaml " + run)
	result, err := pipelines.Apply(ctx, s.pipeline, run, s.options)
	if err == nil {
		show(ctx, s.painter(), s.pipeline, result)
	}
	return result, err
}

func (s *story) speed(r *pipelines.Result) {
	took := time.Duration(r.Seconds * float64(time.Second))
	fmt.Fprintf(s.out, "%s accounts a second, %.1f MB received, both simulators in the same process\n", count(int64(float64(r.Accounts)/took.Seconds())), float64(r.BytesReceived)/1e6)
}

func (s *story) title(text string) { fmt.Fprintf(s.out, "\n== %s\n\n", text) }
