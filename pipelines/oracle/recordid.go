package oracle

import (
	"net/url"
	"strings"
	"unicode"
)

const suffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

// suffix is the three characters that say which of the 15 are upper case
// (facts/salesforce.md section 5).
func suffix(body string) string {
	var out []byte
	for chunk := 0; chunk < 15; chunk += 5 {
		bits := 0
		for k := range 5 {
			if c := body[chunk+k]; c >= 'A' && c <= 'Z' {
				bits |= 1 << k
			}
		}
		out = append(out, suffixAlphabet[bits])
	}
	return string(out)
}

// repair gives a folded id the letter case that its suffix tells. It reports
// false when the suffix cannot be one of this body.
func repair(id string) (string, bool) {
	body := []byte(strings.ToLower(id[:15]))
	for chunk, c := range []byte(strings.ToUpper(id[15:])) {
		bits := strings.IndexByte(suffixAlphabet, c)
		if bits < 0 {
			return "", false
		}
		for k := range 5 {
			if bits>>k&1 == 0 {
				continue
			}
			at := 5*chunk + k
			if body[at] < 'a' || body[at] > 'z' {
				return "", false // a digit has no upper case
			}
			body[at] -= 'a' - 'A'
		}
	}
	return string(body) + suffix(string(body)), true
}

// folded reports whether all letters of an id are of one case.
func folded(id string) bool { return id == strings.ToLower(id) || id == strings.ToUpper(id) }

// oneLetter: a text of capitals whose repair changes one letter of the body is also
// what one wrong character makes of an id of capitals, so it is not repaired.
func oneLetter(text, repaired string) bool {
	differ := 0
	for i := range 15 {
		if text[i] != repaired[i] {
			differ++
		}
	}
	return text == strings.ToUpper(text) && differ == 1
}

func isID(s string) bool {
	if len(s) != 15 && len(s) != 18 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// invisible is a blank of Unicode, a control or a format character such as the
// zero-width space.
func invisible(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// reading is an id taken out of a text.
type reading struct {
	reason  string // empty: readable; else empty, several_ids, not_an_id, invalid_suffix, wrong_object
	id      string // 18 characters; of a folded id the repaired one
	wrapped string // trimmed, from_url
	short   bool   // it had 15 characters
	folded  bool   // the letter case is a repair
	body    string // the 18-character form of the first 15 as written
	written string // the id as written
}

// readID reads a Record ID from the text of an identification axis.
func readID(text, keyPrefix string) reading {
	trimmed := strings.TrimFunc(text, invisible)
	if trimmed == "" {
		return reading{reason: "empty"}
	}
	if several(trimmed) {
		return reading{reason: "several_ids"}
	}
	var r reading
	if trimmed != text {
		r.wrapped = "trimmed"
	}
	id := trimmed
	if inside, ok := fromURL(trimmed); ok {
		id, r.wrapped = inside, "from_url"
	}
	if !isID(id) {
		return reading{reason: "not_an_id"}
	}
	r.written = id
	r.body = id[:15] + suffix(id[:15])
	r.id, r.short = r.body, len(id) == 15
	if !r.short && id != r.body {
		repaired, ok := repair(id)
		if !folded(id) || !ok || oneLetter(id, repaired) {
			r.reason = "invalid_suffix"
			return r
		}
		r.id, r.folded = repaired, true
	}
	if !strings.HasPrefix(r.id, keyPrefix) {
		r.reason = "wrong_object"
	}
	return r
}

// several reports whether a text holds two different ids.
func several(text string) bool {
	seen := map[string]bool{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool {
		return invisible(r) || strings.ContainsRune(",;|/?&=#", r)
	}) {
		if isID(word) {
			seen[word[:15]] = true
		}
	}
	return len(seen) > 1
}

// fromURL takes the one id out of the address of a record page.
func fromURL(text string) (string, bool) {
	address, err := url.Parse(text)
	if err != nil || address.Scheme == "" || address.Host == "" {
		return "", false
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/?&=#", r) }) {
		if isID(part) {
			return part, true
		}
	}
	return "", false
}
