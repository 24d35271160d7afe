package pipelines_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/axisync/axisync/pipelines"
)

// example is the program of pipelines/examples/exec, built once.
var example = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", fmt.Sprintf("axisync-example-%d-", os.Getpid()))
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "crm")
	out, err := exec.Command("go", "build", "-o", path, "./examples/exec").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

// removeExample removes what was built, if it was.
func removeExample() {
	if built, err := filepath.Glob(filepath.Join(os.TempDir(), fmt.Sprintf("axisync-example-%d-*", os.Getpid()))); err == nil {
		for _, dir := range built {
			_ = os.RemoveAll(dir) // in the temporary folder
		}
	}
}

// toProgram is a world whose receiver is the example.
func toProgram(t *testing.T, s settings, arguments string) *world {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go to build the example with")
	}
	path, err := example()
	if err != nil {
		t.Fatal(err)
	}
	if s.replace == nil {
		s.replace = map[string]string{}
	}
	s.customers = 60
	s.replace["  - fincome: {}\n"] = "  - exec: { name: crm, command: [./deliver.sh" + arguments + "] }\n"
	w := newWorld(t, s)
	w.script("exec " + path + ` "$@" crm.json`)
	return w
}

// script is the program of the pipeline.
func (w *world) script(text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, "deliver.sh")
	if err := os.WriteFile(path+".new", []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		w.t.Fatal(err)
	}
}

// crm is what the example holds.
func (w *world) crm() map[string]map[string]string {
	w.t.Helper()
	customers := map[string]map[string]string{}
	content, err := os.ReadFile(filepath.Join(w.dir, "crm.json"))
	if err == nil {
		err = json.Unmarshal(content, &customers)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	maps.DeleteFunc(customers, func(_ string, axes map[string]string) bool { return len(axes) == 0 })
	return customers
}

// ours are the cells of the axes of this source that Fincome holds, as texts.
func (w *world) ours() map[string]map[string]string {
	w.t.Helper()
	held := map[string]map[string]string{}
	for id, properties := range w.properties() {
		for axis, raw := range properties {
			var text *string
			if strings.HasPrefix(axis, "Salesforce_726564_") && json.Unmarshal([]byte(raw), &text) == nil && text != nil {
				if held[id] == nil {
					held[id] = map[string]string{}
				}
				held[id][axis] = *text
			}
		}
	}
	return held
}

// A program is given what has changed, and nothing else; what it holds is what
// Fincome would hold, through changes, clears and failures.
func TestProgramDayByDay(t *testing.T) {
	t.Parallel()
	clears := map[string]string{"axes:\n": "axes:\n  unmatched: clear_ours\n"}
	api := newWorld(t, settings{customers: 60, replace: clears})
	w := toProgram(t, settings{replace: maps.Clone(clears)}, "")
	api.mustRun()
	first := w.mustRun()
	sameProperties(t, w.crm(), api.ours())
	if first.Outcome != "delivered" || first.Cells.Acknowledged != first.Cells.Changes() || first.Cells.Acknowledged == 0 || w.fincome.Writes() != 0 {
		t.Fatalf("the first day: %s", jsonText(t, first))
	}
	if second := w.mustRun(); second.Outcome != "unchanged" {
		t.Errorf("nothing has changed: %s", jsonText(t, second))
	}
	api.mustRun()
	for day := range 3 {
		id, _ := api.matchedCustomer(t)
		gone := *api.explain(id, "").Identity.Account
		for _, each := range []*world{api, w} {
			each.salesforce.Change(0.4)
			if day == 1 {
				each.salesforce.Delete(gone)
			}
		}
		api.mustRun()
		changed := w.mustRun()
		if n := changed.Cells.Acknowledged; n == 0 || n >= first.Cells.Acknowledged {
			t.Errorf("day %d: %s", day, jsonText(t, changed))
		}
		sameProperties(t, w.crm(), api.ours())
	}
	if e := w.explain(firstKey(w.crm()), ""); len(e.Axes) == 0 || e.Axes[0].Acknowledged == nil {
		t.Errorf("explain: %s", jsonText(t, e))
	}
}

func firstKey(customers map[string]map[string]string) string {
	first := ""
	for id := range customers {
		if first == "" || id < first {
			first = id
		}
	}
	return first
}

// A program that fails half-way is given the rest by the next run.
func TestProgramThatFails(t *testing.T) {
	t.Parallel()
	want := toProgram(t, settings{}, "")
	whole := want.mustRun()
	w := toProgram(t, settings{}, "")
	path, err := example()
	if err != nil {
		t.Fatal(err)
	}
	w.script(path + " crm.json > answers; head -n 20 answers; echo broken >&2; exit 3")
	failed, err := w.run()
	if err == nil || failed.Exit != pipelines.ExitFailed || failed.Cells.Acknowledged != 20 || !strings.Contains(err.Error(), "exit code 3; 20 of") || !strings.Contains(err.Error(), "broken") {
		t.Fatal(describe(failed, err))
	}
	w.script("exec " + path + " crm.json")
	if rest := w.mustRun(); rest.Cells.Acknowledged != whole.Cells.Acknowledged-20 {
		t.Errorf("the rest: %s", jsonText(t, rest))
	}
	sameProperties(t, w.crm(), want.crm())
	w.script("exec ./not-there")
	w.salesforce.Change(0.4)
	if failed, err := w.run(); err == nil || failed.Exit != pipelines.ExitFailed {
		t.Error(describe(failed, err))
	}
	if err := os.Remove(filepath.Join(w.dir, "deliver.sh")); err != nil {
		t.Fatal(err)
	}
	if failed, err := w.run(); err == nil || failed.Exit != pipelines.ExitConfiguration {
		t.Error(describe(failed, err))
	}
	if ticks := w.ticks(); ticks["program"].Level != pipelines.Fail || !strings.Contains(ticks["program"].Text, "deliver.sh") {
		t.Errorf("check: %+v", ticks["program"])
	}
}

// What it refuses is told once, waits for another value, and stops nobody.
func TestProgramThatRejects(t *testing.T) {
	t.Parallel()
	w := toProgram(t, settings{}, `, --longest, "9"`)
	first, err := w.run()
	if err != nil || first.Exit != pipelines.ExitRejects || first.Cells.Rejected == 0 || first.Cells.Acknowledged == 0 {
		t.Fatal(describe(first, err))
	}
	told := w.rejects()
	if int64(len(told)) != first.Cells.Rejected || told[0].Code != "too_long" || told[0].Reason != "a value has 9 characters at most" || told[0].Remedy == "" {
		t.Errorf("%+v", told)
	}
	if told[0].Remedy != "look at what the program crm says of this cell" { // not what the code means elsewhere
		t.Errorf("the remedy is %q", told[0].Remedy)
	}
	if kinds := first.Delivery.Refused; len(kinds) != 1 || kinds[0].Code != "too_long" || kinds[0].Customers == 0 || kinds[0].Remedy != told[0].Remedy {
		t.Errorf("the result: %+v", kinds)
	}
	if second := w.mustRun(); second.Cells.Refused != first.Cells.Rejected || second.Cells.Changes() != 0 {
		t.Errorf("the same rejects: %s", jsonText(t, second))
	}
	if rule := axis(t, w.explain(told[0].Customer, ""), strings.TrimPrefix(told[0].Axis, "Salesforce_726564_")).Rule; !strings.HasPrefix(rule, "the program crm refused this value") {
		t.Errorf("explain: %q", rule)
	}
	w.change(map[string]string{`"9"`: `"900"`})
	w.retry = true
	if third := w.mustRun(); third.Cells.Acknowledged != first.Cells.Rejected {
		t.Errorf("--retry-rejects: %s", jsonText(t, third))
	}
}

// Killed with SIGKILL while the program is at work, before or after it has carried out
// or answered some: the next run ends as one that nobody disturbed.
func TestKilledWhileAProgramIsAtWork(t *testing.T) {
	t.Parallel()
	want := toProgram(t, settings{}, "")
	want.mustRun()
	path, err := example()
	if err != nil {
		t.Fatal(err)
	}
	for name, work := range map[string]string{
		"nothing taken": "", "carried out": path + " crm.json > answers", "some answered": path + " crm.json > answers; head -n 30 answers", "all answered": path + " crm.json",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := toProgram(t, settings{}, "")
			w.script(work + "\necho $$ > pid.new; mv pid.new pid; exec sleep 3600")
			w.killedAtWork()
			w.script("exec " + path + " crm.json")
			w.mustRun()
			sameProperties(t, w.crm(), want.crm())
			if again := w.mustRun(); again.Outcome != "unchanged" {
				t.Errorf("the next run: %s", jsonText(t, again))
			}
			w.checkSnapshots()
		})
	}
}

// killedAtWork kills a run once its program has told its process id.
func (w *world) killedAtWork() {
	w.t.Helper()
	w.now = w.now.Add(time.Hour)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "AXISYNC_TEST_CHILD="+w.file, "AXISYNC_TEST_COMMAND=run", "AXISYNC_TEST_NOW="+strconv.FormatInt(w.now.Unix(), 10))
	if err := child.Start(); err != nil {
		w.t.Fatal(err)
	}
	var content []byte
	for until := time.Now().Add(time.Minute); len(content) == 0; time.Sleep(5 * time.Millisecond) {
		content, _ = os.ReadFile(filepath.Join(w.dir, "pid")) // not there yet
		if time.Now().After(until) {
			w.t.Fatal("the program was never started")
		}
	}
	if err := child.Process.Kill(); err != nil {
		w.t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		w.t.Fatal(err)
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL) // nobody is left to end it
}

// ticks are the boxes of a check by name.
func (w *world) ticks() map[string]pipelines.Tick {
	w.t.Helper()
	ticks := map[string]pipelines.Tick{}
	_ = pipelines.Check(w.t.Context(), w.load(), w.options(), func(tick pipelines.Tick) { ticks[tick.Name] = tick }) // the ticks say it
	return ticks
}
