package transform

import (
	"regexp"
	"strings"
	"unsafe"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/transform/recordid"
)

// compared is the form of a key in which it is compared: as it is, unless the
// rules say otherwise.
func (r Rules) compared(key string) string {
	if r.Trim {
		key = strings.TrimFunc(key, recordid.Blank)
	}
	if r.Fold {
		key = strings.ToLower(key)
	}
	return key
}

// blank: there is nothing in the text but blanks.
func blank(text string) bool { return strings.TrimFunc(text, recordid.Blank) == "" }

// nameHash is the hash of a name as people compare names: without letter case and
// without the blanks around and between its words. A name that says nothing has
// none.
func nameHash(name string) (hash uint64, ok bool) {
	var buffer [64]byte
	loose, gap := buffer[:0], false
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 0x80: // few names
			text := strings.ToLower(strings.Join(strings.FieldsFunc(name, recordid.Blank), " "))
			return sinks.Hash(text), text != ""
		case c <= ' ' || c == 0x7f:
			gap = len(loose) > 0
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		if gap {
			loose, gap = append(loose, ' '), false
		}
		loose = append(loose, c)
	}
	return sinks.Hash(unsafe.String(unsafe.SliceData(loose), len(loose))), len(loose) > 0
}

// looseHash is the hash of a key as a spreadsheet or a hurried person may have
// changed it: of a number, what is left without the zeros before it, a point with
// zeros behind it, and an exponent; of everything else, as nameHash.
func looseHash(key string) (hash uint64, ok bool) {
	if number, isNumber := looseNumber(key); isNumber {
		return sinks.Hash(number), true
	}
	return nameHash(key)
}

// looseNumber is a key that is a number without what a spreadsheet adds to it or
// takes from it.
func looseNumber(key string) (number string, ok bool) {
	key = strings.Replace(strings.TrimFunc(key, recordid.Blank), ",", ".", 1)
	negative, _, _, ok := parseDecimal(key)
	if !ok || negative {
		return "", false
	}
	return canonicalNumber(key), true
}

// scientific is what a spreadsheet makes of a long number.
var scientific = regexp.MustCompile(`^[0-9]([.,][0-9]+)?[eE][+]?[0-9]{1,3}$`)

// bent reports whether a text looks like a number that a spreadsheet has
// written in its own way, so that digits may be lost.
func bent(identifier string) bool {
	return len(identifier) < 40 && scientific.MatchString(strings.TrimFunc(identifier, recordid.Blank))
}
