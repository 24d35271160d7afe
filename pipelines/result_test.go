package pipelines_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/axisync/axisync/pipelines"
)

// Every key of a result is told in the docs, and no other.
func TestResultIsDocumented(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../docs/result.md")
	if err != nil {
		t.Fatal(err)
	}
	page, several, _ := strings.Cut(string(content), "## Several sources")
	documentedIn(t, page, reflect.TypeFor[pipelines.Result]())
	documentedIn(t, several, reflect.TypeFor[pipelines.Summary]())
}

func documentedIn(t *testing.T, page string, of reflect.Type) {
	t.Helper()
	told := map[string]bool{}
	for line := range strings.Lines(page) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for i, word := range strings.Split(cells[1], "`") {
				if i%2 == 1 {
					told[word] = true
				}
			}
		}
	}
	for i := range of.NumField() {
		key, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		if !told[key] {
			t.Errorf("%s is not told in docs/result.md", key)
		}
		delete(told, key)
	}
	for key := range told {
		t.Errorf("docs/result.md tells of %s, which a result does not have", key)
	}
}
