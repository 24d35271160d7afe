package sinks_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axisync/axisync/sinks"
)

func events(t *testing.T, path string) []sinks.Event {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []sinks.Event
	for _, line := range bytes.SplitAfter(content, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var event sinks.Event
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		list = append(list, event)
	}
	return list
}

func TestAnIntentIsOnDiskBeforeSendingReturns(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	j, err := sinks.OpenJournal(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			id := fmt.Sprintf("C-%d", i)
			if err := j.Sending(id, []sinks.Cell{{Axis: "A", After: sinks.Text("x")}, {Axis: "B"}}, time.Now()); err != nil {
				t.Error(err)
			}
			content, err := os.ReadFile(path)
			if err != nil || !bytes.Contains(content, []byte(`"`+id+`"`)) {
				t.Errorf("%s is not in the file yet", id)
			}
		})
	}
	wg.Wait()
	list := events(t, path)
	if len(list) != 80 {
		t.Fatalf("%d lines, want 80", len(list))
	}
	for i, event := range list {
		if event.Seq != int64(i+1) {
			t.Fatalf("line %d has the number %d", i+1, event.Seq)
		}
	}
}

// A process killed in the middle of a line leaves the lines before it whole.
func TestATornLineIsDropped(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	write := func(id string) {
		j, err := sinks.OpenJournal(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Record(sinks.Outcome{Kind: sinks.Accepted, CustomerID: id, Cell: sinks.Cell{Axis: "A"}, At: time.Now()}); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range whole {
		if err := os.WriteFile(path, append(bytes.Clone(whole), whole[:cut]...), 0o600); err != nil {
			t.Fatal(err)
		}
		write("two")
		list := events(t, path)
		if len(list) != 2 || list[0].CustomerID != "one" || list[1].CustomerID != "two" || list[1].Seq != 2 {
			t.Fatalf("cut at %d: %+v", cut, list)
		}
	}
}

// Outcomes are on disk within a second, also when nothing else happens; nothing is
// left running after Close.
func TestOutcomesAreDurableWithinASecond(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	synctest.Test(t, func(t *testing.T) {
		j, err := sinks.OpenJournal(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			if err := j.Record(sinks.Outcome{Kind: sinks.Accepted, CustomerID: fmt.Sprint(i), Cell: sinks.Cell{Axis: "A"}, At: time.Now()}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
			if held := len(events(t, path)); held < i+1-9 {
				t.Errorf("of %d outcomes %d are in the file", i+1, held)
			}
		}
		time.Sleep(time.Second)
		if held := len(events(t, path)); held != 20 {
			t.Errorf("%d outcomes are in the file", held)
		}
		_ = j.Record(sinks.Outcome{Kind: sinks.Accepted, CustomerID: "last", At: time.Now()})
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		if held := len(events(t, path)); held != 21 {
			t.Errorf("%d outcomes after Close", held)
		}
	})
}

// What is damaged is told by its line; a torn last line is no damage, and what comes
// before the place that is asked for is not looked at.
func TestADamagedLine(t *testing.T) {
	t.Parallel()
	line := func(seq int) string {
		return fmt.Sprintf(`{"seq":%d,"kind":"accepted","customer_id":"C","axis":"A","at":1,"before":null}`, seq) + "\n"
	}
	for name, bad := range map[string]string{"cut": line(2)[:30] + "\n", "blank": "\n", "no event": "{}\n", "no UTF-8": line(2)[:50] + "\xff" + line(2)[50:]} {
		path := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(path, []byte(line(1)+bad+line(3)+`{"seq":4`), 0o600); err != nil {
			t.Fatal(err)
		}
		var seen []int64
		take := func(e sinks.Event) error { seen = append(seen, e.Seq); return nil }
		var damaged *sinks.DamagedJournalError
		if err := sinks.ReadJournal(path, 0, take); !errors.As(err, &damaged) || damaged.Line != 2 || damaged.Path != path || len(seen) != 1 {
			t.Errorf("%s: %v, %v", name, err, seen)
		}
		if err := sinks.ReadJournal(path, int64(len(line(1)+bad)), take); err != nil || len(seen) != 2 || seen[1] != 3 {
			t.Errorf("%s: %v, %v", name, err, seen)
		}
		if err := os.WriteFile(path, []byte(line(1)+bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := sinks.RepairJournal(path); !errors.As(err, &damaged) || damaged.Line != 2 || !damaged.Configuration() {
			t.Errorf("%s at the end: %v", name, err)
		}
	}
	if err := sinks.ProveJournal(filepath.Join(t.TempDir(), "none")); err != nil {
		t.Error(err)
	}
}
