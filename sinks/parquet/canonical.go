package parquet

import (
	"strconv"
	"time"
)

// canonical is the text that a cell comes back as when it is read: the same for
// every notation of a value. A text that does not fit the kind of the column is
// itself. scratch is used where another text has to be made.
func (c *column) canonical(text, scratch []byte) []byte {
	switch c.kind {
	case kindTimestamp:
		return canonicalTimestamp(text, scratch)
	case kindInteger, kindDecimal32, kindDecimal64, kindDecimal:
		if plainNumber(text) {
			return text
		}
		return c.canonicalNumber(text, scratch)
	}
	return text // there is one notation alone
}

// canonicalTimestamp does without the calendar where the text is in UTC and has no
// fraction, as nearly all are.
func canonicalTimestamp(text, scratch []byte) []byte {
	micros, fits := parseTimestamp(text)
	switch {
	case !fits:
		return text
	case text[len(text)-1] == 'Z' && micros%1_000_000 == 0:
		return append(append(scratch[:0], text[:19]...), 'Z')
	}
	return time.UnixMicro(micros).UTC().AppendFormat(scratch[:0], timestampLayout)
}

// plainNumber reports whether a text is a number as it is written back: no sign
// but a minus, no exponent, no zeros that say nothing.
func plainNumber(text []byte) bool {
	digits, fraction := text, -1
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	for i, c := range digits {
		switch {
		case c == '.' && fraction < 0:
			fraction = i
		case c < '0' || c > '9':
			return false
		}
	}
	whole := digits
	if fraction >= 0 {
		if whole = digits[:fraction]; digits[len(digits)-1] == '0' || fraction == len(digits)-1 {
			return false
		}
	} else if string(text) == "-0" {
		return false
	}
	return len(whole) > 0 && (whole[0] != '0' || len(whole) == 1)
}

func (c *column) canonicalNumber(text, scratch []byte) []byte {
	var n number
	var room [64]byte
	if !n.parse(text, room[:0]) {
		return text
	}
	if c.kind == kindDecimal {
		units := make([]byte, decimalBytes(c.precision))
		if !n.wide(c.scale, c.precision, units) {
			return text
		}
		return decimalText(scratch[:0], twosComplement(units), c.scale)
	}
	precision := c.precision
	if c.kind == kindInteger {
		precision = 19
	}
	value, fits := n.integer(c.scale, precision)
	switch {
	case !fits:
		return text
	case c.kind == kindInteger:
		return strconv.AppendInt(scratch[:0], value, 10)
	}
	return smallText(scratch[:0], value, c.scale)
}
