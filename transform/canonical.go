package transform

import (
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
	return kind(describeType).canonical(text, nil)
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

// canonical tells a date-time in a zone; nil means UTC.
func (k valueKind) canonical(text string, zone *time.Location) string {
	switch k {
	case numberKind:
		return canonicalNumber(text)
	case dateTimeKind:
		return canonicalDateTime(text, zone)
	case booleanKind:
		return canonicalBoolean(text)
	}
	return text
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

func canonicalDateTime(text string, zone *time.Location) string {
	if zone != nil {
		if t, ok := instant(text); ok {
			return t.In(zone).Format("2006-01-02T15:04:05.999999999-07:00")
		}
		return text
	}
	if len(text) == len(wholeSeconds) && text[19:] == wholeSeconds[19:] && text[10] == 'T' {
		if _, err := time.Parse(time.DateTime, text[:10]+" "+text[11:19]); err == nil {
			return text[:19] + "Z"
		}
	}
	if t, ok := instant(text); ok {
		return t.UTC().Format("2006-01-02T15:04:05.999999999Z")
	}
	return text
}

// instant reads a date-time.
func instant(text string) (time.Time, bool) {
	if len(text) < len("2006-01-02T15:04:05Z") || text[10] != 'T' {
		return time.Time{}, false
	}
	for _, layout := range dateTimeLayouts {
		if t, err := time.Parse(layout, text); err == nil { // a fraction is taken without being asked for
			return t, true
		}
	}
	return time.Time{}, false
}

// wholeSeconds is the form in which almost every date-time arrives.
const wholeSeconds = "2006-01-02T15:04:05.000Z"

// maxExponent bounds the zeros that an exponent may ask for.
const maxExponent = 400

// canonicalNumber works on the digits, never through a float, so that no digit
// is lost.
func canonicalNumber(text string) string {
	if isCanonicalNumber(text) {
		return text
	}
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

// isCanonicalNumber recognises what most numbers are already: digits without
// needless zeros.
func isCanonicalNumber(text string) bool {
	whole, fraction, point := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	switch {
	case whole == "" || !allDigits(whole) || whole[0] == '0' && len(whole) > 1:
		return false
	case point:
		return fraction != "" && allDigits(fraction) && fraction[len(fraction)-1] != '0'
	}
	return whole != "0" || text == "0" // there is no -0
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
