// Package words writes figures and texts as people read them: on the terminal, in
// messages, and on the page of a diff alike.
package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Count writes a number with its thousands apart.
func Count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// Counted writes a number with what is counted.
func Counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Count(n) + " " + many
}

// Share writes n of a whole in per cent; of nothing there is none.
func Share(n, of int64) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(of))
}

// Some writes a number that may be low more.
func Some(n, low int64) string {
	if low == 0 {
		return Count(n)
	}
	return Count(n) + " to " + Count(n+low)
}

// Moment writes a time to the second, in UTC.
func Moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// Line is a text without quotes: a name, or words that may hold one. What cannot be
// printed is shown as the escape that it is in Go.
func Line(text string) string {
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

// width is how much is shown of a value.
const width = 120

// Quoted is a value: in quotes, so that control characters cannot do harm, and clipped.
func Quoted(text string) string { return QuotedOf(text, 0) }

// QuotedOf is Quoted for the beginning of a value that has length characters; 0: it is
// the whole.
func QuotedOf(text string, length int) string {
	runes := []rune(text)
	shown := min(len(runes), width)
	if more := max(len(runes), length) - shown; more > 0 {
		return fmt.Sprintf("%q and %s characters more", string(runes[:shown]), Count(int64(more)))
	}
	return fmt.Sprintf("%q", text)
}

// QuotedOr is Quoted, and another text for null.
func QuotedOr(text *string, null string) string {
	if text == nil {
		return null
	}
	return Quoted(*text)
}
