package fincome_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/axisync/axisync/connector/fincome"
)

// Which axes an answer names: a number is the place in a list, what follows the axis
// may be anything, and an entry that names none is there all the same.
func TestIssuesNameTheirAxes(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{"detail":[{"loc":["body","custom_properties","A b.c"],"msg":"no","type":"t"}]}`: {"A b.c"},
		`{"detail":[{"loc":["body","custom_properties","A","str"],"msg":"no","type":"t"},
			{"loc":["body","custom_properties","A","list[str]",2],"msg":"no","type":"t"}]}`: {"A", "A"},
		`{"detail":[{"loc":["body","client","custom_properties","A"],"msg":"no","type":"t"}]}`:                     {"A"},
		`{"detail":[{"loc":["body","custom_properties","custom_properties"],"msg":"no","type":"t"}]}`:              {"custom_properties"},
		`{"detail":[{"loc":["body","custom_properties","3"],"msg":"no","type":"t"}]}`:                              {"3"},
		`{"detail":[{"loc":["body","custom_properties",3],"msg":"no","type":"t"}]}`:                                {""},
		`{"detail":[{"loc":["body","custom_properties"],"msg":"no","type":"t"}]}`:                                  {""},
		`{"detail":[{"loc":["body"],"msg":"no","type":"t"},{"loc":[],"msg":"no"},{"msg":"no"}]}`:                   {"", "", ""},
		`{"detail":[{"loc":["path","custom_properties","A"],"msg":"no","type":"t"}]}`:                              {""},
		`{"detail":[{"loc":["body","custom_properties","A"],"msg":"no","type":"t"},"another",5,null,{"loc":"A"}]}`: {"A", "", "", "", ""},
		`{"detail":"body.custom_properties.A: no"}`:                                                                nil,
		`{"detail":{"loc":["body","custom_properties","A"],"msg":"no"}}`:                                           nil,
		`[{"loc":["body","custom_properties","A"]}]`:                                                               nil,
		`no`: nil,
	} {
		var got sent
		client := dial(t, record(&got, 422, body), func(c *fincome.Config) { c.Retry.Tries = 1 })
		_, err := client.Update(t.Context(), "C-1", nil)
		var e *fincome.Error
		if !errors.As(err, &e) {
			t.Fatal(err)
		}
		var axes []string
		for _, issue := range e.Issues {
			axes = append(axes, issue.Axis)
		}
		if !slices.Equal(axes, want) {
			t.Errorf("%s names %q, want %q", body, axes, want)
		}
	}
}
