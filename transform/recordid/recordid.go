// Package recordid knows Salesforce Record IDs and nothing else.
//
// A Record ID has 15 characters of the alphabet 0-9 A-Z a-z, and letter case
// matters. Its 18-character form adds three characters that spell the case of
// the first fifteen, so that it survives tools that fold case. The suffix is a
// map of letter case, not a checksum: a mistyped digit leaves it right.
//
// The functions are pure and do not know which records exist. Whether a folded
// id may be repaired is decided by the caller, who does.
package recordid

const (
	bodyLen    = 15
	fullLen    = 18
	chunkLen   = 5
	caseDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
)

// Suffix returns the three characters that follow body in the 18-character
// form. body must hold 15 characters; the three chunks of five are read from
// the left, the leftmost character is bit 0, a capital letter sets its bit.
func Suffix(body string) string {
	var suffix [3]byte
	for chunk := range suffix {
		value := 0
		for bit := range chunkLen {
			if isUpper(body[chunk*chunkLen+bit]) {
				value |= 1 << bit
			}
		}
		suffix[chunk] = caseDigits[value]
	}
	return string(suffix[:])
}

// Full returns the 18-character form of a 15-character body.
func Full(body string) string { return body + Suffix(body) }

// Valid reports whether id is an 18-character Record ID with the suffix that
// belongs to its first fifteen characters.
func Valid(id string) bool {
	return len(id) == fullLen && alphanumeric(id) && Suffix(id[:bodyLen]) == id[bodyLen:]
}

// Repair gives the letters of an 18-character id the case that its suffix
// spells. It reports false when id does not have 18 characters, when the
// suffix holds a character outside A-Z and 0-5, or when it makes a capital of
// a digit: then something other than letter case was changed.
func Repair(id string) (string, bool) {
	if len(id) != fullLen || !alphanumeric(id) {
		return "", false
	}
	var out [fullLen]byte
	for i := range bodyLen {
		value := digitValue(upper(id[bodyLen+i/chunkLen]))
		if value < 0 {
			return "", false
		}
		wantUpper := value&(1<<(i%chunkLen)) != 0
		switch c := id[i]; {
		case !isLetter(c) && wantUpper:
			return "", false
		case wantUpper:
			out[i] = upper(c)
		default:
			out[i] = lower(c)
		}
	}
	for i := bodyLen; i < fullLen; i++ {
		out[i] = upper(id[i])
	}
	return string(out[:]), true
}

// digitValue is the place of c in caseDigits, or -1.
func digitValue(c byte) int {
	switch {
	case isUpper(c):
		return int(c - 'A')
	case c >= '0' && c <= '5':
		return int(c-'0') + 26
	}
	return -1
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func isUpper(c byte) bool  { return c >= 'A' && c <= 'Z' }
func isLower(c byte) bool  { return c >= 'a' && c <= 'z' }
func isLetter(c byte) bool { return isUpper(c) || isLower(c) }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func upper(c byte) byte {
	if isLower(c) {
		return c - 'a' + 'A'
	}
	return c
}

func lower(c byte) byte {
	if isUpper(c) {
		return c - 'A' + 'a'
	}
	return c
}
