package pipelines_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
)

// sizeOfKills is how many customers a delivery has, and how often it is killed.
func sizeOfKills() (customers, kills int) {
	if os.Getenv("AXISYNC_LARGE") != "" {
		return 100_000, 50
	}
	return 2000, 2
}

// two properties are enough: what is counted are customers.
var twoProperties = map[string]string{"[Phone, BillingCity, AnnualRevenue, Is_Partner__c, Renewal_Date__c, Products__c, Owner.Name]": "[Phone, BillingCity]"}

// writes notes when Fincome was asked to change which customer.
type writes struct {
	mu        sync.Mutex
	n         int
	last      map[string]written // by customer
	processes []time.Time        // when each was killed
	again     int                // to a customer that an earlier process has written
	twice     int                // to one that the same process has written
	known     map[string]bool    // whose answers stood in a journal when its process was dead
	knew      []string           // again though known: nothing but the tail may be
	late      []string           // again, though the first should have been durable when its process died
	oldest    time.Duration      // before the death of their process, of those that came again
}

// written is a write: when, and by which process.
type written struct {
	at      time.Time
	process int
}

func newWrites() *writes { return &writes{last: map[string]written{}, known: map[string]bool{}} }

// note is a Fault of the simulator that never strikes.
func (s *writes) note(r *http.Request) *fincome.Fault {
	if r.Method != http.MethodPatch {
		return nil
	}
	id, now := strings.TrimPrefix(r.URL.Path, "/product/clients/"), time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n++
	before, again := s.last[id]
	s.last[id] = written{now, len(s.processes) - 1}
	switch {
	case !again:
		return nil
	case before.process == len(s.processes)-1:
		s.twice++
		return nil
	}
	s.again++
	age := s.processes[before.process].Sub(before.at) // less than nothing: the last words of a dying process
	s.oldest = max(s.oldest, age)
	if s.known[id] {
		s.knew = append(s.knew, id)
	}
	if age > time.Second {
		s.late = append(s.late, fmt.Sprintf("%s, written %v before its process was killed", id, age))
	}
	return nil
}

func (s *writes) soFar() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.n
}

// start: the next process begins.
func (s *writes) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes = append(s.processes, time.Time{})
}

func (s *writes) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes[len(s.processes)-1] = time.Now()
}

// learn takes what the journal of a dead process holds: of which customers every cell
// that was sent has its answer.
func (s *writes) learn(events []sinks.Event) {
	open := map[string]map[string]bool{}
	for _, e := range events {
		if open[e.CustomerID] == nil {
			open[e.CustomerID] = map[string]bool{}
		}
		if e.Kind == sinks.Sent {
			open[e.CustomerID][e.Axis] = true
		} else {
			delete(open[e.CustomerID], e.Axis)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, axes := range open {
		s.known[id] = len(axes) == 0
	}
}

// runToTheEnd runs the pipeline in a process of its own, some seconds later.
func (w *world) runToTheEnd() {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	if output, err := w.child("run").CombinedOutput(); err != nil {
		w.t.Fatalf("%v: %s", err, output)
	}
}

// killedWhen runs the pipeline in a process of its own, some seconds later, and kills
// it as soon as enough has happened; it reports whether it had come to its end.
func (w *world) killedWhen(enough func() bool, killed func()) (ended bool) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	child := w.child("run")
	var said bytes.Buffer
	child.Stderr = &said
	if err := child.Start(); err != nil {
		w.t.Fatal(err)
	}
	end := make(chan error, 1)
	go func() { end <- child.Wait() }()
	tick := time.NewTicker(time.Duration(100+rand.IntN(3000)) * time.Microsecond)
	defer tick.Stop()
	for !enough() {
		select {
		case err := <-end:
			if err != nil {
				w.t.Fatalf("%v: %s", err, said.String())
			}
			return true
		case <-tick.C:
		}
	}
	_ = child.Process.Kill() // it may just have ended
	killed()
	<-end
	return false
}

// TestKilledDeliveries: the whole program is killed, with SIGKILL, at random moments
// of one long delivery. However often, Fincome ends as after a run that nobody
// disturbed, and nothing is sent again but what was answered in the last second before
// a kill: also where no read shows a write before all is over.
func TestKilledDeliveries(t *testing.T) {
	t.Parallel()
	customers, kills := sizeOfKills()
	s := settings{accounts: customers / 2, customers: customers, replace: twoProperties}
	undisturbed := newWorld(t, s)
	undisturbed.mustRun()
	want, needed := undisturbed.properties(), undisturbed.fincome.Writes()
	for name, delay := range map[string]fincome.Delay{"shown at once": {}, "shown in the end": {UntilSettle: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := newWrites()
			s := s
			s.fincome = fincome.Config{Delay: delay, Fault: sent.note}
			w := newWorld(t, s)
			before, done := w.properties(), 0
			for range kills {
				sent.start()
				enough := sent.soFar() + rand.IntN(2*needed/(kills+1))
				if w.killedWhen(func() bool { return sent.soFar() > enough }, sent.kill) {
					break
				}
				done++
				sent.learn(w.journaled("fincome"))
			}
			w.checkSnapshots()
			sent.start()
			w.runToTheEnd()
			if held := sent.soFar(); held != needed+sent.again+sent.twice {
				t.Errorf("%d writes for %d customers, %d of them again", held, needed, sent.again)
			}
			sameProperties(t, w.properties(), want)
			last := sent.soFar()
			if final := w.mustRun(); final.Outcome != "unchanged" || sent.soFar() != last {
				t.Errorf("the next run: %s", jsonText(t, final))
			}
			t.Logf("%d customers, %d kills: %d writes for %d, %d after a kill again, the oldest of %v before it", customers, done, last, needed, sent.again, sent.oldest.Round(time.Millisecond))
			if len(sent.late) > 0 {
				t.Errorf("%d were written again, such as %s", len(sent.late), sent.late[0])
			}
			if len(sent.knew) > 0 {
				t.Errorf("%d were written again whose answer stood in the journal, such as %s", len(sent.knew), sent.knew[0])
			}
			if sent.twice > 0 {
				t.Errorf("%d were written twice by one process", sent.twice)
			}
			w.checkSnapshots()
			w.checkLeftOvers()
			w.checkToldOfAll(before)
		})
	}
}

// journaled is what the journals of a target hold.
func (w *world) journaled(target string) (events []sinks.Event) {
	w.t.Helper()
	journals, _ := filepath.Glob(filepath.Join(w.dir, "state", "*", "targets", target, "journal-*")) // the pattern is a good one
	for _, journal := range journals {
		err := sinks.ReadJournal(journal, 0, func(e sinks.Event) error { events = append(events, e); return nil })
		if err != nil {
			w.t.Error(err)
		}
	}
	return events
}

// TestKilledWhileFilesAreWritten kills a run while it writes import files. Every file
// that is in place is whole and its cells were journaled before; what the next run
// writes, once uploaded, makes Fincome what it would be without a kill.
func TestKilledWhileFilesAreWritten(t *testing.T) {
	t.Parallel()
	customers, kills := sizeOfKills()
	rows := customers / 100
	s := settings{accounts: customers / 2, customers: customers, replace: twoProperties}
	api := newWorld(t, s)
	api.mustRun()
	for _, format := range []string{"csv", "xlsx"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			s := s
			s.replace = map[string]string{"  - fincome: {}\n": fmt.Sprintf("  - file: { path: ./enrich, format: %s, rows: %d }\n", format, rows)}
			for old, text := range twoProperties {
				s.replace[old] = text
			}
			w := newWorld(t, s)
			done, checked := 0, map[string]bool{}
			for range kills {
				enough := len(w.importFiles()) + rand.IntN(2*100/3)
				if !w.killedWhen(func() bool { return len(w.importFiles()) > enough }, func() {}) {
					done++
				}
				w.checkJournaled(checked) // the next run folds the journal
			}
			if done == 0 {
				t.Error("no run was killed while it wrote")
			}
			w.checkSnapshots()
			last := w.mustRun()
			for _, f := range last.Files {
				w.upload(f.Path, all)
			}
			sameProperties(t, w.properties(), api.properties())
			if final := w.mustRun(); final.Outcome != "unchanged" {
				t.Errorf("uploaded: %s", jsonText(t, final))
			}
			w.checkLeftOvers()
			w.checkSnapshots()
			t.Logf("%d customers, %d kills while files were written, %d files in all", customers, done, len(w.importFiles()))
		})
	}
}

// importFiles are the files that a person would find.
func (w *world) importFiles() []string {
	paths, _ := filepath.Glob(filepath.Join(w.dir, "enrich", "test*")) // the pattern is a good one
	return paths
}

// checkJournaled fails the test where a file that was not looked at yet is not whole,
// or has a cell that the journal does not know.
func (w *world) checkJournaled(checked map[string]bool) {
	w.t.Helper()
	intended := map[string]bool{}
	for _, e := range w.journaled("file") {
		if e.Kind == sinks.Sent && e.After != nil {
			intended[e.CustomerID+"\n"+e.Axis+"\n"+*e.After] = true
		}
	}
	for _, path := range w.importFiles() {
		if checked[path] {
			continue
		}
		checked[path] = true
		rows := rowsOf(w.t, path)
		for _, row := range rows[1:] {
			for i, text := range row {
				if i > 0 && text != "" && !intended[row[0]+"\n"+rows[0][i]+"\n"+text] {
					w.t.Fatalf("%s holds %q of %s, and no journal knows it", path, text, row[0])
				}
			}
		}
	}
}
