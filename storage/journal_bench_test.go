package storage_test

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/storage"
	"github.com/axisync/axisync/storage/storagetest"
)

// latency is what every request to a far store takes longer.
const latency = 40 * time.Millisecond

// least is how many calls of Sending 64 senders must get through in a second, with a
// store that is that far.
const least = 300

// How many intents a second a delivery gets down in a bucket before it sends them, and
// what that costs in requests.
func BenchmarkJournalInABucket(b *testing.B) {
	for _, senders := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("senders=%d", senders), func(b *testing.B) {
			var requests atomic.Int64
			journal, end := journalInBucket(b, fmt.Sprintf("journal-%d-%d", senders, b.N), &requests)
			begun, asked := time.Now(), requests.Load()
			b.ResetTimer()
			send(b, journal, senders, b.N)
			b.StopTimer()
			rate := float64(b.N) / time.Since(begun).Seconds()
			b.ReportMetric(rate, "sendings/s")
			b.ReportMetric(float64(requests.Load()-asked)/float64(b.N), "requests/sending")
			if err := end(); err != nil {
				b.Error(err)
			}
			if senders == 64 && b.N > 1000 && rate < least {
				b.Errorf("%.0f a second, at least %d are needed", rate, least)
			}
		})
	}
}

// slow is an answer that comes late, and counted.
func slow(latency time.Duration, requests *atomic.Int64) func(w http.ResponseWriter, r *http.Request, next http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		requests.Add(1)
		time.Sleep(latency)
		next.ServeHTTP(w, r)
	}
}

// journalInBucket is a journal that counts as written when a far bucket has it.
func journalInBucket(b *testing.B, name string, requests *atomic.Int64) (*sinks.FileJournal, func() error) {
	b.Helper()
	dir := b.TempDir()
	bucket := proxied(b, serverOf(b, storagetest.S3), name, slow(latency, requests))
	journal, err := sinks.OpenJournal(filepath.Join(dir, "j.ndjson"), nil)
	if err != nil {
		b.Fatal(err)
	}
	log, err := storage.NewCopy(bucket, dir, storage.Options{Mine: mine}).Log("j.ndjson")
	if err != nil {
		b.Fatal(err)
	}
	journal.Replicate(func(size int64) error { return log.Extend(context.Background(), size) })
	return journal, func() error {
		if err := journal.Close(); err != nil {
			return err
		}
		return log.Close(context.Background())
	}
}

// send writes intents, from several senders at once.
func send(b *testing.B, journal *sinks.FileJournal, senders, intents int) {
	cells := []sinks.Cell{{Axis: "Salesforce_726564_Industry", Before: sinks.Value{Set: true, Text: "Retail"}, After: sinks.Value{Set: true, Text: "Consumer goods"}}}
	var left atomic.Int64
	left.Store(int64(intents))
	var work sync.WaitGroup
	for i := range senders {
		work.Go(func() {
			for left.Add(-1) >= 0 {
				if err := journal.Sending(fmt.Sprint("customer-", i), cells, time.Now()); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	work.Wait()
}

// What a lease costs: requests for each renewal, and to take and release it.
func BenchmarkLease(b *testing.B) {
	for _, kind := range storagetest.Kinds {
		b.Run(string(kind), func(b *testing.B) {
			if kind == storagetest.Google {
				b.Skip("its clients find their server by the environment")
			}
			var requests atomic.Int64
			bucket := proxied(b, serverOf(b, kind), fmt.Sprintf("lease-%d", b.N), slow(0, &requests))
			terms := storage.Terms{Length: time.Minute, Renew: time.Hour, Margin: time.Second}
			lease, err := storage.Acquire(b.Context(), bucket, holder("run"), terms)
			if err != nil {
				b.Fatal(err)
			}
			taken := requests.Load()
			for range b.N {
				if err := storage.RenewForTest(lease); err != nil {
					b.Fatal(err)
				}
			}
			renewed := requests.Load()
			b.ReportMetric(float64(renewed-taken)/float64(b.N), "requests/renewal")
			b.ReportMetric(float64(taken), "requests/acquire")
			lease.Release()
			b.ReportMetric(float64(requests.Load()-renewed), "requests/release")
		})
	}
}
