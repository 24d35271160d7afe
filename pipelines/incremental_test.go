package pipelines_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
)

// incremental makes the pipeline file one that reads what has changed.
var incremental = map[string]string{"  properties:": "  mode: incremental\n  properties:"}

// month runs two pipelines on one Salesforce and a Fincome each, day after day, one
// that reads all accounts and one that reads what has changed: their snapshots are
// the same.
func month(t *testing.T, days int, s settings, change map[string]string, today func(day int, sim *salesforce.Server)) (modes map[string]int) {
	t.Helper()
	full, changed := newWorld(t, s), newWorld(t, s)
	changed.change(map[string]string{salesforceURL(changed): salesforceURL(full)})
	changed.change(incremental)
	full.change(change)
	changed.change(change)
	modes = map[string]int{}
	for day := range days {
		if day > 0 {
			full.salesforce.Advance()
		}
		if today != nil {
			today(day, full.salesforce)
		}
		full.now, changed.now = full.now.Add(23*time.Hour), changed.now.Add(23*time.Hour)
		// What this transaction changes is stamped now and seen by nobody until it ends.
		transaction := full.salesforce.Begin(0.02, map[bool]time.Duration{false: 5 * time.Minute, true: time.Hour}[day%2 == 0])
		a, aErr := full.run()
		b, bErr := changed.run()
		transaction.Commit()
		if a.Exit != b.Exit {
			t.Fatalf("day %d: %v and %v", day, aErr, bErr)
		}
		if a.Exit != 0 && a.Exit != pipelines.ExitStopped {
			t.Fatalf("day %d: %v", day, aErr)
		}
		if a.Exit == pipelines.ExitStopped {
			for _, w := range []*world{full, changed} {
				if _, err := w.apply(map[*world]string{full: a.Run, changed: b.Run}[w]); err != nil {
					t.Fatalf("day %d: %v", day, err)
				}
			}
		}
		modes[b.Reading.Mode]++
		if diff := cmp.Diff(digests(t, a), digests(t, b)); diff != "" {
			t.Fatalf("day %d (%+v): the snapshots differ:\n%s", day, b.Reading, diff)
		}
		if diff := cmp.Diff(a.Verdicts, b.Verdicts); diff != "" {
			t.Fatalf("day %d: the verdicts differ:\n%s", day, diff)
		}
		sameProperties(t, changed.properties(), full.properties())
	}
	return modes
}

// salesforceURL is the line of the pipeline file with the address of Salesforce.
func salesforceURL(w *world) string {
	_, rest, _ := strings.Cut(w.text, "login_url: ")
	line, _, _ := strings.Cut(rest, "\n")
	return line
}

// digests are those of the tables of a run's snapshot.
func digests(t *testing.T, r *pipelines.Result) map[string]string {
	t.Helper()
	snapshot, err := parquet.Open(t.Context(), r.Snapshot)
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]string{}
	for name, table := range snapshot.Manifest().Tables {
		tables[name] = fmt.Sprint(table.Rows, " ", table.Digest, table.Nulls)
		for _, file := range table.Files {
			tables[name] += " " + file.SHA256
		}
	}
	return tables
}

func TestIncrementalEqualsFull(t *testing.T) {
	t.Parallel()
	everything := map[string]string{"properties: [Phone,": "properties: [Days_To_Renewal__c, Parent_Industry__c, Description, LastModifiedDate, NumberOfEmployees, Phone,"}
	for name, test := range map[string]struct {
		settings settings
		change   map[string]string
		days     int
		today    func(int, *salesforce.Server)
		modes    map[string]int
	}{
		"thirty days with everything changing": {
			settings: settings{salesforce: salesforce.Config{Formulas: true, Lively: true}}, change: everything, days: 30, today: commotion,
			modes: map[string]int{"full": 5, "incremental": 25},
		},
		"a condition": {
			settings: settings{salesforce: salesforce.Config{Formulas: true, Lively: true}}, days: 8,
			change: map[string]string{"properties: [Phone,": "where: BillingCity != null OR Owner.Name LIKE 'Renamed%'\n  properties: [Phone,"},
			today:  commotion, modes: map[string]int{"full": 2, "incremental": 6},
		},
		"a condition that a date brings about": {
			settings: settings{accounts: 1500, salesforce: salesforce.Config{Formulas: true}}, days: 6,
			change: map[string]string{"properties: [Phone,": "where: Renewal_Date__c = NEXT_N_DAYS:100\n  properties: [Phone,"},
			today:  commotion, modes: map[string]int{"full": 1, "incremental": 5},
		},
		"a condition on a formula": {
			settings: settings{accounts: 1500, salesforce: salesforce.Config{Formulas: true}}, days: 6,
			change: map[string]string{"properties: [Phone,": "where: Days_To_Renewal__c < 100\n  properties: [Phone,"},
			today:  commotion, modes: map[string]int{"full": 1, "incremental": 5},
		},
		"properties that come and go": {
			settings: settings{salesforce: salesforce.Config{Lively: true, Flicker: []string{"Phone"}}}, days: 8, today: commotion,
			modes: map[string]int{"full": 5, "incremental": 3},
		},
		"another key, a number": {
			settings: settings{salesforce: salesforce.Config{Lively: true}}, days: 5,
			change: map[string]string{"axes:\n": "match: { key: NumberOfEmployees }\naxes:\n", ", Owner.Name": ""},
			modes:  map[string]int{"full": 1, "incremental": 4},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			modes := month(t, test.days, test.settings, test.change, test.today)
			if diff := cmp.Diff(test.modes, modes); diff != "" {
				t.Errorf("how the accounts were read:\n%s", diff)
			}
		})
	}
}

// commotion does what people do within a day, the same on every server.
func commotion(day int, sim *salesforce.Server) {
	sim.Change(0.01)
	var dead, losers, live []string
	for a := range sim.All() {
		switch {
		case a.Purged():
		case a.Deleted() && a.MasterRecordID() != "":
			losers = append(losers, a.ID())
		case a.Deleted():
			dead = append(dead, a.ID())
		default:
			live = append(live, a.ID())
		}
	}
	at := func(ids []string, n int) string { return ids[(day*37+n*11)%len(ids)] }
	sim.Delete(at(live, 1))
	sim.HardDelete(at(live, 2))
	sim.Merge(at(live, 3), at(live, 4))
	if day%3 == 0 && len(dead) > 0 {
		sim.Undelete(at(dead, 1))
	}
	if day%4 == 0 && len(losers) > 0 {
		sim.Undelete(at(losers, 1))
	}
	if users := sim.View().Users(); day%5 == 0 {
		sim.RenameUser(users[day%len(users)].ID, fmt.Sprint("Renamed on day ", day))
	}
	sim.Pass(time.Duration(day+1) * time.Minute) // every week a full reading is due, for certain
}
