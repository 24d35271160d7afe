package fincome_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/axisync/axisync/connector/fincome/simulator"
	"github.com/axisync/axisync/sinks"
	"github.com/axisync/axisync/sinks/fincome"
)

// TestRefusedCustomersAreData: whatever a customer is refused with, on its read or
// on its write, the others are written, and ten of a kind are one line.
func TestRefusedCustomersAreData(t *testing.T) {
	t.Parallel()
	statuses := []int{400, 404, 409, 410, 413, 422}
	for _, method := range []string{http.MethodGet, http.MethodPatch} {
		synctest.Test(t, func(t *testing.T) {
			server := simulator.New(simulator.Config{Customers: 200})
			poison := map[string]int{}
			all := customersOf(server)
			for i, id := range all {
				if i > 0 && i%3 == 0 { // the first answers: this is no wrong address
					poison[id] = statuses[i/3%len(statuses)]
				}
			}
			p := &tap{Handler: server}
			p.before = func(w http.ResponseWriter, r *http.Request) bool {
				id := strings.TrimPrefix(r.URL.Path, "/product/clients/")
				status := poison[id]
				if status == 0 || r.Method != method {
					return false
				}
				w.WriteHeader(status)
				_, _ = io.WriteString(w, fmt.Sprintf(`{"detail":"no, customer %q (%d characters) of 12.5 kB"}`, id, len(id)))
				return true
			}
			var log bytes.Buffer
			target, end := virtual(t, p, fincome.Config{Update: "merge", Log: slog.New(slog.NewTextHandler(&log, nil)), Lists: "axisync rejects daily.yaml"})
			defer end()
			journal := &memory{}
			report, err := target.Deliver(context.Background(), changes(t, all), journal)
			if err != nil || report.Customers != 200 || journal.count(sinks.Accepted) != 200-len(poison) || journal.count(sinks.Rejected) != len(poison) {
				t.Fatalf("%s: %+v, %v", method, report, err)
			}
			for _, o := range journal.outcomes {
				if o.Kind == sinks.Rejected && (o.Code != fmt.Sprint(poison[o.CustomerID]) || !strings.Contains(o.Reason, "no, customer") || o.Remedy != fincome.Remedy(o.Code, o.Reason, "Axis")) {
					t.Errorf("%s: %+v", method, o)
				}
			}
			lines := strings.Count(log.String(), "customers refused: ")
			if lines != len(statuses) || len(report.Refused) != len(statuses) || !strings.Contains(log.String(), "11 customers refused: 4") || !strings.Contains(log.String(), "axisync rejects daily.yaml lists them") {
				t.Errorf("%s: %d kinds, the log is\n%s", method, len(report.Refused), log.String())
			}
			if n := len(p.seen); n < 400-len(poison) || n > 422 { // a 409 is tried once more, from its read
				t.Errorf("%s: %d requests", method, n)
			}
		})
	}
}

// TestEveryCodeHasARemedy of its own where there is something to say.
func TestEveryCodeHasARemedy(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"400", "403", "404", "409", "410", "413", "414", "422", "423", "not_applied", "other_customer", "no_customer", "invalid_id"} {
		if fincome.Remedy(code, "", "A") == fincome.Remedy("?", "", "A") {
			t.Errorf("%s has no remedy", code)
		}
	}
}

// TestTheRemedyIsAboutWhatTheAnswerNames: a locked customer is not to be corrected in
// Salesforce, nor is an id.
func TestTheRemedyIsAboutWhatTheAnswerNames(t *testing.T) {
	t.Parallel()
	const value, held, id, customer = "correct it in Salesforce", "correct it in Fincome", "in the list of customers", "look at the customer in Fincome"
	for _, c := range []struct{ reason, axis, want string }{
		{"body.custom_properties.A: Input should be a valid string", "A", value},
		{"body.client.custom_properties.A.str: Input should be a valid string", "A", value},
		{"body.custom_properties.A b.c: no", "A  b.c", value},
		{"body.custom_properties.B: no", "A", held},
		{"body.custom_properties.AB: no", "A", held},
		{"body.custom_properties.B: no", "", held},
		{"body.custom_properties: Value error, this customer is locked by an accounting period", "A", customer},
		{"path.id: String should have at most 255 characters", "A", id},
		{"no such value", "A", customer},
		{"", "A", customer},
		{"pathology is closed", "A", customer},
	} {
		if got := fincome.Remedy("422", c.reason, c.axis); !strings.Contains(got, c.want) || c.want != value && strings.Contains(got, value) {
			t.Errorf("%q of %q: %s", c.reason, c.axis, got)
		}
	}
}

// TestALongIDIsShownShortened, and kept whole where it is data.
func TestALongIDIsShownShortened(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := one(simulator.Config{})
		var log bytes.Buffer
		target, end := virtual(t, server, fincome.Config{Update: "merge", Log: slog.New(slog.NewTextHandler(&log, nil))})
		defer end()
		long := strings.Repeat("x", 5000)
		journal := &memory{}
		report, err := target.Deliver(context.Background(), changes(t, []string{"C-1", long}), journal)
		if err != nil || len(report.Refused) != 1 || journal.count(sinks.Rejected) != 1 {
			t.Fatalf("%+v, %v", report, err)
		}
		refused := report.Refused[0]
		if len(refused.Example) > 200 || !strings.HasSuffix(refused.Example, "(5000 characters)") || log.Len() > 1000 || !strings.Contains(refused.Remedy, "list of customers") {
			t.Errorf("%+v\n%s", refused, log.String())
		}
		for _, o := range journal.outcomes {
			if o.Kind == sinks.Rejected && o.CustomerID != long {
				t.Errorf("the journal has %q", o.CustomerID)
			}
		}
	})
}
