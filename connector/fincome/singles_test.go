package fincome_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/axisync/axisync/connector/fincome"
	"github.com/axisync/axisync/connector/fincome/simulator"
)

func TestSinglesTellTheTruth(t *testing.T) {
	t.Parallel()
	server := simulator.New(simulator.Config{Seed: 5, Customers: 300, Accounts: accounts(100), Extra: []simulator.Customer{
		given("a/b c?é", map[string]string{"Industry": `"x"`}),
	}})
	listed, _ := truth(server, everything)
	slices.Reverse(listed)
	ids := []string{"nobody", ""}
	for _, r := range listed {
		ids = append(ids, r.ID)
	}
	singles := fincome.Singles{Client: dial(t, server), IDs: append(ids, ".."), Concurrency: 3}
	for range 2 { // a pass leaves the ids as they were
		got, _, err := readAll(t, singles, everything)
		if err != nil {
			t.Fatal(err)
		}
		same(t, listed, got)
	}
}

func TestSinglesThatFail(t *testing.T) {
	t.Parallel()
	for want, handler := range map[string]http.Handler{
		`GET /clients/c: the answer is about customer "d"`: pages(`{"id":"d"}`),
		"GET /clients/c: invalid character":                pages(`<html>`),
		"401 Invalid API key":                              simulator.New(simulator.Config{APIKey: "other"}),
		"503 busy": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, `{"detail":"busy"}`)
		}),
	} {
		_, _, err := readAll(t, fincome.Singles{Client: dial(t, handler), IDs: []string{"c"}}, everything)
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), "jsontext: ", ""), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	got, _, err := readAll(t, fincome.Singles{Client: dial(t, pages("{\"id\":\"c\",\"custom_properties\":{\"Industry\":\"\xff\"}}")), IDs: []string{"c"}}, everything)
	if err != nil || got[0].Values[0] != "\ufffd" {
		t.Errorf("a text that is no UTF-8: %v, %v", got, err)
	}
}
