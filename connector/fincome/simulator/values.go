package simulator

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// effect is what one value of an update does to its key.
type effect int

const (
	stores effect = iota
	removes
	ignored
)

func (c Config) effect(value json.RawMessage) effect {
	null, empty := string(value) == "null", string(value) == `""`
	switch {
	case !null && !empty:
		return stores
	case c.Clear == JSONNull && null, c.Clear == EmptyText && empty:
		return removes
	case c.Clear == JSONNull && empty:
		return stores
	}
	return ignored
}

// form is how the server keeps a value: as sent, unless it trims or re-types.
func (c Config) form(value json.RawMessage) json.RawMessage {
	if !c.Trim && !c.Retype || value[0] != '"' {
		return value
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		return value
	}
	kept := s
	if c.Trim {
		kept = strings.TrimSpace(s)
	}
	if c.Retype {
		if typed, ok := retyped(strings.TrimSpace(kept)); ok {
			return typed
		}
	}
	if kept == s {
		return value
	}
	return quoted(kept)
}

// retyped reads s as a JSON boolean or number, and writes a number as a
// program does that has parsed it: 12.50 becomes 12.5. A text such as 01234 is
// no JSON number and stays one; so does one that a program cannot hold.
func retyped(s string) (json.RawMessage, bool) {
	if s == "true" || s == "false" {
		return json.RawMessage(s), true
	}
	if s == "" || !strings.ContainsAny(s[:1], "-0123456789") || !json.Valid([]byte(s)) {
		return nil, false
	}
	if !strings.ContainsAny(s, ".eE") {
		return json.RawMessage(s), true
	}
	number, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(number, 0) {
		return nil, false
	}
	return strconv.AppendFloat(nil, number, 'f', -1, 64), true
}
