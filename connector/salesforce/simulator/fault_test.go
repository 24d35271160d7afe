package simulator_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// only injects a fault into the answers of paths that end with a suffix.
func (c *client) only(suffix string, fault simulator.Fault) {
	c.sim.Inject(func(r *http.Request) *simulator.Fault {
		if strings.HasSuffix(r.URL.Path, suffix) {
			return &fault
		}
		return nil
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 2000})
	path := v62 + "jobs/query/" + c.job("SELECT Id, Name FROM Account") + "/results"
	whole := c.get(path, "Accept-Encoding", "gzip").want(http.StatusOK)

	c.only("/results", simulator.Fault{Status: 420, Body: "<html>Salesforce Edge</html>"})
	if a := c.get(path).want(420); string(a.body) != "<html>Salesforce Edge</html>" || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("%s %s", a.header, a.body)
	}
	c.get(v62 + "limits").want(http.StatusOK)

	c.only("/results", simulator.Fault{Drop: true})
	if a := c.get(path); a.err == nil {
		t.Error("a dropped connection answers")
	}
	c.only("/results", simulator.Fault{CutAfter: 1000})
	for _, accept := range []string{"gzip", "identity"} {
		if a := c.get(path, "Accept-Encoding", accept); a.err != io.ErrUnexpectedEOF || len(a.body) != 1000 {
			t.Errorf("%s: cut after 1000: %d bytes, %v", accept, len(a.body), a.err)
		}
	}
	c.only("/results", simulator.Fault{EndAfter: 1000})
	if a := c.get(path, "Accept-Encoding", "gzip").want(http.StatusOK); !bytes.Equal(a.body, whole.body[:1000]) {
		t.Errorf("ended after 1000: %d bytes", len(a.body))
	}
	c.only("/results", simulator.Fault{Edit: func(h http.Header) { h.Del("Sforce-Locator") }})
	if a := c.get(path, "Accept-Encoding", "gzip").want(http.StatusOK); a.header.Get("Sforce-Locator") != "" || !bytes.Equal(a.body, whole.body) {
		t.Error("the header was not edited, or the body was")
	}
	c.sim.Inject(nil)
	if a := c.get(path, "Accept-Encoding", "gzip"); !bytes.Equal(a.body, whole.body) {
		t.Error("the page did not come back as it was")
	}
}

func TestALostAnswerHasItsEffect(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	c.only("jobs/query", simulator.Fault{Lose: true})
	if a := c.post(v62+"jobs/query", map[string]string{"operation": "query", "query": "SELECT Id FROM Account"}); a.err == nil {
		t.Error("a lost answer arrives")
	}
	c.sim.Inject(nil)
	if n := len(c.get(v62 + "jobs/query").object()["records"].([]any)); n != 1 {
		t.Errorf("%d jobs were created", n)
	}
}

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	id := c.job("SELECT Id FROM Account")
	c.download(id, "")
	c.do("DELETE", v62+"jobs/query/"+id, nil)
	c.get("/nowhere")
	for _, want := range []struct {
		method, endpoint string
		count            int
	}{{"POST", "oauth2/token", 1}, {"POST", "jobs/query", 1}, {"GET", "jobs/query/{id}", 1}, {"GET", "jobs/query/{id}/results", 1},
		{"DELETE", "jobs/query/{id}", 1}, {"GET", "jobs/query", 0}, {"GET", "", 1}} {
		if got := c.sim.Count(want.method, want.endpoint); got != want.count {
			t.Errorf("%s %s was asked for %d times, want %d", want.method, want.endpoint, got, want.count)
		}
	}
	list := c.sim.Requests()
	if last := list[len(list)-2]; last.Status != http.StatusNoContent || last.Path != v62+"jobs/query/"+id {
		t.Errorf("the deletion is noted as %+v", last)
	}
	c.sim.ForgetRequests()
	if len(c.sim.Requests()) != 0 {
		t.Error("requests were not forgotten")
	}
}

func TestCloseStopsWorkAndMayComeTwice(t *testing.T) {
	t.Parallel()
	sim := simulator.New(simulator.Config{Accounts: 100_000})
	server := httptest.NewServer(sim)
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	c := &client{t: t, sim: sim, url: server.URL, http: &http.Client{Transport: transport}}
	c.login()
	c.created("SELECT Id, Name, Description FROM Account")
	sim.Close()
	sim.Close()
	c.get(v62+"limits").refused(http.StatusServiceUnavailable, "SERVER_UNAVAILABLE")
}
