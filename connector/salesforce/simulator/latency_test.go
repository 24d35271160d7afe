package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

func TestAJobTakesItsTime(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small, JobLatency: time.Hour})
	id := c.created("SELECT Id FROM Account")
	state := func() any { return c.get(v62 + "jobs/query/" + id).want(http.StatusOK).object()["state"] }
	for range 5 {
		if got := state(); got != "UploadComplete" {
			t.Fatalf("at once it is %v", got)
		}
	}
	c.get(v62 + "jobs/query/" + id + "/results").want(http.StatusNoContent)
	c.sim.Pass(20 * time.Minute)
	if got := state(); got != "InProgress" {
		t.Errorf("after a third of its time it is %v", got)
	}
	c.do("DELETE", v62+"jobs/query/"+id, nil).refused(http.StatusBadRequest, "API_ERROR")
	c.sim.Pass(40 * time.Minute)
	// Time does not need a poll.
	c.get(v62 + "jobs/query/" + id + "/results").want(http.StatusOK)
	c.do("PATCH", v62+"jobs/query/"+id, strings.NewReader(`{"state":"Aborted"}`)).refused(http.StatusBadRequest, "INVALIDJOBSTATE")
	d := c.get(v62 + "jobs/query/" + id).object()
	if d["state"] != "JobComplete" || d["totalProcessingTime"].(float64) < 3_600_000 {
		t.Errorf("after its time it is %v, and took %v ms", d["state"], d["totalProcessingTime"])
	}
	c.do("DELETE", v62+"jobs/query/"+id, nil).want(http.StatusNoContent)
}

func TestAWaitingJobCanBeAborted(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: small, JobLatency: time.Hour, PollsUntilComplete: 2})
	id := c.created("SELECT Id FROM Account")
	c.do("PATCH", v62+"jobs/query/"+id, strings.NewReader(`{"state":"Aborted"}`)).want(http.StatusOK)
	c.sim.Pass(2 * time.Hour)
	if got := c.get(v62 + "jobs/query/" + id).object()["state"]; got != "Aborted" {
		t.Errorf("it is %v", got)
	}
	id = c.created("SELECT Id FROM Account")
	c.sim.Pass(2 * time.Hour)
	records := c.get(v62 + "jobs/query").object()["records"].([]any)
	if got := records[1].(map[string]any)["state"]; got != "InProgress" {
		t.Errorf("two polls are missing, and it is %v", got)
	}
	c.get(v62 + "jobs/query/" + id)
	c.get(v62 + "jobs/query/" + id)
	if got := c.get(v62 + "jobs/query/" + id).object()["state"]; got != "JobComplete" {
		t.Errorf("after two polls and its time it is %v", got)
	}
}
