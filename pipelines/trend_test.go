package pipelines_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/axisync/axisync/pipelines"
	"github.com/axisync/axisync/sinks/parquet"
)

// What is told of snapshots whose manifest cannot be read, of guards, and of those that a
// window leaves out; and by what names a property is found.
func TestTrendOfRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first := w.mustRun()
	w.salesforce.Change(0.3)
	second := w.mustRun()
	w.salesforce.Change(0.3)
	third := w.mustRun()
	same := w.mustRun()
	w.contested()
	stopped, err := w.run()
	if pipelines.ExitCode(err) != pipelines.ExitStopped {
		t.Fatal(describe(stopped, err))
	}
	if err := os.WriteFile(filepath.Join(second.Snapshot, parquet.ManifestName), []byte(`{"version": 7}`), 0o600); err != nil {
		t.Fatal(err)
	}
	p := w.offline()
	for _, name := range []string{"Phone", "phone", "Salesforce_726564_Phone", "salesforce_726564_PHONE"} {
		trend, err := pipelines.ReadTrend(t.Context(), p, name, pipelines.Window{})
		if err != nil {
			t.Fatal(err)
		}
		if trend.Version != 1 || trend.Property != "Phone" || trend.Asked != name || !slices.Equal(trend.Axes, []string{"Salesforce_726564_Phone"}) || len(trend.Snapshots) != 5 {
			t.Fatalf("%s: %s", name, jsonText(t, trend))
		}
		s := trend.Snapshots
		if s[0].Snapshot.Run != first.Run || s[0].Snapshot.Outcome != "delivered" || s[0].Moved != nil || s[0].Values.Rows != first.Accounts {
			t.Errorf("the first: %s", jsonText(t, s[0]))
		}
		if s[1].Snapshot.Run != second.Run || s[1].Status != "unreadable" || !strings.Contains(s[1].Reason, "version 7") || s[1].Values != nil {
			t.Errorf("the second: %s", jsonText(t, s[1]))
		}
		if s[2].Snapshot.Run != third.Run || s[2].Moved.Since != first.Run || s[2].Moved.Changed == 0 {
			t.Errorf("the third: %s", jsonText(t, s[2]))
		}
		if s[3].Snapshot.Run != same.Run || s[3].Moved.Changed != 0 || s[3].Moved.PartsRead != 0 || s[3].Moved.PartsSkipped == 0 || s[3].Values.Distinct != s[2].Values.Distinct {
			t.Errorf("the one without a change: %s", jsonText(t, s[3]))
		}
		if s[4].Snapshot.Run != stopped.Run || s[4].Snapshot.Outcome != "stopped" || len(s[4].Snapshot.Guards) == 0 || s[4].Moved.Since != same.Run {
			t.Errorf("the stopped one: %s", jsonText(t, s[4]))
		}
	}
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		window pipelines.Window
		want   int
	}{{pipelines.Window{Last: 2}, 2}, {pipelines.Window{Last: 9}, 5}, {pipelines.Window{Since: day, Until: day}, 5}, {pipelines.Window{Since: day, Last: 1}, 1}} {
		trend, err := pipelines.ReadTrend(t.Context(), p, "Phone", c.window)
		if err != nil || len(trend.Snapshots) != c.want || trend.Found != 5 || trend.LeftOut != 5-c.want {
			t.Errorf("%+v: %v, %s", c.window, err, jsonText(t, trend))
		}
	}
	for asked, c := range map[string]struct {
		window pipelines.Window
		want   string
	}{
		"Phone ":  {pipelines.Window{}, `has a property or an axis "Phone "; the newest has Phone, BillingCity, `},
		"Id":      {pipelines.Window{}, "no history of its own"},
		"Phone":   {pipelines.Window{Until: day.AddDate(0, 0, -1)}, "none of the 5 snapshots"},
		"Website": {pipelines.Window{Since: day}, "none of the 5 snapshots looked at"},
	} {
		if _, err := pipelines.ReadTrend(t.Context(), p, asked, c.window); pipelines.ExitCode(err) != pipelines.ExitConfiguration || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", asked, err, c.want)
		}
	}
}

// Long values are cut, and say so; a change behind the cut is still a change, and values
// that begin alike are told apart. A property may get another type.
func TestTrendOfLongValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{accounts: 1, customers: 1})
	p := w.offline()
	long := strings.Repeat("é", 1500)
	longer := long + "!"
	for i, value := range []string{long, longer} {
		d := day{name: "Notes__c", kind: []string{"textarea", "int"}[i], values: map[string]*string{"0015g0000000001AAA": &value}}
		d.keep(t, p, "2026112"+string('1'+rune(i))+"-0600-aaaa", time.Date(2026, 11, 21+i, 6, 0, 0, 0, time.UTC))
	}
	same := day{name: "Notes__c", kind: "int", values: map[string]*string{"0015g0000000001AAA": &longer}}
	same.keep(t, p, "20261123-0600-aaaa", time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC))
	other := long + "?"
	both := day{name: "Notes__c", kind: "textarea", values: map[string]*string{"0015g0000000001AAA": &longer, "0015g0000000002AAA": &other}}
	both.keep(t, p, "20261124-0600-aaaa", time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC))
	trend, err := pipelines.ReadTrend(t.Context(), p, "Notes__c", pipelines.Window{})
	if err != nil {
		t.Fatal(err)
	}
	cut := long[:2000]
	last := trend.Snapshots[1]
	top, move := last.Values.Top[0], last.Moved.Movements[0]
	if top.Value != cut || top.Length != 1501 || len(top.Digest) != 8 || last.Moved.Changed != 1 || *move.Before != cut || *move.After != cut || move.BeforeCut.Length != 1500 || *move.AfterCut != top.Cut ||
		move.BeforeCut.Digest == top.Digest || last.Misfits != 1 || last.Type != "int64" || trend.Snapshots[0].Type != "utf8" {
		t.Errorf("%s", jsonText(t, trend))
	}
	if unchanged := trend.Snapshots[2].Values.Top[0]; unchanged != top {
		t.Errorf("a day later the value is %+v", unchanged)
	}
	if alike := trend.Snapshots[3].Values.Top; len(alike) != 2 || alike[0].Value != alike[1].Value || alike[0].Length != 1501 || alike[1].Length != 1501 || alike[0].Digest == alike[1].Digest {
		t.Errorf("two values that begin alike are %+v", alike)
	}
	if text := jsonText(t, trend); !strings.Contains(text, `"length":1501,"digest":"`) && !strings.Contains(text, `"length": 1501`) || strings.Contains(text, "characters more") {
		t.Error(text)
	}
}
