package pipelines_test

import (
	"testing"

	"github.com/axisync/axisync/transform"
)

// The accounts that customers mean and the condition leaves out are asked for by
// their ids, without a job, and each such customer is told so.
func TestFilteredWithoutAJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 600, customers: 200, replace: map[string]string{"  properties:": "  where: BillingCity = null\n  properties:"}})
	everything := newWorld(t, settings{accounts: 600, customers: 200})
	all, err := everything.run()
	if err != nil {
		t.Fatal(err)
	}
	some, err := w.run()
	if err != nil {
		t.Fatal(err)
	}
	filtered := some.Verdicts[string(transform.Filtered)]
	if filtered == 0 || some.Matched+filtered < all.Matched {
		t.Errorf("%d matched and %d filtered, of %d without the condition", some.Matched, filtered, all.Matched)
	}
	if some.Verdicts[string(transform.NotFound)] != all.Verdicts[string(transform.NotFound)] {
		t.Errorf("%d are not found, %d without the condition", some.Verdicts[string(transform.NotFound)], all.Verdicts[string(transform.NotFound)])
	}
	if jobs := w.salesforce.Count("POST", "jobs/query"); jobs != 2 {
		t.Errorf("%d jobs were made, want one of accounts and one of deleted ones", jobs)
	}
}
