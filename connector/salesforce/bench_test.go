package salesforce_test

import (
	"context"
	"testing"

	"github.com/axisync/axisync/connector/salesforce"
	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// BenchmarkExtract is the whole client over loopback: download, keep, inflate,
// decode. The simulator has its pages prepared before the clock starts, but its
// sending them is part of the CPU time.
func BenchmarkExtract(b *testing.B) {
	const accounts = 200_000
	_, org := simulate(b, simulator.Config{Seed: 1, Accounts: accounts, PageRows: 50_000})
	query := salesforce.Query{Object: "Account", Properties: selection(b, org, properties...)}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		e, err := org.Extract(context.Background(), query, b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		reader := e.Reader()
		for reader.Next() {
		}
		if err := reader.Err(); err != nil {
			b.Fatal(err)
		}
		reader.Release()
		b.StopTimer()
		b.SetBytes(e.Ledger().CSV)
		if err := e.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(accounts*b.N)/b.Elapsed().Seconds(), "rows/s")
}
