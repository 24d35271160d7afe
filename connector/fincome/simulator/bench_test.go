package simulator_test

import (
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/axisync/axisync/connector/fincome/simulator"
)

func BenchmarkStart200000(b *testing.B) {
	for b.Loop() {
		server := simulator.New(simulator.Config{Seed: 1, Customers: 200_000, Accounts: accounts(1_000_000)})
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-held")
		runtime.KeepAlive(server)
	}
}

func BenchmarkListPage(b *testing.B) {
	server := simulator.New(simulator.Config{Seed: 1, Customers: 20_000, Accounts: accounts(100_000)})
	request := httptest.NewRequest(http.MethodGet, "/product/clients?limit=1000", nil)
	request.Header.Set("Authorization", "Bearer "+simulator.DefaultAPIKey)
	for b.Loop() {
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		b.SetBytes(int64(answer.Body.Len()))
	}
}
