package main

import (
	"bytes"
	"testing"
)

// What is shown goes through the pager, and is shown all the same where there is none.
func TestPager(t *testing.T) {
	t.Parallel()
	for _, pager := range []string{"cat", `sh -c "cat"`, "no-such-pager", "/no/such/pager -x", "cat >&1; exit 1"} {
		var out, errs bytes.Buffer
		if err := page(pager, []byte("text\n"), &out, &errs); err != nil || out.String() != "text\n" {
			t.Errorf("%q: %q, %v", pager, out.String(), err)
		}
	}
	for _, c := range []struct {
		set   bool
		named string
		want  string
	}{{false, "", "less -FRX"}, {true, " ", ""}, {true, "cat", ""}, {true, "most -s", "most -s"}} {
		if got := pagerOf(func(string) (string, bool) { return c.named, c.set }); got != c.want {
			t.Errorf("%q: %q", c.named, got)
		}
	}
}

func TestColours(t *testing.T) {
	t.Parallel()
	if got := (painter{coloured: true}).red("gone"); got != "\x1b[31mgone\x1b[0m" {
		t.Errorf("%q", got)
	}
	if got := (painter{}).green("new"); got != "new" {
		t.Errorf("%q", got)
	}
}
