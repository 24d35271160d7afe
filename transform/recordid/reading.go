package recordid

import (
	"net/url"
	"strings"
	"unicode"
)

// Shape says what a text is when it is read as a Record ID.
type Shape string

// The shapes, from the most to the least useful.
const (
	Exact          Shape = "exact"           // 18 characters, right suffix
	Upgraded15     Shape = "upgraded_15"     // 15 characters
	CaseRepairable Shape = "case_repairable" // 18 characters, all folded to one case, two letters or more of capitals
	InvalidSuffix  Shape = "invalid_suffix"  // 18 characters, suffix of another body
	SeveralIDs     Shape = "several_ids"     // two different ids or more
	NotAnID        Shape = "not_an_id"
	Empty          Shape = "empty" // nothing, or blanks
)

// Wrapping says what had to be taken off before the id could be read.
type Wrapping string

// The wrappings.
const (
	Bare    Wrapping = ""
	Trimmed Wrapping = "trimmed"  // outer blanks
	FromURL Wrapping = "from_url" // the address of a record page
)

// Reading is what a text says when it is read as a Record ID.
type Reading struct {
	Shape    Shape
	Wrapping Wrapping
	// Body is the 18-character form of the first fifteen characters as written;
	// for CaseRepairable and InvalidSuffix it is not what the text says.
	Body string
	// ID is the 18-character id the text stands for: Body for Exact and
	// Upgraded15, the repaired id for CaseRepairable, otherwise empty.
	ID string
	// Respelled is, for InvalidSuffix, the id whose letters have the case that the
	// suffix spells; empty where there is none. The text does not mean it, it may be
	// what somebody meant.
	Respelled string
}

// KeyPrefix is the first three characters of the id, which name the object;
// empty when nothing id-shaped was read.
func (r Reading) KeyPrefix() string {
	if r.Body == "" {
		return ""
	}
	return r.Body[:3]
}

// Read reads text as a Record ID. It never fails: a text that is no id has the
// shape NotAnID.
func Read(text string) Reading {
	if len(text) == fullLen || len(text) == bodyLen { // the usual case allocates least
		if alphanumeric(text) {
			return readBare(text)
		}
	}
	trimmed := strings.TrimFunc(text, Blank)
	if trimmed == "" {
		return Reading{Shape: Empty}
	}
	if strings.Contains(trimmed, "/") {
		return readURL(trimmed)
	}
	if r := readBare(trimmed); r.Shape != NotAnID {
		if len(trimmed) != len(text) {
			r.Wrapping = Trimmed
		}
		return r
	}
	return readList(trimmed)
}

// Blank is white space and the invisible characters that spreadsheets and web
// pages leave around an id.
func Blank(r rune) bool {
	switch r {
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return unicode.IsSpace(r) || unicode.IsControl(r)
}

func readBare(s string) Reading {
	if !alphanumeric(s) {
		return Reading{Shape: NotAnID}
	}
	switch len(s) {
	case bodyLen:
		id := Full(s)
		return Reading{Shape: Upgraded15, Body: id, ID: id}
	case fullLen:
		return readFull(s)
	}
	return Reading{Shape: NotAnID}
}

func readFull(s string) Reading {
	body := Full(s[:bodyLen])
	if body == s {
		return Reading{Shape: Exact, Body: body, ID: body}
	}
	respelled, ok := Repair(s)
	if ok && folded(s) && !mayBeMistyped(s, respelled) {
		return Reading{Shape: CaseRepairable, Body: body, ID: respelled}
	}
	return Reading{Shape: InvalidSuffix, Body: body, Respelled: respelled}
}

// mayBeMistyped reports whether a folded id whose repair is known may as well be
// another id with one wrong character. Such a character in the suffix leaves the
// body, which the caller looks up. One in the body leaves an id of capitals only,
// but for that character: its suffix spells all others as they are written, so the
// repair changes no more than one letter. (An id in lower case cannot be one: three
// characters of a suffix are never all in lower case, nor all but one.)
func mayBeMistyped(s, repaired string) bool {
	changed := 0
	for i := range bodyLen {
		if s[i] != repaired[i] {
			changed++
		}
	}
	return s == strings.ToUpper(s) && changed < 2
}

// folded reports whether all letters of s have one case.
func folded(s string) bool {
	return s == strings.ToLower(s) || s == strings.ToUpper(s)
}

// readURL looks for the id in an address. Salesforce shows it in three forms:
// /lightning/r/Account/ID/view, /ID and ?id=ID.
func readURL(s string) Reading {
	path := s
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		path = u.RequestURI()
		if u.Fragment != "" {
			path += "/" + u.Fragment
		}
	}
	var found Reading
	for _, part := range strings.FieldsFunc(path, addressSeparator) {
		// A path may hold a word of fifteen letters; an id has a digit in its key
		// prefix or counter.
		if !strings.ContainsAny(part, "0123456789") {
			continue
		}
		r := readBare(part)
		if r.Shape == NotAnID {
			continue
		}
		if found.Body != "" && found.Body != r.Body {
			return Reading{Shape: SeveralIDs}
		}
		found = r
	}
	if found.Body == "" {
		return Reading{Shape: NotAnID}
	}
	found.Wrapping = FromURL
	return found
}

func addressSeparator(r rune) bool { return strings.ContainsRune("/?&=#", r) || Blank(r) }

func readList(s string) Reading {
	bodies := map[string]bool{}
	for _, word := range strings.FieldsFunc(s, separator) {
		r := readBare(word)
		if r.Shape == NotAnID {
			return Reading{Shape: NotAnID}
		}
		bodies[r.Body] = true
	}
	if len(bodies) > 1 {
		return Reading{Shape: SeveralIDs}
	}
	return Reading{Shape: NotAnID}
}

func separator(r rune) bool {
	return Blank(r) || r == ',' || r == ';' || r == '|' || r == '/'
}
