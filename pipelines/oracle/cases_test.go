package oracle_test

import (
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/oracle"
)

// fixed is a small source whose rules a test names itself.
func fixed(t *testing.T, change func(*scenario)) *world {
	t.Helper()
	s := scenario{
		seed: 42, accounts: 120, customers: 30, server: oracle.Server{Clear: "json_null"},
		rules: oracle.Rules{
			Reading: reading, IdentificationAxis: "Salesforce ID", Key: "Id", Tag: "726564", Update: "merge", Clear: "json_null",
			Entries: []oracle.Entry{entry("BillingCity"), entry("BillingPostalCode"), entry("Health_Score__c")},
		},
	}
	change(&s)
	w, stop := start(t, s, diceOf(s.seed), t.TempDir())
	t.Cleanup(stop)
	if s.file != "" {
		w.export(0)
	}
	return w
}

func entry(names ...string) oracle.Entry {
	return oracle.Entry{Names: names, Merge: "overwrite", OnEdit: "report", Nulls: "clear"}
}

// servers are the ways in which a Fincome may treat updates.
var servers = map[string]func(*scenario){
	"merge":   func(*scenario) {},
	"replace": func(s *scenario) { s.server.Replace, s.rules.Update = true, "replace" },
	"remove": func(s *scenario) {
		s.server = oracle.Server{Replace: true, Clear: "remove_key"}
		s.rules.Update, s.rules.Clear = "replace", "remove_key"
	},
	"trims":         func(s *scenario) { s.server.Trim, s.accounts, s.customers = true, 200, 120 }, // blanks are rare
	"re-types":      func(s *scenario) { s.server.Trim, s.server.Retype = true, true },
	"re-notates":    func(s *scenario) { s.server.Renotate = true },
	"all of them":   func(s *scenario) { s.server.Trim, s.server.Retype, s.server.Renotate = true, true, true },
	"notates, csv":  func(s *scenario) { s.server.Trim, s.server.Renotate, s.file = true, true, "csv" },
	"notates, xlsx": func(s *scenario) { s.server.Retype, s.server.Renotate, s.file = true, true, "xlsx" },
	"applies late":  func(s *scenario) { s.late, s.delay = true, 10*time.Minute },
	"late, replace": func(s *scenario) { s.late, s.server.Replace, s.rules.Update = true, true, "replace" },
}

// TestUnchangedDayWritesNothing: whatever the server does to values, neither the
// second run of a day nor those of the unchanged days after send one update.
func TestUnchangedDayWritesNothing(t *testing.T) {
	t.Parallel()
	for name, change := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := fixed(t, func(s *scenario) {
				s.rules.Entries = append(s.rules.Entries, entry("Region__c"), entry("NumberOfEmployees"), entry("Is_Partner__c"),
					entry("AnnualRevenue"), entry("Onboarded_At__c"), entry("CreatedDate"), entry("Phone"))
				s.tagged, s.seen = true, &coverage{}
				change(s)
			})
			w.run(true)
			w.at.pass(time.Minute)
			w.run(false)
			if w.calls != 0 {
				t.Errorf("%d updates a minute later", w.calls)
			}
			w.fincome.Settle()
			w.model.Settle()
			for day := range 3 {
				w.at.pass(24 * time.Hour)
				if w.s.file != "" {
					w.export(time.Minute)
				}
				w.run(false)
				if w.calls != 0 {
					t.Errorf("%d updates on the unchanged day %d after", w.calls, 1+day)
				}
			}
			for form, makes := range map[string]bool{"trimmed": w.s.server.Trim && w.s.customers > 100, "re-typed": w.s.server.Retype, "re-notated": w.s.server.Renotate} {
				if makes && w.s.seen.times["form "+form] == 0 {
					t.Errorf("no value was %s: the test shows nothing", form)
				}
			}
		})
	}
}

// TestPeopleEditMeanwhile: a cell that moved since it was observed is a
// conflict, unless it moved to where it was to go.
func TestPeopleEditMeanwhile(t *testing.T) {
	t.Parallel()
	w := fixed(t, func(*scenario) {})
	decision, run := w.plan()
	var edits []edited
	for _, c := range decision.Cells {
		if c.Action == oracle.Write && len(edits) < 4 {
			value := text("by hand")
			if len(edits)%2 == 0 {
				value = text(c.Desired.Text)
			}
			edits = append(edits, edited{c.Customer, c.Axis, value})
		}
	}
	w.meanwhile(edits...)
	w.run(false)
	w.at.pass(24 * time.Hour)
	w.run(false)
	w.note("the plan of the first day was %s", run)
}

// TestPlanThenApply: a plan sends nothing and changes nothing; applied after
// people have edited, it sends what did not move; applied again, nothing.
func TestPlanThenApply(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"merge", "remove", "late, replace"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := fixed(t, servers[name])
			decision, run := w.plan()
			w.edits(10)
			w.at.pass(time.Minute)
			w.apply(decision, run)
			if !w.s.late {
				w.at.pass(time.Minute)
				w.apply(decision, run)
				if w.calls != 0 {
					t.Errorf("applied again, it sent %d updates", w.calls)
				}
			}
			w.at.pass(24 * time.Hour)
			w.salesforce.Advance()
			w.run(true)
		})
	}
}

// TestApplyTwiceWhileLate: delivering the same snapshot twice has no further
// effect, also where the first delivery does not show yet.
func TestApplyTwiceWhileLate(t *testing.T) {
	t.Parallel()
	w := fixed(t, servers["applies late"])
	decision, run := w.plan()
	w.apply(decision, run)
	w.at.pass(time.Minute)
	result, err := pipelines.Apply(t.Context(), w.pipeline, run, w.options())
	w.answered(result, err)
	w.fincome.Settle()
	w.model.Settle()
	w.compareCustomers()
}

// TestSameFileForDays: an export that nobody renews is older than all that was
// sent and confirmed since. It says nothing about those cells.
func TestSameFileForDays(t *testing.T) {
	t.Parallel()
	w := fixed(t, func(s *scenario) {
		s.file = "csv"
	})
	for range 4 {
		w.run(true)
		w.at.pass(24 * time.Hour)
		w.salesforce.Advance()
	}
}

// TestConflictIsAnObservation: what a delivery found in a cell is newer than the
// file, so that the next run knows that what was sent has arrived, and goes on.
func TestConflictIsAnObservation(t *testing.T) {
	t.Parallel()
	w := fixed(t, func(s *scenario) {
		s.file, s.late = "csv", true
		s.rules.Entries = []oracle.Entry{named("Région", "BillingCity")}
	})
	w.run(true)
	w.at.pass(time.Minute)
	w.export(0) // nothing shows yet
	w.run(true)
	w.fincome.Settle()
	w.model.Settle()
	w.at.pass(24 * time.Hour)
	w.s.rules.Entries[0].Names = []string{"BillingPostalCode"}
	w.load()
	for _, wanted := range []string{"sent_again", "ours"} {
		w.ends()
		writes := 0
		for _, c := range w.last.Cells {
			if c.Case == wanted && c.Action == oracle.Write {
				writes++
			}
		}
		if writes == 0 {
			t.Errorf("no cell is written as %s: the test shows nothing", wanted)
		}
		w.at.pass(time.Minute)
	}
}

// TestNeverApplied: a server that ignores what clears a cell is asked twice; the
// cell is rejected then, and left alone until its value changes.
func TestNeverApplied(t *testing.T) {
	t.Parallel()
	w := fixed(t, func(s *scenario) {
		s.server.Clear = "remove_key" // it ignores null; the file says otherwise
		s.rules.Entries[0].OnEdit = "overwrite"
	})
	w.run(true)
	for range 4 {
		w.at.pass(24 * time.Hour)
		w.salesforce.Advance()
		w.run(true)
	}
	rejected := 0
	for _, c := range w.last.Cells {
		if c.Action == oracle.Refused {
			rejected++
		}
	}
	if rejected == 0 {
		t.Error("no cell came to be refused: the test shows nothing")
	}
}

// TestStateLost: what is held is foreign then; new cells proceed, nothing is
// overwritten without approval.
func TestStateLost(t *testing.T) {
	t.Parallel()
	w := fixed(t, func(*scenario) {})
	w.run(true)
	w.at.pass(24 * time.Hour)
	w.salesforce.Advance()
	w.edits(6)
	if err := os.RemoveAll(filepath.Join(w.folder, "state")); err != nil {
		t.Fatal(err)
	}
	w.memory = &oracle.Memory{}
	w.run(true)
	w.at.pass(24 * time.Hour)
	w.run(false)
}

// TestBeforeTheProbe: a server of which nothing is known is sent the whole
// dictionary, and no cell is cleared.
func TestBeforeTheProbe(t *testing.T) {
	t.Parallel()
	for _, replace := range []bool{false, true} {
		w := fixed(t, func(s *scenario) {
			s.customers, s.server.Replace = 15, replace
			s.rules.Update, s.rules.Clear = "unknown", "unknown"
			s.rules.ClearOurs = true
		})
		w.run(true)
		w.at.pass(24 * time.Hour)
		w.salesforce.Advance()
		w.edit("C-1000001", "Salesforce ID", nil)
		w.run(true)
	}
}

// TestLinesThatBreak: an update that gets no answer, carried out or not, is sent
// again; what Fincome holds in the end is as if nothing had happened.
func TestLinesThatBreak(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]fincome.Cut{"before": fincome.CutBefore, "unheard": fincome.CutUnheard, "halfway": fincome.CutHalfway} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			cutOnce := map[string]bool{}
			w := fixed(t, func(s *scenario) {
				s.customers = 8
				s.fault = func(r *http.Request) *fincome.Fault {
					mu.Lock()
					defer mu.Unlock()
					if r.Method != http.MethodPatch || cutOnce[r.URL.Path] {
						return nil
					}
					cutOnce[r.URL.Path] = true
					return &fincome.Fault{Cut: cut}
				}
			})
			decision, _, _ := w.begin(false)
			decision.Deliver(w.s.rules, w.memory, w.model, w.at.now())
			w.at.pass(time.Minute)
			w.begin(false) // for what the first run gave up
			w.compareCustomers()
			if len(cutOnce) == 0 {
				t.Error("no line broke: the test shows nothing")
			}
		})
	}
}

func named(axis string, names ...string) oracle.Entry {
	e := entry(names...)
	e.Axis = axis
	return e
}
