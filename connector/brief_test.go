package connector_test

import (
	"strings"
	"testing"

	"github.com/axisync/axisync/connector"
)

func TestBriefKeepsTheBeginning(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                        "",
		"C-1":                     "C-1",
		strings.Repeat("é", 160):  strings.Repeat("é", 160),
		strings.Repeat("é", 4000): strings.Repeat("é", 80) + "... (4000 characters)",
	} {
		if got := connector.Brief(text); got != want {
			t.Errorf("%d bytes: %q", len(text), got)
		}
	}
}
