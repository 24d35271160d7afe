package oracle_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	salesforce "github.com/axisync/axisync/connector/salesforce/simulator"
	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/pipelines/oracle"
)

// tester is what testing.T and rapid.T have in common.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Failed() bool
}

// clock is the time of the simulated days. The program sees it tick; Fincome
// does not, so that what shows when depends on nobody's speed.
type clock struct {
	start time.Time
	ticks atomic.Int64
}

func (c *clock) now() time.Time { return c.start }
func (c *clock) tick() time.Time {
	return c.start.Add(time.Duration(c.ticks.Add(1)) * time.Millisecond)
}

func (c *clock) pass(d time.Duration) {
	c.start = c.start.Add(d)
	c.ticks.Store(0)
}

// world is both simulators, the program, and the oracle's own idea of it all.
type world struct {
	t  tester
	s  scenario
	d  dice
	at clock

	folder     string
	salesforce *salesforce.Server
	user       string // of Salesforce
	fincome    *fincome.Server
	spy        *spy
	urls       [2]string
	pipeline   *pipelines.Pipeline

	model  *oracle.Fincome
	memory *oracle.Memory
	hidden map[string]bool

	exported *oracle.Observation // of a file
	last     *oracle.Decision
	between  []edited
	ran      string                // the last run
	stopped  *oracle.Decision      // by guards that are lifted now
	allowed  []pipelines.Allowance // which lift them
	dies     bool                  // a run that writes one customer may be killed
	meddles  bool                  // people change what a run is about to write
	calls    int                   // update requests of the last run or apply
	log      []string              // what happened, for a failure
}

// start brings a world to life in a folder. stop ends it.
func start(t tester, s scenario, d dice, folder string) (w *world, stop func()) {
	w = &world{t: t, s: s, d: d, folder: folder, memory: &oracle.Memory{}, hidden: map[string]bool{}}
	w.at.start = time.Date(2026, 12, 1, 6, 0, 0, 0, time.UTC)
	w.login("")
	config := w.fincomeConfig()
	w.fincome = fincome.New(config)
	w.spy = &spy{next: w.fincome, whole: s.rules.Update != "merge", key: fincome.DefaultAPIKey}
	w.model = &oracle.Fincome{Server: s.server, Late: s.late, Delay: s.delay, Refuses: map[string]bool{}}
	for c := range w.fincome.Customers() {
		w.model.Put(oracle.Customer{ID: c.ID, Properties: c.Properties})
		if c.Rejects {
			w.model.Refuses[c.ID] = true
		}
	}
	sf := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) { w.salesforce.ServeHTTP(answer, r) }))
	fin := httptest.NewServer(w.spy)
	w.urls = [2]string{sf.URL, fin.URL}
	known := w.salesforce.Credentials()
	for name, content := range map[string]string{"id": known.ClientID, "secret": known.ClientSecret, "key": fincome.DefaultAPIKey} {
		w.write(name, content)
	}
	w.load()
	return w, func() {
		sf.Close()
		fin.Close()
		w.salesforce.Close()
	}
}

// login makes the org as it was on its first day, for a user; empty: the usual one.
func (w *world) login(user string) {
	if w.salesforce != nil {
		w.salesforce.Close()
	}
	w.user = user
	w.salesforce = salesforce.New(salesforce.Config{
		Seed: w.s.seed, Accounts: w.s.accounts, PageRows: 50, DateTimeOffset: w.s.offset, MultiCurrency: w.s.seed%2 == 0, Username: user,
	})
}

func (w *world) fincomeConfig() fincome.Config {
	s := w.s
	c := fincome.Config{
		Seed: s.seed, Customers: s.customers, Accounts: w.fincomeAccounts, Trim: s.server.Trim, Retype: s.server.Retype, Renotate: s.server.Renotate,
		Fault: s.fault, Clock: w.at.now, Axis: s.rules.IdentificationAxis,
		Extra: []fincome.Customer{
			{ID: "X/1 ü?a=b&%41", Properties: map[string]json.RawMessage{"VIP": json.RawMessage("true"), "Segment": json.RawMessage(`" x "`)}},
			{ID: "X+2", Properties: map[string]json.RawMessage{"Seats": json.RawMessage("12.50"), "Other": json.RawMessage(`{"a":[1e2,"\u00e9"]}`)}},
		},
	}
	if s.rules.Key != "Id" {
		c.Axis = "" // people keep the key in an axis of its own
	}
	if s.tagged {
		c.Tag = s.rules.Tag
	}
	if s.server.Replace {
		c.Update = fincome.Replace
	}
	c.Clear = map[string]fincome.Clear{
		"json_null": fincome.JSONNull, "empty_text": fincome.EmptyText, "remove_key": fincome.RemoveKey,
	}[s.server.Clear]
	if s.late {
		c.Delay = fincome.Delay{After: s.delay, UntilSettle: s.delay == 0}
	}
	for i := range s.rejects {
		c.RejectIDs = append(c.RejectIDs, "C-"+strconv.Itoa(1_000_001+7*i))
	}
	return c
}

// fincomeAccounts is what the generator of customers knows of the accounts.
func (w *world) fincomeAccounts(yield func(fincome.Account) bool) {
	for a := range w.salesforce.All() {
		name, _ := a.Value("Name")
		number, _ := a.Value("AccountNumber")
		if !yield(fincome.Account{ID: a.ID(), Name: name, Deleted: a.Deleted(), MasterID: a.MasterRecordID(), Number: number}) {
			return
		}
	}
}

func (w *world) write(name, content string) {
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(content), 0o600); err != nil {
		w.t.Fatalf("write %s: %v", name, err)
	}
}

// load writes the pipeline file and lets the program read it.
func (w *world) load() {
	w.t.Helper()
	w.write("pipeline.yaml", w.s.yaml(w.urls[0], w.urls[1]))
	p, err := pipelines.Load(filepath.Join(w.folder, "pipeline.yaml"))
	w.s.rules.Where, w.s.rules.Customers = w.s.where, w.s.file
	if err != nil {
		w.t.Fatalf("the pipeline file is refused: %v\n%s", err, w.s.yaml(w.urls[0], w.urls[1]))
	}
	w.pipeline = p
}

func (w *world) options() pipelines.Options {
	return pipelines.Options{Now: w.at.tick, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Version: "test"}
}

// types are the describe types of all fields the user sees. A path over a
// relationship is one more, seen as far as its reference is.
func (w *world) types() map[string]string {
	types := map[string]string{"Owner.Name": "string"}
	for _, f := range w.salesforce.View().Schema().Fields() {
		if !w.hidden[f.Name] && !f.IsCompound() {
			types[f.Name] = f.Type
		}
	}
	return types
}

// accounts are all accounts that Salesforce still knows.
func (w *world) accounts(types map[string]string) []oracle.Account {
	names := map[string]bool{w.s.rules.Key: true}
	for _, entry := range w.s.rules.Entries {
		for _, name := range entry.Names {
			for have := range types {
				if strings.EqualFold(have, name) {
					names[have] = true
				}
			}
		}
	}
	var all []oracle.Account
	for a := range w.salesforce.All() {
		if a.Purged() {
			continue
		}
		account := oracle.Account{
			ID: a.ID(), Deleted: a.Deleted(), MasterID: a.MasterRecordID(), Values: map[string]string{},
			Outside: !conditions[w.s.where](a.Value),
		}
		for name := range names {
			if value, has := a.Value(name); has {
				account.Values[name] = value
			}
		}
		all = append(all, account)
	}
	return all
}

// ripen lets Fincome show what is due, on both sides.
func (w *world) ripen() {
	for cursor := ""; ; {
		page := w.spy.ask("GET", "/product/clients?limit=1000&cursor="+cursor)
		var list struct {
			Next *string `json:"next_cursor"`
		}
		if err := json.Unmarshal(page, &list); err != nil {
			w.t.Fatalf("list: %v", err)
		}
		if list.Next == nil {
			break
		}
		cursor = *list.Next
	}
	w.model.Customers(w.at.now())
}
