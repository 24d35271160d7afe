package simulator_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// plan sets the faults of a file.
func (c *client) plan(lines ...string) *simulator.FaultPlan {
	c.t.Helper()
	content := "faults:\n"
	for _, line := range lines {
		content += "  - " + strings.ReplaceAll(line, ", ", "\n    ") + "\n"
	}
	plan, err := simulator.ParseFaults("faults.yaml", []byte(content))
	if err != nil {
		c.t.Fatal(err)
	}
	c.sim.Faults(plan)
	return plan
}

// statuses asks for a page so often and returns the statuses.
func (c *client) statuses(path string, n int) (list []int) {
	for range n {
		list = append(list, c.get(path).status)
	}
	return list
}

func TestWhichRequestsARuleStrikes(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	for rule, want := range map[string][]int{
		"first: 2":           {503, 503, 200, 200, 200, 200},
		"every: 2":           {503, 200, 503, 200, 503, 200},
		"from: 3":            {200, 200, 503, 503, 503, 503},
		"from: 2, every: 3":  {200, 503, 200, 200, 503, 200},
		"every: 2, times: 1": {503, 200, 200, 200, 200, 200},
		"chance: 0":          {503, 503, 503, 503, 503, 503},
	} {
		plan := c.plan("on: GET limits, fault: status, status: 503, " + rule)
		if got := c.statuses(v62+"limits", 6); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", rule, got, want)
		}
		if c.get(v62+"sobjects").status != 200 {
			t.Errorf("%s strikes another request", rule)
		}
		struck := 0
		for _, status := range want {
			if status == 503 {
				struck++
			}
		}
		if got := plan.Struck(); !slices.Equal(got, []int{struck}) {
			t.Errorf("%s: struck %v, want %d", rule, got, struck)
		}
	}
	c.sim.Faults(nil)
	c.get(v62 + "limits").want(http.StatusOK)
}

func TestChanceIsRepeatable(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	draw := func(seed uint64) (list []int) {
		c.sim.Faults(&simulator.FaultPlan{Seed: seed, Rules: []simulator.Rule{{On: "limits", Fault: "status", Status: 500, Chance: 0.3}}})
		return c.statuses(v62+"limits", 60)
	}
	first := draw(1)
	if !slices.Equal(first, draw(1)) || slices.Equal(first, draw(2)) {
		t.Error("the same seed strikes other requests, or another seed the same")
	}
	if n := len(slices.DeleteFunc(first, func(s int) bool { return s == 200 })); n < 8 || n > 30 {
		t.Errorf("%d of 60 were struck with a chance of 0.3", n)
	}
}

func TestMercy(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	plan := &simulator.FaultPlan{Mercy: 2, Rules: []simulator.Rule{
		{On: "any", Fault: "status", Status: 500, Every: 2}, {On: "any", Fault: "status", Status: 502},
	}}
	c.sim.Faults(plan)
	if got := c.statuses(v62+"limits", 6); !slices.Equal(got, []int{500, 502, 200, 502, 500, 200}) {
		t.Errorf("%v", got)
	}
	if plan.Outcome() != simulator.Passes {
		t.Errorf("it is %s", plan.Outcome())
	}
}

func TestStatusFaults(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	c.plan("on: limits, fault: status, status: 410")
	c.get(v62+"limits").refused(410, "UNSUPPORTED_API_VERSION")
	c.plan("on: limits, fault: status, status: 400, code: X, message: why")
	if c.get(v62+"limits").refused(400, "X") != "why" {
		t.Error("the message is lost")
	}
	c.plan("on: limits, fault: status, status: 420, html: true")
	if a := c.get(v62 + "limits").want(420); !strings.HasPrefix(string(a.body), "<!DOCTYPE html>") || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("%s", a.body)
	}
	c.plan("on: limits, fault: no_content")
	if a := c.get(v62 + "limits").want(204); len(a.body) != 0 {
		t.Errorf("%s", a.body)
	}
	c.plan("on: limits, fault: quota_concurrent")
	c.get(v62+"limits").refused(403, "REQUEST_LIMIT_EXCEEDED")
}

func TestBodyFaults(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 2000})
	path := v62 + "jobs/query/" + c.job("SELECT Id, Name, Description FROM Account") + "/results"
	whole := c.get(path, "Accept-Encoding", "gzip").want(http.StatusOK)
	size := len(whole.body)
	struck := func(rule string, headers ...string) answer {
		t.Helper()
		c.plan("on: GET jobs/query/{id}/results, " + rule)
		return c.get(path, append(headers, "Accept-Encoding", "gzip")...)
	}
	for rule, want := range map[string]int{"fault: cut": size / 2, "fault: cut, after: 10%": size / 10, "fault: cut, after: 1234": 1234, "fault: cut, after: 100%": size - 1} {
		if a := struck(rule); a.err != io.ErrUnexpectedEOF || len(a.body) != want || !bytes.Equal(a.body, whole.body[:want]) {
			t.Errorf("%s: %d bytes of %d, %v", rule, len(a.body), size, a.err)
		}
	}
	if a := struck("fault: ends_early").want(200); len(a.body) != size/2 {
		t.Errorf("it ends after %d of %d bytes", len(a.body), size)
	}
	a := struck("fault: flipped_bit, after: 90%").want(200)
	if _, err := gunzip(a.body); err == nil || len(a.body) != size {
		t.Error("a flipped bit is not noticed")
	}
	if a := struck("fault: plain").want(200); a.header.Get("Content-Encoding") != "" || !bytes.HasPrefix(a.body, []byte(`"Id"`)) {
		t.Errorf("compressed: %s", a.header)
	}
	if a := struck("fault: slow, rate: 1000000").want(200); !bytes.Equal(a.body, whole.body) {
		t.Error("slow bytes are other bytes")
	}
	for _, rule := range []string{"fault: stall, for: 1ms", "fault: stall_body, for: 1ms, after: 100"} {
		if a := struck(rule).want(200); !bytes.Equal(a.body, whole.body) {
			t.Error("a stall changes the bytes")
		}
	}
	if a := struck("fault: drop"); a.err == nil {
		t.Error("a dropped connection answers")
	}
}

func gunzip(body []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestAStallEndsWithTheClient(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	c.plan("on: GET limits, fault: stall", "on: GET sobjects, fault: stall_body, after: 10")
	c.http.Timeout = 50 * time.Millisecond
	for _, path := range []string{"limits", "sobjects"} {
		if a := c.get(v62 + path); a.err == nil {
			t.Errorf("%s answers %d", path, a.status)
		}
	}
}

func TestRowFaults(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 50})
	id := c.job("SELECT Id, Name, Description FROM Account")
	_, rows := c.download(id, "")
	for fault, change := range map[string]int{"row_missing": -1, "row_twice": 1} {
		c.plan("on: GET jobs/query/{id}/results, fault: " + fault)
		for _, accept := range []string{"gzip", "identity"} {
			a := c.get(v62+"jobs/query/"+id+"/results", "Accept-Encoding", accept).want(200)
			body := a.body
			if accept == "gzip" {
				var err error
				if body, err = gunzip(body); err != nil {
					t.Fatal(err)
				}
			}
			page := readCSV(t, body)
			if len(page)-1 != len(rows)+change || a.header.Get("Sforce-NumberOfRecords") != "50" {
				t.Errorf("%s: %d rows, told %s", fault, len(page)-1, a.header.Get("Sforce-NumberOfRecords"))
			}
		}
	}
	c.plan("on: any, fault: records_wrong, by: 5")
	if n := c.get(v62 + "jobs/query/" + id + "/results").header.Get("Sforce-NumberOfRecords"); n != "55" {
		t.Errorf("%s records told of 50", n)
	}
	c.plan("on: any, fault: processed_wrong")
	if n := c.get(v62 + "jobs/query/" + id).object()["numberRecordsProcessed"]; n != 49.0 {
		t.Errorf("%v records processed of 50", n)
	}
}

func TestLocatorFaults(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 500, PageRows: 200})
	path := v62 + "jobs/query/" + c.job("SELECT Id FROM Account") + "/results"
	second := c.get(path).header.Get("Sforce-Locator")
	for fault, want := range map[string][]string{"locator_missing": nil, "locator_empty": {""}, "locator_null": {"null"}, "locator_repeated": {second}} {
		c.plan("on: GET jobs/query/{id}/results, fault: " + fault)
		if got := c.get(path + "?locator=" + second).want(200).header.Values("Sforce-Locator"); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", fault, got, want)
		}
	}
}

func TestResultPagesFaults(t *testing.T) {
	t.Parallel()
	for _, shape := range []simulator.ResultPages{simulator.Documented, simulator.Observed} {
		c := start(t, simulator.Config{Accounts: 2000, PageRows: 200, ResultPages: shape})
		path := v62 + "jobs/query/" + c.job("SELECT Id FROM Account") + "/resultPages"
		c.plan("on: GET jobs/query/{id}/resultPages, fault: pages_broken")
		next := c.get(path).want(200).object()["nextRecordsUrl"].(string)
		c.get(next).refused(500, "UNKNOWN_EXCEPTION")
		c.plan("on: GET jobs/query/{id}/resultPages, fault: pages_stuck")
		if again := c.get(next).want(200).object()["nextRecordsUrl"].(string); again != next {
			t.Errorf("it advances to %s", again)
		}
		c.plan("on: GET jobs/query/{id}/resultPages, fault: pages_foreign")
		if body := string(c.get(path).want(200).body); strings.Count(body, "http://elsewhere.invalid/") != 1 {
			t.Errorf("%s", body)
		}
	}
}

func TestLastingFaults(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20, PollsUntilComplete: 1})
	query := "SELECT Id FROM Account"
	for rule, want := range map[string][]any{
		"job_failed, message: why": {"Failed", "why"}, "job_failed": {"Failed", nil}, "job_aborted": {"Aborted", nil}, "job_stuck": {"InProgress", nil},
	} {
		id := c.created(query)
		c.plan("on: 'GET jobs/query/{id}', times: 1, fault: " + rule)
		for range 3 {
			c.get(v62 + "jobs/query/" + id)
		}
		if d := c.get(v62 + "jobs/query/" + id).object(); d["state"] != want[0] || d["errorMessage"] != want[1] {
			t.Errorf("%s: %v %v", rule, d["state"], d["errorMessage"])
		}
	}
	c.plan("on: any, fault: quota_jobs, times: 1")
	c.get(v62 + "limits")
	c.post(v62+"jobs/query", map[string]string{"operation": "query", "query": query}).refused(400, "LIMIT_EXCEEDED")
	c.plan("on: any, fault: quota_daily, times: 1")
	c.get(v62+"limits").refused(403, "REQUEST_LIMIT_EXCEEDED")
	c.get(v62+"limits").refused(403, "REQUEST_LIMIT_EXCEEDED")
	c.sim.Advance()
	c.created(query)
	c.plan("on: limits, fault: expire_token, times: 1")
	c.get(v62+"limits").refused(401, "INVALID_SESSION_ID")
	c.login()
	c.get(v62 + "limits").want(200)
	c.plan("on: limits, fault: revoke_app, times: 1")
	c.get(v62+"limits").refused(401, "INVALID_SESSION_ID")
	c.login()
	c.plan("on: limits, fault: block_app, times: 1")
	c.get(v62+"limits").refused(401, "INVALID_SESSION_ID")
	known := c.sim.Credentials()
	c.form("/services/oauth2/token", "grant_type", "client_credentials", "client_id", known.ClientID, "client_secret", known.ClientSecret).want(400)
}

func TestALostCreation(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	c.plan("on: POST jobs/query, fault: lose")
	if a := c.post(v62+"jobs/query", map[string]string{"operation": "query", "query": "SELECT Id FROM Account"}); a.err == nil {
		t.Error("a lost answer arrives")
	}
	if n := len(c.get(v62 + "jobs/query").object()["records"].([]any)); n != 1 {
		t.Errorf("%d jobs were created", n)
	}
}
