package transform

import (
	"strconv"
	"strings"

	"github.com/axisync/axisync/connector"
)

// value is what stands in a cell, or is to stand there.
type value struct {
	text string
	kind string // empty for a text, else one of connector's types
	set  bool   // false: the key is absent or JSON null
}

func textValue(text string) value { return value{text: text, set: true} }

// empty: key absent, JSON null, or the text "".
func (v value) empty() bool { return !v.set || v.text == "" && v.kind == "" }

// is reports whether two values hold the same text, or none.
func (v value) is(other value) bool { return v.set == other.set && v.text == other.text }

// same: both empty, or the same text. A file does not tell a number from its
// text, and people do not either: the type counts only for what is no scalar.
func (v value) same(other value) bool {
	return v.empty() && other.empty() || v.is(other) && (v.kind == connector.TypeJSON) == (other.kind == connector.TypeJSON)
}

// blanks are those that a receiver may trim from a text.
const blanks = " \t\n\v\f\r\u0085\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// formOf reports whether v is what a receiver may make of the text it was sent:
// outer blanks lost, or a JSON number or boolean for its text.
func (v value) formOf(sent value) bool {
	switch v.kind {
	case connector.TypeNumber:
		return sent.set && sameNumber(v.text, sent.text)
	case connector.TypeBoolean:
		return sent.set && strings.ToLower(sent.text) == v.text
	case connector.TypeJSON:
		return false
	}
	return strings.Trim(v.text, blanks) == strings.Trim(sent.text, blanks)
}

// sameNumber compares as receivers do that read a number into a double.
func sameNumber(a, b string) bool {
	x, err := strconv.ParseFloat(strings.TrimSpace(a), 64)
	if err != nil {
		return false
	}
	y, err := strconv.ParseFloat(strings.TrimSpace(b), 64)
	return err == nil && x == y
}
