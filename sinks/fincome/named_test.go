package fincome_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
)

// threeCells change A, which holds a value, and B and C, which hold none.
func threeCells() [][]string {
	return [][]string{
		{"C-1", "A", "a", "", "x", "ours", ""}, {"C-1", "B", "", "", "x", "new", ""}, {"C-1", "C", "", "", "x", "new", ""},
	}
}

// held is a Fincome with one customer, who holds A, which is to change, and another
// axis.
func held(config simulator.Config) *simulator.Server {
	config.Extra = []simulator.Customer{{ID: "C-1", Properties: map[string]json.RawMessage{"A": json.RawMessage(`"a"`), "Foreign": json.RawMessage(`1.50`)}}}
	return simulator.New(config)
}

// outcomes are what became of the axes of the customer.
func outcomes(journal *memory) string {
	var all []string
	for _, o := range journal.outcomes {
		all = append(all, o.Cell.Axis+" "+string(o.Kind))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// TestOnlyTheCellsThatAreNamedAreRefused: the others are written, after another read
// and another intent, and the refused axis keeps what it held, also where the whole
// dictionary is sent.
func TestOnlyTheCellsThatAreNamedAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		update string
		server simulator.Update
		refuse []string
		want   string
		holds  string
	}{
		{"merge", simulator.Merge, []string{"A"}, "A rejected, B accepted, C accepted", `map[A:"a" B:"x" C:"x" Foreign:1.50]`},
		{"replace", simulator.Replace, []string{"A"}, "A rejected, B accepted, C accepted", `map[A:"a" B:"x" C:"x" Foreign:1.50]`},
		{"unknown", simulator.Replace, []string{"A"}, "A rejected, B accepted, C accepted", `map[A:"a" B:"x" C:"x" Foreign:1.50]`},
		{"merge", simulator.Merge, []string{"A", "C"}, "A rejected, B accepted, C rejected", `map[A:"a" B:"x" Foreign:1.50]`},
		{"replace", simulator.Replace, []string{"B", "C"}, "A accepted, B rejected, C rejected", `map[A:"x" Foreign:1.50]`},
		{"replace", simulator.Replace, []string{"A", "B", "C"}, "A rejected, B rejected, C rejected", `map[A:"a" Foreign:1.50]`},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := held(simulator.Config{Update: c.server, RefuseAxes: c.refuse})
			journal := &memory{}
			p := &tap{Handler: server}
			var intents []string
			p.before = func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPatch {
					journal.mu.Lock()
					defer journal.mu.Unlock()
					intents = append(intents, axesOf(journal.intents["C-1"]))
				}
				return false
			}
			target, end := virtual(t, p, fincome.Config{Update: c.update})
			defer end()
			report, err := target.Deliver(context.Background(), cellSet(threeCells()...), journal)
			if got := outcomes(journal); err != nil || got != c.want || report.Customers != 1 {
				t.Fatalf("%s, %v: %s, %+v, %v", c.update, c.refuse, got, report, err)
			}
			if got := fmt.Sprint(holds(server, "C-1")); got != c.holds {
				t.Errorf("%s, %v: holds %s", c.update, c.refuse, got)
			}
			wantIntents, wantMethods := []string{"A B C"}, []string{"GET", "PATCH"}
			if left := len(c.refuse) < 3; left {
				rest := slices.DeleteFunc([]string{"A", "B", "C"}, func(axis string) bool { return slices.Contains(c.refuse, axis) })
				wantIntents, wantMethods = append(wantIntents, strings.Join(rest, " ")), append(wantMethods, "GET", "PATCH")
			}
			if got := p.methods(); !slices.Equal(got, wantMethods) || !slices.Equal(intents, wantIntents) {
				t.Errorf("%s, %v: %v with the intents %q", c.update, c.refuse, got, intents)
			}
			for _, o := range journal.outcomes {
				if o.Kind == sinks.Rejected && (o.Code != "422" || !strings.HasPrefix(o.Reason, "body.custom_properties."+o.Cell.Axis+": ") || strings.Contains(o.Reason, ";") || !strings.Contains(o.Remedy, "Salesforce")) {
					t.Errorf("%s, %v: %+v", c.update, c.refuse, o)
				}
			}
			if kinds := len(report.Refused); kinds != len(c.refuse) || report.Refused[0].Axis != c.refuse[0] || report.Refused[0].Customers != 1 {
				t.Errorf("%s, %v: %+v", c.update, c.refuse, report.Refused)
			}
		})
	}
}

func axesOf(cells []sinks.Cell) string {
	var axes []string
	for _, cell := range cells {
		axes = append(axes, cell.Axis)
	}
	slices.Sort(axes)
	return strings.Join(axes, " ")
}

// TestARefusalThatNamesSomethingElseIsAboutTheCustomer: all of it is refused, and
// nothing is sent again.
func TestARefusalThatNamesSomethingElseIsAboutTheCustomer(t *testing.T) {
	t.Parallel()
	for _, detail := range []string{
		`[]`, `"no"`, `[{"loc":["body","custom_properties"],"msg":"no"}]`, `[{"loc":["body","custom_properties",0],"msg":"no"}]`,
		`[{"loc":["body","custom_properties","D"],"msg":"no"}]`, `[{"loc":["body","custom_properties","Foreign"],"msg":"no"}]`,
		`[{"loc":["body","custom_properties","A"],"msg":"no"},{"loc":["body","custom_properties","D"],"msg":"no"}]`,
		`[{"loc":["body","custom_properties","A"],"msg":"no"},{"loc":["body"],"msg":"no"}]`,
		`[{"loc":["body","custom_properties","A"],"msg":"no"},"and no"]`,
		`[{"loc":["path","id"],"msg":"no"}]`, `[{"loc":["body","custom_properties","dict[str,str]","A"],"msg":"no"}]`,
	} {
		for _, update := range []string{"merge", "replace"} {
			synctest.Test(t, func(t *testing.T) {
				p := &tap{Handler: held(simulator.Config{})}
				p.before = func(w http.ResponseWriter, r *http.Request) bool {
					if r.Method == http.MethodPatch {
						w.WriteHeader(http.StatusUnprocessableEntity)
						_, _ = io.WriteString(w, `{"detail":`+detail+`}`)
					}
					return r.Method == http.MethodPatch
				}
				target, end := virtual(t, p, fincome.Config{Update: update})
				defer end()
				journal := &memory{}
				report, err := target.Deliver(context.Background(), cellSet(threeCells()...), journal)
				if got := outcomes(journal); err != nil || got != "A rejected, B rejected, C rejected" || len(p.methods()) != 2 {
					t.Errorf("%s, %s: %s, %v, %v", update, detail, got, p.methods(), err)
				}
				if len(report.Refused) != 1 || report.Refused[0].Customers != 1 || report.Refused[0].Axis != "" {
					t.Errorf("%s, %s: %+v", update, detail, report.Refused)
				}
			})
		}
	}
}

// TestAServerThatNamesOneAxisAtATime, by the types that it tried too, while somebody
// edits another: each request stands on a read of its own.
func TestAServerThatNamesOneAxisAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := held(simulator.Config{Update: simulator.Replace})
		p := &tap{Handler: server}
		refused := []string{"C", "A"}
		p.before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPatch || len(refused) == 0 {
				return false
			}
			if len(refused) == 1 {
				if err := server.Edit("C-1", "Foreign", "edited"); err != nil {
					t.Error(err)
				}
			}
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = fmt.Fprintf(w, `{"detail":[{"loc":["body","custom_properties",%q,"str"],"msg":"one"},{"loc":["body","custom_properties",%[1]q,"list[str]",3],"msg":"two"}]}`, refused[0])
			refused = refused[1:]
			return true
		}
		target, end := virtual(t, p, fincome.Config{Update: "replace"})
		defer end()
		journal := &memory{}
		report, err := target.Deliver(context.Background(), cellSet(threeCells()...), journal)
		if got := outcomes(journal); err != nil || got != "A rejected, B accepted, C rejected" || len(p.methods()) != 6 || report.Requests != 6 {
			t.Errorf("%s, %v, %+v, %v", got, p.methods(), report, err)
		}
		if got := fmt.Sprint(holds(server, "C-1")); got != `map[A:"a" B:"x" Foreign:"edited"]` {
			t.Errorf("holds %s", got)
		}
		for _, o := range journal.outcomes {
			if o.Kind == sinks.Rejected && o.Reason != fmt.Sprintf("body.custom_properties.%s.str: one; body.custom_properties.%[1]s.list[str].3: two", o.Cell.Axis) {
				t.Errorf("%+v", o)
			}
		}
	})
}

// TestACellThatWasEditedAfterItsNeighbourWasRefused is a conflict.
func TestACellThatWasEditedAfterItsNeighbourWasRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := held(simulator.Config{RefuseAxes: []string{"A"}})
		p := &tap{Handler: server}
		p.before = func(_ http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPatch && holds(server, "C-1")["B"] == "" {
				if err := server.Edit("C-1", "B", "edited"); err != nil {
					t.Error(err)
				}
			}
			return false
		}
		target, end := virtual(t, p, fincome.Config{Update: "merge"})
		defer end()
		journal := &memory{}
		if _, err := target.Deliver(context.Background(), cellSet(threeCells()...), journal); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"A": `"a"`, "B": `"edited"`, "C": `"x"`, "Foreign": "1.50"}
		if got := outcomes(journal); got != "A rejected, B conflict, C accepted" || !maps.Equal(holds(server, "C-1"), want) {
			t.Errorf("%s, holds %v", got, holds(server, "C-1"))
		}
	})
}
