package pipelines_test

import (
	"testing"
	"time"

	fincome "github.com/axisync/axisync/connector/fincome/simulator"
)

// learned is what the source remembers of the limit of Fincome's API.
func (w *world) learned() (perSecond float64, at string) {
	w.t.Helper()
	limits, _ := w.memory()["limits"].(map[string]any)
	limit, _ := limits["fincome"].(map[string]any)
	perSecond, _ = limit["per_second"].(float64)
	at, _ = limit["at"].(string)
	return perSecond, at
}

// TestTheLimitIsRemembered by the run that met it.
func TestTheLimitIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{customers: 400, fincome: fincome.Config{Limit: fincome.Limit{PerSecond: 100, Burst: 5}}})
	result, err := w.run()
	if err != nil || result.Delivery == nil || result.Delivery.Throttled == 0 {
		t.Fatal(describe(result, err))
	}
	perSecond, at := w.learned()
	if perSecond < 20 || perSecond > 300 || perSecond != result.Delivery.Limit || at != w.now.Format(time.RFC3339) {
		t.Errorf("%.1f at %s, the report says %.1f", perSecond, at, result.Delivery.Limit)
	}
}

// TestARememberedLimitIsKept from the first request on, until it is too old.
func TestARememberedLimitIsKept(t *testing.T) {
	t.Parallel()
	for days, keeps := range map[int]bool{1: true, 300: false} {
		w := newWorld(t, settings{customers: 20})
		if result, err := w.plan(); err != nil {
			t.Fatal(describe(result, err))
		}
		learned := w.now.AddDate(0, 0, -days).Format(time.RFC3339)
		w.edit(func(state map[string]any) {
			state["limits"] = map[string]any{"fincome": map[string]any{"per_second": 20, "at": learned}}
		})
		result, err := w.run()
		if err != nil || result.Delivery.Requests < 20 {
			t.Fatal(describe(result, err))
		}
		if kept := float64(result.Delivery.Requests)/result.Delivery.Seconds < 25; kept != keeps {
			t.Errorf("learned %d days before: %d requests in %.2f s", days, result.Delivery.Requests, result.Delivery.Seconds)
		}
		if _, at := w.learned(); at != learned {
			t.Errorf("it is of %s, though nothing new was learned since %s", at, learned)
		}
	}
}
