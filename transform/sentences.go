package transform

import "slices"

// Sentence is a row of the table of design.md 4.5 as people read it.
type Sentence struct {
	Number int    // of the row
	Case   Case   // its name
	Text   string // when the row applies, and what comes of it
}

// sentences say each row of the table in words.
var sentences = map[Case]string{
	"unmatched":             "the customer has no account, so nothing is wanted here and the cell is left as it is",
	"ambiguous":             "several accounts answer to the customer, so none is taken and the cell is left as it is",
	"lost":                  "the property could be read in an earlier run and cannot any more, so the cell is left as it is until it returns or leaves the list",
	"null_kept":             "the property is empty, and nulls: keep leaves the cell as it is",
	"pending":               "the value was sent and nothing newer tells whether it has arrived, so it is not sent again yet",
	"unanswered":            "the value was sent and the request never got an answer, so it is sent again at once",
	"offered_again":         "the value was offered in an import file and the cell still holds what it held, so it stands in the next file again",
	"sent_again":            "the value was accepted and did not show within the settle time, so it is sent a second time",
	"not_applied":           "the value was accepted twice and never showed, so it is given up and reported as rejected",
	"refused":               "Fincome refused this value for this cell before, so it is not sent again until the value changes",
	"unchanged":             "the cell shows already what is wanted",
	"none_kept":             "the property does not exist, and its None never replaces a value",
	"null_kept_foreign":     "the property is empty and the value that stands here is not the one that axisync wrote, so it is not cleared",
	"unread":                "nobody has seen the cell: the customer file has no column for it, so it is written only if the read before the write finds it empty or as axisync left it",
	"clear_unknown":         "the cell is to be cleared and how Fincome clears one is not known yet (fincome.clear), so it is left as it is",
	"ours":                  "the cell still holds what axisync wrote, so it takes the new value",
	"new":                   "the cell is empty and axisync never filled it, so it is filled",
	"foreign":               "the cell holds a value that axisync did not write: merge: overwrite replaces it in an axis that was approved, fill_empty and refuse leave it",
	"emptied":               "axisync filled the cell and somebody emptied it: on_edit: report leaves it, overwrite fills it again",
	"edited":                "somebody changed the cell after axisync, the property is what it was: on_edit: report leaves it, overwrite writes it again",
	"changed_on_both_sides": "the cell and the property have both changed since axisync wrote it: on_edit: report leaves the cell, overwrite writes it",
}

// Sentences gives the rows of the table that decide a cell, in their order, each
// name once: rows 2 and 5 decide none, they judge what was sent.
func Sentences() []Sentence {
	var told []Sentence
	seen := map[Case]bool{}
	table := (Rules{ClearUnknown: true}).table(Axis{})
	offered := (Rules{Receiver: Offered}).table(Axis{})
	for _, row := range slices.Concat(table, offered) {
		if !seen[row.name] {
			seen[row.name] = true
			told = append(told, Sentence{row.number, row.name, sentences[row.name]})
		}
	}
	slices.SortStableFunc(told, func(a, b Sentence) int { return a.Number - b.Number })
	return told
}

// SentenceOf is the row of a name; false: the table has none.
func SentenceOf(name Case) (Sentence, bool) {
	for _, sentence := range Sentences() {
		if sentence.Case == name {
			return sentence, true
		}
	}
	return Sentence{}, false
}
