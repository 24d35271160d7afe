package storage_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/storage/storagetest"
)

// short are terms that a test can wait for; times of S3 are whole seconds.
var short = storage.Terms{Length: 3 * time.Second, Renew: 200 * time.Millisecond, Margin: time.Second}

func holder(what string) storage.Holder {
	return storage.Holder{Host: "host", PID: 1, What: what, Since: time.Now()}
}

// The second is told who holds the lease, and has it as soon as the first ends.
func TestLeaseIsHeldByOne(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		b := bucket(t, server)
		first, err := storage.Acquire(t.Context(), b, holder("run 1"), short)
		if err != nil {
			t.Fatal(err)
		}
		var held *storage.HeldError
		if _, err := storage.Acquire(t.Context(), b, holder("run 2"), short); !errors.As(err, &held) || held.What != "run 1" || held.Left > short.Length+time.Second {
			t.Errorf("%v", err)
		}
		first.Release()
		second, err := storage.Acquire(t.Context(), b, holder("run 2"), short)
		if err != nil {
			t.Fatal(err)
		}
		second.Release()
	})
}

// A lease that is renewed outlives its length, and leaves few objects.
func TestLeaseIsRenewed(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		b := bucket(t, server)
		lease, err := storage.Acquire(t.Context(), b, holder("run 1"), short)
		if err != nil {
			t.Fatal(err)
		}
		defer lease.Release()
		ctx, done := lease.While(t.Context())
		defer done()
		select { // what is waited for is that nothing happens
		case <-ctx.Done():
			t.Error(context.Cause(ctx))
		case <-time.After(short.Length + 2*time.Second):
		}
		if _, err := storage.Acquire(t.Context(), b, holder("run 2"), short); err == nil {
			t.Error("another has it too")
		}
		if list, err := b.List(t.Context(), ""); err != nil || len(list) > 3 {
			t.Errorf("%d objects, %v", len(list), err)
		}
	})
}

// A holder that is killed lets the next one wait for the length of the lease, and
// comes too late with its own renewal.
func TestLeaseOfAKilledHolder(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		b := bucket(t, server)
		sleepy := short
		sleepy.Renew = time.Hour // it wakes up at the end
		killed, err := storage.Acquire(t.Context(), b, holder("killed"), sleepy)
		if err != nil {
			t.Fatal(err)
		}
		ctx, done := killed.While(t.Context())
		defer done()
		begun := time.Now()
		next := takeOver(t, b)
		if took := time.Since(begun); took < short.Length-time.Second {
			t.Errorf("another has it after %v", took)
		}
		defer next.Release()
		if next.Err() != nil {
			t.Error(next.Err())
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Second):
			t.Error("the one that was asleep still believes in its lease")
		}
		killed.Release()
		if next.Err() != nil {
			t.Error(next.Err())
		}
	})
}

func takeOver(t *testing.T, b *storage.Bucket) *storage.Lease {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		lease, err := storage.Acquire(ctx, b, holder("next"), short)
		var held *storage.HeldError
		switch {
		case err == nil:
			return lease
		case !errors.As(err, &held):
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
			t.Fatal("it is never free")
		case <-time.After(held.Left / 4):
		}
	}
}

// Many try at once, again and again: there is never more than one holder.
func TestLeaseRace(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		b := bucket(t, server)
		var holding, had atomic.Int64
		var work sync.WaitGroup
		for i := range 6 {
			work.Go(func() {
				for range 8 {
					lease, err := storage.Acquire(t.Context(), b, holder(fmt.Sprint("run ", i)), short)
					var held *storage.HeldError
					if errors.As(err, &held) {
						continue
					}
					if err != nil {
						t.Error(err)
						return
					}
					had.Add(1)
					if n := holding.Add(1); n > 1 {
						t.Errorf("%d hold it", n)
					}
					holding.Add(-1)
					lease.Release()
				}
			})
		}
		work.Wait()
		if had.Load() == 0 {
			t.Error("nobody had it")
		}
	})
}
