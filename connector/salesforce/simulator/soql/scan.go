package soql

import (
	"strconv"
	"strings"
)

type tokenKind int

const (
	end tokenKind = iota
	word
	text    // a quoted string
	numeric // a number, a date or a date-time
	symbol
)

type token struct {
	kind tokenKind
	text string // as written; a string with its quotes
	at   int
}

// is reports whether the token is this keyword or symbol.
func (t token) is(s string) bool {
	return (t.kind == word || t.kind == symbol) && strings.EqualFold(t.text, s)
}

// scan splits a query into tokens, the last of which has the kind end.
func scan(query string) ([]token, *Error) {
	var tokens []token
	for at := 0; at < len(query); {
		c := query[at]
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			at++
			continue
		}
		kind, length := measure(query[at:])
		if length == 0 {
			if c == '\'' {
				return nil, malformed(query, at, "unterminated string literal")
			}
			return nil, &Error{"MALFORMED_QUERY", "line 1:" + strconv.Itoa(at) + " no viable alternative at character '" + query[at:at+1] + "'"}
		}
		tokens = append(tokens, token{kind, query[at : at+length], at})
		at += length
	}
	return append(tokens, token{kind: end, at: len(query)}), nil
}

// measure returns kind and length of the token that s begins with; length 0
// when there is none.
func measure(s string) (tokenKind, int) {
	switch c := s[0]; {
	case c == '\'':
		return text, quotedLength(s)
	case c >= '0' && c <= '9', (c == '-' || c == '+' || c == '.') && len(s) > 1 && s[1] >= '0' && s[1] <= '9':
		return numeric, 1 + prefixLength(s[1:], func(c byte) bool { return isWord(c) || strings.IndexByte("+-:.", c) >= 0 })
	case isWord(c):
		return word, prefixLength(s, func(c byte) bool { return isWord(c) || c == '.' || c == ':' })
	}
	for _, operator := range []string{"!=", "<>", "<=", ">=", "<", ">", "=", "(", ")", ","} {
		if strings.HasPrefix(s, operator) {
			return symbol, len(operator)
		}
	}
	return symbol, 0
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func prefixLength(s string, accept func(byte) bool) int {
	n := 0
	for n < len(s) && accept(s[n]) {
		n++
	}
	return n
}

// quotedLength is the length of the string literal that s begins with, 0 when
// it does not end.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '\'':
			return i + 1
		}
	}
	return 0
}

var escapes = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", 'b': "\b", 'f': "\f", '\'': "'", '"': `"`, '\\': `\`, '_': "_", '%': "%"}

// unquote decodes a string literal, once as a value and once as a pattern. It
// returns the place of the first escape that does not exist, or -1.
func unquote(quoted string) (value, pattern string, wrong int) {
	var v, p strings.Builder
	body := quoted[1 : len(quoted)-1]
	for i := 0; i < len(body); i++ {
		if body[i] != '\\' {
			v.WriteByte(body[i])
			p.WriteByte(body[i])
			continue
		}
		i++
		if body[i] == 'u' && i+4 < len(body) {
			if code, err := strconv.ParseUint(body[i+1:i+5], 16, 16); err == nil {
				v.WriteRune(rune(code))
				p.WriteRune(rune(code))
				i += 4
				continue
			}
		}
		decoded, ok := escapes[lower(body[i])]
		if !ok {
			return "", "", i
		}
		v.WriteString(decoded)
		if strings.IndexByte(`\_%`, body[i]) >= 0 {
			p.WriteByte('\\')
		}
		p.WriteString(decoded)
	}
	return v.String(), p.String(), -1
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
