package main

import (
	"fmt"
	"io"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet/diff"
	"github.com/axisync/axisync/sinks/parquet/diff/report"
)

// htmlDiff writes one HTML file.
type htmlDiff struct {
	to    io.Writer
	bound report.Bound
	w     *report.Writer
}

// bound is how much of the rows the file holds: what a browser bears, or the rows that
// were asked for.
func (f diffFlags) bound() report.Bound {
	if f.rowsGiven {
		return report.Of(int64(f.rows))
	}
	return report.DefaultBound
}

func (h *htmlDiff) begin(of *pipelines.Comparison, options diff.Options) (err error) {
	before, after := of.Runs()
	h.w, err = report.New(h.to, report.Options{Table: options.Table, Before: before, After: after, Ignored: options.Ignore, Notes: of.Warnings, Bound: h.bound})
	return err
}

func (h *htmlDiff) row(r diff.Row) error { return h.w.Row(r) }

func (h *htmlDiff) end(s *diff.Summary) error { return h.w.Close(s) }

// held says what the file holds where that is not all.
func (h *htmlDiff) held() string {
	held, all := h.w.Held()
	if held == all {
		return ""
	}
	return fmt.Sprintf("it holds %s of the %s rows that differ; --format csv and parquet have all", count(held), count(all))
}
