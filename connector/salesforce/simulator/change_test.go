package simulator_test

import (
	"slices"
	"testing"
	"time"

	"github.com/axisync/axisync/connector/salesforce/simulator"
)

// stamped counts the rows that a bulk query finds with a later stamp.
func (c *client) stamped(after time.Time) int {
	c.t.Helper()
	_, rows := c.download(c.job("SELECT Id FROM Account WHERE SystemModstamp > "+after.Format("2006-01-02T15:04:05.000Z")), "")
	return len(rows)
}

func TestALateTransaction(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 2000})
	c.sim.Pass(hour)
	before, beginning := c.sim.View(), c.sim.Now()
	long := c.sim.Begin(0.1, 0)
	c.sim.Pass(6 * time.Minute)
	if n := c.stamped(beginning.Add(-time.Second)); n != 0 {
		t.Errorf("an open transaction shows %d rows", n)
	}
	for _, what := range []string{"deleted", "updated"} {
		if _, covered := c.listed(what, hour, hour); !covered.Equal(long.Stamp()) {
			t.Errorf("%s covers until %v, the transaction began at %v", what, covered, long.Stamp())
		}
	}
	read := c.sim.Now()
	long.Commit()
	long.Commit()
	if n := c.stamped(beginning.Add(-time.Second)); n < 150 || n > 250 {
		t.Errorf("the transaction shows %d rows of 200", n)
	}
	if n := c.stamped(read); n != 0 {
		t.Errorf("%d of its rows are stamped at the commit", n)
	}
	changed := 0
	for a := range c.sim.All() {
		for _, property := range everyColumn(c) {
			x, _ := a.Value(property)
			if y, _ := before.At(a.Index()).Value(property); x != y {
				changed++
				break
			}
		}
	}
	if changed < 100 {
		t.Errorf("%d accounts show other values", changed)
	}
	c.sim.Pass(time.Minute)
	if _, covered := c.listed("updated", hour, 0); !covered.After(read) {
		t.Errorf("after the commit the list covers until %v", covered)
	}
}

func TestAnOldTransactionOfTheDayBefore(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 2000})
	c.sim.Advance()
	long := c.sim.Begin(0.1, 4*time.Minute)
	if at := c.sim.View().Today().Add(-4 * time.Minute); long.Stamp().Before(at) || long.Stamp().After(at.Add(time.Minute)) {
		t.Errorf("it is stamped %v", long.Stamp())
	}
	n := c.stamped(long.Stamp().Add(-time.Second))
	long.Commit()
	if m := c.stamped(long.Stamp().Add(-time.Second)); m-n < 150 {
		t.Errorf("%d rows before, %d after the commit", n, m)
	}
}

func TestAShareChanges(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Seed: 4, Accounts: 40_000})
	for range 2 {
		before := c.sim.Now()
		c.sim.Pass(time.Second)
		c.sim.Change(0.01)
		if n := c.stamped(before); n < 330 || n > 470 {
			t.Errorf("%d of 40,000 accounts changed, want 400", n)
		}
		c.sim.Pass(time.Second)
	}
}

func TestWhatFollowsIsStampedLater(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 20})
	id := c.some(1)[0]
	stamp := func() time.Time { a, _ := c.sim.View().Find(id); return a.Stamp() }
	last := stamp()
	for range 20 {
		for _, happen := range []func(){func() { c.sim.Delete(id) }, func() { c.sim.Undelete(id) }, func() { c.sim.Change(1) }} {
			if happen(); !stamp().After(last) || stamp().After(c.sim.Now()) {
				t.Fatalf("stamped %v after %v, it is %v", stamp(), last, c.sim.Now())
			}
			last = stamp()
		}
	}
}

func TestAUserIsRenamed(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 500, Formulas: true})
	user := c.sim.View().Users()[0]
	before := c.sim.Now()
	c.sim.RenameUser(user.ID, "New Name")
	_, rows := c.download(c.job("SELECT Id, Owner.Name, Owner_Name__c FROM Account WHERE OwnerId = '"+user.ID+"'"), "")
	if len(rows) == 0 || !slices.Equal(rows[0][1:], []string{"New Name", "New Name"}) {
		t.Errorf("%d rows, %v", len(rows), rows[:1])
	}
	if n := c.stamped(before); n != 0 {
		t.Errorf("%d stamps moved", n)
	}
}

func TestPropertiesFlicker(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{Accounts: 10, Flicker: []string{"Phone", "Region__c"}})
	shown := map[bool]int{}
	for range 30 {
		c.sim.Advance()
		_, ok := describe(c)["Phone"]
		shown[ok]++
	}
	if shown[true] < 10 || shown[false] < 2 {
		t.Errorf("Phone was shown on %d days and hidden on %d", shown[true], shown[false])
	}
}

// describe returns the fields the user sees, by name.
func describe(c *client) map[string]map[string]any {
	fields := map[string]map[string]any{}
	for _, f := range c.get(v62 + "sobjects/Account/describe").want(200).object()["fields"].([]any) {
		field := f.(map[string]any)
		fields[field["name"].(string)] = field
	}
	return fields
}
