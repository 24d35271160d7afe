package oracle

import (
	"encoding/json"
	"testing"
	"time"
)

func TestServerApplies(t *testing.T) {
	t.Parallel()
	const before = `{"a":"x","b":1e2,"c":null}`
	for _, test := range []struct {
		server     Server
		sent, want string
	}{
		{Server{Clear: "json_null"}, `{"a":"y"}`, `{"a":"y","b":1e2,"c":null}`},
		{Server{Clear: "json_null"}, `{"a":null,"b":""}`, `{"b":"","c":null}`},
		{Server{Clear: "json_null"}, `{"c":null}`, `{"a":"x","b":1e2,"c":null}`}, // sent back as held
		{Server{Clear: "empty_text"}, `{"a":"","b":null}`, `{"b":1e2,"c":null}`},
		{Server{Clear: "remove_key"}, `{"a":"","b":null}`, `{"a":"x","b":1e2,"c":null}`},
		{Server{Clear: "remove_key", Replace: true}, `{"a":"x","d":"new"}`, `{"a":"x","d":"new"}`},
		{Server{Clear: "json_null", Trim: true}, `{"a":" y\u00a0"}`, `{"a":"y","b":1e2,"c":null}`},
		{Server{Clear: "json_null", Retype: true}, `{"a":" 12.50","c":"true"}`, `{"a":12.5,"b":1e2,"c":true}`},
		{Server{Clear: "json_null", Renotate: true}, `{"a":"2026-03-01T23:30:00Z","b":"2026-03-01T23:30:01.5Z","d":"12.5","e":"10000000","f":"-12345678"}`,
			`{"a":"2026-03-01T23:30:00.000000000+0000","b":"2026-03-02T01:30:01.5+02:00","c":null,"d":"12.50","e":"1.0E7","f":"-1.2345678E7"}`},
		{Server{Clear: "json_null", Renotate: true}, `{"a":"01234567","b":"+33140205050","d":"00.5","e":"1234567"}`,
			`{"a":"01234567","b":"+33140205050","c":null,"d":"00.5","e":"1234567"}`},
		{Server{Clear: "json_null", Retype: true}, `{"a":"01234"}`, `{"a":"01234","b":1e2,"c":null}`},
	} {
		got, err := json.Marshal(test.server.Apply(dictionaryOf(t, before), dictionaryOf(t, test.sent)))
		if err != nil || string(got) != test.want {
			t.Errorf("%+v sent %s: %s, not %s (%v)", test.server, test.sent, got, test.want, err)
		}
	}
}

func dictionaryOf(t *testing.T, text string) map[string]json.RawMessage {
	t.Helper()
	var d map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTwoDays follows one cell of one customer by hand: sent, confirmed, edited.
func TestTwoDays(t *testing.T) {
	t.Parallel()
	rules := Rules{IdentificationAxis: "id", Bare: true, Update: "merge", Clear: "json_null",
		Entries: []Entry{{Names: []string{"Industry"}, Merge: "overwrite", OnEdit: "report", Nulls: "clear"}}}
	f := &Fincome{Server: Server{Clear: "json_null"}}
	f.Put(Customer{"C-1", dictionaryOf(t, `{"id":"0015f00000BCvReAAL"}`)})
	account := Account{ID: "0015f00000BCvReAAL", Values: map[string]string{"Industry": "Banking"}}
	m := &Memory{}
	for day, want := range []struct {
		edit        string
		row, writes int
	}{{"", 12, 1}, {"", 7, 0}, {`"Retail"`, 14, 0}} {
		now := noon.Add(time.Duration(day) * 24 * time.Hour)
		if want.edit != "" {
			f.Edit("C-1", "Industry", json.RawMessage(want.edit))
		}
		d := Decide(rules, m, Day{
			Now: now, Accounts: []Account{account}, Types: map[string]string{"Industry": "picklist"},
			Observed: Observation{Customers: f.Customers(now), At: now},
		})
		o := d.Deliver(rules, m, f, now)
		if d.Cells[0].Row != want.row || o.Writes != want.writes || o.Exit != 0 {
			t.Errorf("day %d: %+v, %+v", day, d.Cells[0], o)
		}
	}
	if got := string(f.Read("C-1", noon)["Industry"]); got != `"Retail"` {
		t.Errorf("Fincome holds %s", got)
	}
}

func TestShareGuards(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		then, now Figures
		trips     string
		border    bool
	}{
		{Figures{100, 100, 95}, Figures{81, 100, 91}, "", false},
		{Figures{100, 100, 95}, Figures{80, 100, 95}, "", true},
		{Figures{100, 100, 95}, Figures{79, 100, 95}, "rows_fell", false},
		{Figures{100, 100, 95}, Figures{100, 100, 89}, "match_rate", false},
		{Figures{19, 19, 19}, Figures{1, 19, 1}, "", false}, // too few to count
	} {
		d := &Decision{Guards: map[string]bool{}, Figures: test.now}
		d.guard(Rules{}, &Memory{baseline: &baseline{Figures: test.then}})
		if len(d.Guards) > 1 || test.trips != "" && !d.Guards[test.trips] || test.trips == "" && len(d.Guards) > 0 || d.Borderline != test.border {
			t.Errorf("%+v after %+v: %v, %v", test.now, test.then, d.Guards, d.Borderline)
		}
	}
}
