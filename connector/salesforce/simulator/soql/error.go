package soql

import (
	"fmt"
	"strings"
)

// Error is a query that Salesforce refuses, with the errorCode and the message
// of its answer.
type Error struct{ Code, Message string }

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// How much of a query an error message quotes before and after the place.
const (
	quotedBefore = 30
	quotedAfter  = 20
)

// ErrorAt makes an error that points at a place in a query, in Salesforce's
// three parts: the piece of the query, a caret below it, and
// "ERROR at Row:1:Column:8" followed by what is wrong.
func ErrorAt(query string, at int, code, message string) *Error {
	at = min(at, len(query))
	row := 1 + strings.Count(query[:at], "\n")
	lineStart := strings.LastIndexByte(query[:at], '\n') + 1
	line, _, _ := strings.Cut(query[lineStart:], "\n")
	column := at - lineStart
	from, to := max(0, column-quotedBefore), min(len(line), column+quotedAfter)
	return &Error{Code: code, Message: fmt.Sprintf("\n%s\n%s^\nERROR at Row:%d:Column:%d\n%s",
		line[from:to], strings.Repeat(" ", column-from), row, column+1, message)}
}

func malformed(query string, at int, format string, args ...any) *Error {
	return ErrorAt(query, at, "MALFORMED_QUERY", fmt.Sprintf(format, args...))
}
