package simulator

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Clear says how a key is removed by an update, where Config.Null and
// Config.Empty do not say it. Under Replace a key that is not sent is removed
// whatever they say.
type Clear int

// The ways to remove a key.
const (
	JSONNull  Clear = iota // null removes it; "" is stored
	EmptyText              // "" removes it; null leaves it as it was
	RemoveKey              // neither does: null and "" leave it as it was
)

// Effect is what one value of an update does to its key.
type Effect int

// The effects.
const (
	AsClear Effect = iota // what Config.Clear says
	Removes               // the key is removed
	Stores                // it is stored: null as null, "" as ""
	Ignores               // the key stays as it was
	Refuses               // 422, and nothing of the update is done
)

// Keep says what becomes of a value that is no text.
type Keep int

// The ways to keep it.
const (
	KeptAsSent Keep = iota // byte for byte
	KeptAsText             // its JSON as a text: 12.50 as "12.50"
	KeptNot                // 422, and nothing of the update is done
)

func (c Config) effect(value json.RawMessage) Effect {
	switch null, empty := string(value) == "null", string(value) == `""`; {
	case null && c.Null != AsClear:
		return c.Null
	case empty && c.Empty != AsClear:
		return c.Empty
	case null && c.Clear == JSONNull, empty && c.Clear == EmptyText:
		return Removes
	case null, empty && c.Clear == RemoveKey:
		return Ignores
	case c.keep(value) == KeptNot:
		return Refuses
	}
	return Stores
}

func (c Config) keep(value json.RawMessage) Keep {
	switch value[0] {
	case '"', 'n':
		return KeptAsSent
	case 't', 'f':
		return c.Booleans
	case '[', '{':
		return c.Structures
	}
	return c.Numbers
}

// form is how the server keeps a value: as sent, unless it keeps another type,
// trims, re-types or writes in a notation of its own.
func (c Config) form(value json.RawMessage) json.RawMessage {
	if c.keep(value) == KeptAsText {
		return quoted(string(value))
	}
	if !c.Trim && !c.Retype && !c.Renotate || value[0] != '"' {
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
	if c.Renotate {
		kept = renotated(kept)
	}
	if kept == s {
		return value
	}
	return quoted(kept)
}

var (
	dateTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)
	fraction = regexp.MustCompile(`^-?(0|[1-9]\d*)\.\d+$`)
	whole    = regexp.MustCompile(`^-?[1-9]\d{7,}$`)
)

// renotated says what s says in another notation, if it is a date-time in UTC, a
// fraction, or a whole number of eight digits or more. Every second date-time is
// written as the local time of a zone east of UTC.
func renotated(s string) string {
	switch {
	case dateTime.MatchString(s):
		t, err := time.Parse(time.RFC3339, s)
		if err != nil {
			return s
		}
		if t.Second()%2 == 1 {
			return t.In(time.FixedZone("", 2*60*60)).Format("2006-01-02T15:04:05.999999999-07:00")
		}
		return t.Format("2006-01-02T15:04:05.000000000-0700")
	case fraction.MatchString(s):
		return s + "0"
	case whole.MatchString(s):
		sign, digits := "", s
		if s[0] == '-' {
			sign, digits = "-", s[1:]
		}
		rest := strings.TrimRight(digits[1:], "0")
		if rest == "" {
			rest = "0"
		}
		return sign + digits[:1] + "." + rest + "E" + strconv.Itoa(len(digits)-1)
	}
	return s
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
