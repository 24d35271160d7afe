package oracle

import (
	"testing"
	"time"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ kind, text, want string }{
		{"double", "12.50", "12.5"}, {"double", "100.0", "100"}, {"currency", "1.0E7", "10000000"}, {"double", "-0", "0"},
		{"double", "-0.00", "0"}, {"double", "5.0E-4", "0.0005"}, {"int", "007", "7"}, {"int", "+3", "3"}, {"percent", ".5", "0.5"},
		{"double", "2.345E9", "2345000000"}, {"double", "-1.25e1", "-12.5"}, {"double", "9007199254740993", "9007199254740993"},
		{"double", "n/a", "n/a"}, {"double", ".", "."}, {"int", " 1", " 1"}, {"double", "1e", "1e"},
		{"string", "01234", "01234"}, {"picklist", " A ", " A "}, {"boolean", "true", "true"}, {"date", "2026-03-01", "2026-03-01"},
		{"datetime", "2026-03-01T10:00:00.000Z", "2026-03-01T10:00:00Z"},
		{"datetime", "2026-03-01T10:00:00.000+0000", "2026-03-01T10:00:00Z"},
		{"datetime", "2026-03-01T10:00:00.120+02:00", "2026-03-01T08:00:00.12Z"},
		{"datetime", "yesterday", "yesterday"}, {"time", "10:00:00.000Z", "10:00:00.000Z"},
	} {
		if got := canonical(test.text, test.kind, time.UTC); got != test.want {
			t.Errorf("%s %q is %q, not %q", test.kind, test.text, got, test.want)
		}
	}
}

func TestCanonicalInAZone(t *testing.T) {
	t.Parallel()
	rules := Rules{Zone: "Asia/Kolkata"}
	if got := canonical("2026-03-01T20:00:00.500Z", "datetime", rules.zone()); got != "2026-03-02T01:30:00.5+05:30" {
		t.Errorf("it is %q", got)
	}
}

func TestHeldAgainstDesired(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		held     string
		desired  Value
		is, form bool
	}{
		{``, Value{Null: true}, true, true},
		{`null`, Value{}, true, true},
		{`""`, Value{Null: true}, true, true},
		{`"x"`, Value{Null: true}, false, false},
		{`"x"`, Value{Text: "x"}, true, true},
		{`"x"`, Value{Text: " x\u00a0"}, false, true},
		{`12.5`, Value{Text: "12.5"}, true, true},
		{`12.50`, Value{Text: "12.5"}, false, true},
		{`1e2`, Value{Text: "100"}, false, true},
		{`true`, Value{Text: "true"}, true, true},
		{`true`, Value{Text: " True"}, false, true},
		{`"True"`, Value{Text: "true"}, false, false},
		{`{"a":1}`, Value{Text: `{"a":1}`}, false, false},
		{`"01"`, Value{Text: "1"}, false, false},
		{`"007"`, Value{Text: "007.0"}, false, false},
		{`"+33140205050"`, Value{Text: "33140205050"}, false, false},
		{`"1.0E7"`, Value{Text: "10000000"}, false, true},
		{`"12.50"`, Value{Text: "12.5"}, false, true},
		{`"12.51"`, Value{Text: "12.5"}, false, false},
		{`"2026-03-01T10:00:00.000+0000"`, Value{Text: "2026-03-01T10:00:00Z"}, false, true},
		{`"2026-03-01T12:00:00+02:00"`, Value{Text: "2026-03-01T10:00:00Z"}, false, true},
		{`"2026-03-01T10:00:01Z"`, Value{Text: "2026-03-01T10:00:00Z"}, false, false},
		{`"2026-03-01"`, Value{Text: "2026-03-01T00:00:00Z"}, false, false},
	} {
		h := Held{}
		if test.held != "" {
			h.Raw = []byte(test.held)
		}
		if h.is(test.desired) != test.is || h.isFormOf(test.desired) != test.form {
			t.Errorf("%s and %+v: %v, %v", test.held, test.desired, h.is(test.desired), h.isFormOf(test.desired))
		}
	}
}
