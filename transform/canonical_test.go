package transform

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ describeType, text, want string }{
		{"boolean", "TRUE", "true"}, {"boolean", "false", "false"}, {"boolean", "maybe", "maybe"},
		{"int", "42", "42"}, {"int", "+42", "42"}, {"int", "007", "7"}, {"int", "-0", "0"},
		{"double", "1.0E7", "10000000"}, {"double", "1.5e-3", "0.0015"}, {"double", "-2.50", "-2.5"},
		{"currency", "1000000.00", "1000000"}, {"currency", ".5", "0.5"}, {"percent", "0.0", "0"},
		{"currency", "12345678901234567890.123456789", "12345678901234567890.123456789"},
		{"double", "1,5", "1,5"}, {"double", "", ""}, {"double", "-", "-"}, {"double", "1e", "1e"}, {"double", "1e999999", "1e999999"},
		{"datetime", "2026-03-01T10:00:00.000Z", "2026-03-01T10:00:00Z"},
		{"datetime", "2026-03-01T10:00:00.000+0000", "2026-03-01T10:00:00Z"},
		{"datetime", "2026-03-01T12:00:00.250+02:00", "2026-03-01T10:00:00.25Z"},
		{"datetime", "2026-03-01", "2026-03-01"},
		{"date", "2026-03-01", "2026-03-01"}, {"multipicklist", "A;B", "A;B"}, {"string", "01234", "01234"},
		{"string", "1.0E7", "1.0E7"}, {"textarea", "TRUE", "TRUE"}, {"picklist", "None", "None"},
	} {
		if got := Canonical(c.describeType, c.text); got != c.want {
			t.Errorf("%s %q: got %q, want %q", c.describeType, c.text, got, c.want)
		}
	}
}

// A number keeps its value exactly, and every way of writing it gives one text.
func TestCanonicalNumberKeepsTheValue(t *testing.T) {
	number := rapid.StringMatching(`[+-]?[0-9]{1,25}(\.[0-9]{0,12})?([eE][+-]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		text := number.Draw(t, "number")
		got := canonicalNumber(text)
		want, ok := new(big.Rat).SetString(text)
		value, okGot := new(big.Rat).SetString(got)
		if !ok || !okGot || want.Cmp(value) != 0 {
			t.Fatalf("%q became %q", text, got)
		}
		if strings.ContainsAny(got, "eE+") || canonicalNumber(got) != got || strings.Contains(got, ".") && strings.HasSuffix(got, "0") {
			t.Fatalf("%q became %q, which is not canonical", text, got)
		}
	})
}
