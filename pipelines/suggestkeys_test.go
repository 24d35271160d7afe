package pipelines

import (
	"fmt"
	"testing"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/salesforce"
)

// A wide object makes no wide query: the first hundred keys are tried, and the
// others named.
func TestWideObject(t *testing.T) {
	t.Parallel()
	var keys []salesforce.Key
	for n := range 430 {
		keys = append(keys, salesforce.Key{Property: connector.Property{Name: fmt.Sprintf("Field_%d__c", n)}, Declared: n < 3})
	}
	var found Suggestion
	tried := found.chooseKeys(keys)
	if len(tried) != 100 || len(found.Properties) != 100 || len(found.LeftOut) != 330 || !tried[2].Declared || found.LeftOut[0] != "Field_100__c" {
		t.Errorf("%d are tried, %d left out", len(tried), len(found.LeftOut))
	}
}
