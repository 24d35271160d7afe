package exec_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/conformance"
	"github.com/axisync/axisync/sinks/exec"
)

// shop is a receiver behind a program.
type shop struct {
	t      *testing.T
	dir    string
	config exec.Config
}

func (s *shop) Target() sinks.Target {
	config := s.config
	config.Name, config.Command, config.Dir = "shop", []string{os.Args[0], "program", "store", s.dir}, s.dir
	target, err := exec.New(config)
	if err != nil {
		s.t.Fatal(err)
	}
	return target
}

func (s *shop) Customers() []string { return slices.Sorted(maps.Keys(load(s.dir).Customers)) }

func (s *shop) Set(id, axis string, v sinks.Value) {
	h := load(s.dir)
	delete(h.Customers[id], axis)
	if v.Set {
		h.Customers[id][axis] = v.Text
	}
	h.save(s.dir)
}

func (s *shop) Holds(id, axis string) sinks.Value {
	text, set := load(s.dir).Customers[id][axis]
	return sinks.Value{Set: set, Text: text}
}

func (s *shop) Others(id string, axes ...string) string {
	customer := load(s.dir).Customers[id]
	for _, axis := range axes {
		delete(customer, axis)
	}
	return fmt.Sprint(customer)
}

func (s *shop) Writes() int { return load(s.dir).Writes }

func (s *shop) Traits() conformance.Traits {
	return conformance.Traits{Blind: true, Written: sinks.Acknowledged}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]exec.Config{"one start": {}, "a start for each customer": {Cells: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.Run(t, func(t *testing.T) conformance.Receiver {
				s := &shop{t: t, dir: t.TempDir(), config: config}
				h := held{Customers: map[string]map[string]string{}}
				for _, id := range []string{"C-1", "00042", "=é/ü, \"q\""} {
					h.Customers[id] = map[string]string{"other": "stays " + id}
				}
				h.save(s.dir)
				return s
			})
		})
	}
}

// changes sets the axis A of n customers.
func changes(t testing.TB, n int) array.RecordReader {
	t.Helper()
	b := array.NewRecordBuilder(connector.Memory, sinks.ChangeSchema())
	defer b.Release()
	for i := range n {
		for column, text := range []string{fmt.Sprint("C-", i), "A", "", "", "after", "new", ""} {
			if text == "" {
				b.Field(column).AppendNull()
			} else {
				b.Field(column).(*array.StringBuilder).Append(text)
			}
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	r, err := array.NewRecordReader(sinks.ChangeSchema(), []arrow.RecordBatch{batch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Release)
	return r
}

type delivered struct {
	report sinks.Report
	dir    string
	events map[sinks.EventKind]int
	last   map[sinks.EventKind]sinks.Event
	log    string
	err    error
}

// deliver hands n cells to a program of these tests.
func deliver(t *testing.T, ctx context.Context, program string, n int, config exec.Config) delivered {
	t.Helper()
	d := delivered{dir: t.TempDir(), events: map[sinks.EventKind]int{}, last: map[sinks.EventKind]sinks.Event{}}
	var log bytes.Buffer
	config.Name, config.Command, config.Dir = "test", []string{os.Args[0], "program", program, d.dir}, d.dir
	config.Run, config.Source, config.Log = "r1", "Daily", slog.New(slog.NewTextHandler(&log, nil))
	if program == "stubborn" { // it is told to stop once it listens
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() {
			for _, err := os.Stat(filepath.Join(d.dir, "ready")); err != nil; _, err = os.Stat(filepath.Join(d.dir, "ready")) {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
	}
	target, err := exec.New(config)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	j, err := sinks.OpenJournal(filepath.Join(t.TempDir(), "journal"), func(e sinks.Event) {
		mu.Lock()
		defer mu.Unlock()
		d.events[e.Kind]++
		d.last[e.Kind] = e
	})
	if err != nil {
		t.Fatal(err)
	}
	d.report, d.err = target.Deliver(ctx, changes(t, n), j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	d.log = log.String()
	return d
}

// What a program does wrong is told with what it was, and what was answered counts.
func TestProgramsThatFail(t *testing.T) {
	t.Parallel()
	for program, want := range map[string]struct {
		text     string
		answered int
	}{
		"ten":     {"ended with exit code 0 and has not answered every cell; 10 of 3000 cells were answered, 2990 were not", 10},
		"ten, 3":  {"ended with exit code 3; 10 of 3000 cells were answered, 2990 were not and are handed over again by the next run; it said last: disk full", 10},
		"killed":  {"was ended by killed; 10 of 3000", 10},
		"twice":   {`line 3001 of the answers: the cell "A" of customer "C-0" is answered twice`, 3000},
		"unknown": {`line 3001 of the answers: the cell "A" of customer "C-x" was not handed over`, 3000},
		"nothing": {`line 3001 of the answers: customer_id or axis is missing`, 3000},
		"outcome": {`line 3001 of the answers: the outcome "perhaps" is none of`, 3000},
		"long":    {"line 1 of the answers is longer than 1048576 bytes", 0},
		"hangs":   {"was ended: it neither took nor answered anything for 300ms", 0},
		"deaf":    {"ended with exit code 0 and has not answered every cell; 0 of 3000", 0},
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			config := exec.Config{}
			if program == "hangs" {
				config.Timeout = 300 * time.Millisecond
			}
			d := deliver(t, t.Context(), program, 3000, config)
			if d.err == nil || !strings.Contains(d.err.Error(), want.text) {
				t.Errorf("%v, want %s", d.err, want.text)
			}
			if n := d.events["acknowledged"] + d.events["accepted"]; n != want.answered {
				t.Errorf("%d cells count, want %d", n, want.answered)
			}
			if program == "hangs" {
				gone(t, d.dir)
			}
		})
	}
}

// A line that is no answer ends the program at once, also without its end where it is
// whole JSON; half a line of a program that dies is none.
func TestUnreadableAnswers(t *testing.T) {
	t.Parallel()
	d := deliver(t, t.Context(), "unreadable", 10, exec.Config{})
	if d.err == nil || !strings.Contains(d.err.Error(), `line 2 of the answers: it is no answer`) || !strings.Contains(d.err.Error(), `"hello"`) || d.events["acknowledged"] != 1 {
		t.Error(d.err, d.events)
	}
}

// gone: the child that the program started has ended with it.
func gone(t *testing.T, dir string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, "child"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(content))
	if err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(5 * time.Second); ; {
		stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) || strings.Contains(string(stat), ") Z ") {
			return // or nobody has waited for it yet
		}
		if time.Now().After(until) {
			t.Fatalf("the child %d goes on", pid)
		}
	}
}

// A program that leaves something behind is done when it ends.
func TestWhatIsLeftBehind(t *testing.T) {
	t.Parallel()
	d := deliver(t, t.Context(), "leaves", 10, exec.Config{})
	if d.err != nil || d.events["acknowledged"] != 10 {
		t.Error(d.err, d.events)
	}
	gone(t, d.dir)
}

// An interrupted run tells the program, and ends it when it does not listen.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	d := deliver(t, t.Context(), "stubborn", 10, exec.Config{Grace: 200 * time.Millisecond})
	if !errors.Is(d.err, context.Canceled) || !strings.Contains(d.err.Error(), "0 of 10 cells answered") {
		t.Error(d.err)
	}
	if _, err := os.Stat(filepath.Join(d.dir, "told")); err != nil {
		t.Error("it was not told")
	}
}

// It runs in its folder, is told run and source, and what it says goes to the log.
func TestWhatAProgramIsTold(t *testing.T) {
	t.Parallel()
	d := deliver(t, t.Context(), "environ", 10, exec.Config{})
	told, err := os.ReadFile(filepath.Join(d.dir, "environ"))
	here, _ := filepath.EvalSymlinks(d.dir) // the folder is there
	if err != nil || d.err != nil || string(told) != "r1|Daily|"+here && string(told) != "r1|Daily|"+d.dir {
		t.Errorf("%q %v %v", told, err, d.err)
	}
	if !strings.Contains(d.log, "text=one") || !strings.Contains(d.log, "text=last") || strings.Contains(d.log, strings.Repeat("y", 5000)) || !strings.Contains(d.log, "yyy") {
		t.Errorf("%d bytes of log: %.300s", len(d.log), d.log)
	}
}

// Rejects are data, and the cells of several starts are each journaled first.
func TestRejectsAndStarts(t *testing.T) {
	t.Parallel()
	d := deliver(t, t.Context(), "rejects", 2500, exec.Config{Cells: 1000})
	if d.err != nil || d.events["sending"] != 2500 || d.events["accepted"] != 1250 || d.events["rejected"] != 1250 {
		t.Errorf("%v %v", d.err, d.events)
	}
	if kinds := d.report.Refused; len(kinds) != 1 || kinds[0].Code != "422" || kinds[0].Reason != "no such field" || kinds[0].Remedy == "" || kinds[0].Example == "" {
		t.Errorf("%+v", kinds)
	}
	if e := d.last["rejected"]; *e.Code != "422" || *e.Reason != "no such field" {
		t.Errorf("%+v", e)
	}
}

// A program that is not there is a fault of the file.
func TestNoProgram(t *testing.T) {
	t.Parallel()
	target, err := exec.New(exec.Config{Name: "x", Command: []string{"./not-there"}, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	j, err := sinks.OpenJournal(filepath.Join(t.TempDir(), "journal"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	var wrong *exec.StartError
	if _, err := target.Deliver(t.Context(), changes(t, 1), j); !errors.As(err, &wrong) || !wrong.Configuration() || !strings.Contains(err.Error(), "./not-there cannot be started") {
		t.Error(err)
	}
	if _, err := target.Deliver(t.Context(), changes(t, 0), j); err != nil {
		t.Errorf("without a change nothing is started: %v", err)
	}
}
