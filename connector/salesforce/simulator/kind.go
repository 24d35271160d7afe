package simulator

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
	"github.com/axisync/axisync/connector/salesforce/simulator/soql"
)

// fieldKind is how the values of a field are compared.
type fieldKind int

const (
	texts fieldKind = iota
	ids
	booleans
	numbers
	dates
	datetimes
	multiple // multi-select picklists
)

func kindOf(f *org.Field) fieldKind {
	switch {
	case isNumber(f.Type):
		return numbers
	case f.Type == "id", f.Type == "reference":
		return ids
	case f.Type == "boolean":
		return booleans
	case f.Type == "date":
		return dates
	case f.Type == "datetime":
		return datetimes
	case f.Type == "multipicklist":
		return multiple
	}
	return texts
}

// literal is the kind of literal that a field of this kind is compared with.
func (k fieldKind) literal() soql.Kind {
	switch k {
	case booleans:
		return soql.Boolean
	case numbers:
		return soql.Number
	case dates:
		return soql.Date
	case datetimes:
		return soql.Datetime
	}
	return soql.String
}

func (k fieldKind) name() string {
	switch k {
	case booleans:
		return "boolean"
	case numbers:
		return "double"
	case dates:
		return "date"
	case datetimes:
		return "dateTime"
	case ids:
		return "ID"
	}
	return "string"
}

// compare returns how a value is compared with literals: whether it equals one
// of them, and in which order it stands to the first.
func (k fieldKind) compare(literals []soql.Literal, caseSensitive bool) (equal func([]byte) bool, order func([]byte) int) {
	if k == numbers {
		return compareNumbers(literals)
	}
	key := k.key(caseSensitive)
	wanted := make(map[string]bool, len(literals))
	for _, l := range literals {
		if l.Kind != soql.Null {
			wanted[key([]byte(l.Text))] = true
		}
	}
	first := key([]byte(literals[0].Text))
	return func(value []byte) bool { return wanted[key(value)] },
		func(value []byte) int { return strings.Compare(key(value), first) }
}

// key turns a value into a text that compares as the value does.
func (k fieldKind) key(caseSensitive bool) func([]byte) string {
	switch {
	case k == ids:
		return func(value []byte) string { return string(value[:min(len(value), 15)]) }
	case k == datetimes:
		return func(value []byte) string {
			if len(value) == len("2006-01-02T15:04:05.000Z") && value[len(value)-1] == 'Z' {
				return string(value) // as the org writes it
			}
			t, _ := soql.ParseDatetime(string(value)) // checked when it was parsed
			return t.Format("2006-01-02T15:04:05.000Z")
		}
	case k == dates, k == booleans, caseSensitive:
		return func(value []byte) string { return string(value) }
	}
	return lowered
}

func compareNumbers(literals []soql.Literal) (equal func([]byte) bool, order func([]byte) int) {
	wanted := map[float64]bool{}
	for _, l := range literals {
		if l.Kind == soql.Number {
			wanted[number([]byte(l.Text))] = true
		}
	}
	first := number([]byte(literals[0].Text))
	return func(value []byte) bool { return wanted[number(value)] },
		func(value []byte) int { return cmp.Compare(number(value), first) }
}

func number(value []byte) float64 {
	f, _ := strconv.ParseFloat(string(value), 64) // values and literals of this kind are numbers
	return f
}

// looksLikeID reports whether a text has the form of a Record ID.
func looksLikeID(s string) bool {
	if len(s) != 15 && len(s) != 18 {
		return false
	}
	for i := range len(s) {
		if strings.IndexByte(base62, s[i]) < 0 {
			return false
		}
	}
	return true
}

// likePattern compiles a pattern of LIKE: % is any text, _ any character, and a
// backslash takes the meaning from the character after it.
func likePattern(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString("(?is)^")
	literal := false
	for _, c := range pattern {
		switch {
		case literal:
			b.WriteString(regexp.QuoteMeta(string(c)))
			literal = false
		case c == '\\':
			literal = true
		case c == '%':
			b.WriteString(".*")
		case c == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	return regexp.MustCompile(b.String() + "$")
}
