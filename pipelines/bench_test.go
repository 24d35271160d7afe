package pipelines_test

import (
	"path/filepath"
	"testing"

	"github.com/axisync/axisync/pipelines"
)

// BenchmarkPlan is the whole run but for the delivery: 100,000 accounts with
// seven properties against 20,000 customers, both simulators in the same process.
func BenchmarkPlan(b *testing.B) {
	w := newWorld(b, settings{accounts: 100_000, customers: 20_000})
	var accounts, received int64
	for b.Loop() {
		result, err := w.plan()
		if err != nil {
			b.Fatal(err)
		}
		accounts += result.Accounts
		received += result.BytesReceived
	}
	b.ReportMetric(float64(accounts)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(received)/1e6/b.Elapsed().Seconds(), "MB/s-received")
}

// BenchmarkExtract is extract --csv of 100,000 accounts.
func BenchmarkExtract(b *testing.B) {
	w := newWorld(b, settings{accounts: 100_000, customers: 1})
	var accounts, received int64
	for b.Loop() {
		extracted, err := pipelines.Extract(b.Context(), w.load(), w.options(), pipelines.ExtractTo{CSV: filepath.Join(w.dir, "accounts.csv")})
		if err != nil {
			b.Fatal(err)
		}
		accounts += extracted.Accounts
		received += extracted.BytesReceived
	}
	b.ReportMetric(float64(accounts)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(received)/1e6/b.Elapsed().Seconds(), "MB/s-received")
}
