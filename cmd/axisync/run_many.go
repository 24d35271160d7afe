package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/sourcegraph/conc/pool"

	"github.com/axisync/axisync/pipelines"
)

// many is a run of several sources.
type many struct {
	*command
	files   []string
	sources []*pipelines.Pipeline // nil where the file cannot be read
	options pipelines.Options
	mu      sync.Mutex // of what is told
	came    []pipelines.SourceSummary
}

// runMany runs several sources, each by itself, some at a time.
func (c *command) runMany(ctx context.Context, files []string, o pipelines.Options, nothingChanged, parallel int) error {
	if err := free(nothingChanged); err != nil {
		return err
	}
	c.again.Store(goesOn)
	c.xcom.begin(c.errs)
	m := &many{command: c, files: files, sources: make([]*pipelines.Pipeline, len(files)), came: make([]pipelines.SourceSummary, len(files))}
	unread := make([]error, len(files))
	var readable []*pipelines.Pipeline
	for i, file := range files {
		p, options, err := c.load(file)
		var usage usageError
		switch {
		case errors.As(err, &usage):
			return err
		case err != nil:
			unread[i] = err
			continue
		}
		m.options = chosen(options, o, nothingChanged)
		m.sources[i], readable = p, append(readable, p)
	}
	if err := pipelines.Distinct(ctx, readable); err != nil {
		return err
	}
	m.options.Beside = readable
	if err := c.watch(&m.options); err != nil {
		return err
	}
	defer c.warned(ctx, saving)()
	work := pool.New().WithMaxGoroutines(parallel)
	for i := range files {
		work.Go(func() { m.one(ctx, i, unread[i]) })
	}
	work.Wait()
	return m.summarize(ctx)
}

// one runs a source and tells what came of it.
func (m *many) one(ctx context.Context, i int, err error) {
	p := m.sources[i]
	m.came[i] = pipelines.SourceSummary{File: m.files[i], Outcome: "not_started"}
	if p != nil {
		m.came[i].Source = p.Source
	}
	if ctx.Err() != nil {
		m.came[i].Exit = m.codeOf(ctx, ctx.Err())
		return
	}
	var result *pipelines.Result
	if err == nil {
		o := m.options
		o.Log, o.Among = o.Log.With("source", p.Source), p.Source
		result, err = pipelines.Run(ctx, p, o)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		fmt.Fprintf(m.errs, "%s: %s\n", m.files[i], strings.TrimRight(err.Error(), "\n"))
	}
	m.aside(func() { m.tellOne(ctx, i, result, err) })
}

func (m *many) tellOne(ctx context.Context, i int, result *pipelines.Result, err error) {
	came := &m.came[i]
	if result == nil {
		failure := pipelines.Failed(err, m.codeOf(ctx, err))
		failure.File, failure.Source = came.File, came.Source
		came.Outcome, came.Exit = failure.Outcome, failure.Exit
		if m.json {
			_ = json.NewEncoder(m.out).Encode(failure) // checkedWriter remembers that it failed
		}
		return
	}
	if err != nil {
		result.Exit = m.codeOf(ctx, err)
	}
	came.Run, came.Outcome, came.Exit = result.Run, result.Outcome, result.Exit
	if m.json {
		_ = json.NewEncoder(m.out).Encode(result)
		return
	}
	if err == nil || result.Accounts > 0 {
		var text bytes.Buffer
		paint := m.painter()
		paint.Writer = &text
		show(ctx, paint, m.sources[i], result)
		fmt.Fprintf(m.out, "%s\n", text.Bytes())
	}
}

// summarize tells what all came to. The exit code is in it.
func (m *many) summarize(ctx context.Context) error {
	m.still()
	summary := pipelines.Summarize(m.came)
	if err := context.Cause(ctx); err != nil {
		m.complain(ctx, err)
		summary.Exit = m.codeOf(ctx, err)
	}
	m.code = summary.Exit
	m.xcom.end(summary)
	if m.json {
		return json.NewEncoder(m.out).Encode(summary)
	}
	fmt.Fprintln(m.out, summary.Words())
	table := tabwriter.NewWriter(m.out, 0, 0, 3, ' ', 0)
	for _, s := range summary.Sources {
		fmt.Fprintf(table, "  exit %d\t%s\t%s\t%s\n", s.Exit, strings.ReplaceAll(s.Outcome, "_", " "), s.File, oneLine(s.Source))
	}
	return table.Flush()
}
