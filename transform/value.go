package transform

import (
	"strconv"
	"strings"

	"github.com/axisync/axisync/connector"
)

// value is what stands in a cell, or is to stand there.
type value struct {
	text string
	form form
	set  bool // false: the key is absent or JSON null
}

// form is the JSON type of a value: a text, or one of connector's types.
type form uint8

const (
	textForm form = iota
	numberForm
	booleanForm
	jsonForm
)

var forms = map[string]form{connector.TypeNumber: numberForm, connector.TypeBoolean: booleanForm, connector.TypeJSON: jsonForm}

// formNames are the texts in a type column; that of a text is null.
var formNames = [...]string{numberForm: connector.TypeNumber, booleanForm: connector.TypeBoolean, jsonForm: connector.TypeJSON}

// name is the form as it stands in a type column.
func (f form) name() (text string, valid bool) { return formNames[f], f != textForm }

// fits reports whether the text of a value is JSON of a form.
func (v value) fits(as form) bool {
	switch as {
	case numberForm:
		return v.set && isCanonicalNumber(v.text)
	case booleanForm:
		return v.set && (v.text == "true" || v.text == "false")
	}
	return as == textForm
}

func textValue(text string) value { return value{text: text, set: true} }

// empty: key absent, JSON null, or the text "".
func (v value) empty() bool { return !v.set || v.text == "" && v.form == textForm }

// is reports whether two values hold the same text, or none.
func (v value) is(other value) bool { return v.set == other.set && v.text == other.text }

// same: both empty, or the same text. A file does not tell a number from its
// text, and people do not either: the type counts only for what is no scalar.
func (v value) same(other value) bool {
	return v.empty() && other.empty() || v.is(other) && (v.form == jsonForm) == (other.form == jsonForm)
}

// blanks are those that a receiver may trim from a text.
const blanks = " \t\n\v\f\r\u0085\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// formOf reports whether v is what a receiver may make of the text it was sent:
// outer blanks lost, a JSON number or boolean for its text, or the same instant or
// number in another notation.
func (v value) formOf(sent value) bool {
	switch v.form {
	case numberForm:
		return sent.set && sameNumber(v.text, sent.text)
	case booleanForm:
		return sent.set && strings.ToLower(sent.text) == v.text
	case jsonForm:
		return false
	}
	return strings.Trim(v.text, blanks) == strings.Trim(sent.text, blanks) || sent.set && (sameInstant(v.text, sent.text) || samePlainNumber(v.text, sent.text))
}

// sameInstant: two date-times that say the same in another notation.
func sameInstant(a, b string) bool {
	x, ok := instant(a)
	if !ok {
		return false
	}
	y, ok := instant(b)
	return ok && x.Equal(y)
}

// samePlainNumber: two texts that say the same number in another notation. Zeros
// before it may mean something, and a plus may belong to a phone number.
func samePlainNumber(a, b string) bool {
	return plainNumber(a) && plainNumber(b) && canonicalNumber(a) == canonicalNumber(b)
}

func plainNumber(text string) bool {
	_, digits, _, ok := parseDecimal(text)
	digit, _, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return ok && digits != "" && text[0] != '+' && (digit == "0" || !strings.HasPrefix(digit, "0"))
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
