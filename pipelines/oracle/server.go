package oracle

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Server is how a Fincome treats an update. What Fincome does is documented
// nowhere (facts/fincome.md section 8): these are the possibilities.
type Server struct {
	Replace bool   // keys that are not sent are removed
	Clear   string // what removes a key: json_null, empty_text, remove_key (neither does)
	Trim    bool   // texts are kept without outer blanks
	Retype  bool   // texts that read as a JSON number or boolean become one
}

// Apply gives the custom properties after an update that sent these. Neither map
// is changed, and what nobody sent stays byte for byte.
func (s Server) Apply(before, sent map[string]json.RawMessage) map[string]json.RawMessage {
	after := map[string]json.RawMessage{}
	for key, value := range before {
		if _, given := sent[key]; given || !s.Replace {
			after[key] = value
		}
	}
	for key, value := range sent {
		if held, there := before[key]; there && bytes.Equal(held, value) {
			continue
		}
		null, empty := string(value) == "null", string(value) == `""`
		switch {
		case null && s.Clear == "json_null", empty && s.Clear == "empty_text":
			delete(after, key)
		case null, empty && s.Clear != "json_null": // ignored
		default:
			after[key] = s.kept(value)
		}
	}
	return after
}

// kept is the form in which a value is stored.
func (s Server) kept(value json.RawMessage) json.RawMessage {
	if value[0] != '"' {
		return value
	}
	text := Held{Raw: value}.Text()
	trimmed := strings.TrimSpace(text)
	if s.Retype {
		if typed, ok := asJSON(trimmed); ok {
			return typed
		}
	}
	if s.Trim && trimmed != text {
		return quoted(trimmed)
	}
	return value
}

// asJSON reads a text as a JSON boolean or number, which is written as a program
// does that has parsed it.
func asJSON(text string) (json.RawMessage, bool) {
	if text == "true" || text == "false" {
		return json.RawMessage(text), true
	}
	if text == "" || text[0] != '-' && (text[0] < '0' || text[0] > '9') || !json.Valid([]byte(text)) {
		return nil, false
	}
	if !strings.ContainsAny(text, ".eE") {
		return json.RawMessage(text), true
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(number, 0) {
		return nil, false
	}
	return strconv.AppendFloat(nil, number, 'f', -1, 64), true
}
