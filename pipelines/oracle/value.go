package oracle

import (
	"encoding/json"
	"math/big"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Value is what a cell ought to hold: a text, the empty text, or null.
type Value struct {
	Text string
	Null bool
	None bool // there is nothing to be desired: the cell is left alone

	typed bool // it is sent as the JSON number or boolean that its text says
}

// same reports whether both are the same value, however it is sent.
func (v Value) same(other Value) bool {
	v.typed, other.typed = false, false
	return v == other
}

// sentAs reports whether both are the same value and the same JSON: one that is to be
// typed and cannot be is sent as its text.
func (v Value) sentAs(other Value) bool {
	own, _ := v.json("remove_key")
	others, _ := other.json("remove_key")
	return v.same(other) && string(own) == string(others)
}

// Empty reports whether the value is null or the empty text.
func (v Value) Empty() bool { return v.Null || v.Text == "" }

// json is the value as it is sent, by what clears a cell; false when the key is
// left out.
func (v Value) json(clear string) (json.RawMessage, bool) {
	switch {
	case !v.Null && v.typed && json.Valid([]byte(v.Text)):
		return json.RawMessage(v.Text), true
	case !v.Null:
		return quoted(v.Text), true
	case clear == "json_null":
		return json.RawMessage("null"), true
	case clear == "empty_text":
		return json.RawMessage(`""`), true
	}
	return nil, false
}

func quoted(text string) json.RawMessage {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		panic("oracle: a text is no JSON: " + err.Error())
	}
	return json.RawMessage(strings.TrimSuffix(out.String(), "\n"))
}

// Held is what a cell was seen to hold.
type Held struct {
	Raw    json.RawMessage // nil: the key is absent
	Unread bool            // the file has no such column
}

func heldOf(properties map[string]json.RawMessage, axis string) Held {
	return Held{Raw: properties[axis]}
}

// Empty reports whether the key is absent, null or the empty text.
func (h Held) Empty() bool {
	return !h.Unread && (h.Raw == nil || string(h.Raw) == "null" || string(h.Raw) == `""`)
}

// Text is what people see: texts themselves, everything else as its JSON.
func (h Held) Text() string {
	switch {
	case h.Unread || h.Empty():
		return ""
	case h.Raw[0] != '"':
		return string(h.Raw)
	}
	var text string
	if err := json.Unmarshal(h.Raw, &text); err != nil {
		panic("oracle: a held text is no JSON: " + err.Error())
	}
	return text
}

// composite reports whether a JSON object or array is held, which equals no text.
func (h Held) composite() bool { return len(h.Raw) > 0 && (h.Raw[0] == '{' || h.Raw[0] == '[') }

// is reports whether people see the value.
func (h Held) is(v Value) bool {
	switch {
	case h.Unread || v.None:
		return false
	case v.Empty() || h.Empty():
		return v.Empty() && h.Empty()
	}
	return !h.composite() && h.Text() == v.Text
}

// looksLike reports whether people see the same in both. An object is never the
// same as a text, not even as the one a file shows it as.
func (h Held) looksLike(other Held) bool {
	return h.composite() == other.composite() && h.Unread == other.Unread && h.Empty() == other.Empty() && h.Text() == other.Text()
}

// isFormOf reports whether the cell holds what a server makes of a text that it
// was sent: without outer blanks, typed, or the same instant or number in another
// notation.
func (h Held) isFormOf(sent Value) bool {
	if h.is(sent) {
		return true
	}
	if h.Unread || h.composite() || sent.None {
		return false
	}
	text := strings.TrimFunc(sent.Text, unicode.IsSpace)
	switch {
	case h.Empty():
		return text == ""
	case h.Raw[0] == '"':
		shown := strings.TrimFunc(h.Text(), unicode.IsSpace)
		return shown == text || sameInstant(shown, text) || sameNumeral(shown, text)
	case h.Raw[0] == 't' || h.Raw[0] == 'f':
		return strings.EqualFold(h.Text(), text)
	}
	return equalNumbers(h.Text(), text)
}

// sameInstant reports whether both are date-times of one instant.
func sameInstant(a, b string) bool {
	x, okX := instant(a)
	y, okY := instant(b)
	return okX && okY && x.Equal(y)
}

func instant(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05-0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// numeral is a number that is nothing else besides: zeros before it may belong to
// a postal code, a plus to a telephone.
var numeral = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]+)?$`)

// sameNumeral reports whether both texts write the same number.
func sameNumeral(a, b string) bool {
	return numeral.MatchString(a) && numeral.MatchString(b) && equalNumbers(a, b)
}

func equalNumbers(a, b string) bool {
	if len(a) > 400 || len(b) > 400 || !number.MatchString(a) || !number.MatchString(b) {
		return false
	}
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}
