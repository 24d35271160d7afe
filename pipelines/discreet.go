package pipelines

import (
	"regexp"
	"strings"

	"github.com/axisync/axisync/connector/fincome"
)

// What in an error is a customer's, by how errors are written: an id in quotes after
// the word, and what a program has answered.
var (
	namedCustomer = regexp.MustCompile(`customer "(?:[^"\\]|\\.)*"`)
	quotedAnswer  = regexp.MustCompile(`((?:it is no answer, which looks like \S+|customer_id or axis is missing): )".*"`)
)

// discreet is an error for a result, which schedulers keep and people mail around: it
// names no customer and holds nothing of theirs. Standard error has all of it.
func discreet(text string) string {
	return quotedAnswer.ReplaceAllString(namedCustomer.ReplaceAllString(text, "a customer"), "$1...")
}

// discreetOf is discreet for an error of the Fincome client, which tells the path that
// it asked for.
func discreetOf(config fincome.Config, text string) string {
	before, after, ok := strings.Cut(config.WithDefaults().ClientPath, "{id}")
	if ok && len(before) > 1 {
		path := regexp.MustCompile(regexp.QuoteMeta(before) + `[^\s/:"]+` + regexp.QuoteMeta(after))
		text = path.ReplaceAllLiteralString(text, before+"{id}"+after)
	}
	return discreet(text)
}
