package oracle_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/oracle"
)

// find is what a run will find.
func (w *world) find() oracle.Day {
	types := w.types()
	day := oracle.Day{Now: w.at.now(), User: w.user, Accounts: w.accounts(types), Types: types}
	if w.s.file == "" {
		day.Observed = oracle.Observation{Customers: w.model.Customers(w.at.now()), At: w.at.now()}
		return day
	}
	day.Observed = *w.exported
	day.Read = func(customer string) map[string]json.RawMessage { return w.model.Read(customer, w.at.now()) }
	return day
}

// export puts a fresh file where the program looks, as old as the given age.
func (w *world) export(age time.Duration) {
	w.t.Helper()
	w.exportAs(w.fincome, age)
}

func (w *world) exportAs(from *fincome.Server, age time.Duration) {
	w.t.Helper()
	path := filepath.Join(w.folder, w.s.fileName())
	file, err := os.Create(path)
	if err != nil {
		w.t.Fatalf("export: %v", err)
	}
	format := map[string]fincome.Format{"csv": fincome.CSV, "french": fincome.FrenchCSV, "xlsx": fincome.XLSX}[w.s.file]
	if err := from.Export(file, format); err != nil {
		w.t.Fatalf("export: %v", err)
	}
	if err := file.Close(); err != nil {
		w.t.Fatalf("export: %v", err)
	}
	w.note("export, %s old", age)
	at := w.at.now().Add(-age)
	if err := os.Chtimes(path, at, at); err != nil {
		w.t.Fatalf("export: %v", err)
	}
	w.exported = &oracle.Observation{At: at, Columns: map[string]bool{}}
	for _, c := range w.model.Customers(w.at.now()) {
		row := oracle.Customer{ID: c.ID, Properties: map[string]json.RawMessage{}}
		for axis, raw := range c.Properties {
			if cell := cellOf(raw, w.s.file == "xlsx"); cell != nil {
				row.Properties[axis] = cell
				w.exported.Columns[axis] = true
			}
		}
		w.exported.Customers = append(w.exported.Customers, row)
	}
}

// cellOf is a value as a file shows it: a text; in a workbook a number or a
// boolean as such; nothing for null and the empty text.
func cellOf(raw json.RawMessage, workbook bool) json.RawMessage {
	switch string(raw) {
	case "null", `""`:
		return nil
	case "true", "false":
		if workbook {
			return raw
		}
	}
	if raw[0] == '"' {
		return raw
	}
	if number, err := strconv.ParseFloat(string(raw), 64); err == nil && workbook {
		shown, err := strconv.ParseFloat(strconv.FormatFloat(number, 'g', 15, 64), 64) // a workbook shows fifteen digits
		if err != nil {
			panic(err)
		}
		return strconv.AppendFloat(nil, shown, 'f', -1, 64)
	}
	shown, err := json.Marshal(string(raw))
	if err != nil {
		panic(err)
	}
	return shown
}

// run lets the program and the oracle run, and holds one against the other. When
// lift says so, what guards have stopped is applied, or they are lifted by name for
// one run more. It reports false when design.md does not say what comes next.
func (w *world) run(lift bool) bool {
	w.t.Helper()
	if w.ends() {
		return false
	}
	stopped := w.last
	if len(stopped.Tripped) == 0 || stopped.Fails || !lift {
		return true
	}
	if chance(w.d, 50) {
		w.at.pass(time.Minute)
		w.apply(stopped, w.ran)
		return true
	}
	w.at.pass(time.Minute)
	return !w.allow(stopped, w.ran)
}

// allow is a run that lifts the guards of one that they have stopped. It reports
// true when design.md does not say what comes next.
func (w *world) allow(stopped *oracle.Decision, run string) bool {
	w.t.Helper()
	for _, name := range sortedKeys(stopped.Guards) {
		w.allowed = append(w.allowed, pipelines.Allowance{Guard: name, Run: run})
	}
	w.stopped = stopped
	ends := w.ends()
	w.allowed, w.stopped = nil, nil
	return ends
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// ends lets the program and the oracle run once, and holds one against the other.
// It reports true when design.md does not say what comes next.
func (w *world) ends() bool {
	w.t.Helper()
	decision, result, err := w.begin(false)
	w.ran = result.Run
	if decision.Fails {
		w.compareFailed(result, err)
		return false
	}
	if decision.Borderline {
		return true
	}
	if len(decision.Guards) > 0 {
		w.compare(decision, decision.Stop(w.memory), result, err)
		return false
	}
	w.editModel()
	var outcome oracle.Outcome
	if w.spy.died {
		outcome = decision.Die(w.s.rules, w.memory, w.model, w.spy.carried, w.at.now())
	} else {
		outcome = decision.Deliver(w.s.rules, w.memory, w.model, w.at.now())
	}
	w.compare(decision, outcome, result, err)
	return false
}

// kill lets the run of a decision end in the middle of its only update, and gives
// the context in which it will.
func (w *world) kill(decision *oracle.Decision, plan bool) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	w.spy.die, w.spy.died = nil, false
	if w.dies && !plan && len(decision.Guards) == 0 && !decision.Borderline && len(decision.Writes()) == 1 {
		w.spy.die, w.spy.carried = cancel, chance(w.d, 50)
	}
	return ctx, cancel
}

// plan is a run that stops before delivery. What it decided can be applied.
func (w *world) plan() (*oracle.Decision, string) {
	w.t.Helper()
	decision, result, err := w.begin(true)
	w.compare(decision, decision.Stop(w.memory), result, err)
	return decision, result.Run
}

// begin lets the oracle decide and the program run.
func (w *world) begin(plan bool) (*oracle.Decision, *pipelines.Result, error) {
	w.t.Helper()
	w.ripen()
	decision := oracle.Decide(w.s.rules, w.memory, w.find())
	if w.stopped != nil {
		decision.Lift(w.stopped, w.stopped.Guards)
	}
	w.last = decision
	w.interfere(decision)
	w.spy.take()
	options := w.options()
	options.Plan, options.Allow = plan, w.allowed
	ctx, cancel := w.kill(decision, plan)
	defer cancel()
	result, err := pipelines.Run(ctx, w.pipeline, options)
	w.spy.die = nil
	if w.spy.meanwhile != nil { // nothing was delivered
		w.spy.meanwhile, w.between = nil, nil
	}
	w.answered(result, err)
	w.s.seen.decided(w, decision, result)
	return decision, result, err
}

// apply delivers what a guard stopped.
func (w *world) apply(decision *oracle.Decision, run string) {
	w.t.Helper()
	w.note("apply %s", run)
	w.spy.take()
	outcome := decision.Apply(w.s.rules, w.memory, w.model, w.at.now())
	result, err := pipelines.Apply(context.Background(), w.pipeline, run, w.options())
	w.answered(result, err)
	w.compareDelivery(outcome, result, err)
}

func (w *world) answered(result *pipelines.Result, err error) {
	w.t.Helper()
	if result == nil {
		w.t.Fatalf("no result: %v\n%s", err, w.story())
	}
	raw, _ := result.JSON()
	w.note("%s exit %d: %s", result.Kind, pipelines.ExitCode(err), raw)
}

func (w *world) note(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

// story is all that somebody needs who looks into a difference.
func (w *world) story() string {
	text := fmt.Sprintf("scenario %+v\n%s", w.s, w.s.yaml(w.urls[0], w.urls[1]))
	for _, line := range w.log {
		text += line + "\n"
	}
	return text
}
