package browser

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/axisync/axisync/sinks/parquet/diff/report"
)

// Long work is done in pieces, between which the page answers: a sort and a search of a
// hundred thousand changes stop often. How often is counted, for how long a machine takes
// says nothing.
func TestWorkIsDoneInSlices(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 40_000, nil)
	b := open(t, reported(t, before, after, report.Options{Bound: report.DefaultBound}).path)
	eval[bool](b, `(() => {
		window.pauses = 0;
		const begin = Work.prototype.begin;
		Work.prototype.begin = function () { const tick = begin.call(this); return () => { const wait = tick(); if (wait) pauses++; return wait; }; };
		return true;
	})()`)
	b.sort("before")
	if n := eval[int](b, "pauses"); n < 3 {
		t.Errorf("a sort stopped %d times", n)
	}
}

// Numbers are sorted by what they count.
func TestNumbersAreSorted(t *testing.T) {
	t.Parallel()
	chromium(t)
	before, after := days(t, 2000, nil)
	w := reported(t, before, after, report.Options{Bound: report.DefaultBound})
	var want []float64
	for _, l := range w.lines {
		if l.column == "AnnualRevenue" && l.kind == "changed" {
			n, err := strconv.ParseFloat(*l.before, 64)
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, n)
		}
	}
	b := open(t, w.path)
	b.look("", "AnnualRevenue", "changed")
	for _, down := range []bool{false, true} {
		b.sort("before")
		slices.Sort(want)
		if down {
			slices.Reverse(want)
		}
		for i, text := range b.column("before") {
			if n, err := strconv.ParseFloat(text, 64); err != nil || n != want[i] {
				t.Fatalf("down %t: line %d is %s, want %v", down, i, text, want[i])
			}
		}
	}
}

// The changes of a row are those of its whole key, not of every row that has it in a key
// or a value.
func TestChangesOfOneRow(t *testing.T) {
	t.Parallel()
	chromium(t)
	day := func(name string, at int) *written {
		ids := []string{"C-1", "C-10", "C-11"}
		of := func(number int) func(string) account {
			return func(id string) account {
				return account{"Name": name + id, "Industry": strconv.Itoa(number), "Notes__c": "beside C-1 " + strconv.Itoa(number)}
			}
		}
		dir := t.TempDir()
		when := time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC)
		w := reported(t, snapshot(t, dir+"/a", "20261122-0600-aaaa", when, ids, of(at)), snapshot(t, dir+"/b", "20261123-0600-bbbb", when, ids, of(at+1)), report.Options{Bound: report.DefaultBound})
		return &w
	}
	w := day("Account ", 1)
	b := open(t, w.path)
	at := slices.IndexFunc(w.lines, func(l line) bool { return l.key == "C-1" })
	eval[bool](b, `(() => { document.querySelector("#lines tr[data-at='`+strconv.Itoa(at)+`'] td.column").click(); document.getElementById("row").click(); return true; })()`)
	b.settled()
	keys := b.column("key")
	if len(keys) != 2 || slices.ContainsFunc(keys, func(key string) bool { return key != "C-1" }) {
		t.Errorf("shown are the changes of %q: %s", keys, b.state())
	}
	if want := "2 of the 6 changes in this file: those of one row"; b.state() != want {
		t.Errorf("the page says %q, want %q", b.state(), want)
	}
	b.look("", "", "")
	b.want(6, 6)
}
