package pipelines_test

import (
	"testing"

	"github.com/axisync/axisync/pipelines"
)

// Axes that a synchronisation fills come after those that may identify an account: by
// their tag, or because the source has filled them.
func TestFilledAxesComeLast(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]map[string]string{"tagged": nil, "named": {`tag: "726564"`: "prefix: CRM"}} {
		w := newWorld(t, settings{replace: replace})
		w.mustRun()
		w.fincome.Settle()
		seen, err := pipelines.LookAtCustomers(t.Context(), w.load())
		if err != nil {
			t.Fatal(err)
		}
		filled := 0
		for i, axis := range seen.Axes {
			if axis.Filled {
				filled++
			} else if filled > 0 {
				t.Errorf("%s: %s is the axis %d of %+v", name, axis.Name, i+1, seen.Axes)
			}
		}
		if filled == 0 || filled == len(seen.Axes) || seen.Axes[0].Name != "Salesforce ID" {
			t.Errorf("%s: %+v", name, seen.Axes)
		}
	}
}
