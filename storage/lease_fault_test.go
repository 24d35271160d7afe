package storage_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/storage/storagetest"
)

// patient are terms with time for the attempts that a client makes by itself.
var patient = storage.Terms{Length: 20 * time.Second, Renew: 500 * time.Millisecond, Margin: time.Second}

// renewed waits until a lease was renewed some times, or is lost.
func renewed(t *testing.T, lease *storage.Lease, renewals *atomic.Int64, times int64) {
	t.Helper()
	ctx, done := lease.While(t.Context())
	defer done()
	for renewals.Load() < times {
		select {
		case <-ctx.Done():
			t.Fatal(context.Cause(ctx))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// A term that was made while the answer was lost, or before the store could not list,
// is the holder's own, not that of somebody else.
func TestLeaseKnowsItsOwnTerms(t *testing.T) {
	t.Parallel()
	for what, fault := range map[string]func(r *http.Request) bool{
		"lost answer": func(r *http.Request) bool { return r.Method == http.MethodPut },
		"no list":     func(r *http.Request) bool { return r.Method == http.MethodGet && r.URL.Query().Has("list-type") },
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			var failing atomic.Bool
			var failed, renewals atomic.Int64
			b := proxied(t, servers[storagetest.S3], "own-"+what[:2], func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				term := r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/term-")
				switch {
				case failing.Load() && fault(r) && (term || r.Method == http.MethodGet):
					if failed.Add(1) > 4 { // more than the client asks by itself
						failing.Store(false)
					}
					unheard(w, r, next)
					return
				case term && failed.Load() > 0:
					renewals.Add(1)
				}
				next.ServeHTTP(w, r)
			})
			lease, err := storage.Acquire(t.Context(), b, holder("run 1"), patient)
			if err != nil {
				t.Fatal(err)
			}
			failing.Store(true)
			renewed(t, lease, &renewals, 3)
			lease.Release()
			if lease, err = storage.Acquire(t.Context(), b, holder("run 2"), patient); err != nil {
				t.Fatal("it was not released: ", err)
			}
			lease.Release()
		})
	}
}

// A request that is stuck leaves time for another before the lease is over.
func TestStuckRenewal(t *testing.T) {
	t.Parallel()
	terms := storage.Terms{Length: 6 * time.Second, Renew: 100 * time.Millisecond, Margin: time.Second}
	var stuck, renewals atomic.Int64
	b := proxied(t, servers[storagetest.S3], "stuck", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/term-") {
			if stuck.Add(1) == 2 {
				_, _ = io.Copy(io.Discard, r.Body)
				<-r.Context().Done() // its client gives up
				return
			}
			renewals.Add(1)
		}
		next.ServeHTTP(w, r)
	})
	lease, err := storage.Acquire(t.Context(), b, holder("run 1"), terms)
	if err != nil {
		t.Fatal(err)
	}
	defer lease.Release()
	renewed(t, lease, &renewals, 4)
}

// What else lies beside the terms of a lease does not matter, and stays.
func TestStrangersBesideALease(t *testing.T) {
	onEach(t, func(t *testing.T, server *storagetest.Server) {
		b := bucket(t, server)
		strange := []string{"term-", "term-abc", "term-7", "term--00000000005", "term-000000000009.bak", "term-000000000009/x", "clock", "clock-x/y", "ä ?#%", ".DS_Store"}
		for _, name := range strange {
			put(t, b, name, "strange")
		}
		for range 2 {
			lease, err := storage.Acquire(t.Context(), b, holder("run"), short)
			if err != nil {
				t.Fatal(err)
			}
			lease.Release()
		}
		tree, err := b.Tree(t.Context(), "")
		for _, name := range strange {
			if _, there := tree[name]; !there {
				t.Errorf("%s is gone", name)
			}
		}
		if err != nil || len(tree) != len(strange)+1 {
			t.Errorf("%d objects, %v", len(tree), err)
		}
		put(t, b, "term-000000000100", "no term")
		_, err = storage.Acquire(t.Context(), b, holder("run"), short)
		var setting *storage.SettingError
		if !errors.As(err, &setting) || !strings.Contains(err.Error(), "it is no lease of this program; remove it if nobody is at work") {
			t.Errorf("%v", err)
		}
	})
}

// A holder that may not remove anything keeps its lease, and does not ask for more and
// more.
func TestLeaseWithoutRemovals(t *testing.T) {
	t.Parallel()
	var removals, terms atomic.Int64
	b := proxied(t, servers[storagetest.S3], "keeps", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		switch {
		case r.Method == http.MethodDelete:
			removals.Add(1)
			w.WriteHeader(http.StatusForbidden)
			return
		case r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/term-"):
			terms.Add(1)
		}
		next.ServeHTTP(w, r)
	})
	fast := patient
	fast.Renew = 20 * time.Millisecond
	lease, err := storage.Acquire(t.Context(), b, holder("run 1"), fast)
	if err != nil {
		t.Fatal(err)
	}
	renewed(t, lease, &terms, 20)
	lease.Release()
	if removals.Load() > 4*terms.Load()+1 {
		t.Errorf("%d removals for %d terms", removals.Load(), terms.Load())
	}
}
