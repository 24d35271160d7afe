package fincome_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/axisync/axisync/connector"
	client "github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/conformance"
	"github.com/axisync/axisync/sinks/fincome"
)

// receiver is a simulated Fincome as the conformance suite wants it.
type receiver struct {
	t      *testing.T
	server *simulator.Server
	target *fincome.Target
}

func open(t *testing.T, config simulator.Config, settings fincome.Config) *receiver {
	t.Helper()
	config.Extra = []simulator.Customer{
		{ID: "C-1", Properties: map[string]json.RawMessage{"Segment": json.RawMessage(`"Gold"`), "Score": json.RawMessage(`1.50`)}},
		{ID: "C 2/é%", Properties: map[string]json.RawMessage{"Nested": json.RawMessage(`{"a": [1, 2.0, null]}`), "Empty": json.RawMessage(`""`)}},
		{ID: "3", Properties: map[string]json.RawMessage{}},
	}
	server := simulator.New(config)
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	c, err := client.New(client.Config{BaseURL: web.URL + "/product", APIKey: connector.NewSecret(simulator.DefaultAPIKey),
		Retry: client.Retry{Tries: 12, Initial: time.Millisecond}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	settings.Log = slog.New(slog.DiscardHandler)
	target, err := fincome.New(c, settings)
	if err != nil {
		t.Fatal(err)
	}
	return &receiver{t, server, target}
}

func (r *receiver) Target() sinks.Target { return r.target }
func (r *receiver) Customers() []string  { return []string{"C-1", "C 2/é%", "3"} }
func (r *receiver) Writes() int          { return r.server.Writes() }

func (r *receiver) Set(id, axis string, value sinks.Value) {
	var v any
	if value.Set {
		v = value.Text
	}
	if err := r.server.Edit(id, axis, v); err != nil {
		r.t.Fatal(err)
	}
}

func (r *receiver) properties(id string) map[string]json.RawMessage {
	r.server.Settle()
	for c := range r.server.Customers() {
		if c.ID == id {
			return c.Properties
		}
	}
	return nil
}

func (r *receiver) Holds(id, axis string) sinks.Value {
	text, kind, set := client.Cell(r.properties(id)[axis])
	return sinks.Value{Set: set, Text: text, Type: kind}
}

func (r *receiver) Others(id string, axes ...string) string {
	var all []string
	for name, raw := range r.properties(id) {
		if !strings.Contains(strings.Join(axes, "\n"), name) {
			all = append(all, name+"="+string(raw))
		}
	}
	sort.Strings(all)
	return strings.Join(all, ";")
}

// TestConformance runs the suite against every kind of Fincome that can be, each
// with the settings that fit it.
func TestConformance(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]struct {
		server   simulator.Config
		settings fincome.Config
	}{
		"merge":            {simulator.Config{}, fincome.Config{Update: "merge", Clear: "json_null"}},
		"merge, delayed":   {simulator.Config{Delay: simulator.Delay{UntilSettle: true}}, fincome.Config{Update: "merge", Clear: "json_null"}},
		"replace":          {simulator.Config{Update: simulator.Replace}, fincome.Config{Update: "replace", Clear: "json_null"}},
		"replace, remove":  {simulator.Config{Update: simulator.Replace, Clear: simulator.RemoveKey}, fincome.Config{Update: "replace", Clear: "remove_key"}},
		"empty text":       {simulator.Config{Clear: simulator.EmptyText}, fincome.Config{Update: "merge", Clear: "empty_text"}},
		"unknown, merge":   {simulator.Config{}, fincome.Config{}},
		"unknown, replace": {simulator.Config{Update: simulator.Replace}, fincome.Config{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.Run(t, func(t *testing.T) conformance.Receiver { return open(t, kind.server, kind.settings) })
		})
	}
}

// changes makes a change set that writes one axis of many customers.
func changes(t testing.TB, ids []string) array.RecordReader {
	t.Helper()
	r := changeSet(ids)
	t.Cleanup(r.Release)
	return r
}

func changeSet(ids []string) array.RecordReader {
	rows := make([][]string, len(ids))
	for i, id := range ids {
		rows[i] = []string{id, "Axis", "", "", "x", "new", ""}
	}
	return cellSet(rows...)
}

// cellSet makes a change set of rows of ChangeSchema, in which "" is null.
func cellSet(rows ...[]string) array.RecordReader {
	b := array.NewRecordBuilder(connector.Memory, sinks.ChangeSchema())
	defer b.Release()
	for _, row := range rows {
		for i, text := range row {
			if text == "" {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).(*array.StringBuilder).Append(text)
			}
		}
	}
	batch := b.NewRecordBatch()
	defer batch.Release()
	r, err := array.NewRecordReader(sinks.ChangeSchema(), []arrow.RecordBatch{batch})
	if err != nil {
		panic(err) // the schema is that of the batch
	}
	return r
}

func openJournal(t *testing.T) (*sinks.FileJournal, map[sinks.EventKind]int) {
	t.Helper()
	events := map[sinks.EventKind]int{}
	j, err := sinks.OpenJournal(filepath.Join(t.TempDir(), "journal"), func(e sinks.Event) { events[e.Kind]++ })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, events
}

func ids(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("X-%05d", i)
	}
	return list
}

func TestUnknownUpdateWritesTwentyCustomers(t *testing.T) {
	t.Parallel()
	r := open(t, simulator.Config{Customers: 30}, fincome.Config{})
	var all []string
	for c := range r.server.Customers() {
		all = append(all, c.ID)
	}
	j, events := openJournal(t)
	_, err := r.target.Deliver(context.Background(), changes(t, all), j)
	if !errors.Is(err, sinks.ErrProbeNeeded) {
		t.Errorf("the error is %v", err)
	}
	if r.Writes() != 20 || events["accepted"] != 20 {
		t.Errorf("%d writes, %d accepted, want 20", r.Writes(), events["accepted"])
	}
}

func TestAWrongAddressRejectsNobody(t *testing.T) {
	t.Parallel()
	r := open(t, simulator.Config{}, fincome.Config{Update: "merge"})
	j, events := openJournal(t)
	_, err := r.target.Deliver(context.Background(), changes(t, ids(500)), j)
	if err == nil || !strings.Contains(err.Error(), "client_path") {
		t.Errorf("the error is %v", err)
	}
	if events["rejected"] >= 30 {
		t.Errorf("%d customers were rejected before the address was doubted", events["rejected"])
	}
}

// Updates that find nobody whom the reads have just shown: the address or the verb is
// wrong, not the customers.
func TestUpdatesThatFindNobody(t *testing.T) {
	t.Parallel()
	r := open(t, simulator.Config{Customers: 200, Fault: func(r *http.Request) *simulator.Fault {
		if r.Method == http.MethodPatch {
			return &simulator.Fault{Status: 404, Body: `{"detail":"Client not found"}`}
		}
		return nil
	}}, fincome.Config{Update: "merge"})
	var all []string
	for c := range r.server.Customers() {
		all = append(all, c.ID)
	}
	j, events := openJournal(t)
	_, err := r.target.Deliver(context.Background(), changes(t, all), j)
	var wrong interface{ Configuration() bool }
	if !errors.As(err, &wrong) || !wrong.Configuration() || !strings.Contains(err.Error(), "update_verb") || events["rejected"] >= 30 {
		t.Errorf("%d rejected, the error is %v", events["rejected"], err)
	}
}

func TestARefusedKeyStopsTheDelivery(t *testing.T) {
	t.Parallel()
	r := open(t, simulator.Config{APIKey: "another key"}, fincome.Config{Update: "merge"})
	j, events := openJournal(t)
	_, err := r.target.Deliver(context.Background(), changes(t, r.Customers()), j)
	var auth interface{ Auth() bool }
	if !errors.As(err, &auth) || !auth.Auth() || len(events) != 0 {
		t.Errorf("the error is %v, events %v", err, events)
	}
	if strings.Contains(fmt.Sprint(err), simulator.DefaultAPIKey) {
		t.Error("the error holds the key")
	}
}

func TestPoisonStopsNobodyElse(t *testing.T) {
	t.Parallel()
	r := open(t, simulator.Config{RejectIDs: []string{"C-1"}}, fincome.Config{Update: "merge"})
	j, events := openJournal(t)
	if _, err := r.target.Deliver(context.Background(), changes(t, r.Customers()), j); err != nil {
		t.Fatal(err)
	}
	if events["rejected"] != 1 || events["accepted"] != 2 {
		t.Errorf("events %v", events)
	}
}

// A setting that says merge where the receiver replaces must not cost anybody
// a property.
func TestAMergeThatReplacesIsStoppedAndPutBack(t *testing.T) {
	t.Parallel()
	r := open(t, simulator.Config{Customers: 60, Update: simulator.Replace}, fincome.Config{Update: "merge"})
	var all, before []string
	for c := range r.server.Customers() {
		all = append(all, c.ID)
	}
	for _, id := range all {
		before = append(before, r.Others(id, "Axis"))
	}
	j, _ := openJournal(t)
	_, err := r.target.Deliver(context.Background(), changes(t, all), j)
	var replaced *fincome.ReplacedError
	if !errors.As(err, &replaced) {
		t.Fatalf("the error is %v", err)
	}
	for i, id := range all {
		// A null that was taken away cannot be written: it is what takes away.
		if after := r.Others(id, "Axis"); withoutNulls(after) != withoutNulls(before[i]) {
			t.Errorf("%s held %s, now %s", id, before[i], after)
		}
	}
	if n := r.Writes(); n > 20 { // most customers have other properties
		t.Errorf("%d writes before it stopped", n)
	}
}

func withoutNulls(properties string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(properties, ";"), func(p string) bool { return strings.HasSuffix(p, "=null") }), ";")
}
