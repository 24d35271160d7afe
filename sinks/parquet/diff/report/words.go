package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The figures and texts of the page as the table on a terminal has them.

func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func share(n, of int64) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(of))
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// name is the name of a column, or a text that may hold one: what cannot be printed is
// shown as its escape.
func name(text string) string {
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

// list is names with commas between.
func list(names []string) string { return name(strings.Join(names, ", ")) }

// width is how much is shown of a value that is no line of the table.
const width = 120

// quoted is a value; null is not the empty text.
func quoted(text *string) string {
	if text == nil {
		return "null"
	}
	if runes := []rune(*text); len(runes) > width {
		return fmt.Sprintf("%q and %s characters more", string(runes[:width]), count(int64(len(runes)-width)))
	}
	return fmt.Sprintf("%q", *text)
}
