package pipelines_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

const probedCustomer = "T-1"

// probeable is a Fincome with a customer to probe on, and a file that says nothing
// of how it behaves.
func probeable(f fincome.Config) settings {
	f.Extra = []fincome.Customer{{ID: probedCustomer, Properties: map[string]json.RawMessage{
		"Channel": json.RawMessage(`"Direct"`), "Campaign": json.RawMessage(`"Spring"`), "Seats": json.RawMessage(`12`),
	}}}
	return settings{fincome: f, replace: map[string]string{"  update: merge\n  clear: json_null\n": ""}}
}

func (w *world) probe(o pipelines.ProbeOptions) (*pipelines.Probed, string, error) {
	w.t.Helper()
	var told strings.Builder
	said, err := pipelines.Probe(context.Background(), w.load(), w.options(), o, func(t pipelines.Tick) {
		told.WriteString(string(t.Level) + " " + t.Name + ": " + t.Text + "\n")
	})
	return said, told.String(), err
}

func (w *world) check() (string, error) {
	w.t.Helper()
	var told strings.Builder
	err := pipelines.Check(context.Background(), w.load(), w.options(), func(t pipelines.Tick) {
		told.WriteString(string(t.Level) + " " + t.Name + ": " + strings.TrimSuffix(t.Text+"; "+t.Remedy, "; ") + "\n")
		if (t.Remedy == "") != (t.Level == pipelines.OK) {
			w.t.Errorf("a box of the level %s has the remedy %q: %s", t.Level, t.Remedy, t.Text)
		}
	})
	return told.String(), err
}

func has(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

// Before the probe a delivery stops after 20 customers; after it the same plan goes
// on, as the probe found.
func TestApplyGoesOnAfterTheProbe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, probeable(fincome.Config{Update: fincome.Replace, Null: fincome.Ignores}))
	before := foreign(w.properties())
	told, err := w.check()
	if err != nil {
		t.Fatal(told, err)
	}
	has(t, told, "todo fincome api: ", "axisync fincome probe "+w.file+" --customer ID")
	stopped, err := w.run()
	if stopped == nil || stopped.Exit != pipelines.ExitStopped {
		t.Fatal(describe(stopped, err))
	}
	has(t, err.Error(), "axisync fincome probe "+w.file+" --customer ID", "axisync apply "+w.file+" "+stopped.Run)

	said, _, err := w.probe(pipelines.ProbeOptions{Customer: probedCustomer})
	if err != nil {
		t.Fatal(err)
	}
	if want := "fincome:\n  update: replace\n  clear: empty_text\n"; said.YAML != want {
		t.Errorf("to paste:\n%s", said.YAML)
	}
	info, err := os.Stat(filepath.Join(w.dir, "state", w.load().Slug, "probe.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	told, err = w.check()
	if err != nil {
		t.Fatal(told, err)
	}
	has(t, told, `ok fincome api: update replace, clear empty_text; probed on customer "T-1" on 2026-11-23`)
	applied, err := w.apply(stopped.Run)
	if err != nil || applied.Exit != 0 || applied.Cells.Sent == 0 {
		t.Fatal(describe(applied, err))
	}
	sameProperties(t, foreign(w.properties()), before)

	w.change(map[string]string{"  identification_axis": "  update: merge\n  update_verb: PUT\n  identification_axis"})
	told, _ = w.check()
	has(t, told, `warn fincome api: fincome.update is "merge" in the file, and the probe of 2026-11-23 found "replace"`, `fincome.update_verb is "PUT" in the file`)
}

// Whatever is not as the file has it is among the lines to paste, and they load.
func TestTheLinesToPaste(t *testing.T) {
	t.Parallel()
	s := probeable(fincome.Config{AuthHeader: "X-API-Key", ClientPath: "/customers/{id}", UpdateVerb: "PUT", Null: fincome.Refuses, Empty: fincome.Refuses,
		List: fincome.List{Path: "/customers", After: "page", NextKey: "next_page", Numbered: true, MaxLimit: 50}})
	w := newWorld(t, s)
	said, told, err := w.probe(pipelines.ProbeOptions{Customer: probedCustomer})
	if err != nil {
		t.Fatal(told, err)
	}
	want := `fincome:
  auth_header: X-API-Key
  auth_scheme: ''
  client_path: /customers/{id}
  update_verb: PUT
  update: merge
  clear: unknown
  customers:
    api:
      path: /customers
      limit: 50
      cursor_param: page
      cursor_key: next_page
`
	if said.YAML != want {
		t.Fatalf("to paste:\n%s", said.YAML)
	}
	has(t, told, `todo pipeline file: fincome.client_path is "/clients/{id}" by default, and`)
	pasted := strings.SplitN(said.YAML, "\n", 2)[1]
	w.change(map[string]string{"  customers: { api: {} }\n": pasted})
	w.mustRun()
}

// A list that is a bare one, asked for by offset, likewise.
func TestTheLinesToPasteOfAnOffset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, probeable(fincome.Config{List: fincome.List{LimitName: "size", After: "skip", Offset: true, Bare: true, MaxLimit: 50}}))
	said, told, err := w.probe(pipelines.ProbeOptions{Customer: probedCustomer})
	if err != nil || !strings.HasSuffix(said.YAML, `
  customers:
    api:
      limit_param: size
      limit: 50
      cursor_param: skip
      paging: offset
      bare_list: true
`) {
		t.Fatalf("%v\n%s\n%s", err, told, said.YAML)
	}
	w.change(map[string]string{"  customers: { api: {} }\n": said.YAML[strings.Index(said.YAML, "  customers:"):]})
	w.mustRun()
	for text, want := range map[string]string{"paging: page": `"page"`, "paging: cursor": "fincome.customers.api.bare_list needs paging: offset"} {
		w.put("daily.yaml", strings.Replace(w.text, "paging: offset", text, 1))
		if _, err := pipelines.Load(w.file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A probe that was cut short keeps the source from running until the customer is
// put back.
func TestNothingRunsBeforeTheCustomerIsPutBack(t *testing.T) {
	t.Parallel()
	s := probeable(fincome.Config{})
	var w *world
	var record []byte
	var unfinished string
	var mu sync.Mutex // requests come on several connections
	updates := 0
	s.fincome.Fault = func(r *http.Request) *fincome.Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPatch {
			if updates++; updates == 4 {
				record, _ = os.ReadFile(unfinished)
			}
		}
		return nil
	}
	w = newWorld(t, s)
	unfinished = filepath.Join(w.dir, "state", w.load().Slug, "probe-restore.json")
	before := w.properties()
	if _, told, err := w.probe(pipelines.ProbeOptions{Customer: probedCustomer}); err != nil {
		t.Fatal(told, err)
	}
	if _, err := os.Stat(unfinished); err == nil {
		t.Error("the record is left")
	}
	sameProperties(t, w.properties(), before)

	w.put(filepath.Join("state", w.load().Slug, "probe-restore.json"), string(record))
	if err := w.fincome.Edit(probedCustomer, "Channel", "axisync probe 3"); err != nil {
		t.Fatal(err)
	}
	result, err := w.run()
	if result != nil || pipelines.ExitCode(err) != pipelines.ExitConfiguration {
		t.Fatal(describe(result, err))
	}
	has(t, err.Error(), `a probe of customer "T-1" was cut short`, "axisync fincome probe "+w.file+" --restore")
	told, err := w.check()
	if pipelines.ExitCode(err) != pipelines.ExitConfiguration {
		t.Error(told, err)
	}
	has(t, told, "fail probe: ", "--restore")
	said, told, err := w.probe(pipelines.ProbeOptions{Restore: true})
	if err != nil || said.Restored == nil || *said.Restored != probedCustomer {
		t.Fatal(told, err)
	}
	sameProperties(t, w.properties(), before)
	w.mustRun()
	_, told, err = w.probe(pipelines.ProbeOptions{Restore: true})
	if err != nil {
		t.Fatal(err)
	}
	has(t, told, "nothing to put back")
}

// Values that the account refuses as they are, and that the file has sent so, are
// told by the probe, by check and by a run.
func TestTypedValuesThatAreNotTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		f     fincome.Config
		typed bool
		want  []string
	}{
		"refused": {fincome.Config{Numbers: fincome.KeptNot, Booleans: fincome.KeptNot}, true, []string{"numbers", "booleans"}},
		"numbers": {fincome.Config{Numbers: fincome.KeptNot}, true, []string{"numbers"}},
		"text":    {fincome.Config{Numbers: fincome.KeptNot, Booleans: fincome.KeptNot}, false, nil},
		"to text": {fincome.Config{Numbers: fincome.KeptAsText, Booleans: fincome.KeptAsText}, true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := probeable(c.f)
			if c.typed {
				s.replace["AnnualRevenue,"] = "{ property: AnnualRevenue, values: typed },"
			}
			w := newWorld(t, s)
			_, told, err := w.probe(pipelines.ProbeOptions{Customer: probedCustomer})
			if err != nil {
				t.Fatal(told, err)
			}
			checked, err := w.check()
			if err != nil {
				t.Fatal(checked, err)
			}
			planned, _ := w.plan()
			notes := strings.Join(planned.Notes, "\n")
			for _, text := range []string{told, checked, notes} {
				if n := strings.Count(text, "values: typed"); n != len(c.want) {
					t.Errorf("%d warnings in\n%s", n, text)
				}
			}
			for _, kind := range c.want {
				want := "values: typed (AnnualRevenue) sends " + kind + " as such, and the probe of 2026-11-23 found what Fincome does with them: refused, with the whole update; write values: text"
				has(t, told, "todo pipeline file: "+want)
				has(t, checked, "warn fincome api: "+want)
				has(t, notes, want)
			}
		})
	}
}

// An edit that the probe overwrote fails the command, and what was found is kept.
func TestAProbeThatOverwroteAnEdit(t *testing.T) {
	t.Parallel()
	s := probeable(fincome.Config{Update: fincome.Replace, Delay: fincome.Delay{Reads: 5}})
	var w *world
	var mu sync.Mutex
	sent, edited := 0, false
	s.fincome.Fault = func(r *http.Request) *fincome.Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPatch {
			sent++
		} else if sent == 9 && !edited && strings.HasSuffix(r.URL.Path, probedCustomer) { // the last trial is in flight
			edited = true
			if err := w.fincome.Edit(probedCustomer, "Seats", 13); err != nil {
				t.Error(err)
			}
		}
		return nil
	}
	w = newWorld(t, s)
	said, told, err := w.probe(pipelines.ProbeOptions{Customer: probedCustomer})
	if pipelines.ExitCode(err) != pipelines.ExitFailed || said.Findings == nil || said.YAML == "" || said.Restored != nil {
		t.Errorf("%+v %v", said, err)
	}
	has(t, told, `warn edited: somebody else changed "Seats" of customer "T-1" to 13; before it was 12`,
		`warn lost: "Seats" of customer "T-1": somebody else had changed it to 13, `, `warn customer: "T-1" is put back, but `)
	if strings.Contains(told, "as it was") {
		t.Error(told)
	}
}
