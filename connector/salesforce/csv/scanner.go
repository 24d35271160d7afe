package csv

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

const (
	bufferSize = 256 << 10
	// A row is held whole. A text of Salesforce has at most 131,072 characters;
	// a row beyond this is a quote that nobody closed.
	longestRow = 64 << 20
)

// errMore says that the buffer ends before the field does. The row is then read
// again from its beginning with more in the buffer: no state survives between
// buffers, so no boundary can shift a column.
var errMore = errors.New("more input is needed")

// scanner finds the fields of a page in its buffer.
type scanner struct {
	source    io.Reader
	delimiter byte

	buf  []byte
	pos  int  // where the row begins
	have int  // bytes in buf
	end  int  // those of them known to be whole, valid characters
	eof  bool // there is nothing after end
	bad  bool // what follows end is not UTF-8
}

// field is a value as it stands in the buffer, without its outer quotes.
type field struct {
	value   []byte
	doubled bool // it holds doubled quotes
	next    int  // where the next field begins
	last    bool // the row ends here
}

func (s *scanner) reset(source io.Reader) {
	if len(s.buf) == 0 || len(s.buf) > 16*bufferSize {
		s.buf = make([]byte, bufferSize) // also after a row of unusual length
	}
	*s = scanner{source: source, delimiter: s.delimiter, buf: s.buf}
}

// fill keeps the row begun and reads until the buffer is full or the input ends.
func (s *scanner) fill() error {
	if s.bad {
		return malformed("is not valid UTF-8")
	}
	s.have = copy(s.buf, s.buf[s.pos:s.have])
	s.end -= s.pos
	s.pos = 0
	if s.have == len(s.buf) {
		if len(s.buf) >= longestRow {
			return malformed("the row is longer than 64 MB: a quote is not closed")
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	ended, err := s.read()
	if err != nil {
		return err
	}
	s.validate(ended)
	return nil
}

// read fills the buffer. It is not io.ReadFull, which makes io.ErrUnexpectedEOF
// of a short input: that is what a truncated gzip stream says.
func (s *scanner) read() (ended bool, err error) {
	for s.have < len(s.buf) {
		n, err := s.source.Read(s.buf[s.have:])
		s.have += n
		if err == io.EOF {
			return true, nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// validate moves end over what is valid UTF-8. Delimiters and quotes are ASCII,
// so the page is valid exactly when each of its values is.
func (s *scanner) validate(ended bool) {
	fresh := s.buf[s.end:s.have]
	if !utf8.Valid(fresh) {
		fresh = fresh[:validPrefix(fresh)]
		s.bad = ended || utf8.FullRune(s.buf[s.end+len(fresh):s.have])
	}
	s.end += len(fresh)
	s.eof = ended && !s.bad
}

func validPrefix(b []byte) int {
	n := 0
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		n += size
	}
	return n
}

// field reads the field that begins at pos.
func (s *scanner) field(pos int) (field, error) {
	if pos < s.end && s.buf[pos] == '"' {
		return s.quoted(pos + 1)
	}
	return s.plain(pos)
}

func (s *scanner) quoted(start int) (field, error) {
	buf := s.buf[:s.end]
	doubled := false
	for at := start; ; at += 2 {
		i := bytes.IndexByte(buf[at:], '"')
		if i < 0 {
			return field{}, s.short("a quote is not closed")
		}
		at += i
		if at+1 == len(buf) && !s.eof {
			return field{}, errMore
		}
		if at+1 < len(buf) && buf[at+1] == '"' {
			doubled = true
			continue
		}
		next, last, err := s.separator(at + 1)
		return field{value: buf[start:at], doubled: doubled, next: next, last: last}, err
	}
}

// separator reads what stands after a closing quote.
func (s *scanner) separator(at int) (next int, last bool, err error) {
	if at == s.end {
		return at, true, nil // only at the end of the page: quoted has seen to that
	}
	switch s.buf[at] {
	case s.delimiter:
		return at + 1, false, nil
	case '\n':
		return at + 1, true, nil
	case '\r':
		if at+1 < s.end && s.buf[at+1] == '\n' {
			return at + 2, true, nil
		}
		if at+1 == s.end {
			return at + 1, true, s.atEnd()
		}
	}
	return 0, false, malformed("text follows the closing quote")
}

// plain reads a field without quotes: it ends at a delimiter or with the row.
func (s *scanner) plain(start int) (field, error) {
	buf := s.buf[:s.end]
	for at := start; at < len(buf); at++ {
		switch buf[at] {
		case s.delimiter:
			return field{value: buf[start:at], next: at + 1}, nil
		case '\n':
			return field{value: bytes.TrimSuffix(buf[start:at], []byte{'\r'}), next: at + 1, last: true}, nil
		case '"':
			return field{}, malformed("a quote stands within a value that is not quoted")
		}
	}
	if err := s.atEnd(); err != nil {
		return field{}, err
	}
	return field{value: bytes.TrimSuffix(buf[start:], []byte{'\r'}), next: len(buf), last: true}, nil
}

// atEnd asks for more unless the page ends here.
func (s *scanner) atEnd() error {
	if s.eof {
		return nil
	}
	return errMore
}

func (s *scanner) short(reason string) error {
	if s.eof {
		return malformed(reason)
	}
	return errMore
}
