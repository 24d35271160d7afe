package simulator_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/axisync/axisync/connector/fincome/simulator"
)

// direct serves a request without a network, as in a bubble of synctest.
func direct(ctx context.Context, server http.Handler, method, path, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequestWithContext(ctx, method, "/product"+path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+simulator.DefaultAPIKey)
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, request)
	return answer
}

func TestALimitThatVaries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := one(nil)
		config.Limit = simulator.Limit{PerSecond: 100, Phases: []simulator.Phase{{3 * time.Second, 5}, {6 * time.Second, 0}, {9 * time.Second, 50}}}
		server := simulator.New(config)
		start := time.Now()
		for range 12 * 1000 { // a request each millisecond
			direct(t.Context(), server, "GET", "/clients/c", "")
			time.Sleep(time.Millisecond)
		}
		for _, s := range server.Seconds() {
			want := []int{100, 5, 1000, 50}[int(s.Start.Sub(start).Seconds())/3]
			if s.Served < want-1 || s.Served > want+1 || s.Served+s.Refused != 1000 {
				t.Errorf("%v: %d served, %d refused, want %d served", s.Start.Sub(start), s.Served, s.Refused, want)
			}
		}
		if n := len(server.Seconds()); n != 12 {
			t.Errorf("%d seconds", n)
		}
	})
}

// Whoever waits as long as he is told is served, and not much later than he could
// have been.
func TestRetryAfterIsTold(t *testing.T) {
	t.Parallel()
	for told, most := range map[simulator.RetryAfter]time.Duration{simulator.RetrySeconds: time.Second, simulator.RetryDate: 2 * time.Second, simulator.RetryUntold: 0} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(300 * time.Millisecond) // no whole second
			config := one(nil)
			config.Limit = simulator.Limit{PerSecond: 0.4, RetryAfter: told}
			server := simulator.New(config)
			direct(t.Context(), server, "GET", "/clients/c", "")
			answer := direct(t.Context(), server, "GET", "/clients/c", "")
			header := answer.Header()
			if answer.Code != 429 || (header.Get("Retry-After") == "") != (told == simulator.RetryUntold) {
				t.Fatalf("%d %v", answer.Code, header)
			}
			if told == simulator.RetryUntold {
				return
			}
			seconds, err := strconv.Atoi(header.Get("Retry-After"))
			wait := time.Duration(seconds) * time.Second
			if told == simulator.RetryDate {
				var until, now time.Time
				if until, err = http.ParseTime(header.Get("Retry-After")); err == nil {
					now, err = http.ParseTime(header.Get("Date"))
				}
				wait = until.Sub(now)
			}
			if least := 2500 * time.Millisecond; err != nil || wait < least || wait > least+most {
				t.Fatalf("%v, %v", wait, err)
			}
			time.Sleep(wait)
			if answer := direct(t.Context(), server, "GET", "/clients/c", ""); answer.Code != 200 {
				t.Errorf("after %v: %d", wait, answer.Code)
			}
		})
	}
}

func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		config := one(nil)
		config.Latency = 20 * time.Millisecond
		server := simulator.New(config)
		start := time.Now()
		if answer := direct(t.Context(), server, "PATCH", "/clients/c", `{"custom_properties":{"a":"b"}}`); answer.Code != 202 || time.Since(start) != config.Latency {
			t.Errorf("%d after %v", answer.Code, time.Since(start))
		}
		for wait, carriedOut := range map[time.Duration]bool{5 * time.Millisecond: false, 15 * time.Millisecond: true} {
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			start = time.Now()
			direct(ctx, server, "PATCH", "/clients/c", `{"custom_properties":{"a":"`+wait.String()+`"}}`)
			cancel()
			for c := range server.Customers() {
				if got := string(c.Properties["a"]); (got == `"`+wait.String()+`"`) != carriedOut || time.Since(start) != wait {
					t.Errorf("gone after %v: holds %s after %v", wait, got, time.Since(start))
				}
			}
		}
	})
}

func plan(t *testing.T, rules ...string) *simulator.FaultPlan {
	t.Helper()
	content := "faults:\n"
	for _, rule := range rules {
		content += "  - {" + rule + "}\n"
	}
	plan, err := simulator.ParseFaults("f.yaml", []byte(content))
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestFaultsOfAPlan(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]struct {
		status  int
		answer  string
		header  string // Retry-After
		carried bool   // out
		after   time.Duration
	}{
		"status: 503":                              {503, `{"detail":"Service Unavailable"}`, "", false, 0},
		"status: 401, message: no":                 {401, `{"detail":"no"}`, "", false, 0},
		"status: 502, html: true":                  {502, "<html>", "", false, 0},
		"status: 429, retry_after: 1500ms":         {429, "Too Many", "2", false, 0},
		"status: 429, retry_after: 5s, date: true": {429, "Too Many", "Sat, 01 Jan 2000 00:00:05 GMT", false, 0},
		"stall":      {202, `"id":"c"`, "", true, 2 * time.Minute},
		"slow":       {202, `"id":"c"`, "", true, 9 * time.Millisecond},
		"drop":       {0, "", "", false, 0},
		"lose":       {0, "", "", true, 0},
		"cut":        {202, `{"created_at"`, "", true, 0},
		"page":       {200, "Please sign in", "", false, 0},
		"first: 0 #": {202, `"id":"c"`, "", true, 0}, // of another request
	} {
		synctest.Test(t, func(t *testing.T) {
			server := simulator.New(one(nil))
			on, fault := "update", "fault: "+rule
			if strings.Contains(rule, "status") {
				fault = "fault: status, " + rule
			} else if strings.HasPrefix(rule, "first") {
				on, fault = "retrieve", "fault: drop"
			}
			faults := plan(t, "on: "+on+", "+fault)
			server.Faults(faults)
			start := time.Now()
			answer := httptest.NewRecorder()
			answer.Code = 0
			func() {
				defer func() {
					if cut := recover(); cut != nil && cut != http.ErrAbortHandler {
						panic(cut)
					}
				}()
				request := httptest.NewRequestWithContext(t.Context(), "PATCH", "/product/clients/c", strings.NewReader(`{"custom_properties":{"a":"b"}}`))
				request.Header.Set("Authorization", "Bearer "+simulator.DefaultAPIKey)
				server.ServeHTTP(answer, request)
			}()
			took := time.Since(start)
			carried := false
			for c := range server.Customers() {
				carried = c.Properties["a"] != nil
			}
			if answer.Code != want.status || !strings.Contains(answer.Body.String(), want.answer) || answer.Header().Get("Retry-After") != want.header ||
				carried != want.carried || took < want.after || want.after == 0 && took > 0 || server.Carried()["a"] != 1 {
				t.Errorf("%s: %d %s %v carried out %t after %v", rule, answer.Code, answer.Body, answer.Header(), carried, took)
			}
			if struck := faults.Struck()[0]; struck != map[bool]int{true: 1}[on == "update"] {
				t.Errorf("%s: struck %d", rule, struck)
			}
		})
	}
}

func TestWhatAFaultMeans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule  simulator.Rule
		on    string
		mercy int
		want  simulator.Outcome
	}{
		{simulator.Rule{Fault: "status", Status: 503}, "update", 2, simulator.Passes},
		{simulator.Rule{Fault: "status", Status: 503}, "update", 0, simulator.Fatal},
		{simulator.Rule{Fault: "status", Status: 429, First: 2}, "update", 0, simulator.Passes},
		{simulator.Rule{Fault: "status", Status: 401, Times: 1}, "update", 2, simulator.Fatal},
		{simulator.Rule{Fault: "status", Status: 403}, "retrieve", 2, simulator.Either},
		{simulator.Rule{Fault: "status", Status: 405}, "update", 2, simulator.Fatal},
		{simulator.Rule{Fault: "status", Status: 501}, "update", 2, simulator.Fatal},
		{simulator.Rule{Fault: "status", Status: 409}, "update", 2, simulator.Either},
		{simulator.Rule{Fault: "status", Status: 422}, "list", 2, simulator.Fatal},
		{simulator.Rule{Fault: "slow"}, "update", 0, simulator.Passes},
		{simulator.Rule{Fault: "lose"}, "update", 2, simulator.Passes},
		{simulator.Rule{Fault: "lose"}, "update", 0, simulator.Fatal},
		{simulator.Rule{Fault: "page"}, "update", 2, simulator.Either},
	} {
		if got := c.rule.Outcome("", c.on, c.mercy); got != c.want {
			t.Errorf("%+v on %s with mercy %d: %s, want %s", c.rule, c.on, c.mercy, got, c.want)
		}
	}
}

func TestRandomFaults(t *testing.T) {
	t.Parallel()
	outcomes, kinds := map[simulator.Outcome]int{}, map[string]bool{}
	for seed := range uint64(200) {
		plan := simulator.RandomFaults(seed)
		again, err := simulator.ParseFaults("again.yaml", []byte(plan.String()))
		if err != nil || !slices.Equal(again.Rules, plan.Rules) || !slices.Equal(plan.Rules, simulator.RandomFaults(seed).Rules) {
			t.Fatalf("seed %d: %v\n%s", seed, err, plan)
		}
		for i := range plan.Rules {
			outcomes[plan.Rules[i].Outcome("", simulator.KindUpdate, plan.Mercy)]++
			kinds[plan.Rules[i].Fault] = true
		}
	}
	if outcomes[simulator.Passes] < 200 || outcomes[simulator.Either] < 20 || outcomes[simulator.Fatal] < 5 || len(kinds) != len(simulator.FaultKinds) {
		t.Errorf("200 mixtures have %v", outcomes)
	}
	if n := len(simulator.AloneFaults()); n != len(simulator.FaultKinds) {
		t.Errorf("%d kinds stand alone of %d", n, len(simulator.FaultKinds))
	}
}

func TestFaultFileErrors(t *testing.T) {
	t.Parallel()
	for rule, want := range map[string]string{
		"fault: drop":                                     `f.yaml:2: "on" is missing`,
		"on: patch, fault: drop":                          `f.yaml:2: there is no request "patch"; there are retrieve,`,
		"on: any, fault: dropp":                           `f.yaml:2: there is no fault "dropp"`,
		"on: any, fault: status":                          "f.yaml:2: status has to be from 400 to 599",
		"on: any, fault: drop, rate: 3":                   "f.yaml:2: rate does not belong to the fault drop",
		"on: any, fault: stall, for: -1s":                 "f.yaml:2: a number is negative",
		"on: any, fault: status, status: 429, date: true": "f.yaml:2: date says how",
		"on: any, fault: drop, chance: 2":                 "f.yaml:2: chance has to be from 0 to 1",
		"on: any, fault: drop, evry: 2":                   `f.yaml:2:28: unknown key "evry"; there are chance, date,`,
	} {
		if _, err := simulator.ParseFaults("f.yaml", []byte("faults:\n  - {"+rule+"}\n")); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s\nis refused as %v,\nwant %s", rule, err, want)
		}
	}
}
