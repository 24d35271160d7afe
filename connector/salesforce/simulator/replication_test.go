package simulator_test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

const apiTime = "2006-01-02T15:04:05.000-0700"

// list asks what was deleted or updated from so long ago to so long from now.
func (c *client) list(what string, from, to time.Duration) answer {
	c.t.Helper()
	now := c.sim.Now()
	span := url.Values{"start": {now.Add(-from).Format(time.RFC3339)}, "end": {now.Add(to).Format(time.RFC3339)}}
	return c.get(v62 + "sobjects/Account/" + what + "/?" + span.Encode())
}

// listed returns the ids of a list and how far it covers.
func (c *client) listed(what string, from, to time.Duration) (ids []string, covered time.Time) {
	c.t.Helper()
	d := c.list(what, from, to).want(http.StatusOK).object()
	covered, err := time.Parse(apiTime, d["latestDateCovered"].(string))
	if err != nil {
		c.t.Fatal(err)
	}
	if what == "updated" {
		for _, id := range d["ids"].([]any) {
			ids = append(ids, id.(string))
		}
		return ids, covered
	}
	for _, record := range d["deletedRecords"].([]any) {
		r := record.(map[string]any)
		id := r["id"].(string)
		if a, _ := c.sim.View().Find(id); a.Stamp().Format(apiTime) != r["deletedDate"] {
			c.t.Fatalf("%s was deleted at %v, its stamp is %v", id, r["deletedDate"], a.Stamp())
		}
		ids = append(ids, id)
	}
	return ids, covered
}

// some are the ids of live accounts.
func (c *client) some(n int) []string {
	var ids []string
	for a := range c.sim.All() {
		if !a.Deleted() && len(ids) < n {
			ids = append(ids, a.ID())
		}
	}
	return ids
}

const hour = time.Hour

func TestTheClockIsTheServers(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	date := func() time.Time {
		at, err := http.ParseTime(c.get("/services/data").header.Get("Date"))
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	midnight := c.sim.View().Today()
	if at := date(); at.Before(midnight) || at.After(midnight.Add(time.Minute)) {
		t.Errorf("at the beginning it is %v", at)
	}
	for began, real := c.sim.Now(), time.Now(); !c.sim.Now().After(began); {
		if time.Since(real) > time.Minute {
			t.Fatal("the clock stands still")
		}
	}
	c.sim.Pass(5 * hour)
	if at := date(); at.Before(midnight.Add(5*hour)) || at.After(midnight.Add(5*hour+time.Minute)) {
		t.Errorf("after five hours it is %v", at)
	}
	c.sim.Pass(48 * hour)
	if at := date(); at.After(midnight.Add(24 * hour)) {
		t.Errorf("the day lasts until %v", at)
	}
	c.sim.Advance()
	if at := date(); at.Before(midnight.Add(24*hour)) || at.After(midnight.Add(24*hour+time.Minute)) {
		t.Errorf("on the next day it is %v", at)
	}
	created, err := time.Parse(apiTime, c.get(v62 + "jobs/query/" + c.created("SELECT Id FROM Account")).object()["createdDate"].(string))
	if err != nil || c.sim.Now().Sub(created) > time.Minute || created.After(c.sim.Now()) {
		t.Errorf("a job is created at %v, %v", created, err)
	}
}

func TestDeletionsAreListed(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 500})
	ids := c.some(6)
	c.sim.Pass(2 * hour)
	c.sim.Delete(ids[0], ids[1])
	c.sim.HardDelete(ids[2])
	c.sim.Merge(ids[3], ids[4])
	c.sim.Pass(time.Minute)
	got, covered := c.listed("deleted", hour, hour)
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(ids[:4])); !slices.Equal(got, want) {
		t.Errorf("deleted: %v, want %v", got, want)
	}
	if covered.After(c.sim.Now()) || c.sim.Now().Sub(covered) > time.Second {
		t.Errorf("covered until %v", covered)
	}
	if got, _ := c.listed("updated", hour, hour); !slices.Equal(got, ids[4:5]) {
		t.Errorf("updated: %v, want the winner %s", got, ids[4])
	}
	c.sim.Undelete(ids[0], ids[2], ids[3])
	c.sim.Pass(time.Minute)
	if got, _ := c.listed("deleted", hour, hour); len(got) != 2 || !slices.Contains(got, ids[1]) || !slices.Contains(got, ids[2]) {
		t.Errorf("after some came back: %v", got)
	}
	if got, _ := c.listed("updated", hour, hour); len(got) != 3 || !slices.Contains(got, ids[3]) {
		t.Errorf("who came back is updated: %v", got)
	}
	_, rows := c.download(c.job("SELECT Id, MasterRecordId FROM Account WHERE Id IN ('"+ids[1]+"','"+ids[2]+"','"+ids[3]+"')", "operation", "queryAll"), "")
	if len(rows) != 2 || byID(t, rows)[ids[2]] != nil || byID(t, rows)[ids[3]][1] != "" {
		t.Errorf("queryAll sees %v", rows)
	}
}

func TestTheDaysDeletionsAreListed(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 3000})
	got, _ := c.listed("deleted", 25*hour, 0)
	dead := 0
	for a := range c.sim.All() {
		if a.Deleted() {
			dead++
		}
	}
	if len(got) != dead || dead == 0 {
		t.Errorf("day 0 lists %d deletions of %d", len(got), dead)
	}
	for range 3 {
		before := c.sim.View()
		c.sim.Advance()
		dead, moved := 0, 0
		for a := range c.sim.All() {
			switch old := before.At(a.Index()); {
			case a.Deleted() && (a.Index() >= before.Len() || !old.Deleted()):
				dead++
			case !a.Deleted() && (a.Index() >= before.Len() || !a.Stamp().Equal(old.Stamp())):
				moved++
			}
		}
		if got, _ := c.listed("deleted", 24*hour, 0); len(got) != dead || dead == 0 {
			t.Errorf("%d deletions are listed, there were %d", len(got), dead)
		}
		if got, _ := c.listed("updated", 24*hour, 0); len(got) != moved || moved == 0 {
			t.Errorf("%d updates are listed, there were %d", len(got), moved)
		}
	}
}

func TestWhatASpanCannotBe(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 100, ReplicationLimit: 50})
	const day = 24 * hour
	for what, refused := range map[string]answer{
		"31 days ago":         c.list("updated", 31*day, 0),
		"31 days ago, gone":   c.list("deleted", 31*day, 0),
		"the end first":       c.list("deleted", 0, -hour),
		"less than a minute":  c.list("updated", 0, 0),
		"seconds are ignored": c.get(v62 + "sobjects/Account/deleted/?start=2026-06-01T00:00:01Z&end=2026-06-01T00:00:59Z"),
	} {
		t.Log(what)
		refused.refused(http.StatusBadRequest, "INVALID_REPLICATION_DATE")
	}
	c.get(v62+"sobjects/Account/deleted/").refused(http.StatusBadRequest, "INVALID_FIELD")
	c.get(v62+"sobjects/Contact/deleted/?start=2026-06-01T00:00:00Z&end=2026-06-01T01:00:00Z").refused(http.StatusNotFound, "NOT_FOUND")
	c.sim.Change(1)
	c.sim.Pass(time.Minute)
	c.list("updated", hour, hour).refused(http.StatusBadRequest, "EXCEEDED_ID_LIMIT")

	earliest := c.list("deleted", 20*day, 0).want(http.StatusOK).object()["earliestDateAvailable"].(string)
	if at, err := time.Parse(apiTime, earliest); err != nil || c.sim.Now().Sub(at) < 15*day || c.sim.Now().Sub(at) > 15*day+hour {
		t.Errorf("the log of deletions begins at %s", earliest)
	}
	c.sim.PurgeDeletions()
	c.list("deleted", hour, hour).refused(http.StatusBadRequest, "INVALID_REPLICATION_DATE")
	c.sim.Pass(hour)
	c.list("deleted", 30*time.Minute, 0).want(http.StatusOK)
	c.list("updated", 30*time.Minute, 0).want(http.StatusOK)
}
