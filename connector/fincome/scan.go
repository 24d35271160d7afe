package fincome

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// scanner reads JSON in place, a value once, whether it is wanted or passed
// over. It is there for its speed: a list of customers costs less than half of
// what it does with the tokens of jsontext (BenchmarkListing). That stays the
// judge of what the scanner does not deal with itself: an object or a list that
// is a value, the text of an escape, and what is wrong with a text that is no
// JSON.
//
// A text may hold bytes that are no UTF-8: in one property of one customer they
// are mended, see decoder.text; they are no reason to stop.
type scanner struct {
	text []byte
	at   int

	json    jsontext.Decoder // of judge
	scratch []byte           // of unquoted
}

func (s *scanner) reset(text []byte) { s.text, s.at = text, 0 }

// lenient is how jsontext is to read.
var lenient = jsontext.AllowInvalidUTF8(true)

// kind is the first byte of what comes next; 0 at the end.
func (s *scanner) kind() byte {
	for s.at < len(s.text) {
		switch c := s.text[s.at]; c {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return c
		}
	}
	return 0
}

// more is whether anything comes next.
func (s *scanner) more() bool {
	s.kind()
	return s.at < len(s.text)
}

// take reads c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.at < len(s.text) && s.text[s.at] == c || s.kind() == c && c != 0 {
		s.at++
		return true
	}
	return false
}

// value reads a value and answers it as it is written.
func (s *scanner) value() (value jsontext.Value, err error) {
	kind := s.kind()
	start := s.at
	whole := false
	switch kind {
	case '"':
		whole = s.string()
	case 'n':
		whole = s.literal("null")
	case 't':
		whole = s.literal("true")
	case 'f':
		whole = s.literal("false")
	case '{', '[':
		whole = s.nested()
	default:
		whole = s.number()
	}
	if !whole {
		return nil, s.fault()
	}
	return s.text[start:s.at], nil
}

// The same byte in all eight of a word.
const (
	ones   = 0x0101010101010101
	tops   = 0x80 * ones
	quotes = '"' * ones
	slants = '\\' * ones
	blanks = ' ' * ones
)

// string reads a text, eight bytes at a time. What comes next is a quote.
func (s *scanner) string() bool {
	text, at := s.text, s.at+1
	for {
		for len(text)-at >= 8 {
			word := binary.LittleEndian.Uint64(text[at:])
			// The lowest top bit of each term stands at its first match: a quote, a
			// backslash, a control character.
			quote, slant := word^quotes, word^slants
			match := ((quote-ones)&^quote | (slant-ones)&^slant | (word-blanks)&^word) & tops
			if match != 0 {
				at += bits.TrailingZeros64(match) / 8
				break
			}
			at += 8
		}
		for at < len(text) && text[at] != '"' && text[at] != '\\' && text[at] >= ' ' {
			at++
		}
		if at == len(text) || text[at] < ' ' {
			return false
		}
		if text[at] == '"' {
			s.at = at + 1
			return true
		}
		length := escape(text[at:])
		if length == 0 {
			return false
		}
		at += length
	}
}

// escape is the length of an escape at the beginning of text; 0 when it is none.
// Half a surrogate pair is one: it is mended as bytes are that are no UTF-8.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
	default:
		return 0
	}
	if len(text) < 6 {
		return 0
	}
	for _, c := range text[2:6] {
		if !digit(c) && (c|0x20 < 'a' || c|0x20 > 'f') {
			return 0
		}
	}
	return 6
}

func digit(c byte) bool { return c-'0' <= 9 }

func (s *scanner) literal(word string) bool {
	if !bytes.HasPrefix(s.text[s.at:], []byte(word)) {
		return false
	}
	s.at += len(word)
	return true
}

// number reads a number: -1, 0.5, 1e+9.
func (s *scanner) number() bool {
	s.optional("-")
	if !s.optional("0") && !s.digits() {
		return false
	}
	if s.optional(".") && !s.digits() {
		return false
	}
	if s.optional("eE") {
		s.optional("+-")
		return s.digits()
	}
	return true
}

func (s *scanner) optional(of string) bool {
	for i := range len(of) {
		if s.at < len(s.text) && s.text[s.at] == of[i] {
			s.at++
			return true
		}
	}
	return false
}

func (s *scanner) digits() bool {
	start := s.at
	for s.at < len(s.text) && digit(s.text[s.at]) {
		s.at++
	}
	return s.at > start
}

// nested reads an object or a list.
func (s *scanner) nested() bool {
	value, err := s.judge(s.text[s.at:])
	s.at += len(value)
	return err == nil
}

// elements reads a list, whose bracket comes next. each has to read a value.
func elements(s *scanner, each func() error) error {
	s.at++
	if s.take(']') {
		return nil
	}
	for {
		if err := each(); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		if s.take(']') {
			return nil
		}
		return s.fault()
	}
}

// fault is what is wrong, in the words of jsontext.
func (s *scanner) fault() error {
	if _, err := s.judge(s.text); err != nil {
		return err
	}
	return errors.New("the JSON is not well formed")
}

// judge has jsontext read the value that text begins with. A name that comes
// twice in an object is an error.
func (s *scanner) judge(text []byte) (jsontext.Value, error) {
	s.json.Reset(bytes.NewBuffer(text), lenient)
	return s.json.ReadValue()
}

// unexpected says that something is no what; a text that is no JSON at all says
// so itself.
func (s *scanner) unexpected(something, what string) error {
	if _, err := s.value(); err != nil {
		return err
	}
	return fmt.Errorf("%s is not %s", something, what)
}

// unquoted is the text of a JSON text; it lives until the next call, or as long
// as value. Bytes that are no UTF-8, and halves of a surrogate pair, become
// U+FFFD.
func (s *scanner) unquoted(value jsontext.Value) []byte {
	text := value[1 : len(value)-1]
	if bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		return text
	}
	s.scratch, _ = jsontext.AppendUnquote(s.scratch[:0], value) // the error is about UTF-8 alone
	return s.scratch
}
