package pipelines_test

import (
	"testing"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/pipelines"
)

// A key that Fincome does not take costs one request, wherever the customers come
// from.
func TestAWrongKey(t *testing.T) {
	t.Parallel()
	for name, replace := range map[string]map[string]string{
		"api":  nil,
		"file": {"customers: { api: {} }": "customers: { file: customers.csv }"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{fincome: fincome.Config{APIKey: "another"}, replace: replace})
			w.exported(nil)
			result, err := w.run()
			if pipelines.ExitCode(err) != pipelines.ExitAuthorization {
				t.Fatalf("the run: %s", describe(result, err))
			}
			asked := 0
			for _, n := range w.fincome.Requests() {
				asked += n
			}
			if asked != 1 {
				t.Errorf("%d requests were sent: %v", asked, w.fincome.Requests())
			}
		})
	}
}
