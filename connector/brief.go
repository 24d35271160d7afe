package connector

import (
	"fmt"
	"unicode/utf8"
)

// briefly is how many characters of a long text a person is shown.
const briefly = 80

// Brief is a text, an id above all, as a person is shown it: of one that is long the
// beginning, and how long it is. It is never for what is kept or sent.
func Brief(text string) string {
	n := utf8.RuneCountInString(text)
	if n <= 2*briefly { // cut, it would hardly be shorter
		return text
	}
	return fmt.Sprintf("%s... (%d characters)", string([]rune(text)[:briefly]), n)
}
