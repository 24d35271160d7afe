package report

import "unicode/utf8"

const hex = "0123456789abcdef"

// appendJSON appends a text as a JSON string that can stand in a script element: it has
// no < and so can neither end the element nor begin a comment in it, no > and no &, no
// end of a line and no character below the space. The rest of it is UTF-8.
//
// A byte that is no UTF-8 becomes \udc80 to \udcff, a half of a surrogate pair, which no
// valid text has: two values that differ in such a byte alone differ in the page too.
func appendJSON(to, text []byte) []byte {
	to = append(to, '"')
	from := 0
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == 0x7f {
				to = appendUnit(append(to, text[from:i]...), uint16(c))
				from = i + 1
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			to = appendUnit(append(to, text[from:i]...), 0xdc00|uint16(text[i]))
			from = i + 1
		case r == '\u2028' || r == '\u2029':
			to = appendUnit(append(to, text[from:i]...), uint16(r))
			from = i + size
		}
		i += size
	}
	return append(append(to, text[from:]...), '"')
}

func appendUnit(to []byte, u uint16) []byte {
	return append(to, '\\', 'u', hex[u>>12], hex[u>>8&15], hex[u>>4&15], hex[u&15])
}
