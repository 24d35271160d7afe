package main

import "github.com/axisync/axisync/words"

// The words of people, by the names that stand in nearly every line that is shown.
var (
	count   = words.Count
	share   = words.Share
	moment  = words.Moment
	oneLine = words.Line
)

// quoted is a cell for the terminal.
func quoted(text *string) string { return words.QuotedOr(text, "(empty)") }
