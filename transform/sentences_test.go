package transform

import (
	"strings"
	"testing"
)

// Every row of the table has a sentence, and every sentence a row.
func TestEveryRowHasASentence(t *testing.T) {
	t.Parallel()
	told := map[Case]bool{}
	last := 0
	for _, sentence := range Sentences() {
		if sentence.Text == "" || strings.HasSuffix(sentence.Text, ".") || sentence.Number < last {
			t.Errorf("row %d %s: %q", sentence.Number, sentence.Case, sentence.Text)
		}
		if told[sentence.Case] {
			t.Errorf("%s stands twice", sentence.Case)
		}
		told[sentence.Case], last = true, sentence.Number
		if got, ok := SentenceOf(sentence.Case); !ok || got != sentence {
			t.Errorf("%s is %v", sentence.Case, got)
		}
	}
	for _, rules := range []Rules{{}, {ClearUnknown: true}} {
		for _, axis := range []Axis{{}, {Merge: Overwrite, OnEdit: OverwriteEdits}} {
			for _, row := range rules.table(axis) {
				if !told[row.name] {
					t.Errorf("row %d, %s, has no sentence", row.number, row.name)
				}
			}
		}
	}
	for name := range sentences {
		if !told[name] {
			t.Errorf("%s is no row of the table", name)
		}
	}
	if _, ok := SentenceOf("nothing"); ok {
		t.Error("a row that does not exist has a sentence")
	}
}
