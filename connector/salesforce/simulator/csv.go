package simulator

import (
	"bytes"
	"slices"
	"strings"

	"github.com/axisync/axisync/connector/salesforce/simulator/org"
)

// table is how rows are written as CSV.
type table struct {
	view      *org.View
	columns   []org.Column
	delimiter byte
	lineEnd   string
	// offset ends date-times with +0000 instead of Z.
	offset bool
}

// The names of delimiters and line ends.
var (
	delimiters = map[string]byte{"BACKQUOTE": '`', "CARET": '^', "COMMA": ',', "PIPE": '|', "SEMICOLON": ';', "TAB": '\t'}
	lineEnds   = map[string]string{"LF": "\n", "CRLF": "\r\n"}
)

// columnsOf is the order of columns: that of the SELECT list, and before version
// 50 that of the alphabet.
func columnsOf(p *plan, version int) []org.Column {
	columns := slices.Clone(p.columns)
	if version < selectOrderVersion {
		slices.SortFunc(columns, func(a, b org.Column) int { return strings.Compare(a.Name, b.Name) })
	}
	return columns
}

// appendHeader appends the header line. Headers are quoted like values.
func (t *table) appendHeader(dst []byte) []byte {
	for i := range t.columns {
		dst = append(t.separate(dst, i), '"')
		dst = append(append(dst, t.columns[i].Name...), '"')
	}
	return append(dst, t.lineEnd...)
}

// appendRow appends an account. Every value is quoted, null is "".
func (t *table) appendRow(dst []byte, row *org.Row) []byte {
	for i := range t.columns {
		dst = append(t.separate(dst, i), '"')
		start := len(dst)
		dst = t.columns[i].Append(dst, row)
		if bytes.IndexByte(dst[start:], '"') >= 0 {
			dst = doubleQuotes(dst, start)
		}
		if t.offset && t.columns[i].Field.Type == "datetime" && len(dst) > start {
			dst = append(dst[:len(dst)-1], "+0000"...)
		}
		dst = append(dst, '"')
	}
	return append(dst, t.lineEnd...)
}

func (t *table) separate(dst []byte, column int) []byte {
	if column > 0 {
		dst = append(dst, t.delimiter)
	}
	return dst
}

// doubleQuotes doubles the quotes of dst from start on.
func doubleQuotes(dst []byte, start int) []byte {
	value := bytes.Clone(dst[start:])
	dst = dst[:start]
	for _, c := range value {
		if c == '"' {
			dst = append(dst, '"')
		}
		dst = append(dst, c)
	}
	return dst
}
