package probe

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/axisync/axisync/connector/fincome"
)

// fields are the documented fields of an update, besides the custom properties.
var fields = []string{"id", "root_parent_id", "name", "email", "country", "zip_code"}

// customer is one as it was read. Values are byte for byte what was read.
type customer struct {
	raw        []byte
	id         string
	fields     map[string]json.RawMessage // the documented ones that it has
	properties map[string]json.RawMessage
}

func parse(body []byte) (customer, error) {
	if !utf8.Valid(body) {
		return customer{}, errors.New("the answer is not UTF-8")
	}
	known, err := fincome.ParseCustomer(body)
	if err != nil {
		return customer{}, err
	}
	c := customer{raw: body, id: known.ID, properties: known.Properties, fields: map[string]json.RawMessage{}}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(body, &all); err != nil {
		return customer{}, err
	}
	for _, name := range fields {
		if value, given := all[name]; given {
			c.fields[name] = value
		}
	}
	return c, nil
}

// text is the text that a property holds.
func (c customer) text(name string) (text string, ok bool) {
	raw := c.properties[name]
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	unquoted, err := jsontext.AppendUnquote(nil, raw)
	return string(unquoted), err == nil
}

// same reports whether a property is held as in another reading.
func (c customer) same(other customer, name string) bool {
	a, there := c.properties[name]
	b, still := other.properties[name]
	return there == still && bytes.Equal(a, b)
}

// plain are the names of the texts that every server keeps as they are when they
// are written again: words, that is, which nobody takes for a number, a date or a
// sign that there is no value. Those that begin with a letter come first.
func (c customer) plain() []string {
	var words, others []string
	for _, name := range slices.Sorted(maps.Keys(c.properties)) {
		text, ok := c.text(name)
		switch {
		case !ok || !plain(text):
		case unicode.IsLetter([]rune(text)[0]):
			words = append(words, name)
		default:
			others = append(others, name)
		}
	}
	return append(words, others...)
}

// signs are words that programs take for something else than a text.
var signs = []string{"true", "false", "yes", "no", "on", "off", "y", "n", "none", "null", "nil", "nan", "inf", "infinity", "undefined", "n/a", "na"}

func plain(text string) bool {
	switch {
	case text == "" || len(text) > 200 || strings.TrimSpace(text) != text, marked(text),
		!strings.ContainsFunc(text, unicode.IsLetter),
		strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune("<>&", r) }),
		slices.Contains(signs, strings.ToLower(text)),
		json.Valid([]byte(text)): // 1e5
		return false
	}
	return !dated(text)
}

// dated reports whether a text begins like a date or a time: 2026-03-01T, 01/03/26,
// 10:30.
func dated(text string) bool {
	rest := strings.TrimLeft(text, "0123456789")
	return len(rest) < len(text) && rest != "" && strings.ContainsRune("-/.:", rune(rest[0]))
}

// body is the body of an update.
func body(properties, fields map[string]json.RawMessage) ([]byte, error) {
	into := []byte("{")
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		into = append(append(append(into, '"'), name...), `":`...)
		into = append(append(into, fields[name]...), ',')
	}
	into = append(into, `"custom_properties":{`...)
	for i, name := range slices.Sorted(maps.Keys(properties)) {
		if i > 0 {
			into = append(into, ',')
		}
		var err error
		if into, err = jsontext.AppendQuote(into, name); err != nil {
			return nil, err
		}
		into = append(append(into, ':'), properties[name]...)
	}
	return append(into, "}}"...), nil
}

// quote is a text as JSON; the texts of this package are ASCII.
func quote(text string) json.RawMessage { return json.RawMessage(`"` + text + `"`) }
