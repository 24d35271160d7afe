package fincome_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	client "github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
)

// tap notes every request and, of a write, the dictionary; before, which may be
// nil, is asked before it is served and may serve it itself.
type tap struct {
	http.Handler
	before func(w http.ResponseWriter, r *http.Request) (served bool)

	mu   sync.Mutex
	seen []seen
}

type seen struct {
	method, path string
	sent         map[string]json.RawMessage
	at           time.Time
}

func (p *tap) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a broken one shows as no dictionary
	r.Body = io.NopCloser(bytes.NewReader(body))
	var sent struct {
		Properties map[string]json.RawMessage `json:"custom_properties"`
	}
	_ = json.Unmarshal(body, &sent)
	p.mu.Lock()
	p.seen = append(p.seen, seen{r.Method, r.URL.EscapedPath(), sent.Properties, time.Now()})
	p.mu.Unlock()
	if p.before == nil || !p.before(w, r) {
		p.Handler.ServeHTTP(w, r)
	}
}

// methods are those of the requests, in their order.
func (p *tap) methods() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, s := range p.seen {
		all = append(all, s.method)
	}
	return all
}

func one(server simulator.Config) *simulator.Server {
	server.Extra = []simulator.Customer{{ID: "C-1", Properties: map[string]json.RawMessage{"Foreign": json.RawMessage(`"old"`)}}}
	return simulator.New(server)
}

func holds(server *simulator.Server, id string) map[string]string {
	texts := map[string]string{}
	for c := range server.Customers() {
		if c.ID == id {
			for name, raw := range c.Properties {
				texts[name] = string(raw)
			}
		}
	}
	return texts
}

func TestUnderMergeOnlyOurKeysTravel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := simulator.New(simulator.Config{Customers: 300})
		p := &tap{Handler: server}
		target, end := virtual(t, p, fincome.Config{Update: "merge"})
		defer end()
		report, err := target.Deliver(context.Background(), changes(t, customersOf(server)), &memory{})
		if err != nil || report.Dictionary != sinks.DictionaryDelta || report.Customers != 300 || report.Requests != 600 {
			t.Fatalf("%+v, %v", report, err)
		}
		for _, s := range p.seen {
			if _, ours := s.sent["Axis"]; s.method == http.MethodPatch && (!ours || len(s.sent) != 1) {
				t.Errorf("%s was sent %v", s.path, s.sent)
			}
		}
	})
}

// TestNoWriteIsRepeatedBlindly: after a write that was refused for the moment or
// not answered the customer is read again, whatever the semantics; what somebody
// else has changed meanwhile stays, and is a conflict where it is our cell.
func TestNoWriteIsRepeatedBlindly(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]simulator.Fault{
		"429": {Status: 429, Header: http.Header{"Retry-After": {"2"}}}, "429, no pause": {Status: 429}, "503": {Status: 503}, "500": {Status: 500},
		"cut before": {Cut: simulator.CutBefore}, "409": {Status: 409},
	} {
		for _, update := range []string{"merge", "replace"} {
			for _, axis := range []string{"Foreign", "Axis"} {
				synctest.Test(t, func(t *testing.T) {
					var server *simulator.Server
					failed := false
					config := simulator.Config{Fault: func(r *http.Request) *simulator.Fault {
						if r.Method != http.MethodPatch || failed {
							return nil
						}
						failed = true
						if err := server.Edit("C-1", axis, "edited"); err != nil {
							t.Error(err)
						}
						return &fault
					}}
					if update == "replace" {
						config.Update = simulator.Replace
					}
					server = one(config)
					p := &tap{Handler: server}
					target, end := virtual(t, p, fincome.Config{Update: update})
					defer end()
					journal := &memory{}
					if _, err := target.Deliver(context.Background(), changes(t, []string{"C-1"}), journal); err != nil {
						t.Fatalf("%s, %s: %v", name, update, err)
					}
					want, outcome, end1 := []string{"GET", "PATCH", "GET", "PATCH"}, sinks.Accepted, map[string]string{"Foreign": `"edited"`, "Axis": `"x"`}
					if axis == "Axis" {
						want, outcome, end1 = want[:3], sinks.Conflict, map[string]string{"Foreign": `"old"`, "Axis": `"edited"`}
					}
					if got := p.methods(); !slices.Equal(got, want) || journal.count(outcome) != 1 || len(journal.outcomes) != 1 {
						t.Errorf("%s, %s, %s edited: %v, %+v", name, update, axis, got, journal.outcomes)
					}
					if got := holds(server, "C-1"); fmt.Sprint(got) != fmt.Sprint(end1) {
						t.Errorf("%s, %s, %s edited: holds %v", name, update, axis, got)
					}
				})
			}
		}
	}
}

// TestAReadThatBecameOldIsRepeated: a disk that takes its time over the intent
// must not make the write rely on an old read.
func TestAReadThatBecameOldIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := one(simulator.Config{Update: simulator.Replace})
		p := &tap{Handler: server}
		target, end := virtual(t, p, fincome.Config{Update: "replace"})
		defer end()
		journal := &memory{slow: func() {
			time.Sleep(3 * time.Second)
			if err := server.Edit("C-1", "Foreign", "edited"); err != nil {
				t.Error(err)
			}
		}}
		report, err := target.Deliver(context.Background(), changes(t, []string{"C-1"}), journal)
		if got := p.methods(); err != nil || !slices.Equal(got, []string{"GET", "GET", "PATCH"}) || report.GapP99 > 100 {
			t.Errorf("%v, %+v, %v", got, report, err)
		}
		if got := holds(server, "C-1"); got["Foreign"] != `"edited"` || got["Axis"] != `"x"` {
			t.Errorf("holds %v", got)
		}
	})
}

// TestAServerThatIsTooSlowIsWrittenToAllTheSame: where every write comes late, a
// delivery still ends, and says how late.
func TestAServerThatIsTooSlowIsWrittenToAllTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := one(simulator.Config{})
		target, end := virtual(t, slow(4*time.Second, server), fincome.Config{Update: "merge"})
		defer end()
		report, err := target.Deliver(context.Background(), changes(t, []string{"C-1"}), &memory{})
		if err != nil || report.Requests != 5 || report.GapP99 < 4000 || report.GapP99 > 4200 {
			t.Errorf("%+v, %v", report, err)
		}
	})
}

// TestAKeyThatIsNotAccepted costs one request, and nothing follows the answer when
// it comes later.
func TestAKeyThatIsNotAccepted(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403} {
		for _, allowed := range []int{0, 200} {
			synctest.Test(t, func(t *testing.T) {
				server := simulator.New(simulator.Config{Customers: 500})
				var mu sync.Mutex
				var refusedAt time.Time
				p := &tap{Handler: server}
				p.before = func(w http.ResponseWriter, _ *http.Request) bool {
					mu.Lock()
					defer mu.Unlock()
					if allowed--; allowed >= 0 {
						return false
					}
					w.WriteHeader(status)
					if refusedAt.IsZero() {
						refusedAt = time.Now().Add(10 * time.Millisecond) // when the client knows
					}
					return true
				}
				first := allowed == 0
				target, end := virtual(t, slow(20*time.Millisecond, p), fincome.Config{Update: "merge"})
				defer end()
				report, err := target.Deliver(context.Background(), changes(t, customersOf(server)), &memory{})
				end()
				var auth interface{ Auth() bool }
				if !errors.As(err, &auth) || !auth.Auth() {
					t.Errorf("%d: %v", status, err)
				}
				if first && report.Requests != 1 {
					t.Errorf("%d: %d requests", status, report.Requests)
				}
				for _, s := range p.seen { // it was sent 10 ms before it was seen
					if status == http.StatusForbidden {
						continue // see TestAKeyThatIsTakenAway
					}
					if s.at.Add(-10 * time.Millisecond).After(refusedAt) {
						t.Errorf("%d: a request was sent %v after the answer", status, s.at.Add(-10*time.Millisecond).Sub(refusedAt))
					}
				}
			})
		}
	}
}

// TestAMergeThatReplacesIsFoundWithoutAnAnswer: the write that took other
// properties away was carried out and not answered; the next read shows it.
func TestAMergeThatReplacesIsFoundWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cut := false
		server := one(simulator.Config{Update: simulator.Replace, Fault: func(r *http.Request) *simulator.Fault {
			if r.Method != http.MethodPatch || cut {
				return nil
			}
			cut = true
			return &simulator.Fault{Cut: simulator.CutUnheard}
		}})
		target, end := virtual(t, server, fincome.Config{Update: "merge"})
		defer end()
		_, err := target.Deliver(context.Background(), changes(t, []string{"C-1"}), &memory{})
		var replaced *fincome.ReplacedError
		if got := holds(server, "C-1"); !errors.As(err, &replaced) || got["Foreign"] != `"old"` {
			t.Errorf("%v, holds %v", err, got)
		}
	})
}

// TestAnotherFormIsNoFailure: the answer to an update may show the value in the
// server's form.
func TestAnotherFormIsNoFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := one(simulator.Config{})
		p := &tap{Handler: server}
		p.before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPatch {
				_, _ = io.WriteString(w, `{"id":"C-1","custom_properties":{"Foreign":"old","Axis":"X."}}`)
			}
			return r.Method == http.MethodPatch
		}
		target, end := virtual(t, p, fincome.Config{Update: "merge"})
		defer end()
		journal := &memory{}
		if _, err := target.Deliver(context.Background(), changes(t, []string{"C-1"}), journal); err != nil || journal.count(sinks.Accepted) != 1 {
			t.Errorf("%v, %+v", err, journal.outcomes)
		}
	})
}

// TestACustomerThatTheServerFailsOn does not keep the others from being written;
// a server that fails on all is not tried for ever.
func TestACustomerThatTheServerFailsOn(t *testing.T) {
	t.Parallel()
	for failing, want := range map[int]int{1: 299, 300: 0} {
		synctest.Test(t, func(t *testing.T) {
			server := simulator.New(simulator.Config{Customers: 300})
			all := customersOf(server)
			bad := map[string]bool{}
			for _, id := range all[:failing] {
				bad[id] = true
			}
			p := &tap{Handler: server}
			p.before = func(w http.ResponseWriter, r *http.Request) bool {
				if bad[strings.TrimPrefix(r.URL.Path, "/product/clients/")] {
					w.WriteHeader(http.StatusInternalServerError)
					return true
				}
				return false
			}
			target, end := virtual(t, slow(20*time.Millisecond, p), fincome.Config{Update: "replace"})
			defer end()
			journal := &memory{}
			report, err := target.Deliver(context.Background(), changes(t, all), journal)
			var e *client.Error
			if !errors.As(err, &e) || e.Status != 500 || e.Tries != 6 || journal.count(sinks.Accepted) != want || report.Customers != int64(want) {
				t.Errorf("%d: %v, %+v", failing, err, report)
			}
			if one := strings.Contains(err.Error(), "one customer could not be delivered"); one != (failing == 1) {
				t.Errorf("%d: %v", failing, err)
			}
		})
	}
}

// TestAnEditorAtWork: 50 edits a second by hand while whole dictionaries are sent.
// Every edit that is lost lies between the read and the write of its customer, by the
// books of the server, and every other one on our axis that came before the read is a
// conflict with both values.
func TestAnEditorAtWork(t *testing.T) {
	t.Parallel()
	customers := 1000
	if os.Getenv("AXISYNC_LARGE") != "" {
		customers = 10_000
	}
	synctest.Test(t, func(t *testing.T) {
		server := simulator.New(simulator.Config{Customers: customers, Update: simulator.Replace})
		all := customersOf(server)
		target, end := virtual(t, slow(20*time.Millisecond, server), fincome.Config{Update: "replace", Ceiling: 8})
		defer end()
		ctx, cancel := context.WithCancel(t.Context())
		var people sync.WaitGroup
		editor := server.Editor(simulator.EditorConfig{Seed: rand.Uint64(), Axes: []string{simulator.AxisIndustry, "Axis"}})
		people.Go(func() { editor.Run(ctx, 50) })
		journal := &memory{}
		report, err := target.Deliver(context.Background(), changes(t, all), journal)
		cancel()
		people.Wait()
		if err != nil {
			t.Fatal(err)
		}
		for _, lost := range server.LostEdits() {
			if lost.Axis == "Axis" && lost.Value == nil {
				continue // the cell was empty when the change was decided, and is again
			}
			if lost.Informed || lost.Edited.Before(lost.Read) || lost.Edited.After(lost.Updated) {
				t.Errorf("an edit is lost that its read has shown: %+v", lost)
			}
		}
		windows := server.Windows()
		slices.Sort(windows)
		if p99 := windows[len(windows)*99/100]; p99 >= time.Second || report.GapP99 < float64(p99.Milliseconds()) {
			t.Errorf("the 99th percentile of the windows is %v, the report says %.0f ms", p99, report.GapP99)
		}
		conflicts := 0
		for _, o := range journal.outcomes {
			if o.Kind != sinks.Conflict {
				continue
			}
			if conflicts++; o.Now.Empty() || o.Now.Same(o.Cell.After) || o.Cell.After.Text != "x" {
				t.Errorf("a conflict without both values: %+v", o)
			}
		}
		if conflicts == 0 || conflicts+journal.count(sinks.Accepted)+journal.count(sinks.Acknowledged) != len(all) {
			t.Errorf("%d conflicts, %d accepted of %d", conflicts, journal.count(sinks.Accepted), len(all))
		}
		t.Logf("%d edits lost, %d conflicts, gap %.0f ms", len(server.LostEdits()), conflicts, report.GapP99)
	})
}
