package fincome_test

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/axisync/axisync/connector"
	client "github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
)

// BenchmarkDeliver delivers one cell to each of many customers, to a server that
// sets no limit and answers in 20 ms. Both share the cores.
func BenchmarkDeliver(b *testing.B) {
	const customers = 20_000
	for name, c := range map[string]struct {
		update  string
		latency time.Duration
		server  simulator.Update
	}{
		"delta":         {"merge", 20 * time.Millisecond, simulator.Merge},
		"whole":         {"replace", 20 * time.Millisecond, simulator.Replace},
		"delta,at once": {"merge", 0, simulator.Merge},
		"whole,at once": {"replace", 0, simulator.Replace},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				b.StopTimer()
				server := simulator.New(simulator.Config{Customers: customers, Update: c.server, Seed: 1})
				web := httptest.NewServer(slow(c.latency, server))
				api, err := client.New(client.Config{BaseURL: web.URL + "/product", APIKey: connector.NewSecret(simulator.DefaultAPIKey)}, nil)
				if err != nil {
					b.Fatal(err)
				}
				target, err := fincome.New(api, fincome.Config{Update: c.update})
				if err != nil {
					b.Fatal(err)
				}
				journal, err := sinks.OpenJournal(filepath.Join(b.TempDir(), "journal"), nil)
				if err != nil {
					b.Fatal(err)
				}
				all := changes(b, customersOf(server))
				b.StartTimer()
				report, err := target.Deliver(context.Background(), all, journal)
				b.StopTimer()
				if err != nil || report.Customers != customers {
					b.Fatalf("%+v, %v", report, err)
				}
				b.ReportMetric(float64(report.Requests)/report.Seconds, "requests/s")
				b.ReportMetric(report.CustomersPerSecond, "customers/s")
				b.ReportMetric(report.GapP99, "p99-gap-ms")
				if err := journal.Close(); err != nil {
					b.Fatal(err)
				}
				api.Close()
				web.Close()
				b.StartTimer()
			}
		})
	}
}
