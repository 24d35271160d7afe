package fincome

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/axisync/axisync/connector"
	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/grace"
	"github.com/axisync/axisync/sinks"
)

// trials is the number of customers that are written one at a time at most, while
// no answer has shown yet whether an update merges.
const trials = 20

// ReplacedError: the settings say that an update merges into the dictionary, and
// the answer to one shows that it took its place. The customer was put back.
type ReplacedError struct {
	CustomerID string
	Lost       string // a property that was gone
}

// Error says what to set.
func (e *ReplacedError) Error() string {
	return fmt.Sprintf("fincome.update says merge, but an update of customer %q took away its property %q: the customer was put back and the delivery stopped; set fincome.update to replace", connector.Brief(e.CustomerID), connector.Brief(e.Lost))
}

// checkMerge looks at the answer to the first kind of update that can do harm: a
// partial dictionary, where the receiver replaces instead of merging. What is
// gone from the answer is put back at once; a JSON null, which is as good as
// absent, stays away.
func (t *Target) checkMerge(ctx context.Context, id string, write []sinks.Cell, present map[string]json.RawMessage, shown *fincome.Customer) error {
	if t.config.Update != UpdateMerge || shown == nil {
		return nil
	}
	for name, raw := range present {
		if string(raw) == "null" || written(write, name) {
			continue
		}
		if _, still := shown.Properties[name]; still {
			t.merges.Store(true)
			continue
		}
		whole := Config{Update: UpdateReplace, Clear: t.config.Clear}
		longer, over := grace.Outlive(ctx) // also when the run is being interrupted
		defer over()
		if _, err := t.client.Update(longer, id, whole.dictionary(write, present)); err != nil {
			return fmt.Errorf("%w; putting it back failed: %w", &ReplacedError{id, name}, err)
		}
		return &ReplacedError{id, name}
	}
	return nil
}

func written(write []sinks.Cell, axis string) bool {
	for _, cell := range write {
		if cell.Axis == axis {
			return true
		}
	}
	return false
}
