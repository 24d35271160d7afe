package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/pipelines"
)

// The axes of a plan are shown like a diff, with signs that say it without colours, and
// those that are not filled any more.
func TestShowAxes(t *testing.T) {
	t.Parallel()
	axis := func(name string, fresh, changed, cleared, unchanged int64, exists bool) pipelines.AxisResult {
		return pipelines.AxisResult{Axis: name, Merge: "overwrite", State: "usable", Exists: exists, New: fresh, Changed: changed, Cleared: cleared,
			Cases: map[string]int64{"new": fresh, "changed": changed, "cleared": cleared, "unchanged": unchanged, "unmatched": 3}}
	}
	merging := axis("Industry", 2, 1200, 0, 4, true)
	merging.Foreign = 1200
	result := &pipelines.Result{Retired: []string{"SF_Old"}, Axes: []pipelines.AxisResult{
		axis("SF_Phone", 1500, 0, 0, 0, false), merging, axis("SF_City", 0, 0, 7, 9, true), axis("SF_Owner", 0, 0, 0, 12, true), axis("SF_\x1b[31m", 1, 0, 1, 0, true),
	}}
	var out bytes.Buffer
	showAxes(painter{Writer: &out}, result)
	want := `
       new  changed  cleared  unchanged  left  axis
  +  1,500        0        0          0     3  SF_Phone   a new axis
  ~      2    1,200        0          4     3  Industry   merges into an axis that holds 1,200 other values
  -      0        0        7          9     3  SF_City
  =      0        0        0         12     3  SF_Owner
  ~      1        0        1          0     3  SF_` + oneLine("\x1b[31m") + `
                                               SF_Old   retired: filled in earlier runs and not any more, left as it is

`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	showAxes(painter{Writer: &out, coloured: true}, result)
	for _, line := range []string{"\x1b[32m  +  1,500", "\x1b[33m  ~      2", "\x1b[31m  -      0", "\n  =      0"} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no %q in\n%q", line, out.String())
		}
	}
}

// The cells of a customer stand under its id.
func TestShowCustomer(t *testing.T) {
	t.Parallel()
	a, b := "old", "new"
	cells := []pipelines.Sample{{CustomerID: "C-1", Axis: "Fresh", After: &b}, {Axis: "Other", Before: &a, After: &b}, {Axis: "Gone", Before: &a}, {Axis: "Unseen", After: &b, Unread: true}}
	for len(cells) < sampleCells+2 {
		cells = append(cells, pipelines.Sample{Axis: "More", After: &b})
	}
	var out bytes.Buffer
	if n := showCustomer(painter{Writer: &out}, cells); n != sampleCells {
		t.Errorf("%d cells were shown", n)
	}
	want := `  C-1
    + Fresh   "new"
    ~ Other   "old"  ->  "new"
    - Gone    "old"
    + Unseen  (not read)  ->  "new"
    + More    "new"
    + More    "new"
    + More    "new"
    + More    "new"
      ... 2 more
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestShowCost(t *testing.T) {
	t.Parallel()
	result := &pipelines.Result{Writing: &pipelines.Writing{Customers: 1200, Requests: 2400, Seconds: 12.04}}
	result.Salesforce = pipelines.SalesforceResult{Calls: 18, QueryJobs: 1, QueryJobsResumed: 1, Quota: &pipelines.QuotaResult{UsedAfter: 5000, Max: 100_000}}
	var out bytes.Buffer
	showCost(painter{Writer: &out}, result)
	want := `cost      18 calls to Salesforce, 1 query job and 1 of an earlier run; of the 100,000 a day of the org 5,000 are used (5.0%)
to write  1,200 customers, about 2,400 requests to Fincome, about 12s at the pace of earlier deliveries
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}
