package probe_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/probe"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

// A probe that is killed at any request, before it was served or after, and a
// restoring that is killed at any request too, leave a customer that restoring puts
// back.
func TestKilledAtAnyRequest(t *testing.T) {
	t.Parallel()
	rng := seeded(t)
	someServers(rng, func(config simulator.Config) { killEverywhere(t, rng, config) })
}

func killEverywhere(t *testing.T, rng *rand.Rand, config simulator.Config) {
	for at := 1; ; at++ {
		done := false
		synctest.Test(t, func(t *testing.T) {
			server := account(config)
			var k kept
			done = killed(&k, server, at, rng.IntN(2) == 0)
			if done {
				return
			}
			for again := 1; k.record != nil && rng.IntN(3) > 0; again++ { // and the restoring is killed
				w := &wire{handler: server, before: kill(again)}
				end(func() { _ = probe.Restore(context.Background(), k.options(w, fincome.Config{}), *k.record) })
			}
			if k.record != nil {
				if err := probe.Restore(context.Background(), k.options(&wire{handler: server}, fincome.Config{}), *k.record); err != nil {
					t.Errorf("killed at request %d: %v", at, err)
				}
			}
			if k.record != nil {
				t.Error("the record is left")
			}
			steady(t, &wire{handler: server}, config)
			untouched(t, server)
			if t.Failed() {
				t.Fatalf("killed at request %d of %+v", at, config)
			}
		})
		if done {
			return
		}
	}
}

// killed runs a probe that is killed at a request; it reports whether the probe was
// done before that.
func killed(k *kept, server *simulator.Server, at int, served bool) (done bool) {
	w := &wire{handler: server, before: kill(at)}
	if served {
		w.before, w.after = nil, kill(at)
	}
	end(func() {
		_, err := probe.Run(context.Background(), k.options(w, fincome.Config{}))
		done = err == nil
	})
	return done
}

// end runs do in a goroutine of its own, until that ends in whatever way.
func end(do func()) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do()
	}()
	<-ended
}
