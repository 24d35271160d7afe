package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Server is how a Fincome treats an update. What Fincome does is documented
// nowhere (facts/fincome.md section 8): these are the possibilities.
type Server struct {
	Replace bool   // keys that are not sent are removed
	Clear   string // what removes a key: json_null, empty_text, remove_key (neither does)
	Trim    bool   // texts are kept without outer blanks
	Retype  bool   // texts that read as a JSON number or boolean become one
	// Renotate: the same date-time or number is kept as another text.
	Renotate bool
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
	kept := text
	if s.Trim {
		kept = trimmed
	}
	if s.Renotate {
		kept = otherNotation(kept)
	}
	if kept != text {
		return quoted(kept)
	}
	return value
}

// otherNotation is another text that says the same: a date-time in UTC with its
// offset in digits, or in the zone two hours east of it when its second is odd; a
// fraction with one more zero; a whole number of eight digits with an exponent.
func otherNotation(text string) string {
	if at, err := time.Parse("2006-01-02T15:04:05Z", text); err == nil && strings.HasSuffix(text, "Z") {
		if at.Second()%2 == 0 {
			return at.Format("2006-01-02T15:04:05.000000000") + "+0000"
		}
		return at.Add(2*time.Hour).Format("2006-01-02T15:04:05.999999999") + "+02:00"
	}
	part := number.FindStringSubmatch(text)
	if part == nil || part[1] == "+" || part[4] != "" || part[2] == "" || part[2] != "0" && part[2][0] == '0' {
		return text
	}
	switch whole, dot := part[2], strings.Contains(text, "."); {
	case dot && part[3] != "":
		return text + "0"
	case !dot && len(whole) >= 8:
		tail := strings.TrimRight(whole[1:], "0")
		if tail == "" {
			tail = "0"
		}
		return fmt.Sprintf("%s%s.%sE%d", part[1], whole[:1], tail, len(whole)-1)
	}
	return text
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
