package simulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// dictionary is a JSON object that keeps the order of its keys and the bytes
// of its values.
type dictionary []property

type property struct {
	name  string
	value json.RawMessage
}

// UnmarshalJSON reads an object; of a key given twice the last value counts.
// A null is the empty dictionary, as in Fincome's default {}.
func (d *dictionary) UnmarshalJSON(raw []byte) error {
	*d = nil
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return nil
	}
	tokens := json.NewDecoder(bytes.NewReader(raw))
	if open, err := tokens.Token(); err != nil || open != json.Delim('{') {
		return fmt.Errorf("not a JSON object")
	}
	for tokens.More() {
		name, err := tokens.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := tokens.Decode(&value); err != nil {
			return err
		}
		d.set(name.(string), value) // a key of an object is always text
	}
	return nil
}

func (d dictionary) get(name string) (json.RawMessage, bool) {
	for _, p := range d {
		if p.name == name {
			return p.value, true
		}
	}
	return nil, false
}

func (d *dictionary) set(name string, value json.RawMessage) {
	for i := range *d {
		if (*d)[i].name == name {
			(*d)[i].value = value
			return
		}
	}
	*d = append(*d, property{name, value})
}

func (d *dictionary) remove(name string) bool {
	before := len(*d)
	*d = slices.DeleteFunc(*d, func(p property) bool { return p.name == name })
	return len(*d) < before
}

func (d dictionary) asMap() map[string]json.RawMessage {
	m := make(map[string]json.RawMessage, len(d))
	for _, p := range d {
		m[p.name] = p.value
	}
	return m
}

func (d dictionary) append(into []byte) []byte {
	into = append(into, '{')
	for i, p := range d {
		if i > 0 {
			into = append(into, ',')
		}
		into = append(appendText(into, p.name), ':')
		into = append(into, p.value...)
	}
	return append(into, '}')
}

// appendText writes s as JSON text the way Python's json.dumps does with
// ensure_ascii off: UTF-8, no HTML escapes.
func appendText(into []byte, s string) []byte {
	if plain(s) {
		into = append(into, '"')
		into = append(into, s...)
		return append(into, '"')
	}
	var quoted bytes.Buffer
	encoder := json.NewEncoder(&quoted)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		panic(fmt.Sprintf("fincome simulator: a text cannot be written as JSON: %v", err))
	}
	return append(into, bytes.TrimSuffix(quoted.Bytes(), []byte("\n"))...)
}

// plain reports whether s needs no escape. Other than ASCII is left to the
// encoder, which mends bytes that are not UTF-8.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	return true
}

func appendOptional(into []byte, s *string) []byte {
	if s == nil {
		return append(into, "null"...)
	}
	return appendText(into, *s)
}
