package transform

import (
	"fmt"
	"strings"
	"time"
)

// Canonical is the canonical text of a value of a describe type (design.md 4.2):
// the same value always gives the same text. Booleans are true or false; numbers
// plain decimal without exponent, without a leading plus, and without zeros that
// say nothing; date-times UTC with Z, with a fraction only where it is not zero;
// everything else is as Salesforce wrote it. A text that does not fit its type is
// left as it is.
func Canonical(describeType, text string) string {
	switch kind(describeType) {
	case numberKind:
		return canonicalNumber(text)
	case dateTimeKind:
		return canonicalDateTime(text)
	case booleanKind:
		return canonicalBoolean(text)
	}
	return text
}

type valueKind int

const (
	textKind valueKind = iota
	numberKind
	dateTimeKind
	booleanKind
)

func kind(describeType string) valueKind {
	switch describeType {
	case "int", "long", "double", "currency", "percent":
		return numberKind
	case "datetime":
		return dateTimeKind
	case "boolean":
		return booleanKind
	}
	return textKind
}

func canonicalBoolean(text string) string {
	switch lower := strings.ToLower(text); lower {
	case "true", "false":
		return lower
	case "1":
		return "true"
	case "0":
		return "false"
	}
	return text
}

// dateTimeLayouts are the forms in which Bulk CSV has been seen to write a
// date-time (facts: sources conflict, all are taken).
var dateTimeLayouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700"}

func canonicalDateTime(text string) string {
	for _, layout := range dateTimeLayouts {
		if t, err := time.Parse(layout, text); err == nil { // a fraction is taken without being asked for
			return t.UTC().Format("2006-01-02T15:04:05.999999999Z")
		}
	}
	return text
}

// maxExponent bounds the zeros that an exponent may ask for.
const maxExponent = 400

// canonicalNumber works on the digits, never through a float, so that no digit
// is lost.
func canonicalNumber(text string) string {
	negative, digits, exponent, ok := parseDecimal(text)
	if !ok {
		return text
	}
	digits = strings.TrimLeft(digits, "0")
	for strings.HasSuffix(digits, "0") {
		digits = digits[:len(digits)-1]
		exponent++
	}
	if digits == "" {
		return "0"
	}
	if exponent > maxExponent || exponent < -maxExponent {
		return text
	}
	out := plainDecimal(digits, exponent)
	if negative {
		return "-" + out
	}
	return out
}

// plainDecimal writes digits times ten to the exponent.
func plainDecimal(digits string, exponent int) string {
	point := len(digits) + exponent
	switch {
	case exponent >= 0:
		return digits + strings.Repeat("0", exponent)
	case point > 0:
		return digits[:point] + "." + digits[point:]
	default:
		return "0." + strings.Repeat("0", -point) + digits
	}
}

// parseDecimal reads [+-]digits[.digits][e[+-]digits] as digits times ten to the
// exponent.
func parseDecimal(text string) (negative bool, digits string, exponent int, ok bool) {
	rest := text
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		negative = rest[0] == '-'
		rest = rest[1:]
	}
	mantissa := rest
	if at := strings.IndexAny(rest, "eE"); at >= 0 {
		mantissa = rest[:at]
		if exponent, ok = parseExponent(rest[at+1:]); !ok {
			return false, "", 0, false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits = whole + fraction
	if digits == "" || !allDigits(digits) {
		return false, "", 0, false
	}
	return negative, digits, exponent - len(fraction), true
}

func parseExponent(text string) (int, bool) {
	sign := 1
	if text != "" && (text[0] == '-' || text[0] == '+') {
		if text[0] == '-' {
			sign = -1
		}
		text = text[1:]
	}
	if text == "" || len(text) > 6 || !allDigits(text) {
		return 0, false
	}
	n := 0
	for i := range len(text) {
		n = n*10 + int(text[i]-'0')
	}
	return sign * n, true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// canonicalSQL is the expression for the canonical text of a column. The common
// forms are settled in SQL; the rest goes through Canonical.
func canonicalSQL(column, describeType string) string {
	switch kind(describeType) {
	case numberKind:
		return fmt.Sprintf(`CASE WHEN regexp_full_match(%[1]s, '0|-?[1-9][0-9]*(\.[0-9]*[1-9])?|-?0\.[0-9]*[1-9]') THEN %[1]s ELSE canonical_number(%[1]s) END`, column)
	case dateTimeKind:
		return fmt.Sprintf(`CASE WHEN length(%[1]s) IN (24, 28) AND %[1]s[20:] IN ('.000Z', '.000+0000') THEN left(%[1]s, 19) || 'Z' ELSE canonical_datetime(%[1]s) END`, column)
	case booleanKind:
		return fmt.Sprintf(`CASE WHEN %[1]s IN ('true', 'false') THEN %[1]s ELSE canonical_boolean(%[1]s) END`, column)
	}
	return column
}
