package probe_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/probe"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func TestTheFriendlyServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := account(simulator.Config{})
		var k kept
		o := k.options(&wire{handler: server}, fincome.Config{})
		o.Tell = func(n probe.Note) { t.Logf("%v %-12s %s", n.Warn, n.Name, n.Text) }
		f, err := probe.Run(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", f)
		if f.Update != probe.Merge || f.Clear != probe.ClearJSONNull || f.List == nil {
			t.Errorf("%+v", f)
		}
		untouched(t, server)
	})
}
