package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// width is how much of a text is shown; --json has it whole.
const width = 120

// quoted is a cell for the terminal: quoted, so that control characters cannot do
// harm, and clipped.
func quoted(text *string) string {
	if text == nil {
		return "(empty)"
	}
	return quotedText(*text)
}

func quotedText(text string) string {
	if runes := []rune(text); len(runes) > width {
		return fmt.Sprintf("%q and %s characters more", string(runes[:width]), count(int64(len(runes)-width)))
	}
	return fmt.Sprintf("%q", text)
}

// oneLine is a text that is shown without quotes: a name, or words that may hold
// one. What cannot be printed is shown as the escape that it is in Go.
func oneLine(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}
