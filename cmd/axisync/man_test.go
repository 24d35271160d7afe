package main

import "testing"

// What is indented in a help text is an example on the page, line by line; the rest is
// text, whatever signs stand in it.
func TestATextBecomesAPage(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"*.yaml of <dir>_x":       "\\*.yaml of \\<dir>\\_x\n",
		"so:\n  a_b  c\n\n  d":    "so:\n\n```\n  a_b  c\n\n```\n\n\n```\n  d\n```\n",
		"first\n  a\nthen\n":      "first\n\n```\n  a\n\n```\nthen\n",
		"one line":                "one line\n",
		"  begins\nand goes on\n": "\n```\n  begins\n\n```\nand goes on\n",
	} {
		if got := asMarkdown(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}
