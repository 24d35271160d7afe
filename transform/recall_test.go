package transform_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform"
)

// oddIDs are ids of customers that a statement or a journal could trip over.
var oddIDs = []string{"C-1", "C-10", "it's; DROP TABLE kept --", `"quoted"\`, "line\nbreak", "<&>\u2028", "日本 🏔", "", " C-1"}

// pastsOf gives each odd id a past of its own.
func pastsOf() (cells []cellCase) {
	day := 24 * time.Hour
	pasts := []past{
		acked("a", sinks.Value{Set: true, Text: "12", Type: "number"}),
		sent("b", "x", time.Minute),
		sent("b", "x", time.Minute).then(sinks.Accepted, sinks.Value{}),
		sent("b", "x", day).then(sinks.Rejected, value("b")),
		append(acked("a", value("a")), sent("a", "", time.Minute).then(sinks.Accepted, sinks.Value{})...),
	}
	for i, id := range oddIDs {
		cells = append(cells, cellCase{name: id, past: pasts[i%len(pasts)]})
	}
	return cells
}

// What is remembered of one customer is the same from the journal and from the
// file that it was folded into, and is that of no other customer.
func TestRecall(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	journal := journalOf(t, pastsOf()...)
	saved := filepath.Join(t.TempDir(), "saved.parquet")
	e := open(t, transform.Rules{Now: now, Axes: []transform.Axis{{Name: axisName, State: transform.Usable}}})
	must(t, e.Customers(ctx, customerReader(t, now, []string{axisName}, []customer{{id: "C-1", identifier: mixed}})))
	must(t, e.Deleted(ctx, tableReader(t, connector.DeletedSchema())))
	must(t, e.Acknowledgements(ctx, "", journal))
	if ok, err := e.SaveAcknowledgements(ctx, saved); err != nil || !ok {
		t.Fatal(ok, err)
	}
	for i, id := range oddIDs {
		fromJournal, fromFile := recall(t, "", journal, id), recall(t, saved, "", id)
		if diff := cmp.Diff(fromJournal, fromFile); diff != "" || len(fromJournal) != 1 {
			t.Fatalf("%q: (-journal +file):\n%s", id, diff)
		}
		m := fromJournal[0]
		for want, got := range map[string]bool{
			"axis":         m.Axis == axisName,
			"acknowledged": m.AcknowledgedAt.IsZero() == (i%5 != 0 && i%5 != 4),
			"form":         i%5 != 0 || m.Acknowledged == sinks.Text("a") && m.Form == sinks.Value{Set: true, Text: "12", Type: "number"},
			"sent":         m.SentAt.IsZero() == (i%5 == 0 || i%5 == 3),
			"before":       i%5 != 1 || m.Sent == sinks.Text("x") && m.SentBefore == sinks.Text("b") && m.SentAt.Equal(now.Add(-time.Minute)),
			"cleared":      i%5 != 4 || !m.Sent.Set && m.SentBefore == sinks.Text("a"),
			"answered":     m.Answered == (i%5 == 2 || i%5 == 4),
			"refused":      i%5 != 3 || m.Code == "422" && m.Refused == sinks.Text("x") && m.RefusedHeld == sinks.Text("b"),
		} {
			if !got {
				t.Errorf("%q: %s is wrong in %+v", id, want, m)
			}
		}
		// What happened since counts more than the file.
		later := recall(t, saved, journalOf(t, cellCase{name: id, past: past{{kind: sinks.Acknowledged, after: value("z"), now: value("z")}}}), id)
		if len(later) != 1 || later[0].Acknowledged != sinks.Text("z") || !later[0].SentAt.IsZero() {
			t.Errorf("%q: after an acknowledgement %+v", id, later)
		}
	}
	for _, id := range []string{"C-2", "c-1", "C", "%"} {
		if got := recall(t, saved, journal, id); len(got) != 0 {
			t.Errorf("%q: %+v", id, got)
		}
	}
}

func recall(t *testing.T, saved, journal, id string) []transform.Memory {
	t.Helper()
	dir := t.TempDir()
	memories, err := transform.Recall(context.Background(), transform.Config{Dir: dir}, saved, journal, id)
	must(t, err)
	left, err := os.ReadDir(dir)
	if must(t, err); len(left) != 0 {
		t.Errorf("%v stays", left)
	}
	return memories
}

// A run may be writing the journal: the line that is not whole yet does not count.
func TestRecallBesideAWriter(t *testing.T) {
	t.Parallel()
	journal := journalOf(t, cellCase{name: "C-1", past: sent("b", "x", time.Minute).then(sinks.Accepted, sinks.Value{})})
	whole, err := os.ReadFile(journal)
	must(t, err)
	must(t, os.WriteFile(journal, whole[:len(whole)-3], 0o600))
	if got := recall(t, "", journal, "C-1"); len(got) != 1 || got[0].Answered || got[0].SentAt.IsZero() {
		t.Errorf("got %+v", got)
	}
	if got := recall(t, "", filepath.Join(t.TempDir(), "none"), "C-1"); len(got) != 0 {
		t.Errorf("without a journal: %+v", got)
	}
	if _, err := transform.Recall(t.Context(), transform.Config{Dir: t.TempDir()}, filepath.Join(t.TempDir(), "gone.parquet"), "", "C-1"); err == nil {
		t.Error("a file that is gone is no error")
	}
}
